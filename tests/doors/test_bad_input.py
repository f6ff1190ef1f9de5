"""Bad input of every kind through the real doors: a clear Chinese answer, the right status, nothing half-written."""

import json
import re
import secrets
import socket
import threading
import zlib
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import func, select

from app.business.projects.models import Project
from app.demo.walk import PDF
from app.support.files.models import Document
from app.workflow.definitions.models import Release
from app.workflow.instances.models import TaskLog, TaskState, UserTask
from tests.workflow.definitions.bundles import bpmn, bundle, dmn
from tests.doors.place import (
    assert_clear,
    findings_of,
    outcome,
    raw,
    refusal,
    submit,
    submit_with_reasons,
)
from tests.programs import PATIENCE

pytestmark = [pytest.mark.real_clock, pytest.mark.both_databases, pytest.mark.xdist_group("doors")]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>采购原材料"


def submissions(place, task_id):
    return place.count(select(func.count()).where(TaskLog.task_id == int(task_id), TaskLog.action == "submit"))


def at_once(*acts):
    """Outcomes of acts done in threads that start together."""
    gate, answers = threading.Barrier(len(acts), timeout=PATIENCE), []

    def act(one):
        gate.wait()
        answers.append(outcome(one))

    threads = [threading.Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


# ------------------------------------------------------------------ forms


def test_every_fault_of_a_form_is_told_at_once_at_its_field(place):
    task_id, seen, values = place.start()
    bad = {
        **values,
        "purpose": "",
        "term_months": 0,
        "applied_amount_fen": "三百万",
        "guarantee_ratio_pct": 101,
        "fee_rate": -1,
        "contact_mobile": "12345",
        "customer_id": "42",
        "counter_mode": "NOTHING_OF_THE_KIND",
    }
    told = findings_of(refusal(lambda: submit(place.person("pm_a"), task_id, seen, bad), 422))
    assert set(bad.keys() - values.keys()) == set()
    assert {key for key in bad if bad[key] != values[key]} <= told.keys()
    assert submissions(place, task_id) == 0


def test_an_empty_form_names_every_required_field(place):
    task_id, seen, _values = place.start()
    required = {
        field["key"]
        for field in _fields(seen["schema"])
        if field.get("validate", {}).get("required") and "conditional" not in field
    }
    told = findings_of(refusal(lambda: submit(place.person("pm_a"), task_id, seen, {}), 422))
    assert len(required) > 8
    assert required <= told.keys()
    assert all(re.search(r"必填|请填写|请选择|请上传|不能为空", told[key]) for key in required), told


def _fields(schema):
    for field in schema.get("components", ()):
        if field.get("key"):
            yield field
        elif field["type"] != "dynamiclist":
            yield from _fields(field)


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        "text",
        {"applied_amount_fen": {"a": 1}},
        {"applied_amount_fen": True},
        {"applied_amount_fen": "1e400"},
        {"applied_amount_fen": 10**30},
        {"term_months": 12.5},
        {"term_months": "NaN"},
        {"tags": "x" * 100_000},
        {"purpose": ["x"]},
        {"purpose": "长" * 100_000},
        {"purpose": "\x00"},
        {"counter_guarantees": {"0": {}}},
        {"counter_guarantees": None},
        {"counter_guarantees": [None]},
        {"counter_guarantees": [{"amount_fen": "abc", "kind": [], "no_such_field": 1}]},
        {"customer_id": 10**30},
        {"counter_guarantees": [[]] * 500},
        {"authorisation_docs": ["42", "9" * 30, 10**30, -1, None]},
        {"authorisation_docs": [{"id": 1}]},
        {"no_such_field": 1},
    ],
    ids=lambda values: repr(values)[:40],
)
def test_ill_typed_values_are_refused(place, values):
    task_id, seen, good = place.start()
    sent = {**good, **values} if isinstance(values, dict) else values
    refusal(lambda: submit(place.person("pm_a"), task_id, seen, sent), 400, 422)
    assert submissions(place, task_id) == 0


