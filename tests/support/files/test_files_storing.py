"""Handing files in: names, types, sizes, the zip gate, versions, who may see what."""

import io
import resource
import time

import pytest

from app.core.tenancy import Actor, acting_as
from app.support import files
from app.support.files import access, operations, queries
from app.support.files.errors import (
    ArchiveRefused,
    DocumentMissing,
    FileEmpty,
    FileTooLarge,
    TypeMismatch,
    TypeNotAllowed,
)
from app.support.files.models import Confidentiality
from app.support.files.rules import clean_name, looks_like
from app.support.files.store import store

import file_samples as samples
from timing import ends_soon


def hand_in(actor, data=samples.PDF, name="担保合同.pdf", **more):
    return files.store_upload(io.BytesIO(data), name, "attachment", actor=actor, **more)


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("担保合同.pdf", "担保合同.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\王\\报表 2026.XLSX", "报表 2026.xlsx"),
        ("<script>alert(1)</script>.pdf", "script_.pdf"),
        ('"><img onerror=x>.png', "___img onerror=x_.png"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("...pdf", "pdf"),
        (".pdf", "pdf"),
        (" .pdf", "pdf"),
        ("。.pdf", "。.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_keep_chinese_and_lose_what_is_dangerous(sent, kept):
    assert clean_name(sent) == kept


# ------------------------------------------------------------------ types


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", samples.PDF),
        ("a.png", samples.PNG),
        ("a.JPG", samples.JPG),
        ("a.jpeg", samples.JPG),
        ("说明.txt", "担保说明".encode()),
        ("说明.txt", "担保说明".encode("gb18030")),
        ("a.csv", "﻿编号,金额\n1,2\n".encode()),
        ("a.docx", samples.docx()),
        ("a.xlsx", samples.zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"<workbook/>"})),
        ("a.ofd", samples.zipped({"OFD.xml": b"<OFD/>"})),
        ("a.zip", samples.zipped({"资料/合同.pdf": samples.PDF, "表.docx": samples.docx()})),
    ],
)
def test_honest_files_are_kept_and_come_back_whole(db_session, actor, name, data):
    document = hand_in(actor, data, name)
    assert (document.size, document.version_no) == (len(data), 1)
    assert document.doc_no.startswith("WJ20261124")
    assert files.read_bytes(document.id, actor=actor) == data


@pytest.mark.parametrize("name", ["a.exe", "a.html", "a.svg", "a.docm", "a", "a.pdf.js", "a.doc"])
def test_other_extensions_are_refused(db_session, actor, name):
    with pytest.raises(TypeNotAllowed, match="请上传 PDF"):
        hand_in(actor, name=name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"MZ\x90\x00 program"),
        ("a.png", samples.JPG),
        ("a.jpg", b"<html><script>alert(1)</script>"),
        ("a.txt", b"\x7fELF\x02\x01\x01\x00"),
        ("a.csv", b"a,b\x00c"),
        ("a.docx", samples.PDF),
    ],
)
def test_content_that_belies_its_extension_is_refused(db_session, actor, name, data):
    with pytest.raises(TypeMismatch, match="不符"):
        hand_in(actor, data, name)


def test_an_empty_file_is_refused(db_session, actor):
    with pytest.raises(FileEmpty):
        hand_in(actor, b"")


def test_a_cut_last_character_is_still_text():
    assert looks_like("txt", ("担" * 4000).encode()[:8192])


