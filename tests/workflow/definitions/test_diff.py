"""What two releases differ in, as data: recognised by stable ids, told property by property."""

import json
from io import BytesIO

from docx import Document

from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.workflow import definitions
from app.workflow.definitions.diff import How, Kind, diff_bundles
from .bundles import bpmn, bundle, dmn, form

PROCESS, FORM, CHECK = "processes/test/proc_test.bpmn", "forms/screens/room/apply.form", "rules/checks/room/apply.dmn"
PAPER = "forms/documents/room/paper.docx"


def differences(old, new):
    return {(c.kind, c.how, c.where, c.id): {a.what: (a.before, a.after) for a in c.alterations} for c in diff_bundles(old, new)}


def paper(*texts):
    document, out = Document(), BytesIO()
    for text in texts:
        document.add_paragraph(text)
    document.save(out)
    return out.getvalue()


def test_equal_bundles_do_not_differ_and_layout_is_no_difference():
    assert diff_bundles(bundle(), bundle()) == []
    moved = bpmn().replace(b'x="200" y="80"', b'x="900" y="90"')
    assert moved != bpmn()
    assert diff_bundles(bundle(), bundle(**{PROCESS: moved})) == []


def test_a_renamed_task_with_another_role_is_changed_and_a_new_one_added():
    new = bpmn(role="PM_B").replace("申请".encode(), "申报".encode())
    new = new.replace(
        b'<bpmn:endEvent id="ended">',
        b'<bpmn:userTask id="more" name="m"><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing></bpmn:userTask>'
        b'<bpmn:sequenceFlow id="f3" sourceRef="more" targetRef="ended" /><bpmn:endEvent id="ended">',
    ).replace(b'sourceRef="apply" targetRef="ended"', b'sourceRef="apply" targetRef="more"')
    found = differences(bundle(), bundle(**{PROCESS: new}))
    assert found == {
        (Kind.ELEMENT, How.CHANGED, "proc_test", "apply"): {"name": ("申请", "申报"), "property role": ("PM_A", "PM_B")},
        (Kind.ELEMENT, How.ADDED, "proc_test", "more"): {},
        (Kind.ELEMENT, How.ADDED, "proc_test", "f3"): {},
        (Kind.ELEMENT, How.CHANGED, "proc_test", "f2"): {"targetRef": ("ended", "more")},
    }
    back = differences(bundle(**{PROCESS: new}), bundle())
    assert (Kind.ELEMENT, How.REMOVED, "proc_test", "more") in back


def test_a_moved_file_is_no_difference():
    assert diff_bundles(bundle(), bundle(**{PROCESS: None, "processes/other/proc_test.bpmn": bpmn()})) == []


def test_rows_of_a_table_go_by_their_id_cells_by_their_column():
    changed = dmn().replace(b"&gt; 3", b"&gt; 5")
    added = changed.replace(b"</decisionTable>", b'<rule id="r2"><inputEntry id="x"><text>-</text></inputEntry></rule></decisionTable>')
    found = differences(bundle(), bundle(**{CHECK: added}))
    assert found == {
        (Kind.ROW, How.CHANGED, "room_apply", "r"): {"form.amount": ("> 3", "> 5")},
        (Kind.ROW, How.ADDED, "room_apply", "r2"): {},
        (Kind.ROW, How.CHANGED, "room_apply", ""): {"order": ("r", "r r2")},
    }


def test_fields_go_by_their_id_or_key_also_inside_groups():
    one = {"type": "number", "key": "amount", "id": "F1", "label": "金额", "validate": {"required": True}}
    two = {**one, "key": "total", "validate": {"required": False}, "layout": {"row": "r9"}}
    group = {"type": "group", "id": "G", "components": [two]}
    found = differences(bundle(**{FORM: form(one)}), bundle(**{FORM: form(group)}))
    assert found == {
        (Kind.FIELD, How.ADDED, "room/apply", "G"): {},
        (Kind.FIELD, How.CHANGED, "room/apply", "F1"): {
            "within": ("", "G"), "key": ("amount", "total"), "validate.required": ("true", "false"),
        },
    }  # fmt: skip


def test_templates_show_the_paragraphs_that_differ():
    old, new = paper("甲", "乙", "丙"), paper("甲", "丁", "丙", "戊")
    found = differences(bundle(**{PAPER: old}), bundle(**{PAPER: new}))
    assert found == {
        (Kind.TEMPLATE, How.CHANGED, "room/paper", ""): {"paragraph 2": ("乙", "丁"), "paragraph 4": ("", "戊")}
    }
    assert differences(bundle(), bundle(**{PAPER: new})) == {(Kind.TEMPLATE, How.ADDED, "room/paper", ""): {}}


def test_the_command_prints_lines_or_json(fresh_app):
    actor = system_actor(1)
    with fresh_app.app_context(), acting_as(actor), unit_of_work():
        a = definitions.deploy(bundle(), actor=actor).id
        b = definitions.deploy(bundle(**{CHECK: dmn().replace(b"&gt; 3", b"&gt; 5")}), actor=actor).id
    runner = fresh_app.test_cli_runner()
    text = runner.invoke(args=["definitions", "diff", str(a), str(b)])
    assert text.exit_code == 0 and "'> 3' -> '> 5'" in text.output and text.output.endswith("1 differences\n")
    told = json.loads(runner.invoke(args=["definitions", "diff", str(a), str(b), "--json"]).output)
    assert told == [
        {"kind": "ROW", "how": "CHANGED", "where": "room_apply", "id": "r", "name": "1", "type": "rule",
         "alterations": [{"what": "form.amount", "before": "> 3", "after": "> 5"}]}
    ]  # fmt: skip


def test_how_a_node_is_signed_is_a_change_of_its_node():
    more = b'<spiffworkflow:property name="countersign" value="votes" /><spiffworkflow:property name="passRatio" value="%s" />'
    at = b'<spiffworkflow:property name="form"'
    one, other = (bpmn().replace(at, more % ratio + at, 1) for ratio in (b"2/3", b"3/4"))
    assert one != bpmn()
    (change,) = differences(bundle(**{PROCESS: bpmn()}), bundle(**{PROCESS: one})).values()
    assert change == {"property countersign": ("", "votes"), "property passRatio": ("", "2/3")}
    (change,) = differences(bundle(**{PROCESS: one}), bundle(**{PROCESS: other})).values()
    assert change == {"property passRatio": ("2/3", "3/4")}