@pytest.mark.parametrize("version", ["abc", -1, [], {}, 1.5])
def test_a_version_that_is_none_is_refused(place, version):
    task_id, seen, values = place.start()
    refusal(lambda: submit(place.person("pm_a"), task_id, {**seen, "row_version": version}, values), 400, 409, 422)


def test_a_stale_page_is_told_so(place):
    task_id, seen, values = place.start()
    stale = {**seen, "row_version": seen["row_version"] + 7}
    told = refusal(lambda: submit(place.person("pm_a"), task_id, stale, values), 409)
    assert "已被他人更新" in json.loads(told)["message"]
    assert submissions(place, task_id) == 0


# ------------------------------------------------------------------ page code in texts


def test_page_code_in_a_form_is_refused_and_in_a_comment_stays_text(place):
    task_id, seen, values = place.start()
    person = place.person("pm_a")
    told = findings_of(refusal(lambda: submit(person, task_id, seen, {**values, "purpose": SCRIPT}), 422))
    assert "请改用普通文字" in told["purpose"]
    person.post_form(f"/tasks/{task_id}/comment", {"comment": SCRIPT})
    case = seen["instance_id"]
    for page in (f"/tasks/{task_id}", f"/cases/{case}"):
        shown = person.get(page)
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert(1)" not in shown
        assert "<img src=x" not in shown
    with person._opener.open(f"{place.url}/cases/{case}/approval.pdf", timeout=60) as found:
        assert SCRIPT.replace(" ", "") in text_of(found.read())


def text_of(pdf):
    """The words of a PDF, without spaces: a line that ends has none."""
    streams = [zlib.decompress(found) for found in re.findall(rb"FlateDecode[^>]*>>\nstream\n(.*?)\nendstream", pdf, re.S)]
    glyphs = dict(
        pair for stream in streams if b"begincmap" in stream for pair in re.findall(rb"<(\w{4})> <(\w{4})>", stream)
    )
    shown = b"".join(
        found for stream in streams for line in re.findall(rb"\[([^\]]*)\] TJ", stream) for found in re.findall(rb"<(\w+)>", line)
    )
    return "".join(chr(int(glyphs.get(shown[i : i + 4], b"fffd"), 16)) for i in range(0, len(shown), 4)).replace(" ", "")


@pytest.mark.parametrize("path", ["/tasks", "/projects", "/customers", "/admin/instances", "/admin/audit"])
def test_page_code_in_a_search_stays_text(place, path):
    hostile = urlencode({"q": SCRIPT + "\"'%_\\", "page": "-1", "sort": SCRIPT, "status": SCRIPT, "from": SCRIPT})
    status, text = raw(place, place.person("admin"), f"{path}?{hostile}")
    assert status in {200, 400, 422}, text[:500]
    assert "<script>alert(1)" not in text
    assert "<img src=x" not in text
    for page in ("0", "99999999999999999999", "x", "1e3"):
        assert raw(place, place.person("admin"), f"{path}?page={page}")[0] in {200, 400, 404, 422}


# ------------------------------------------------------------------ two at once


def reasons_for_another_case(place):
    """What a customer who has a case already is asked about another one."""
    for _case in range(2):
        _answer, reasons = submit_with_reasons(place.person("pm_a"), *place.start())
    return reasons


def test_two_browsers_submit_once(place):
    task_id, seen, values = place.start()
    reasons = reasons_for_another_case(place)
    twins = [place.newcomer("pm_a") for _twin in range(2)]
    (good, bad) = at_once(*(lambda twin=twin: submit(twin, task_id, seen, values, reasons=reasons) for twin in twins))
    assert (good[0], bad[0]) == (200, 409), bad
    assert_clear(*bad)
    assert submissions(place, task_id) == 1


