"""Signatures under what is submitted: asked for by the node, bound to the answers, shown and printed."""

import base64
import io

import docx
import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import Text, select, type_coerce

from app.core.db import db
from app.support.files.queries import list_documents, open_document
from app.support.identity import signature as own
from app.support.identity.errors import BadSignature
from app.support.identity.models import KeptSignature
from app.workflow.instances.access import DOCUMENTS
from app.workflow.instances.models import SignatureKind, TaskSignature
from app.workflow.instances.signatures import signatures_of
from app.workflow.tasks import operations
from app.workflow.tasks.errors import SignatureMissing
from app.workflow.tasks.models import AskKind, BatchKind
from app.workflow.tasks.operations import batch as batches
from tests.workflow.engine.diagrams import begin, end, flow, process, user
from tests.workflow.tasks.desk import VALUES, WHY, Desk

TASK = {"form": "room/apply", "role": "PM_A"}


def word():
    made, target = docx.Document(), io.BytesIO()
    made.add_paragraph("签 {{ signatures.fill.picture }} {{ signatures.fill.name }}")
    made.save(target)
    return target.getvalue()


def one(name, **properties):
    return process(f"proc_{name}", begin(), user("fill", **TASK, **properties), user("check", **TASK), end(), flow("begin", "fill", "check", "done"))


PROCESSES = (
    one("either", signature="either"),
    one("typed", signature="typed"),
    one("drawn", signature="drawn", documents="room/paper"),
    one("none", signature="none"),
)


@pytest.fixture(scope="module")
def desk(databases):
    return Desk(databases.copy("sqlite"), PROCESSES, {"forms/documents/room/paper.docx": word()})


def png(*, blank=False, size=(300, 90), form="PNG"):
    picture, target = Image.new("RGBA", size), io.BytesIO()
    if not blank:
        ImageDraw.Draw(picture).line([(10, 10), (200, 80)], fill="black", width=6)
    (picture if form == "PNG" else picture.convert("RGB")).save(target, form)
    return target.getvalue()


def url(data):
    return "data:image/png;base64," + base64.b64encode(data).decode()


def drawn():
    return {"kind": "DRAWN", "picture": url(png())}


def of_case(desk, case):
    with desk.at_work():
        return list(signatures_of(case).values())


@pytest.mark.parametrize(
    ("process_id", "given", "kind"),
    [
        ("proc_either", {"kind": "TYPED", "name": " 王芳 "}, SignatureKind.TYPED),
        ("proc_either", drawn(), SignatureKind.DRAWN),
        ("proc_typed", {"kind": "TYPED", "name": "王芳"}, SignatureKind.TYPED),
        ("proc_none", drawn(), None),
    ],
)
def test_it_is_kept_with_what_was_submitted(desk, process_id, given, kind):
    case, fill = desk.claimed(process_id)
    desk.submit(fill, signature=given)
    found = of_case(desk, case)
    assert [(one.kind, one.name, one.is_intact) for one in found] == ([(kind, "王芳", True)] if kind else [])
    page = desk.page("wang", f"/cases/{case}")
    assert ("王芳 的手写签名" in page) == (kind == SignatureKind.DRAWN) and ("输入姓名签署" in page) == (kind == SignatureKind.TYPED)


@pytest.mark.parametrize(
    ("process_id", "given", "refusal"),
    [
        ("proc_either", None, SignatureMissing),
        ("proc_either", {"kind": "TYPED", "name": "李强"}, SignatureMissing),
        ("proc_either", {"kind": "KEPT"}, SignatureMissing),
        ("proc_either", {"kind": "DRAWN", "sha256": "0" * 64, "document_id": "7"}, BadSignature),
        ("proc_typed", drawn(), SignatureMissing),
        ("proc_drawn", {"kind": "TYPED", "name": "王芳"}, SignatureMissing),
        ("proc_drawn", {"kind": "DRAWN", "picture": url(png(blank=True))}, BadSignature),
        ("proc_drawn", {"kind": "DRAWN", "picture": url(png(size=(2400, 90)))}, BadSignature),
        ("proc_drawn", {"kind": "DRAWN", "picture": url(png(form="JPEG"))}, BadSignature),
        ("proc_drawn", {"kind": "DRAWN", "picture": url(b"x" * 201_000)}, BadSignature),
        ("proc_drawn", {"kind": "DRAWN", "picture": "data:image/png;base64,@@"}, BadSignature),
    ],
)
def test_without_one_that_will_do_nothing_is_submitted(desk, process_id, given, refusal):
    _case, fill = desk.claimed(process_id)
    before = desk.everything()
    assert type(desk.refusal(operations.complete, fill, VALUES, signature=given, by="wang")) is refusal
    assert desk.everything() == before


