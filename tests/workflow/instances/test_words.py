"""Names instead of codes: nodes, messages and checks as analysts called them."""

from types import SimpleNamespace

import pytest
from flask import render_template_string

from app.business.projects.operations.ending import RECONSIDER_MESSAGE, WITHDRAW_MESSAGE
from app.business.projects.steps import EXTERNAL_MISSING
from app.config import ROOT
from app.core import clock
from app.core.tenancy import Actor
from app.workflow import definitions
from app.workflow.definitions.compiled import compile_bundle
from app.workflow.instances import operations
from app.workflow.instances.errors import NobodyWaits
from app.workflow.instances.words import Words


@pytest.fixture(scope="module")
def release():
    return compile_bundle(definitions.read_folder(ROOT)).release()


@pytest.fixture
def words(app, release):
    return Words(release)


def test_a_node_a_message_and_a_check_have_their_names(words):
    assert words.node("risk_review") == "风险审查"
    assert words.node("nowhere") == "nowhere"
    assert words.message(WITHDRAW_MESSAGE) == "收到撤回申请"
    assert words.message(RECONSIDER_MESSAGE) == "收到复议申请"
    assert words.message("bank.disburse_confirm") == "银行放款回执"
    assert words.message("no.such") == ""
    assert words.check("common/x4_fee") == "费率校验（X4）"
    assert words.check("projects.note_external_missing") == "登记外部数据缺失"
    assert words.check("") == ""


def test_nobody_waits_is_said_in_words(actor):
    release = definitions.deploy(definitions.read_folder(ROOT), actor=actor)
    definitions.activate(release.id, actor=actor)
    with pytest.raises(NobodyWaits) as refused:
        operations.send_message(WITHDRAW_MESSAGE, "ZB202600001", actor=actor)
    assert "「收到撤回申请」" in str(refused.value)
    assert WITHDRAW_MESSAGE not in str(refused.value)


def test_nobody_waits_has_words_when_the_release_knows_no_such_message(actor):
    with pytest.raises(NobodyWaits) as refused:
        operations.send_message("bank.unheard_of", "ZB202600001", actor=actor)
    assert "bank.unheard_of" not in str(refused.value)


@pytest.mark.parametrize(("permissions", "sees_codes"), [((), False), (("workflow.definitions.view",), True)])
def test_the_check_record_shows_names_and_codes_only_to_who_reads_releases(app, words, permissions, sees_codes):
    def row(code, check, node):
        return SimpleNamespace(
            severity="WARN", message="请核对", code=code, check_name=check, node_id=node, at=clock.now(), override_reason=None
        )

    rows = [row("X4_POLICY", "common/x4_fee", "application"), row(EXTERNAL_MISSING, "projects.note_external_missing", "risk_review")]
    reader = Actor(tenant_id=1, name="王丽华", user_id=7, permissions=frozenset(permissions))
    template = '{% from "tasks/parts.html" import check_results with context %}{{ check_results(rows, words) }}'
    with app.test_request_context():
        text = render_template_string(template, rows=rows, words=words, frame=SimpleNamespace(actor=reader))
    for name in ("费率校验（X4）", "登记外部数据缺失", "风险审查"):
        assert name in text
    assert "risk_review" not in text
    assert ("X4_POLICY" in text, EXTERNAL_MISSING in text) == (sees_codes, sees_codes)