def test_the_same_act_sent_twice_is_done_once_and_answered_twice(place):
    task_id, seen, values = place.start()
    person, key = place.person("pm_a"), secrets.token_urlsafe(16)
    reasons = reasons_for_another_case(place)
    twins = [lambda: submit(person, task_id, seen, values, reasons=reasons, key=key)] * 2
    answers = at_once(*twins)
    assert answers[0][0] == 200
    assert answers[1] == answers[0] or answers[1][0] == 409, answers
    assert submit(person, task_id, seen, values, reasons=reasons, key=key) == eval(answers[0][1])  # noqa: S307
    other = {**values, "purpose": "另一用途：支付货款"}
    told = refusal(lambda: submit(person, task_id, seen, other, reasons=reasons, key=key), 409)
    assert json.loads(told)["code"] == "core.idempotency.key_reused"
    assert submissions(place, task_id) == 1


def test_two_people_claim_once(place):
    task_id, seen, values = place.start()
    submit_with_reasons(place.person("pm_a"), task_id, seen, values)
    (task,) = place.case(seen["instance_id"])["open_tasks"]
    assert (task["node_id"], task["assignee_id"]) == ("acceptance", None)
    rivals = [place.person("biz_head"), place.another("biz_head", "钱进")]
    good, bad = at_once(*(lambda rival=rival: rival.post_form(f"/tasks/{task['id']}/claim", {}) for rival in rivals))
    assert (good[0], bad[0]) == (200, 409), (good, bad)
    assert_clear(*bad)
    assert "已被" in bad[1]
    assert "领取" in bad[1]
    assert place.count(select(func.count()).where(TaskLog.task_id == task["id"], TaskLog.action == "claim")) == 1
    refusal(lambda: place.person("finance").post_form(f"/tasks/{task['id']}/claim", {}), 403, 404)


# ------------------------------------------------------------------ who, and which


def test_somebody_elses_task(place):
    task_id, seen, values = place.start()
    for act in ("claim", "release", "comment", "take-back", "return", "transfer"):
        fields = {"comment": "看一看", "reason": "试一试别人的任务能不能动", "node_id": "application", "user_id": "1"}
        refusal(lambda act=act, fields=fields: place.person("finance").post_form(f"/tasks/{task_id}/{act}", fields), 403, 404, 409)
    assert place.count(select(func.count()).where(TaskLog.task_id == int(task_id))) == 0
    refusal(lambda: submit(place.person("finance"), task_id, seen, values), 403, 404)
    refusal(lambda: place.person("finance").get(f"/tasks/{task_id}"), 403, 404)
    refusal(lambda: place.person("finance").post_form("/start/proc_direct_guarantee", {}), 403)
    for path in ("/admin/users", "/admin/roles", "/admin/jobs", "/admin/instances", "/admin/releases/deploy"):
        refusal(lambda path=path: place.person("pm_a").get(path), 403)


@pytest.mark.parametrize("key", ["4200000000", "0", "9999999999999999", "99999999999999999999999999", "-1", "x"])
def test_what_does_not_exist_is_not_found(place, key):
    """A key no column can hold is no key, or the key of nothing."""
    person, statuses = place.person("admin"), (400, 404) if len(key) > 19 else (404,)
    for kind in ("tasks", "projects", "cases", "customers", "files", "institutions", "products", "api/v1/tasks", "api/v1/cases"):
        refusal(lambda kind=kind: person.get(f"/{kind}/{key}"), *statuses)
    for page in ("users", "roles", "departments", "releases", "instances", "jobs"):
        refusal(lambda page=page: person.get(f"/admin/{page}/{key}"), *statuses)
    for act in ("claim", "release"):
        refusal(lambda act=act: person.post_form(f"/tasks/{key}/{act}", {}), *statuses)
    refusal(lambda: person.post_form(f"/projects/{key}/withdraw", {"reason": "客户资金需求已经取消"}), *statuses)
    refusal(lambda: person.post_form(f"/admin/instances/{key}/cancel", {"reason": "客户资金需求已经取消"}), *statuses)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/tasks/claim", {"task_id": "9" * 30}),
        ("/tasks/{task}/transfer", {"user_id": "9" * 30, "reason": "出差一周，请代为办理"}),
        ("/tasks/{task}/transfer", {"user_id": "x", "reason": "出差一周，请代为办理"}),
        ("/tasks/{task}/transfer", {"user_id": "-5", "reason": "出差一周，请代为办理"}),
        ("/tasks/{task}/transfer", {"user_id": "1", "reason": "短"}),
        ("/tasks/{task}/return", {"node_id": "nowhere\0", "reason": "资料不全，请补充完整后再报"}),
        ("/tasks/{task}/comment", {"comment": "  "}),
        ("/customers", {"name": "", "uscc": "x", "kind": "x", "row_version": "x"}),
        ("/customers", {}),
    ],
)
def test_odd_fields_of_a_page_are_refused(place, path, fields):
    task_id, _seen, _values = place.start()
    refusal(lambda: place.person("pm_a").post_form(path.format(task=task_id), fields), 400, 404, 409, 422)


