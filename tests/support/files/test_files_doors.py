"""Upload and download through the doors."""

import io
from urllib.parse import quote

import file_samples as samples
import pytest
from support.doors_app import doors_app, knock

UPLOAD = "files.document.upload"


@pytest.fixture
def browser(fresh_app):
    return doors_app(fresh_app, "files").test_client()


def upload(browser, data=samples.PDF, name="担保合同.pdf", *, user=1001, key="key-00000001", **more):
    form = {"file": (io.BytesIO(data), name), **more}
    headers = {**knock(user, UPLOAD, key=key), "Accept": "application/json"}
    return browser.post("/files", data=form, headers=headers, content_type="multipart/form-data")


def test_an_uploaded_file_comes_back_with_its_chinese_name(browser):
    answer = upload(browser)
    assert (answer.status_code, answer.json["name"], answer.json["size"]) == (201, "担保合同.pdf", len(samples.PDF))
    got = browser.get(answer.json["url"], headers=knock(1001))
    assert got.data == samples.PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert f"filename*=UTF-8''{quote('担保合同.pdf')}" in got.headers["Content-Disposition"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in got.headers["Content-Security-Policy"]
    assert got.mimetype == "application/pdf"


def test_only_pdf_and_pictures_are_shown_in_place(browser):
    pdf = upload(browser).json["url"]
    page = upload(browser, b"<b>x</b>", "a.txt", key="key-00000002").json["url"]
    assert browser.get(pdf + "?view=1", headers=knock(1001)).headers["Content-Disposition"].startswith("inline")
    shown = browser.get(page + "?view=1", headers=knock(1001))
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert shown.mimetype == "text/plain"


def test_a_double_click_makes_one_document(browser):
    assert upload(browser).json["id"] == upload(browser).json["id"]
    assert upload(browser, key="key-00000002").json["id"] != upload(browser).json["id"]


@pytest.mark.parametrize(
    ("name", "data", "status", "words"),
    [
        ("a.exe", b"MZ", 415, "不支持"),
        ("a.pdf", b"MZ", 415, "不符"),
        ("a.pdf", b"", 422, "空的"),
        ("bomb.zip", samples.zipped({"a.txt": b"0" * 80_000_000}), 422, "压缩炸弹"),
        ("climb.zip", samples.zipped({"../../a.txt": b"x"}), 422, "其他目录"),
    ],
)
def test_refusals_have_their_status_and_chinese_words(browser, name, data, status, words):
    answer = upload(browser, data, name)
    assert (answer.status_code, answer.json["status"]) == (status, status)
    assert words in answer.json["message"]


def test_a_script_in_a_name_stays_harmless(browser):
    answer = upload(browser, name="<script>alert(1)</script>.pdf")
    assert "<" not in answer.json["name"]


class Megabytes(io.RawIOBase):
    """A body of that many bytes which nobody holds in memory; counts what was read."""

    def __init__(self, size: int) -> None:
        self.left, self.count = size, 0

    def tell(self) -> int:
        return self.count

    def seek(self, offset: int, whence: int = 0) -> int:
        """Werkzeug's test client asks how much is left."""
        return self.count + (self.left if whence == 2 else 0)

    def read(self, size: int = -1) -> bytes:
        take = min(size if size >= 0 else self.left, self.left)
        self.left -= take
        self.count += take
        return b"x" * take


def test_two_hundred_megabytes_are_refused_by_their_announced_size(browser):
    import resource

    before, size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 200 * 1024 * 1024
    headers = {**knock(1001, UPLOAD, key="key-00000001"), "Accept": "application/json"}
    answer = browser.post(
        "/files",
        input_stream=Megabytes(size),
        headers=headers,
        environ_overrides={"CONTENT_LENGTH": str(size), "CONTENT_TYPE": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, "50 MB" in answer.json["message"]) == (413, True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def test_without_permission_or_sign_in_nothing_is_taken(browser):
    form = {"file": (io.BytesIO(samples.PDF), "a.pdf")}
    headers = {"Accept": "application/json", **knock(1001, key="key-00000001")}
    assert browser.post("/files", data=form, headers=headers).status_code == 403
    form = {"file": (io.BytesIO(samples.PDF), "a.pdf")}
    assert browser.post("/files", data=form, headers={"Accept": "application/json"}).status_code == 401
    assert browser.post("/files", data={}, headers={**headers, **knock(1001, UPLOAD, key="k" * 8)}).status_code == 422


@pytest.mark.parametrize("user", [1002, 2001])
def test_somebody_elses_file_answers_as_if_it_did_not_exist(browser, user):
    url = upload(browser).json["url"]
    for address in (url, "/files/4711"):
        answer = browser.get(address, headers={**knock(user), "Accept": "application/json"})
        assert (answer.status_code, answer.json["code"]) == (404, "files.document.missing")
