"""Small DMN files for tests."""

from xml.sax.saxutils import escape

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">'


def dmn(*elements: str) -> bytes:
    return (HEAD + "".join(elements) + "</definitions>").encode()


def literal(text: str) -> str:
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def decision(name: str, logic: str, type_ref: str = "") -> str:
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<decision id="{name}" name="{name}"><variable name="{name}"{kind}/>{logic}</decision>'


def table(inputs, outputs, rules, policy="UNIQUE", aggregation="", name="t"):
    """A decision table element.

    :param inputs: ``"name"`` or ``"name:type"`` or ``"name:type:allowed values"``.
    :param outputs: ``"name"``, ``"name:values"`` or ``"name:values:default"``.
    :param rules: rows of cell texts, inputs first.
    """
    parts = []
    for text in inputs:
        source, kind, allowed = (text.split(":") + ["", ""])[:3]
        values = f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else ""
        type_ref = f' typeRef="{kind}"' if kind else ""
        parts.append(
            f'<input id="in_{source}"><inputExpression{type_ref}><text>{source}</text></inputExpression>{values}</input>'
        )
    for text in outputs:
        output, values, default = (text.split(":") + ["", ""])[:3]
        inner = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
        inner += f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
        parts.append(f'<output id="out_{output}" name="{output}">{inner}</output>')
    for number, row in enumerate(rules, 1):
        cells = "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in row[: len(inputs)])
        cells += "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in row[len(inputs) :])
        parts.append(f'<rule id="rule_{number}">{cells}</rule>')
    more = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable id="{name}" hitPolicy="{policy}"{more}>{"".join(parts)}</decisionTable>'
