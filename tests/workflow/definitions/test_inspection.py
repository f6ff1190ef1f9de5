"""What the check of a bundle finds: each broken name and file, with the element and what to do."""

import pytest

from app.workflow.definitions import BundleRefused, check_bundle, inspect_bundle, make_bundle, read_folder
from app.workflow.registry import registry
from app.workflow.registry.names import Named, Step
from tests.workflow.engine.decisions.builders import decision, table
from tests.workflow.engine.decisions.builders import dmn as drawn
from .bundles import bpmn, bundle, dmn, form

PROCESS = "processes/test/proc_test.bpmn"
FORM = "forms/screens/room/apply.form"
CHECK = "rules/checks/room/apply.dmn"


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """A registry of three names, whatever rooms are wired."""

    def room(ctx, project_id, note=""):
        """Save an application.

        Form: amount, reason
        """

    step = Step("room.apply", "保存", room, {"project_id": "int", "note": "str"}, frozenset({"project_id"}), room.__doc__)
    monkeypatch.setattr(registry, "steps", {"room.apply": step})
    monkeypatch.setattr(registry, "datasets", {"project": Named("project", "项目", lambda data: None, "")})
    monkeypatch.setattr(registry, "choices", {"customers.active": Named("customers.active", "客户", lambda c: [], "")})
    monkeypatch.setattr(registry, "checks", {"t.known": Named("t.known", "", lambda c: [], "")})


def problems(**changes):
    return [f for f in check_bundle(bundle(**changes)) if f.is_problem]


def only(**changes):
    (found,) = problems(**changes)
    return found


def test_a_bundle_without_problems_counts_what_it_binds():
    inspection = inspect_bundle(bundle())
    assert inspection.summary() == "1 processes, 3 bindings, 0 problems"
    assert "room.apply" in [f.element for f in inspection.findings if f.severity == "INFO"]


def test_the_same_files_are_looked_at_once_and_what_was_found_is_ones_own():
    first = inspect_bundle(bundle())
    first.findings.clear()
    second = inspect_bundle(bundle())
    assert second.compilation is first.compilation
    assert second.findings


def test_a_name_registered_or_lost_meanwhile_is_seen(monkeypatch):
    files = {PROCESS: bpmn(onComplete="room.late")}
    assert only(**files).severity == "ERROR"
    step = registry.steps["room.apply"]
    monkeypatch.setitem(registry.steps, "room.late", step)
    assert problems(**files) == []
    monkeypatch.delitem(registry.steps, "room.late")
    assert only(**files).severity == "ERROR"


@pytest.mark.parametrize(
    ("properties", "message", "fix"),
    [
        ({"form": "room/gone"}, "找不到表单「room/gone」", "forms/screens/room/gone.form"),
        ({"checks": "room/apply,room/gone"}, "找不到校验「room/gone」", "rules/checks/room/gone.dmn"),
        ({"checks": "py:t.gone"}, "校验「py:t.gone」没有登记", "登记"),
        ({"onComplete": "room.gone"}, "步骤「room.gone」没有登记", "步骤清单"),
        ({"role": "BOSS"}, "没有角色代码「BOSS」", "PM_A"),
        ({"escalate": "BOSS"}, "没有角色代码「BOSS」", "PM_A"),
        ({"assign": "projekt.pm_a_id"}, "projekt.pm_a_id", "project"),
        ({"readonly": "amunt"}, "字段「amunt」不在表单中", "字段标识"),
        ({"hidden": "amunt"}, "字段「amunt」不在表单中", "字段标识"),
    ],
)
def test_every_name_of_a_task_must_resolve(properties, message, fix):
    found = only(**{PROCESS: bpmn(**properties)})
    assert (found.path, found.element, found.severity) == (PROCESS, "apply", "ERROR")
    assert message in found.message
    assert fix in found.fix


def test_names_that_hold_are_counted():
    task = bpmn(checks="room/apply,py:t.known", escalate="GM", assign="project.pm_a_id", onComplete="room.apply")
    assert inspect_bundle(bundle(**{PROCESS: task})).bindings == 7


def test_a_form_field_no_step_saves_is_told():
    fields = [
        {"type": "number", "key": "amount", "label": "金额"},
        {"type": "textfield", "key": "reson", "label": "理由"},
    ]
    found = only(**{PROCESS: bpmn(onComplete="room.apply"), FORM: form(*fields)})
    assert (found.path, found.element, found.severity) == (FORM, "reson", "WARN")


def test_a_check_may_only_read_fields_of_the_form():
    found = only(**{CHECK: dmn(reads="form.amunt")})
    assert "form.amunt" in found.message
    assert found.severity == "WARN"


def test_forms_may_only_name_choices_and_datasets_that_exist():
    select = {"type": "select", "key": "amount", "label": "客户", "properties": {"choices": "customers.gone"}}
    assert "customers.gone" in only(**{FORM: form(select)}).message
    prefilled = {"type": "number", "key": "amount", "label": "额", "properties": {"prefill": "projekt.amount_fen"}}
    assert "projekt.amount_fen" in only(**{FORM: form(prefilled)}).message
    good = {**select, "properties": {"choices": "customers.active", "prefill": "project.customer_id"}}
    assert inspect_bundle(bundle(**{FORM: form(good)})).summary() == "1 processes, 5 bindings, 0 problems"


