"""List columns of a process: read from the file, and every mistake said with what to do about it."""

import pytest

from app.workflow.definitions.columns import clashes, read_columns
from tests.workflow.engine.diagrams import begin, end, flow, process, user


def drawn(process_id="proc_one", **columns):
    properties = "".join(f'<spiffworkflow:property name="column:{name}" value="{text}" />' for name, text in columns.items())
    extension = f"<bpmn:extensionElements><spiffworkflow:properties>{properties}</spiffworkflow:properties></bpmn:extensionElements>"
    content = process(process_id, begin(), user("fill"), end(), flow("begin", "fill", "done"))
    text = content.decode()
    at = text.index(">", text.index("<bpmn:process")) + 1
    return (text[:at] + extension + text[at:]).encode()


def test_columns_are_read_in_the_order_of_the_file():
    columns, findings = read_columns("p.bpmn", drawn(amount='担保金额; money; if a then b else &quot;x;y&quot;', customer="客户;text;name"))
    assert findings == []
    assert [(one.name, one.label, one.kind) for one in columns["proc_one"]] == [("amount", "担保金额", "money"), ("customer", "客户", "text")]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Amount", "金额; money; a", "名称有误"),
        ("amount", "金额; money", "没有写全"),
        ("amount", "金额; ; a", "没有写全"),
        ("amount", "金额; gold; a", "类型“gold”不存在"),
        ("amount", f"{'金' * 21}; money; a", "标题过长"),
        ("amount", "金额; money; 1 +", "表达式有误"),
    ],
)  # fmt: skip
def test_a_column_that_is_wrong_is_a_finding_on_its_process(name, text, said):
    columns, (finding,) = read_columns("p.bpmn", drawn(**{name: text}))
    assert columns == {}
    assert (finding.path, finding.element, finding.severity) == ("p.bpmn", "proc_one", "ERROR")
    assert said in finding.message
    assert finding.fix


def test_a_name_is_of_one_kind_in_all_processes():
    one, _none = read_columns("a.bpmn", drawn(amount="金额; money; a"))
    other, _none = read_columns("b.bpmn", drawn("proc_two", amount="金额; text; a"))
    (finding,) = clashes({"a.bpmn": one, "b.bpmn": other})
    assert (finding.path, finding.element) == ("b.bpmn", "proc_two")
    assert list(clashes({"a.bpmn": one, "c.bpmn": one})) == []
