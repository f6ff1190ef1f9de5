"""One meeting of three items, walked through the real doors: what is printed, and what the books say afterwards."""

import io

import pytest
from docx import Document
from sqlalchemy import select

from app.business.committee import queries
from app.business.committee.models import AgendaItem, ItemResult, Meeting
from app.business.committee.papers import minutes_paper
from app.core.db import db
from app.core.tenancy import Actor, acting_as, system_actor
from app.demo import cli
from app.demo.company import TENANT_ID
from tests.processes.house import served


@pytest.mark.real_clock
def test_the_walk_of_the_committee_passes_reschedules_and_reconsiders(databases):
    app = databases.demo("sqlite")
    with served(app) as url, app.app_context():
        ended = app.test_cli_runner().invoke(cli.demo, ["walk", "committee", "--url", url])
    assert ended.exit_code == 0, ended.output[-2000:]
    for told in ("committee_1：2 项批复条件待落实", "committee_2：流会", "committee_3：一票否决", "只能复议一次", "沈国栋 安排再次审议", "规则表第 1 条", "沈国栋 豁免评审会附加的条件"):
        assert told in ended.output
    assert ended.output.strip().endswith("3 items, APPROVED")
    with app.app_context(), acting_as(system_actor(TENANT_ID)):
        first, *_later = db.session.scalars(select(Meeting).order_by(Meeting.created_at)).all()
        assert [item.result for item in first.items] == [
            ItemResult.END_PASS_COND,
            ItemResult.END_QUIT,
            ItemResult.END_VETO,
        ]
        assert all(queries.ballots_agree(item) for item in first.items if item.counted)
        assert {item.counting["rule"] for item in first.items} == {1}
        again = db.session.scalars(select(AgendaItem).where(AgendaItem.is_reconsideration)).one()
        former, panel = ({seat.user_id for seat in item.panel} for item in (first.items[2], again))
        assert (len(panel), again.result) == (len(former), ItemResult.END_PASS)
        assert len(panel - former) == 2  # all who were not on the panel before
        _minutes_tell_what_was_said(first)
        db.session.remove()


def _minutes_tell_what_was_said(meeting):
    """The Word document holds counts, named ballots and the lines to sign; to a recused reader not the votes."""
    member = meeting.items[2].panel[1]
    told = words_of(minutes_paper(meeting, system_actor(TENANT_ID)))
    for words in (meeting.meeting_no, "有条件通过", "追加实际控制人配偶连带责任保证", "主任委员一票否决", "通过需 4 票", "规则表第 1 条", "委员签署"):
        assert words in told
    member.is_recused = True
    reader = Actor(tenant_id=TENANT_ID, name="回避委员", user_id=member.user_id)
    with db.session.no_autoflush:  # a look, nothing is written
        hidden = words_of(minutes_paper(meeting, reader))
    assert "主任委员一票否决" not in hidden
    assert "未公布" in hidden


def words_of(paper):
    document = Document(io.BytesIO(paper))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