@pytest.mark.parametrize("path", ["/admin/users", "/admin/roles"])
def test_an_administrator_is_told_every_fault_at_once(place, path):
    text = refusal(lambda: place.person("admin").post_form(path, {"name": " ", "code": "?", "email": "x", "password": "1"}), 422)
    assert text.count("is-invalid") >= 2 or text.count("invalid-feedback") >= 2


@pytest.mark.parametrize("path", ["/tasks", "/projects", "/customers", "/admin/instances", "/admin/users", "/login"])
def test_a_nul_in_a_search_is_no_fault(place, path):
    status, text = raw(place, place.person("admin"), f"{path}?q=%00&next=%00&status=%00")
    assert status in {200, 400}
    assert "Traceback" not in text


def test_a_process_nobody_starts(place):
    before = place.count(select(func.count()).select_from(Project))
    for process in ("proc_no_such", "proc_committee_review", SCRIPT, "../tasks"):
        refusal(lambda process=process: place.person("pm_a").post_form(f"/start/{quoted(process)}", {}), 404, 405)
    for key in ("x", "1.5", "-1", "9" * 30, "42"):
        refusal(lambda key=key: place.person("pm_a").post_form("/start/proc_release", {"project_id": key}), 404, 409, 422)
    assert place.count(select(func.count()).select_from(Project)) == before


def quoted(text):
    return urlencode({"": text})[1:]


# ------------------------------------------------------------------ files


def test_files_of_the_wrong_kind(place):
    person, before = place.person("pm_a"), place.count(select(func.count()).select_from(Document))
    refusal(lambda: person.upload("a.exe", b"MZ\x90\x00" * 50, "application/octet-stream"), 415)
    refusal(lambda: person.upload("a.pdf", b"MZ\x90\x00" * 50, "application/pdf"), 415, 422)
    refusal(lambda: person.upload("空.pdf", b"", "application/pdf"), 415, 422)
    refusal(lambda: person.upload("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"), 415)
    refusal(lambda: person.upload("a.html", SCRIPT.encode(), "text/html"), 415)
    refusal(lambda: person.upload("a.docx", b"PK\x03\x04" + b"x" * 500, "application/zip"), 415, 422)
    refusal(lambda: person.post_form("/files", {}), 400, 415, 422)
    refusal(lambda: person.upload("a.pdf.exe", PDF, "application/pdf"), 415)
    assert place.count(select(func.count()).select_from(Document)) == before


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "长" * 400 + ".pdf", "a%00b.pdf", "<img src=x onerror=alert(1)>.pdf"])
def test_odd_names_of_files_do_no_harm(place, name):
    person = place.person("pm_a")
    status, text = outcome(lambda: person.upload(name, PDF, "application/pdf"))
    if status != 200:
        assert_clear(status, text)
        return
    with place.inside() as session:
        stored = session.get(Document, int(text)).name
    assert "/" not in stored
    assert len(stored) <= 255
    assert person.get(f"/files/{text}").startswith("%PDF")