def service(operator):
    return (
        bpmn()
        .decode()
        .replace(
            '<bpmn:endEvent id="ended"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>',
            f'<bpmn:serviceTask id="save" name="存"><bpmn:extensionElements>{operator}</bpmn:extensionElements>'
            "<bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing></bpmn:serviceTask>"
            '<bpmn:endEvent id="ended"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>'
            '<bpmn:sequenceFlow id="f3" sourceRef="save" targetRef="ended" />',
        )
        .replace(
            "</bpmndi:BPMNPlane>",
            '<bpmndi:BPMNShape id="s4" bpmnElement="save"><dc:Bounds x="320" y="80" width="60" height="40" />'
            "</bpmndi:BPMNShape></bpmndi:BPMNPlane>",
        )
        .replace('targetRef="ended" />', 'targetRef="save" />', 1)
        .replace('id="f3" sourceRef="save" targetRef="save"', 'id="f3" sourceRef="save" targetRef="ended"')
        .replace('id="f2" sourceRef="apply" targetRef="ended"', 'id="f2" sourceRef="apply" targetRef="save"')
        .encode()
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, None),
        ({"project_id": "project_id"}, None),
        ({"project_id": "project_id", "nota": '"x"'}, "没有参数 nota"),
        ({"note": '"x"'}, "缺少参数 project_id"),
        ({"project_id": "projekt.id"}, "projekt.id"),
    ],
)
def test_parameters_of_steps_are_compared(parameters, message):
    inner = "".join(
        f"<spiffworkflow:parameter id='{name}' type='any' value='{text}' />" for name, text in parameters.items()
    )
    operator = (
        "<spiffworkflow:serviceTaskOperator id='room.apply'><spiffworkflow:parameters>"
        f"{inner}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )
    found = [f.message for f in problems(**{PROCESS: service(operator)}) if f.path == PROCESS]
    assert (found == []) if message is None else any(message in text for text in found), found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"<bpmn:definitions",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>',
        b"<x>" * 200 + b"</x>" * 200,
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
    ],
)
def test_hostile_files_become_findings_and_leak_nothing(content):
    for path in (PROCESS, CHECK, "rules/room/decision.dmn", FORM, "forms/documents/room/letter.docx"):
        found = problems(**{path: content})
        assert any(f.severity == "ERROR" and f.path in (path, "") for f in found), path
        assert not any("root:" in f.message for f in found)


def test_files_may_not_be_too_large_or_badly_named():
    with pytest.raises(BundleRefused):
        make_bundle({FORM: b"x" * (10 * 1024 * 1024 + 1)})
    for path in ("../etc/x.form", "forms/screens/a b/x.form", "/forms/x.form", "forms/screens/x.py"):
        with pytest.raises(BundleRefused):
            make_bundle({path: b""})


def test_a_folder_is_read_without_leaving_it(tmp_path):
    (tmp_path / "out.form").write_bytes(form())
    root = tmp_path / "root"
    for path, content in bundle().files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / "processes/test/README.md").write_text("x")
    (root / "forms/screens/room/.~lock.form").write_bytes(b"x")
    assert read_folder(root) == bundle()
    assert read_folder(root).hash == bundle().hash
    (root / "forms/screens/room/evil.form").symlink_to(tmp_path / "out.form")
    with pytest.raises(BundleRefused, match="之外|1 处"):
        read_folder(root)
    with pytest.raises(BundleRefused):
        read_folder(tmp_path / "gone")


def test_the_hash_depends_on_content_and_path_only():
    assert bundle().hash == bundle().hash
    assert bundle(**{FORM: form({"type": "separator", "id": "s"})}).hash != bundle().hash


def test_an_empty_folder_says_what_is_missing(tmp_path):
    inspection = inspect_bundle(read_folder(tmp_path))
    assert inspection.summary() == "0 processes, 0 bindings, 1 problems"


def test_two_decisions_of_one_id_are_found():
    found = problems(**{"rules/a/x.dmn": dmn("same", "project.x"), "rules/b/y.dmn": dmn("same", "project.x")})
    assert any("same" in f.message and f.severity == "ERROR" for f in found)


def test_a_missing_called_process_is_found():
    call = bpmn().decode().replace("userTask", "callActivity").replace('name="申请"', 'calledElement="sub_gone"')
    found = problems(**{PROCESS: call.encode()})
    assert any("sub_gone" in f.message for f in found)


def test_findings_of_the_lint_are_findings_of_the_bundle():
    cut = bpmn().decode().replace('<bpmn:sequenceFlow id="f2" sourceRef="apply" targetRef="ended" />', "")
    found = problems(**{PROCESS: cut.encode()})
    assert any(f.severity == "ERROR" and f.path == PROCESS and f.element == "ended" for f in found), found


def test_rules_that_contradict_each_other_are_refused_with_an_example():
    rules = table(["customer_id"], ["r"], [("< 3", "1"), ("< 4", "2"), (">= 4", "3")])
    (found,) = problems(**{"rules/room/level.dmn": drawn(decision("level", rules))})
    assert (found.path, found.element, found.severity) == ("rules/room/level.dmn", "rule_2", "ERROR")
    assert "第 1 条和第 2 条规则会同时命中，例如：customer_id = 2" in found.message
    assert "命中策略" in found.fix


def test_a_gap_in_a_table_is_told_but_not_refused():
    rules = table(["customer_id:number"], ["r"], [("< 3", "1"), ("> 4", "2")])
    (found,) = problems(**{"rules/room/level.dmn": drawn(decision("level", rules))})
    assert (found.severity, "例如：customer_id = 3" in found.message) == ("WARN", True)


def test_a_check_whose_rule_nothing_meets_is_told():
    found = only(**{CHECK: dmn().replace(b"&gt; 3", b"[5..3]")})
    assert (found.path, found.severity, found.element) == (CHECK, "WARN", "r")
