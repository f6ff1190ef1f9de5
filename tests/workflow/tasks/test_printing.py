"""A task and a case on paper: what their pages show, no more, for whom their pages are."""

import pytest

from app.workflow.tasks import operations
from app.workflow.tasks.models import AskKind
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import WHY

TASK = {"form": "room/decide", "role": "PM_A"}
PROCESSES = (
    process(
        "proc_one", begin(), user("fill", **TASK, signature="typed"), user("check", **TASK), end(), flow("begin", "fill", "check", "done")
    ),
    process("proc_vote", begin(), user("fill", **TASK, secret="true"), user("check", **TASK), end(), flow("begin", "fill", "check", "done")),
)
SAID = {"decision": "AGREE", "opinion": "担保措施足值，同意上报"}
SIGNED = {"kind": "TYPED", "name": "王芳"}


def submit(desk, task_id, by="wang", **named):
    return desk.act(operations.complete, task_id, SAID, by=by, **named)


@pytest.mark.parametrize("address", ["/tasks/{task}/print", "/cases/{case}/print"])
def test_it_holds_answers_opinions_signatures_and_history(desk, address):
    case, fill = desk.claimed()
    desk.act(operations.save_draft, fill, SAID, by="wang")
    assert "草稿，尚未提交" in desk.page("wang", f"/tasks/{fill}/print")
    submit(desk, fill, signature=SIGNED)
    address = address.format(task=fill, case=case)
    page = desk.page("wang", address).partition("<article")[2]
    for told in ("决定", "同意", "担保措施足值，同意上报", "王芳", "输入姓名签署", "提交", "发起流程"):
        assert told in page
    made = desk.browser("wang").get(f"{address}.pdf")
    assert made.status_code == 200 and made.data.startswith(b"%PDF")
    for stranger in (address, f"{address}.pdf"):
        assert desk.browser("chen").get(stranger).status_code == 404


def test_a_ballot_stays_secret(desk):
    case, fill = desk.claimed("proc_vote")
    submit(desk, fill)
    assert "本环节的填写内容不公开" in desk.page("li", f"/tasks/{fill}/print")
    for page in (desk.page("wang", f"/tasks/{fill}/print"), desk.page("wang", f"/cases/{case}/print")):
        assert "担保措施足值" not in page


def test_somebody_elses_draft_is_not_printed_and_what_waits_for_signers_is(desk):
    _case, fill = desk.claimed()
    desk.act(operations.save_draft, fill, SAID, by="wang")
    assert "担保措施足值" not in desk.page("sun", f"/tasks/{fill}/print")
    desk.act(operations.add_handlers, fill, [desk.ids["chen"]], AskKind.AFTER, request=WHY, by="wang")
    submit(desk, fill, signature=SIGNED)
    page = desk.page("chen", f"/tasks/{fill}/print")
    assert "已提交，等待加签" in page and "担保措施足值" in page