def test_a_body_announced_too_large_is_refused_before_it_comes(place):
    """200 MB are announced and only a little is sent: the answer does not wait for the rest to be kept."""
    person = place.person("pm_a")
    host = urlsplit(place.url)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in _cookies(person))
    headers = {
        **person._headers(),
        "Host": host.netloc,
        "Cookie": cookies,
        "Accept": "application/json",
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(200 * 1024 * 1024),
    }
    head = "POST /files HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    with socket.create_connection((host.hostname, host.port), timeout=20) as wire:
        wire.sendall(head.encode() + b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF')
        wire.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: wire.recv(65536), b"")).decode()
    assert " 413 " in answer.splitlines()[0], answer[:500]
    assert "大小" in answer or "MB" in answer
    assert "Traceback" not in answer


def _cookies(person):
    return next(handler.cookiejar for handler in person._opener.handlers if hasattr(handler, "cookiejar"))


# ------------------------------------------------------------------ requests that are none


def test_json_that_is_none(place):
    person = place.person("pm_a")
    task_id, _seen, _values = place.start()
    good = {**person._headers(), "Content-Type": "application/json", "Accept": "application/json"}
    for body in (
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'"\\ud800"',
        b'{"values": {"a": 1e999}}',
        b'{"values": {"a": NaN}}',
        b'{"values": {}, "reasons": [1]}',
        b'{"values": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"values": {"purpose": "\\ud800"}}',
    ):
        for act in ("complete", "draft"):
            headers = {**good, "Idempotency-Key": secrets.token_urlsafe(16)}
            status, text = raw(place, person, f"/tasks/{task_id}/{act}", body, headers)
            if act == "complete" or status != 200:
                assert_clear(status, text)
    status, text = raw(place, person, f"/tasks/{task_id}/complete", b"a=1", {**person._headers()})
    assert_clear(status, text)
    assert submissions(place, task_id) == 0


@pytest.mark.parametrize("key", [None, "", "short", "x" * 81, "x" * 5000])
def test_without_a_usable_key_nothing_is_done(place, key):
    person = place.person("pm_a")
    task_id, seen, values = place.start()
    headers = {**person._headers(), "Content-Type": "application/json", "Accept": "application/json"}
    del headers["Idempotency-Key"]
    headers |= {} if key is None else {"Idempotency-Key": key}
    body = json.dumps({"values": values, "row_version": seen["row_version"]}).encode()
    status, text = raw(place, person, f"/tasks/{task_id}/complete", body, headers)
    assert_clear(status, text)
    assert json.loads(text)["code"] == "core.idempotency.bad_key"
    assert submissions(place, task_id) == 0


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_without_a_csrf_token_a_page_says_what_to_do(place, token):
    person = place.person("pm_a")
    before = place.count(select(func.count()).select_from(UserTask).where(UserTask.state == TaskState.OPEN))
    fields = {"_key": secrets.token_urlsafe(16)} | ({} if token is None else {"csrf_token": token})
    status, text = raw(
        place, person, "/start/proc_direct_guarantee", urlencode(fields).encode(), {"Accept": "text/html"}
    )
    assert status == 400
    assert_clear(status, text)
    assert 'lang="zh-CN"' in text
    assert "请刷新页面后重新提交" in text
    assert place.count(select(func.count()).select_from(UserTask).where(UserTask.state == TaskState.OPEN)) == before


def test_other_methods_are_refused(place):
    person = place.person("admin")
    for method in ("POST", "PUT", "DELETE", "PATCH", "PROPFIND"):
        headers = {**person._headers(), "Content-Type": "application/x-www-form-urlencoded"}
        assert_clear(*raw(place, person, "/projects", b"", headers, method=method))


# ------------------------------------------------------------------ files of analysts

PROCESS = "processes/test/proc_test.bpmn"
FORM = "forms/screens/room/apply.form"
CHECK = "rules/checks/room/apply.dmn"
PAPER = "forms/documents/room/paper.docx"
XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">%s]>' % b"".join(
    b'<!ENTITY %s "%s">' % (bytes([98 + n]), (b"&%s;" % bytes([97 + n])) * 10) for n in range(12)
)


