"""Documents a node makes: filled from the datasets or by a room, kept by version, refused when a template is wrong."""

import io
from dataclasses import replace

import docx
import pytest

from app.support.files.models import Document
from app.support.files.queries import list_documents, open_document
from app.workflow import definitions, writings
from app.workflow.definitions import check_bundle
from app.workflow.instances import operations
from app.workflow.instances.access import DOCUMENTS
from app.workflow.instances.models import UserTask
from app.workflow.registry import Writing, WritingContext, registry
from app.workflow.registry.names import WritingSource
from app.workflow.tasks import operations as tasks
from app.workflow.writings.errors import CannotWrite
from tests.workflow.definitions.bundles import bpmn, bundle

PROCESS = "processes/test/proc_test.bpmn"
LETTER = "forms/documents/letters/note.docx"


@pytest.fixture
def head(actor):
    """Somebody whose pool the task lies in."""
    return replace(actor, roles=frozenset({"RISK_HEAD"}))


def template(*paragraphs):
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def text_of(document):
    with open_document(document) as content:
        return "\n".join(p.text for p in docx.Document(io.BytesIO(content.read())).paragraphs)


def files(names, **templates):
    diagram = bpmn(checks="", role="RISK_HEAD", documents=names)
    documents = {f"forms/documents/{path.replace('__', '/')}.docx": content for path, content in templates.items()}
    return {PROCESS: diagram, "rules/checks/room/apply.dmn": None, **documents}


def started(db_session, actor, names, **templates):
    release = definitions.deploy(bundle(**files(names, **templates)), actor=actor, note="文书")
    definitions.activate(release.id, actor=actor)
    instance = operations.start("proc_test", {}, actor=actor)
    db_session.flush()
    return db_session.query(UserTask).filter_by(instance_id=instance.id).one(), instance


def test_a_template_is_filled_from_form_and_facts_when_its_task_is_done(actor, head, db_session):
    note = template("金额 {{ form.amount | yuan }} 元", "经办 {{ actor.name }}")
    task, instance = started(db_session, actor, "letters/note", letters__note=note)
    assert tasks.complete(task.id, {"amount": "300"}, actor=head).done
    (document,) = list_documents(DOCUMENTS, instance.id)
    assert text_of(document) == f"金额 3,000,000.00 元\n经办 {actor.name}"
    assert (document.kind, document.version_no) == ("writing:letters/note", 1)


def test_a_task_that_cannot_write_is_not_done_and_says_why(actor, head, db_session):
    task, instance = started(db_session, actor, "letters/note", letters__note=template("{{ form.rate | percent }}"))
    with pytest.raises(CannotWrite, match="rate"):
        tasks.complete(task.id, {"amount": "300"}, actor=head)
    assert list_documents(DOCUMENTS, instance.id) == []


def test_written_again_for_the_same_row_it_is_the_next_version(actor, db_session, monkeypatch):
    told = ["第一稿"]

    def run(ctx):
        return [Writing("letters/note", "通知", {"text": told[-1]}, "notice", number) for number in (7, 8)]

    source = WritingSource("room.notes", "通知", run, frozenset({"letters/note"}), "")
    monkeypatch.setitem(registry.writings, "room.notes", source)
    _task, instance = started(db_session, actor, "room.notes", letters__note=template("{{ text }}"))
    context = WritingContext(actor=actor, instance_id=instance.id, data={}, form={})
    for text in ("第一稿", "第二稿"):
        told.append(text)
        writings.keep(writings.write(["room.notes"], instance, context, lambda _name: None), instance, actor=actor)
    newest = writings.written_for("notice", [7, 8, 9], actor=actor)
    assert {key: (one.version_no, text_of(one)) for key, one in newest.items()} == {7: (2, "第二稿"), 8: (2, "第二稿")}
    assert db_session.query(Document).filter_by(kind="writing:letters/note").count() == 4  # nothing is overwritten
    assert len(list_documents(DOCUMENTS, instance.id)) == 2


@pytest.mark.parametrize(
    ("names", "templates", "said"),
    [
        ("letters/gone", {}, "找不到文档模板「letters/gone」"),
        ("room.gone", {}, "文书「room.gone」没有登记"),
        ("letters/note", {"letters__note": template("{{ projekt.project_no }}")}, "projekt"),
        ("letters/note", {"letters__note": template("{{ form.__class__ }}")}, "下划线"),
        ("letters/note", {"letters__note": b"PK no archive"}, "已损坏"),
    ],
)
def test_a_release_whose_documents_cannot_be_made_is_refused(names, templates, said):
    found = [one for one in check_bundle(bundle(**files(names, **templates))) if one.severity == "ERROR"]
    assert any(said in one.message for one in found), found


def test_a_registered_documents_templates_must_be_there(monkeypatch):
    source = WritingSource("room.notes", "通知", lambda ctx: [], frozenset({"letters/a", "letters/b"}), "")
    monkeypatch.setitem(registry.writings, "room.notes", source)
    found = check_bundle(bundle(**files("room.notes", letters__a=template("甲"))))
    assert ["letters/b" in one.message for one in found if one.severity == "ERROR"] == [True]