def test_the_page_offers_what_the_node_allows_and_says_what_is_missing(desk):
    _case, fill = desk.claimed("proc_either")
    page = desk.page("wang", f"/tasks/{fill}")
    assert 'value="DRAWN"' in page and 'value="TYPED"' in page and 'value="KEPT"' not in page
    answer = desk.browser("wang").post(f"/tasks/{fill}/complete", json={"values": VALUES}, headers={"Idempotency-Key": "k-sign-1"})
    assert answer.status_code == 422 and "请手写签名或输入您的姓名" in answer.json["detail"]
    sent = {"values": VALUES, "signature": drawn()}
    assert desk.browser("wang").post(f"/tasks/{fill}/complete", json=sent, headers={"Idempotency-Key": "k-sign-2"}).status_code == 200


def test_a_kept_signature_is_encrypted_hers_alone_and_signs(desk):
    assert desk.browser("li").get("/me/signature.png").status_code == 404
    assert desk.post("li", "/me/signature", picture=url(png())).status_code == 303
    with desk.at_work():
        row = db.session.scalar(select(KeptSignature).where(KeptSignature.user_id == desk.ids["li"]))
        raw = db.session.scalar(select(type_coerce(KeptSignature.picture, Text)).where(KeptSignature.id == row.id))
        assert raw.startswith("1.k1.") and row.picture not in raw
    assert desk.browser("li").get("/me/signature.png").mimetype == "image/png"
    assert desk.browser("wang").get("/me/signature.png").status_code == 404
    case, fill = desk.claimed("proc_drawn", by="li")
    assert 'value="KEPT" checked' in desk.page("li", f"/tasks/{fill}")
    desk.submit(fill, by="li", signature={"kind": "KEPT"})
    assert [one.name for one in of_case(desk, case)] == ["李强"]
    assert desk.post("li", "/me/signature/remove").status_code == 303
    assert desk.browser("li").get("/me/signature.png").status_code == 404
    assert "签名无法使用" in desk.post("li", "/me/signature", picture=url(png(blank=True))).get_data(as_text=True)


def test_it_stands_in_the_papers_made_and_in_the_printed_record(desk):
    case, fill = desk.claimed("proc_drawn")
    desk.submit(fill, signature=drawn())
    with desk.at_work():
        (paper,) = list_documents(DOCUMENTS, case)
        with open_document(paper) as content:
            made = docx.Document(io.BytesIO(content.read()))
    assert len(made.inline_shapes) == 1 and made.paragraphs[0].text.split() == ["签", "王芳"]
    record = desk.browser("wang").get(f"/cases/{case}/approval.pdf")
    assert record.status_code == 200 and b"/Image" in record.data


def test_a_picture_is_seen_like_its_case_and_is_none_of_its_papers(desk):
    case, fill = desk.claimed("proc_either")
    desk.submit(fill, signature=drawn())
    (shown,) = of_case(desk, case)
    assert desk.browser("wang").get(f"/files/{shown.document_id}?view=1").status_code == 200
    assert desk.browser("chen").get(f"/files/{shown.document_id}?view=1").status_code == 404
    assert "签名.png" not in desk.page("wang", f"/cases/{case}")


def test_what_was_changed_after_it_was_signed_shows(desk):
    case, fill = desk.claimed("proc_typed")
    desk.submit(fill, signature={"kind": "TYPED", "name": "王芳"})
    desk.act(_falsify, case)
    assert [one.is_intact for one in of_case(desk, case)] == [False]
    assert "签名与提交内容不符" in desk.page("wang", f"/cases/{case}")


def _falsify(case, *, actor):
    row = db.session.scalar(select(TaskSignature).where(TaskSignature.instance_id == case))
    row.digest = "0" * 64


def test_a_submission_that_waits_for_signers_keeps_it(desk):
    case, fill = desk.claimed("proc_either")
    desk.act(operations.add_handlers, fill, [desk.ids["chen"]], AskKind.AFTER, request=WHY, by="wang")
    assert desk.submit(fill, signature=drawn()) == (True, True)
    assert of_case(desk, case) == []
    desk.act(operations.sign, fill, agrees=True, opinion="同意", by="chen")
    assert [(one.kind, one.is_intact) for one in of_case(desk, case)] == [(SignatureKind.DRAWN, True)]


def test_what_must_be_signed_is_not_approved_in_a_batch(desk):
    _case, fill = desk.claimed("proc_typed")
    batch = desk.act(operations.start_batch, [fill], BatchKind.APPROVE, words=WHY, by="wang")
    with desk.at_work():
        assert ["须签名" in item.reason for item in batches.items_of(batch)] == [True]


def test_nothing_but_the_lines_is_kept_of_a_picture():
    target, hidden = io.BytesIO(), PngInfo()
    hidden.add_text("Comment", "secret")
    picture = Image.open(io.BytesIO(png()))
    picture.save(target, "PNG", pnginfo=hidden)
    kept = own.read_picture(target.getvalue())
    assert b"secret" not in kept and Image.open(io.BytesIO(kept)).size < (300, 90)