@pytest.fixture
def deploy(place, tmp_path):
    """``deploy(changes)``: the answer of the deploy page for a small folder with these files in it."""
    program, settings = place.app, place.app.extensions["settings"]

    def act(changes):
        for path, content in {**bundle().files, **changes}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
        return outcome(lambda: place.person("admin").post_form("/admin/releases/deploy", {"note": "试一试"}))

    program.extensions["settings"] = replace(settings, analysts_root=tmp_path)
    yield act
    program.extensions["settings"] = settings


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        pytest.param(PROCESS, b"", "无法解析|不是", id="empty process"),
        pytest.param(PROCESS, b"<a><b></a>", "", id="process not well-formed"),
        pytest.param(PROCESS, b"\xff\xfe\x00rubbish", "", id="process is no text"),
        pytest.param(PROCESS, b"<html/>", "", id="process is another document"),
        pytest.param(PROCESS, XXE + b"<a>&x;</a>", "", id="process reads a file"),
        pytest.param(PROCESS, LAUGHS + b"<a>&l;</a>", "", id="process explodes"),
        pytest.param(PROCESS, bpmn(role="BOSS"), "没有角色代码「BOSS」", id="unknown role"),
        pytest.param(PROCESS, bpmn(form="room/gone"), "找不到表单「room/gone」", id="unknown form"),
        pytest.param(PROCESS, bpmn(onComplete="room.gone"), "步骤「room.gone」没有登记", id="unknown step"),
        pytest.param(PROCESS, bpmn(checks="room/gone"), "找不到校验「room/gone」", id="unknown check"),
        pytest.param(PROCESS, b"<a>" * 400_000, "", id="process nests deeply"),
        pytest.param(PROCESS, b" " * (10 * 1024 * 1024 + 1), "文件超过 10 MB", id="huge process"),
        pytest.param(FORM, b"{", "", id="form is no JSON"),
        pytest.param(FORM, b"[]", "", id="form is a list"),
        pytest.param(FORM, b'{"components": 5}', "", id="form without fields"),
        pytest.param(FORM, b'{"components": [{"type": "html", "content": "<script>alert(1)</script>"}]}', "", id="form with a script"),
        pytest.param(FORM, b"[" * 100_000, "", id="form nests deeply"),
        pytest.param(FORM, b'{"type": "default", "components": [{"type": "nothing", "key": "a"}]}', "", id="unknown field type"),
        pytest.param(CHECK, b"<definitions>", "", id="table not well-formed"),
        pytest.param(CHECK, XXE + b"<definitions>&x;</definitions>", "", id="table reads a file"),
        pytest.param(CHECK, dmn(reads="form.amount +"), "", id="table with a broken expression"),
        pytest.param(CHECK, dmn(reads="__import__('os')"), "", id="table with Python"),
        pytest.param(CHECK, dmn(reads="projekt.amount_fen"), "projekt.amount_fen", id="table with an unknown name"),
        pytest.param(PAPER, b"PK\x03\x04rubbish", "", id="paper is no paper"),
        pytest.param("processes/test/另一 个.bpmn", bpmn("proc_other"), "路径或文件名含有不允许的字符", id="path"),
    ],
)
def test_a_bad_file_of_an_analyst_is_named_and_nothing_is_stored(place, deploy, path, content, told):
    before = place.count_all(Release)
    status, text = deploy({path: content})
    assert status == 422, (status, text)
    assert_clear(status, text)
    assert path in text or path.rpartition("/")[2].rpartition(".")[0] in text
    assert re.search(told, text)
    assert "root:" not in text
    assert "<script>alert" not in text
    assert place.count_all(Release) == before


def test_a_link_out_of_the_folder_is_not_followed(place, deploy, tmp_path):
    (tmp_path / "processes" / "test").mkdir(parents=True)
    (tmp_path / "processes" / "test" / "passwd.bpmn").symlink_to("/etc/passwd")
    before = place.count_all(Release)
    status, text = deploy({})
    assert status == 422
    assert "链接指向文件夹之外" in text
    assert "root:" not in text
    assert place.count_all(Release) == before
