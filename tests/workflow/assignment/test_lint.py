"""What an analyst writes wrongly about who gets a task is said on the node, with what to write instead."""

import pytest

from app.core.tenancy import acting_as, system_actor
from app.workflow.definitions.inspection import inspect_bundle
from app.workflow.definitions.lint import LintContext, lint_bpmn
from app.workflow.definitions.staffing import staffing_findings
from app.workflow.forms import compile_form
from tests.workflow.assignment.company import LIMITS, OPEN, after_fill, line
from tests.workflow.definitions.bundles import bundle, form
from tests.workflow.engine.diagrams import begin, end, flow, node, process, user

DECISION = {"type": "radio", "key": "decision", "label": "决定", "values": [{"label": "同意", "value": "AGREE"}]}
CONTEXT = LintContext(
    forms={"room/note": [], "room/apply": ["amount"]}, made_forms={"room/apply": compile_form("room/apply", form(DECISION))}, roles={"PM_A", "LEGAL"},
    decisions={"limits": ["role", "limit_fen"], "level": ["level"], "odd": ["role", "limit_fen"]},
    limit_roles={"limits": {"LEGAL"}, "odd": {"BOSS"}}, tasks={"elsewhere"}, checks={"a/b"}, steps={}, variables={"amount_fen"},
    given={"amount_fen"},
)  # fmt: skip
FILL = user("fill", **OPEN)


def found(*nodes):
    return {
        (one.element_id, one.code) for one in lint_bpmn("t.bpmn", line("proc_p", *nodes), CONTEXT)
        if one.severity == "BLOCK" and (one.message_zh and one.fix_zh)
    }  # fmt: skip


def check(**properties):
    return user("check", **{**OPEN, **properties})


GOOD = [
    check(candidates="departmentHead", exclude="fill, applicant", whenEmpty="refuse"),
    check(candidates="superior(2, previous)", pick="random", exclude="elsewhere"),
    check(candidates="authority(limits)", amount="amount_fen"),
    check(candidates="handlerOf(fill)", samePerson="pass"),
    user("check", form="room/note", candidates="superior(1)", whenEmpty="skip"),
]
BAD = [
    (check(candidates="boss"), "assign_word"),
    (check(pick="lottery"), "assign_word"),
    (check(whenEmpty="nobody"), "assign_word"),
    (check(samePerson="yes"), "assign_word"),
    (check(candidates="handlerOf(filll)"), "assign_node"),
    (check(exclude="filll"), "assign_node"),
    (check(chooses="nowhere"), "assign_node"),
    (check(candidates="departmentHead", assign="amount_fen"), "assign_contrary"),
    (check(exclude="check"), "assign_contrary"),
    (check(candidates="handlerOf(fill)", exclude="fill"), "assign_contrary"),
    (check(pick="chosen"), "assign_contrary"),
    (check(chooses="fill"), "assign_contrary"),
    (check(pick="random", multi="true"), "assign_contrary"),
    (check(amount="amount_fen"), "assign_contrary"),
    (check(candidates="authority(limits)"), "assign_amount"),
    (check(candidates="authority(none)", amount="amount_fen"), "assign_decision"),
    (check(candidates="authority(level)", amount="amount_fen"), "assign_decision"),
    (check(candidates="authority(odd)", amount="amount_fen"), "assign_role"),
    (check(candidates="authority(limits)", amount="amount_fen +"), "feel"),
    (user("check", form="room/note", candidates="superior(1)", whenEmpty="pool"), "assign_contrary"),
    (user("check", form="room/note", pick="random"), "assign_contrary"),
    (check(form="room/apply", samePerson="pass"), "assign_contrary"),
    (check(whenEmpty="skip", exclude="fill"), "assign_contrary"),
    (check(samePerson="pass", secret="true"), "assign_contrary"),
    (check(samePerson="pass", checks="a/b"), "assign_contrary"),
]


@pytest.mark.parametrize("task", GOOD)
def test_rules_that_hold_are_no_findings(task):
    assert found(FILL, task) == set()


@pytest.mark.parametrize(("task", "code"), BAD)
def test_what_does_not_hold_is_told_on_the_node(task, code):
    assert ("check", code) in found(FILL, task)


def test_a_rule_on_something_that_is_no_task_is_told():
    gate = node("exclusiveGateway", "g", properties={"pick": "random"})
    xml = process("proc_p", begin(), FILL, gate, end(), flow("begin", "fill", "g", "done"))
    assert ("g", "assign_place") in {(one.element_id, one.code) for one in lint_bpmn("t.bpmn", xml, CONTEXT)}


def files(*diagrams):
    return bundle(
        **{f"processes/test/p{n}.bpmn": one for n, one in enumerate(diagrams)},
        **{"processes/test/proc_test.bpmn": None, "rules/room/limits.dmn": LIMITS},
        **{"forms/screens/room/note.form": form({"type": "textarea", "key": "note", "label": "备注"})},
    )


def test_a_bundle_knows_nodes_of_its_other_files_and_its_tables(app):
    one = after_fill("proc_one", exclude="afar", candidates="authority(limits)", amount="amount_fen")
    other = line("proc_two", user("afar", **OPEN))
    with app.app_context():
        errors = [one.message for one in inspect_bundle(files(one, other)).findings if one.severity == "ERROR"]
        assert errors == []
        (refused,) = [one.message for one in inspect_bundle(files(one)).findings if one.severity == "ERROR"]
        assert "“afar”不存在" in refused


def test_a_release_whose_superiors_are_nobody_is_warned_about(actor, db_session):
    diagram = after_fill("proc_one", candidates="superior(1)", whenEmpty="admin")
    other = after_fill("proc_two", candidates="authority(limits)", amount="amount_fen")
    with acting_as(system_actor(actor.tenant_id)):
        told = {(one.element, one.message.partition("，")[0]) for one in staffing_findings(files(diagram, other))}
    assert ("check", "办理人是部门负责人或上级") in told
    assert ("check", "角色“系统管理员”目前没有在职人员") in told
    assert ("check", "角色“法务岗”目前没有在职人员") in told
