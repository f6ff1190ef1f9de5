"""Why a case went the way it did: stored with every step, one sentence per fact, shown on its pages."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import get_template_attribute

from app.core.i18n import told
from app.workflow import checks, definitions
from app.workflow.instances import operations, queries
from app.workflow.instances.words import Words
from app.workflow.instances.models import ReasonKind, UserTask
from app.workflow.tasks.operations import complete
from tests.workflow.definitions.bundles import bundle
from tests.workflow.engine.decisions.builders import decision, dmn, table
from tests.workflow.engine.diagrams import begin, end, exclusive, flow, process, rule, user

RULES = [("< 100", '"经理"'), (">= 100", '"委员会"')]
DIAGRAM = process(
    "proc_test", begin(), user("apply", form="room/apply", role="PM_A"), rule("level", "level"),
    exclusive("by_level", default="f_by_level_small"), end("large"), end("small"),
    flow("begin", "apply", "level", "by_level"), flow("by_level", "large", when='who = "委员会"'),
    flow("by_level", "small"),
)  # fmt: skip
FILES = {
    "processes/test/proc_test.bpmn": DIAGRAM,
    "rules/room/level.dmn": dmn(decision("level", table(["contract_id"], ["who"], RULES))),
}


@pytest.fixture
def handler(actor):
    return replace(actor, roles=frozenset({"PM_A"}))


def started(actor, db_session, data=None, **files):
    release = definitions.deploy(bundle(**files), actor=actor, note="依据")
    definitions.activate(release.id, actor=actor)
    instance = operations.start("proc_test", data or {}, actor=actor)
    db_session.flush()
    return instance, db_session.query(UserTask).filter_by(instance_id=instance.id).one()


@pytest.mark.both_databases
def test_decisions_and_gateways_are_stored_with_their_facts(handler, db_session):
    instance, task = started(handler, db_session, {"contract_id": 300}, **FILES)
    assert complete(task.id, {"amount": 1}, actor=handler).done
    gateway, level = queries.list_reasons(instance.id)
    assert (level.kind, level.node_id) == (ReasonKind.DECISION, "level")
    assert "“contract_id”为 300" in told(level.facts[0])
    assert [told(one) for one in level.facts[-2:]] == [
        '所以“level”为 "委员会"。',
        '如果“contract_id”由 300 改为 99，结果就会是 "经理"。',
    ]
    assert level.trace["tables"][0]["matched"] == [2]
    assert (gateway.kind, gateway.node_id) == (ReasonKind.GATEWAY, "by_level")
    assert [told(one) for one in gateway.facts] == ['条件“who = "委员会"”成立，走向“large”（who 为 "委员会"）。']


def test_a_refused_act_leaves_no_reasons(handler, db_session):
    rules = [("? < 100", '"经理"'), ("? < 200", '"委员会"')]
    conflict = dmn(decision("level", table(["contract_id"], ["who"], rules)))
    instance, task = started(handler, db_session, {"contract_id": 3}, **{**FILES, "rules/room/level.dmn": conflict})
    complete_or_refused(task.id, handler)
    assert queries.list_reasons(instance.id) == []


def complete_or_refused(task_id, actor):
    from app.core.errors import AppError

    with pytest.raises(AppError, match="第 1、2 条"):
        complete(task_id, {"amount": 1}, actor=actor)


def test_a_check_says_what_it_saw_and_what_would_help(handler, db_session):
    instance, task = started(handler, db_session)
    assert not complete(task.id, {"amount": "500"}, actor=handler).done
    (result,) = checks.list_results(instance.id)
    assert [told(one) for one in result.seen["facts"]] == [
        "“form.amount”为 500000000，符合第 1 条规则的要求 > 3。",
        "如果“form.amount”由 500000000 改为 3，就不会有这一条。",
    ]


@pytest.fixture
def shown(app):
    """A macro of the pages, drawn."""

    def draw(template, macro, *given):
        with app.test_request_context("/"):
            return str(get_template_attribute(template, macro)(*given))

    return draw


def test_the_case_shows_one_line_per_fact(handler, db_session, shown):
    instance, task = started(handler, db_session, {"contract_id": 300}, **FILES)
    complete(task.id, {"amount": 1}, actor=handler)
    page = shown("instances/parts.html", "reasons_list", queries.list_reasons(instance.id))
    assert page.count("<li class=\"text-break\">") == sum(len(one.facts) for one in queries.list_reasons(instance.id))
    assert "条件“who = &#34;委员会&#34;”成立" in page
    for name in ("case", "show"):
        source = Path(f"app/workflow/instances/templates/instances/{name}.html").read_text("utf-8")
        assert "{{ reasons_list(reasons) }}" in source


def test_a_check_result_shows_its_facts(handler, db_session, shown):
    instance, task = started(handler, db_session)
    complete(task.id, {"amount": "500"}, actor=handler)
    page = shown("tasks/parts.html", "check_results", checks.list_results(instance.id), Words.of(instance.release_id))
    assert "如果“form.amount”由 500000000 改为 3，就不会有这一条。" in page
    assert "依据" in page