# ------------------------------------------------------------------ the zip gate


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("bomb.zip", samples.zipped({"a.txt": b"0" * 80_000_000}), "压缩炸弹"),
        ("many.zip", samples.zipped({f"{n}.txt": b"" for n in range(2001)}), "超过 2000 个"),
        ("climb.zip", samples.zipped({"../../etc/cron.txt": b"x"}), "其他目录"),
        ("root.zip", samples.zipped({"/etc/cron.txt": b"x"}), "其他目录"),
        ("back.zip", samples.zipped({"..\\..\\a.txt": b"x"}), "其他目录"),
        ("nest.zip", samples.zipped({"a.zip": samples.zipped({"b.txt": b"x"})}), "不能再有压缩包"),
        ("exe.zip", samples.zipped({"a.exe": b"MZ"}), "不支持的文件类型"),
        ("macro.zip", samples.zipped({"a.docm": samples.docx()}), "宏"),
        ("inner.zip", samples.zipped({"a.docx": samples.docx_with("word/vbaProject.bin", b"x")}), "宏"),
        ("macro.docx", samples.docx_with("word/vbaProject.bin", b"x"), "宏"),
        ("xxe.docx", samples.docx_with("word/x.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'), "实体"),
        ("xxe16.docx", samples.docx_with("word/x.xml", "<!DOCTYPE a>".encode("utf-16")), "实体"),
        ("not.docx", samples.zipped({"a.xml": b""}), "不是有效的 docx"),
        ("lying.zip", samples.lying_zip(), "损坏"),
        ("overlap.zip", samples.overlapping_zip(), "安全检查"),
        ("locked.zip", samples.encrypted_zip(), "加密"),
        ("link.zip", samples.link_zip(), "链接"),
        ("cut.zip", samples.zipped({"a.txt": b"x" * 1000})[:-30], "损坏"),
        ("fake.zip", b"PK\x03\x04" + b"\x00" * 100, "损坏"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_dangerous_archives_are_refused_quickly(db_session, actor, name, data, reason):
    def refused():
        with pytest.raises(ArchiveRefused, match=reason):
            hand_in(actor, data, name)

    assert ends_soon(refused, within=2)
    assert list(store().hashes(time.time() + 60)) == [] or not store().has(__import__("hashlib").sha256(data).hexdigest())


def test_office_files_inside_a_zip_share_its_budget(actor, db_session):
    """Each inner document alone would pass; together they unpack to more than allowed."""
    inner = samples.docx_with("word/media/a.bin", bytes(range(256)) * 2 + b"0" * 30_000_000)
    with pytest.raises(ArchiveRefused, match=r"解压后超过|压缩炸弹"):
        hand_in(actor, samples.zipped({f"{n}.docx": inner for n in range(12)}), "many.zip")


# ------------------------------------------------------------------ size


class Endless(io.RawIOBase):
    """A stream of 200 MB that never lies in memory."""

    def __init__(self, size):
        self.left, self.read_so_far = size, 0

    def read(self, size=-1):
        take = min(size, self.left)
        self.left -= take
        self.read_so_far += take
        return samples.PDF + b"x" * (take - len(samples.PDF)) if take else b""


def test_two_hundred_megabytes_are_refused_without_memory(db_session, actor):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stream = Endless(200 * 1024 * 1024)
    with pytest.raises(FileTooLarge, match="50 MB"):
        files.store_upload(stream, "大.pdf", "attachment", actor=actor)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
    assert stream.read_so_far < 52 * 1024 * 1024, "it stopped reading at the limit"


def test_a_refused_file_leaves_no_draft(app, db_session, actor):
    with pytest.raises(TypeMismatch):
        hand_in(actor, b"MZ")
    assert list((store().folder / "incoming").iterdir()) == []


# ------------------------------------------------------------------ content, versions


def test_the_same_content_is_kept_once(db_session, actor):
    first, second = hand_in(actor, name="一.pdf"), hand_in(actor, name="二.pdf")
    assert first.sha256 == second.sha256
    assert first.doc_no != second.doc_no


def test_a_new_version_keeps_number_and_links(db_session, actor):
    first = hand_in(actor)
    files.link_document(first, "thing", 7)
    files.link_document(first, "thing", 7)
    second = files.new_version(first, io.BytesIO(samples.PDF + b"%2"), "担保合同（修订）.pdf", actor=actor)
    assert (second.doc_no, second.version_no, second.previous_id) == (first.doc_no, 2, first.id)
    assert [d.id for d in files.list_documents("thing", 7)] == [second.id]
    assert [d.version_no for d in queries.list_versions(second)] == [2, 1]


# ------------------------------------------------------------------ who may see


def someone(user_id, *permissions, tenant=1):
    return Actor(tenant_id=tenant, name="x", user_id=user_id, permissions=frozenset(permissions))


def test_the_uploader_sees_her_file_and_others_do_not(db_session, actor):
    document = hand_in(actor)
    assert files.get_document(document.id, actor=actor) is document
    with pytest.raises(DocumentMissing):
        files.get_document(document.id, actor=someone(2))
    assert files.get_document(document.id, actor=someone(2, access.VIEW_ALL))


def test_another_tenant_sees_nothing(db_session, actor):
    document = hand_in(actor)
    document_id = document.id
    db_session.commit()
    stranger = someone(3, access.VIEW_ALL, tenant=2)
    with acting_as(stranger), pytest.raises(DocumentMissing):
        files.get_document(document_id, actor=stranger)


def test_the_room_decides_about_what_is_linked_to_its_things(db_session, actor, monkeypatch):
    monkeypatch.setitem(access._watchers, "case", lambda who, entity_id: who.user_id == 5 and entity_id == 9)
    document = hand_in(actor)
    files.link_document(document, "case", 9)
    db_session.expire(document)
    assert files.get_document(document.id, actor=someone(5))
    with pytest.raises(DocumentMissing):
        files.get_document(document.id, actor=someone(6, access.VIEW_ALL))


def test_a_confidential_paper_is_beyond_the_general_permission(db_session, actor):
    document = hand_in(actor, confidentiality=Confidentiality.CONFIDENTIAL)
    with pytest.raises(DocumentMissing):
        files.get_document(document.id, actor=someone(2, access.VIEW_ALL))
