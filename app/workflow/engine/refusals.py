"""What the engine does not run. The parser refuses it, the lint says the same with a proposal.

Each of these passes the BPMN schema, and the library would ignore it or run it wrongly without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.workflow.engine.documents import NAMESPACES


class Refusal(NamedTuple):
    """One kind of element that cannot run; ``message`` and ``fix`` are Chinese source strings."""

    code: str
    path: str
    message: str
    fix: str


_UNDOING = ".//bpmn:subProcess[@triggeredByEvent='true' and bpmn:startEvent/bpmn:compensateEventDefinition]"
"""Event sub-processes that compensate the sub-process they stand in."""

REFUSALS = (
    Refusal(
        "plain_task",
        ".//bpmn:task",
        "普通任务没有说明由谁或由什么来做",
        "请改为用户任务、服务任务、手工任务或脚本任务",
    ),
    Refusal("complex_gateway", ".//bpmn:complexGateway", "不支持复杂网关", "请改为排他、包容或并行网关"),
    Refusal(
        "adhoc_condition",
        ".//bpmn:adHocSubProcess[not(normalize-space(bpmn:completionCondition))]",
        "即席子流程没有完成条件",
        "请填写 completionCondition（FEEL），如 count(opinions) >= 2",
    ),
    Refusal(
        "adhoc_order",
        ".//bpmn:adHocSubProcess[@ordering = 'Sequential']",
        "不支持一次只能做一件的即席子流程",
        "请把 ordering 改为 Parallel，有先后的环节用顺序流连接",
    ),
    Refusal(
        "adhoc_remaining",
        ".//bpmn:adHocSubProcess[@cancelRemainingInstances = 'false' or @cancelRemainingInstances = '0']",
        "完成条件成立后，即席子流程里还没办的任务不能继续等待",
        "请把 cancelRemainingInstances 改为 true，把必须办完的写进完成条件",
    ),
    Refusal(
        "adhoc_events",
        ".//bpmn:adHocSubProcess/bpmn:startEvent|.//bpmn:adHocSubProcess/bpmn:endEvent",
        "即席子流程里不能有开始事件和结束事件",
        "请删除它：没有流入线的任务随时可办，完成条件成立即结束",
    ),
    Refusal(
        "adhoc_entry",
        ".//bpmn:adHocSubProcess/bpmn:*[self::bpmn:serviceTask or self::bpmn:scriptTask"
        " or self::bpmn:businessRuleTask"
        " or self::bpmn:sendTask or self::bpmn:receiveTask or self::bpmn:callActivity or self::bpmn:transaction"
        " or self::bpmn:adHocSubProcess or self::bpmn:subProcess[not(@triggeredByEvent = 'true')]"
        " or self::bpmn:intermediateThrowEvent or self::bpmn:intermediateCatchEvent[not(bpmn:linkEventDefinition)]"
        " or substring(local-name(), string-length(local-name()) - 6) = 'Gateway']"
        "[not(@isForCompensation = 'true') and not(@id = ../bpmn:sequenceFlow/@targetRef)]",
        "即席子流程里没有流入线的只能是用户任务或手工任务，别的会立即自动开始",
        "请在其前加一个用户任务，由办理人决定何时开始",
    ),
    Refusal(
        "adhoc_border",
        ".//bpmn:adHocSubProcess/bpmn:boundaryEvent[not(@cancelActivity = 'false')"
        " and not(bpmn:compensateEventDefinition) and not(@attachedToRef = ../bpmn:sequenceFlow/@targetRef)]",
        "即席子流程里随时可办的任务不能被中断，否则不会再次可办",
        "请把边界事件改为不中断，或附加在即席子流程上",
    ),
    Refusal(
        "link_place",
        ".//bpmn:startEvent[bpmn:linkEventDefinition]|.//bpmn:endEvent[bpmn:linkEventDefinition]"
        "|.//bpmn:boundaryEvent[bpmn:linkEventDefinition]",
        "链接只能是中间事件",
        "请改用中间抛出、中间捕获的链接事件",
    ),
    Refusal(
        "link_flow",
        ".//bpmn:intermediateThrowEvent[bpmn:linkEventDefinition and @id = ../bpmn:sequenceFlow/@sourceRef]"
        "|.//bpmn:intermediateCatchEvent[bpmn:linkEventDefinition and @id = ../bpmn:sequenceFlow/@targetRef]",
        "抛出链接不能有流出线，捕获链接不能有流入线",
        "请删除该连线：令牌由抛出链接直接跳到同名的捕获链接",
    ),
    Refusal(
        "compensation_subprocess",
        f"{_UNDOING}[parent::bpmn:process or ../@isForCompensation='true']",
        "由补偿触发的事件子流程只补偿它所在的、已完成的子流程；流程本身和补偿活动完成后不会再被补偿",
        "请把要补偿的环节连同它一起放进一个子流程",
    ),
    Refusal(
        "compensation_twice",
        f"{_UNDOING}[preceding-sibling::bpmn:subProcess/bpmn:startEvent/bpmn:compensateEventDefinition]"
        f"|{_UNDOING}[../@id = ../../bpmn:boundaryEvent[bpmn:compensateEventDefinition]/@attachedToRef]",
        "同一个子流程有两种补偿处理，不知道该用哪一种",
        "请只保留一个：边框上的补偿事件，或一个由补偿触发的事件子流程",
    ),
    Refusal(
        "compensation_catch",
        ".//bpmn:startEvent[bpmn:compensateEventDefinition and not(../@triggeredByEvent='true')]"
        "|.//bpmn:intermediateCatchEvent[bpmn:compensateEventDefinition]",
        "补偿不能由开始事件或中间事件捕获，只能由活动边框上的补偿事件处理",
        "请在要补偿的活动边框上附加补偿事件，并用关联线连到补偿活动",
    ),
    Refusal(
        "compensation_repeated",
        ".//bpmn:*[(bpmn:standardLoopCharacteristics or bpmn:multiInstanceLoopCharacteristics)"
        " and @id = ../bpmn:boundaryEvent[bpmn:compensateEventDefinition]/@attachedToRef]",
        "循环或多实例的活动不支持补偿",
        "请把它放进子流程，把补偿事件附加在子流程上",
    ),
    Refusal(
        "compensation_flow",
        ".//bpmn:*[@isForCompensation='true' and (@id = ../bpmn:sequenceFlow/@targetRef"
        " or @id = ../bpmn:sequenceFlow/@sourceRef)]"
        "|.//bpmn:boundaryEvent[bpmn:compensateEventDefinition and @id = ../bpmn:sequenceFlow/@sourceRef]",
        "补偿事件和补偿活动不能连接顺序流",
        "请删除连线，用关联线把补偿事件连到补偿活动",
    ),
    Refusal(
        "compensation_border",
        ".//bpmn:boundaryEvent[@attachedToRef = ../bpmn:*[@isForCompensation='true']/@id]",
        "补偿活动不能附加边界事件",
        "请把补偿活动改为子流程，在其内部处理",
    ),
    Refusal(
        "cancel_place",
        ".//bpmn:endEvent[bpmn:cancelEventDefinition and not(parent::bpmn:transaction)]"
        "|.//bpmn:boundaryEvent[bpmn:cancelEventDefinition and (@cancelActivity = 'false'"
        " or not(@attachedToRef = ../bpmn:transaction/@id))]"
        "|.//bpmn:*[bpmn:cancelEventDefinition and not(self::bpmn:endEvent or self::bpmn:boundaryEvent)]",
        "取消事件只能是事务子流程里的结束事件，或其边框上中断的边界事件",
        "请改用事务子流程，或改为错误事件、终止结束事件",
    ),
    Refusal(
        "cancel_unheard",
        ".//bpmn:transaction[bpmn:endEvent/bpmn:cancelEventDefinition"
        " and not(@id = ../bpmn:boundaryEvent[bpmn:cancelEventDefinition]/@attachedToRef)]",
        "事务子流程取消后没有去处",
        "请在其边框上附加取消边界事件，并连接到下一环节",
    ),
    Refusal(
        "multiple_events",
        ".//bpmn:*[count(*[substring(local-name(), string-length(local-name()) - 14) = 'EventDefinition']) > 1]",
        "一个事件只能有一个触发条件",
        "请拆成多个事件，或使用事件网关",
    ),
    Refusal(
        "endless_loop",
        ".//bpmn:standardLoopCharacteristics[(not(@loopMaximum) and not(normalize-space(bpmn:loopCondition)))"
        " or @loopMaximum < 1]/..",
        "循环没有说明何时结束",
        "请填写循环条件 loopCondition（成立则再做一遍），或次数上限 loopMaximum（至少 1）",
    ),
    Refusal(
        "scripts_around",
        ".//spiffworkflow:preScript/../..|.//spiffworkflow:postScript/../..",
        "不支持任务的前置、后置脚本",
        "请在其前后加一个脚本任务（FEEL 上下文）",
    ),
    Refusal(
        "data_object",
        ".//bpmn:dataInputAssociation[bpmn:transformation or bpmn:assignment]/.."
        "|.//bpmn:dataOutputAssociation[bpmn:transformation or bpmn:assignment]/..|.//bpmn:ioSpecification/..",
        "不支持数据输入输出的换算和规格",
        "流程数据全流程可见；调用活动请用属性 input、output 说明传递的数据",
    ),
    Refusal(
        "throw_timer",
        ".//bpmn:intermediateThrowEvent[bpmn:timerEventDefinition or bpmn:errorEventDefinition"
        " or bpmn:conditionalEventDefinition or bpmn:terminateEventDefinition]",
        "中间抛出事件只能是消息、信号、升级、链接或补偿",
        "等待请用中间捕获事件，错误和终止请用结束事件",
    ),
    Refusal(
        "event_subprocess_none_start",
        ".//bpmn:subProcess[@triggeredByEvent='true']/bpmn:startEvent[not(bpmn:messageEventDefinition"
        " or bpmn:signalEventDefinition or bpmn:timerEventDefinition or bpmn:errorEventDefinition"
        " or bpmn:escalationEventDefinition or bpmn:conditionalEventDefinition"
        " or bpmn:compensateEventDefinition)]",
        "事件子流程的开始事件没有触发条件",
        "请为开始事件选择消息、信号、定时、条件、错误或升级",
    ),
    Refusal(
        "inner_start",
        ".//bpmn:subProcess[not(@triggeredByEvent='true')]/bpmn:startEvent[bpmn:*[substring(local-name(),"
        " string-length(local-name()) - 14) = 'EventDefinition']]",
        "子流程只能用普通开始事件",
        "请去掉开始事件的触发条件，或改为事件子流程",
    ),
    Refusal(
        "catch_without_event",
        ".//bpmn:intermediateCatchEvent[not(bpmn:messageEventDefinition or bpmn:signalEventDefinition or"
        " bpmn:timerEventDefinition or bpmn:conditionalEventDefinition or bpmn:linkEventDefinition)]"
        "|.//bpmn:boundaryEvent[not(bpmn:messageEventDefinition or bpmn:signalEventDefinition or"
        " bpmn:timerEventDefinition or bpmn:conditionalEventDefinition or bpmn:errorEventDefinition or"
        " bpmn:escalationEventDefinition or bpmn:cancelEventDefinition or bpmn:compensateEventDefinition)]",
        "该事件没有说明等待什么",
        "请选择消息、信号、定时或条件",
    ),
    Refusal(
        "event_reference",
        ".//bpmn:eventDefinitionRef/..",
        "事件引用了写在别处的触发条件，引擎会当作没有条件",
        "请把触发条件直接写在该事件里",
    ),
    Refusal(
        "quantity",
        ".//bpmn:*[(@startQuantity and @startQuantity != '1') or"
        " (@completionQuantity and @completionQuantity != '1')]",
        "不支持起始数量、完成数量不为 1 的活动",
        "请把 startQuantity、completionQuantity 改为 1，用并行网关或多实例表达",
    ),
    Refusal(
        "instantiate",
        ".//bpmn:*[@instantiate='true' or @instantiate='1']",
        "不支持由接收任务或事件网关发起流程",
        "请改为普通开始事件，其后再接收消息",
    ),
    Refusal(
        "parallel_event_gateway",
        ".//bpmn:eventBasedGateway[@eventGatewayType='Parallel']",
        "不支持并行事件网关：先到的事件会取消其余的",
        "请改用并行网关，其后各接一个中间捕获事件",
    ),
    Refusal(
        "instance_events",
        ".//bpmn:multiInstanceLoopCharacteristics[(@behavior and @behavior != 'All') or"
        " bpmn:complexBehaviorDefinition]/..",
        "不支持多实例逐个完成时抛出事件",
        "请把 behavior 改为 All，用完成条件提前结束",
    ),
    Refusal(
        "error_not_interrupting",
        ".//bpmn:boundaryEvent[@cancelActivity='false' and bpmn:errorEventDefinition]"
        "|.//bpmn:subProcess[@triggeredByEvent='true']"
        "/bpmn:startEvent[@isInterrupting='false' and bpmn:errorEventDefinition]",
        "错误事件总是中断活动，不能设为不中断",
        "请改为中断的错误事件，或改用升级事件",
    ),
    Refusal(
        "boundary_incoming",
        ".//bpmn:boundaryEvent[@id = ../bpmn:sequenceFlow/@targetRef]",
        "边界事件不能有流入线",
        "请把流入线接到活动上",
    ),
    Refusal(
        "event_subprocess_flow",
        ".//bpmn:subProcess[@triggeredByEvent='true' and"
        " (@id = ../bpmn:sequenceFlow/@targetRef or @id = ../bpmn:sequenceFlow/@sourceRef)]",
        "事件子流程不能连接顺序流",
        "请删除连线；它由自己的开始事件触发",
    ),
)


def refused(root: Any) -> Iterator[tuple[Any, Refusal]]:
    """``(element, refusal)`` of everything in a file that cannot run."""
    for refusal in REFUSALS:
        for element in root.xpath(refusal.path, namespaces=NAMESPACES):
            yield element, refusal
