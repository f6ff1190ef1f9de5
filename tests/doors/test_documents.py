"""Documents the program makes, through the doors: read, previewed without a trace, hidden from strangers."""

import io
import re

import docx
import pytest
from sqlalchemy import func, select

from app.business.contracts.models import Contract
from app.core import clock
from app.demo.answers import Walk, answer
from app.demo.walk import Stage, Variant, Walker
from app.support.audit.models import AuditRecord
from app.support.files.models import Document, DocumentLink
from app.support.files.queries import open_document
from app.support.numbering.models import NumberSeries
from app.workflow.writings import KIND_PREFIX
from tests.doors.place import raw, refusal

pytestmark = [pytest.mark.real_clock, pytest.mark.xdist_group("doors")]


def made_of(place, case_id):
    """Name → (id, text) of what the program made for a case."""
    with place.inside() as session:
        query = (
            select(Document)
            .join(DocumentLink, DocumentLink.document_id == Document.id)
            .where(DocumentLink.entity_id == case_id, Document.kind.startswith(KIND_PREFIX))
        )
        return {one.name: (one.id, _text(one)) for one in session.scalars(query)}


def _text(document):
    with open_document(document) as content:
        made = docx.Document(io.BytesIO(content.read()))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in made.paragraphs), *cells])


def test_a_case_to_its_end_leaves_its_documents(place):
    case = place.walked()
    made = made_of(place, int(case["id"]))
    kinds = {re.match(r"\D+", name).group().strip(): text for name, (_key, text) in made.items()}
    for kind, piece in {
        "评审报告 ZB": "结论与建议",
        "委托保证合同 WT": "叁佰万元整",
        "保证合同 BZ": "连带责任保证",
        "保证反担保合同 FB": "追偿权",
        "放款通知书 FK": "通知书有效期",
    }.items():
        assert piece in kinds[kind], (kind, kinds.keys())
    assert not any("{{" in text or "{%" in text for text in kinds.values())


def test_a_made_document_is_read_by_who_may_see_its_case_and_by_nobody_else(place):
    case = place.walked()
    made = made_of(place, int(case["id"]))
    key = next(key for name, (key, _text) in made.items() if name.startswith("委托保证合同"))
    status, pdf = raw(place, place.person("pm_a"), f"/documents/{key}.pdf")
    assert (status, pdf[:4]) == (200, "%PDF")
    stranger = place.person("credit_maker")
    refusal(lambda: stranger.get(f"/documents/{key}.pdf"), 403, 404)
    for number in (0, 42, 9999999999999999):
        refusal(lambda number=number: place.person("pm_a").get(f"/documents/{number}.pdf"), 404)


def test_papers_handed_in_are_not_shown_as_made(place):
    person = place.person("pm_a")
    paper = person.upload("授权书.txt", b"hello", "text/plain")
    refusal(lambda: person.get(f"/documents/{paper}.pdf"), 404)


def test_a_preview_shows_the_documents_and_leaves_nothing_behind(place):
    """The contracts' numbers are drawn and given back; submitting afterwards draws the same ones."""
    task_id, drafter = _drafting(place)
    path = f"/tasks/{task_id}/documents.pdf"
    seen = drafter.get_json(f"/api/v1/tasks/{task_id}")
    walk = Walk("direct", clock.today(), file_of=lambda: "")
    values = answer(walk, "draft_contracts", seen["values"], seen["schema"])
    version = seen["row_version"]
    for wrong in ({**values, "end_on": ""}, {**values, "guarantee_amount_fen": "很多"}):
        drafter.post_json(f"/tasks/{task_id}/draft", {"values": wrong, "reasons": {}, "row_version": version})
        refusal(lambda: drafter.get(path), 422)
    drafter.post_json(f"/tasks/{task_id}/draft", {"values": values, "reasons": {}, "row_version": version})
    before = _standing(place)
    status, pdf = raw(place, drafter, path)
    assert (status, pdf[:4]) == (200, "%PDF")
    assert _standing(place) == before
    refusal(lambda: place.person("finance").get(path), 403, 404)


def _drafting(place):
    """A case that waits for its contracts: the task and who draws them up."""
    stage = Stage("preview", "", Variant(ends="", stops_at="draft_contracts"), "北京恒达建材贸易有限公司")
    case = place.case(place._walk(Walker(place.url, "preview", today=clock.today(), say=lambda _text: None, stage=stage)))
    (task,) = [task for task in case["open_tasks"] if task["node_id"] == "draft_contracts"]
    return task["id"], place.person("pm_a")


def test_a_task_without_documents_has_no_preview(place):
    task_id, *_rest = place.start()
    refusal(lambda: place.person("pm_a").get(f"/tasks/{task_id}/documents.pdf"), 404, 422)


def _standing(place):
    with place.inside() as session:
        counters = session.scalars(select(NumberSeries).order_by(NumberSeries.id))
        counted = [session.scalar(select(func.count()).select_from(model)) for model in (Contract, Document, AuditRecord)]
        return counted, [(one.id, one.row_version) for one in counters]
