"""Small BPMN files for tests, written as Python.

    process(
        "p",
        begin(), user("fill"), end("done"),
        flow("begin", "fill", "done"),
    )

Every function returns XML text; ``process`` returns the bytes of a whole file with a shape for every node.
"""

from xml.sax.saxutils import escape, quoteattr

import re

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="defs" targetNamespace="test">"""


def attributes(**values):
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items() if value is not None)


def extensions(properties, inner=""):
    if not properties and not inner:
        return ""
    entries = "".join(f"<spiffworkflow:property{attributes(name=k, value=v)}/>" for k, v in properties.items())
    block = f"<spiffworkflow:properties>{entries}</spiffworkflow:properties>" if entries else ""
    return f"<bpmn:extensionElements>{block}{inner}</bpmn:extensionElements>"


def node(tag, id, body="", inner_extensions="", name=None, properties=None, **attrs):
    ext = extensions(properties or {}, inner_extensions)
    return f"<bpmn:{tag}{attributes(id=id, name=name or id, **attrs)}>{ext}{body}</bpmn:{tag}>"


def begin(id="begin", event="", **kw):
    return node("startEvent", id, event, **kw)


def end(id="done", event="", **kw):
    return node("endEvent", id, event, **kw)


def user(id, body="", **properties):
    return node("userTask", id, body, properties=properties)


def undoing(text):
    """An activity as one that compensates."""
    return text.replace(" name=", ' isForCompensation="true" name=', 1)


def manual(id, **properties):
    return node("manualTask", id, properties=properties)


def service(id, step, result=None, **params):
    inner = "".join(f'<spiffworkflow:parameter{attributes(id=k, type="any", value=v)}/>' for k, v in params.items())
    op = f"<spiffworkflow:serviceTaskOperator{attributes(id=step, resultVariable=result)}><spiffworkflow:parameters>{inner}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    return node("serviceTask", id, inner_extensions=op)


def rule(id, decision, **properties):
    inner = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
    return node("businessRuleTask", id, inner_extensions=inner, properties=properties)


def script(id, text):
    return node("scriptTask", id, f"<bpmn:script>{escape(text)}</bpmn:script>", scriptFormat="feel")


def call(id, process, body="", **properties):
    return node("callActivity", id, body, properties=properties, calledElement=process)


def sub(id, *parts, **attrs):
    return node("subProcess", id, "".join(parts), **attrs)


def event_sub(id, *parts):
    return sub(id, *parts, triggeredByEvent="true")


def adhoc(id, until, *parts, **attrs):
    """An ad-hoc sub-process; ``until`` is its FEEL completion condition."""
    condition = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>"
    return node("adHocSubProcess", id, "".join(parts) + condition, **attrs)


def exclusive(id, default=None):
    return node("exclusiveGateway", id, default=default)


def parallel(id):
    return node("parallelGateway", id)


def inclusive(id, default=None):
    return node("inclusiveGateway", id, default=default)


def event_gateway(id):
    return node("eventBasedGateway", id)


def catch(id, event, **properties):
    return node("intermediateCatchEvent", id, event, properties=properties)


def throw(id, event, **properties):
    return node("intermediateThrowEvent", id, event, properties=properties)


def boundary(id, host, event, interrupting=True, **properties):
    flag = "true" if interrupting else "false"
    return node("boundaryEvent", id, event, properties=properties, attachedToRef=host, cancelActivity=flag)


def timer(text, kind="timeDuration"):
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(text)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def message(ref):
    return f'<bpmn:messageEventDefinition messageRef="msg_{ref}"/>'


def signal(ref):
    return f'<bpmn:signalEventDefinition signalRef="sig_{ref}"/>'


def error(ref):
    return f'<bpmn:errorEventDefinition errorRef="err_{ref}"/>' if ref else "<bpmn:errorEventDefinition/>"


def escalation(ref):
    return f'<bpmn:escalationEventDefinition escalationRef="esc_{ref}"/>'


def condition(text):
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>{escape(text)}</bpmn:condition></bpmn:conditionalEventDefinition>"


def compensate(activity=None, wait=True):
    return f"<bpmn:compensateEventDefinition{attributes(activityRef=activity, waitForCompletion='true' if wait else 'false')}/>"


def undo(host, handler):
    """A compensation event on the border of ``host`` that leads to ``handler``."""
    event = f"{host}_undo"
    line = f'<bpmn:association id="as_{host}" sourceRef="{event}" targetRef="{handler}" associationDirection="One"/>'
    return node("boundaryEvent", event, "<bpmn:compensateEventDefinition/>", attachedToRef=host), line


CANCEL = "<bpmn:cancelEventDefinition/>"
TERMINATE = "<bpmn:terminateEventDefinition/>"


def many(items, sequential=False, until=None, item=None, output=None):
    done = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    source = f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>"
    out = f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>" if output else ""
    var = f'<bpmn:inputDataItem id="{item}" name="{item}"/>' if item else ""
    flag = attributes(isSequential="true" if sequential else "false")
    return f"<bpmn:multiInstanceLoopCharacteristics{flag}>{source}{out}{var}{done}</bpmn:multiInstanceLoopCharacteristics>"


def loop(goes_on=None, before=False, most=None):
    """A standard loop; ``goes_on`` is its FEEL loopCondition."""
    cond = f"<bpmn:loopCondition>{escape(goes_on)}</bpmn:loopCondition>" if goes_on else ""
    return f"<bpmn:standardLoopCharacteristics{attributes(testBefore='true' if before else 'false', loopMaximum=most)}>{cond}</bpmn:standardLoopCharacteristics>"


def flow(*ids, when=None, id=None):
    """Flows along the ids; ``when`` is the FEEL condition of the (single) flow."""
    cond = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(when)}</bpmn:conditionExpression>' if when else ""
    pairs = zip(ids, ids[1:])
    return "".join(
        f'<bpmn:sequenceFlow id="{id or f"f_{a}_{b}"}" sourceRef="{a}" targetRef="{b}">{cond}</bpmn:sequenceFlow>' for a, b in pairs
    )


def process_xml(id, *parts):
    return f'<bpmn:process id="{id}" name="{id}" isExecutable="true">{_ordered(parts)}</bpmn:process>'


def _ordered(parts):
    return "".join(parts)


def document(*processes):
    body = "".join(processes)
    declared = []
    for tag, prefix, extra in (("message", "msg_", ""), ("signal", "sig_", ""), ("error", "err_", "errorCode"), ("escalation", "esc_", "escalationCode")):
        for ref in sorted(set(re.findall(f'{tag}Ref="{prefix}([^"]*)"', body))):
            code = attributes(**{extra: ref}) if extra else ""
            declared.append(f'<bpmn:{tag} id="{prefix}{ref}" name="{ref}"{code}/>')
    first = re.search(r'<bpmn:process id="([^"]*)"', body)[1]
    ids = re.findall(r'<bpmn:(?!(?:process|sequenceFlow|association|correlation\w*|lane|laneSet|message|signal|error|escalation|script|inputDataItem) )\w+ id="([^"]*)"', body)
    shapes = "".join(
        f'<bpmndi:BPMNShape id="shape_{n}_{i}" bpmnElement="{i}"><dc:Bounds x="{n * 100}" y="{n * 10}" width="80" height="60"/></bpmndi:BPMNShape>'
        for n, i in enumerate(ids)
    )
    di = f'<bpmndi:BPMNDiagram id="diagram_1"><bpmndi:BPMNPlane id="plane_1" bpmnElement="{first}">{shapes}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    return (HEAD + "".join(declared) + body + di + "</bpmn:definitions>").encode()


def process(id, *parts):
    return document(process_xml(id, *parts))
