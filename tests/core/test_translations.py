"""The English catalogue is complete and up to date, and an English session shows English around the company's data."""

import re

import pytest
from lxml import html

from app.config import ROOT
from app.core.errors import Conflict, Invalid
from app.core.money import yuan
from app.demo.accounts import BY_LOGIN
from app.demo.browser import Browser, Refused
from app.support.web.language import LANGUAGES, SESSION_KEY
from flask_babel import force_locale
from tests.processes.house import served
from tools.translations import FOLDER, catalogues, read_catalogue, source_texts

CHINESE = re.compile("[\u3400-\u9fff]")
PLACES = re.compile(r"%\(\w+\)[sd]|%%|\{\w*(?::\w+)?\}")


def _texts(path):
    return {message.id: message.string for message in read_catalogue(path) if message.id}


# ------------------------------------------------------------------ the catalogues


def test_every_language_but_the_source_has_a_catalogue():
    assert set(catalogues()) == LANGUAGES.keys() - {"zh_CN"}


@pytest.mark.parametrize("path", [FOLDER / "messages.pot", *catalogues().values()], ids=lambda path: path.parts[-3])
def test_a_catalogue_holds_exactly_the_texts_of_the_sources(path):
    """Run ``make translations`` and translate what it names."""
    assert sorted(_texts(path)) == source_texts()


@pytest.mark.parametrize("path", catalogues().values(), ids=lambda path: path.parts[-3])
def test_every_text_is_translated_with_the_same_places(path):
    messages = [message for message in read_catalogue(path) if message.id]
    assert [m.id for m in messages if m.fuzzy or not m.string] == []
    assert [m.id for m in messages if set(PLACES.findall(m.id)) != set(PLACES.findall(m.string))] == []
    assert [m.id for m in messages if list(m.check())] == []
    assert [m.string for m in messages if CHINESE.search(m.string)] == []


@pytest.mark.parametrize("path", catalogues().values(), ids=lambda path: path.parts[-3])
def test_a_translation_brings_no_sign_html_knows(path):
    """Templates trust what a catalogue says, also inside attributes."""
    brought = {text: set('"<>&') & set(said) - set(text) for text, said in _texts(path).items()}
    assert {text: signs for text, signs in brought.items() if signs} == {}


def test_the_reader_finds_what_is_registered_and_what_is_refused():
    texts = set(source_texts())
    assert {"系统管理", "查看项目", "已受理", "责任台账", "提交", "请填写账号和密码"} <= texts
    assert "解保金额 {asked_fen:yuan} 元超过在保余额 {outstanding_fen:yuan} 元" in texts
    assert "统一社会信用代码应为 18 位" in texts


# ------------------------------------------------------------------ refusals


class TooMuch(Conflict):
    code = "test.too_much"
    message = "解保金额 {asked_fen:yuan} 元超过在保余额 {outstanding_fen:yuan} 元"


@pytest.fixture
def compiled(app):
    """Catalogues as tools/setup.sh compiles them."""
    assert (FOLDER / "en" / "LC_MESSAGES" / "messages.mo").exists(), "run `make setup-test`"
    return app


def test_a_refusal_speaks_the_language_of_the_reader(compiled):
    with compiled.test_request_context():
        refusal = TooMuch(asked_fen=yuan(5000), outstanding_fen=yuan(300))
        assert str(refusal) == "解保金额 5,000.00 元超过在保余额 300.00 元"
        with force_locale("en"):
            assert str(refusal) == "The release of 5,000.00 yuan exceeds the guarantee balance of 300.00 yuan"
            assert str(Invalid.of("amount", "金额不能为负数")) == "The amount cannot be negative"


# ------------------------------------------------------------------ choosing


def _page(client, path="/login", **headers):
    return client.get(path, headers=headers).get_data(as_text=True)


def test_a_stranger_is_spoken_to_as_the_browser_asks(compiled, client):
    assert '<html lang="zh-CN">' in _page(client)
    assert '<html lang="en">' in _page(client, **{"Accept-Language": "en-GB,en;q=0.8,zh;q=0.5"})
    assert '<html lang="zh-CN">' in _page(client, **{"Accept-Language": "zh,en;q=0.5"})
    assert '<html lang="zh-CN">' in _page(client, **{"Accept-Language": "fr"})


def test_a_choice_outlasts_signing_out_and_leads_back(compiled, client):
    answer = client.post("/me/language", data={"language": "en", "next": "/login?next=/projects"})
    assert (answer.status_code, answer.location) == (302, "/login?next=/projects")
    assert '<html lang="en">' in _page(client, **{"Accept-Language": "zh-CN"})
    client.post("/logout")
    assert "Sign in" in _page(client)
    client.post("/me/language", data={"language": "zh_CN"})
    assert "登录" in _page(client, **{"Accept-Language": "en"})


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_switch_never_leads_off_the_site(compiled, client, target):
    answer = client.post("/me/language", data={"language": "en", "next": target})
    assert answer.location.startswith("/") and "evil" not in answer.location


def test_a_language_we_do_not_speak_changes_nothing(compiled, client):
    client.post("/me/language", data={"language": "xx"})
    with client.session_transaction() as session:
        assert SESSION_KEY not in session


# ------------------------------------------------------------------ pages

OURS = (
    "//button | //a[contains(@class, 'btn')] | //label | //th | //legend | //caption | //footer//*"
    " | //*[contains(@class, 'zd-menu')]//* | //*[contains(@class, 'zd-tabs')]//* | //*[contains(@class, 'zd-error')]"
    " | //*[contains(@class, 'zd-badge')] | //*[contains(@class, 'zd-stat-label')] | //*[contains(@class, 'zd-pill')]"
)
"""Where only the program speaks on the pages visited here: names and analysts' words stand elsewhere."""

THEIRS = (
    "//script | //option | //*[@data-language] | //*[contains(@class, 'zd-user')] | //*[contains(@class, 'zd-timeline')]"
    " | //*[contains(@class, 'zd-pick-list')]/label"
)
"""Data of the page's script, names to choose from, the other language's own name, the reader's, what was decided."""

SPOKEN = ("title", "aria-label", "placeholder", "data-label", "data-confirm", "data-confirm-title")


NAMED = "//@name[../@id] | //*[starts-with(@name, 'column:')]/@value"
DIAGRAMS = [html.fromstring(file.read_bytes()) for file in (ROOT / "processes").rglob("*.bpmn")]
NAMES = {str(words).partition(";")[0].strip() for diagram in DIAGRAMS for words in diagram.xpath(NAMED)} - {""}
ANALYSTS = re.compile("|".join(map(re.escape, sorted(NAMES, key=len, reverse=True))))
"""Names of nodes and list columns in the diagrams: lists say them inside sentences of ours."""


def _chinese_of_ours(page):
    root = html.fromstring(page)
    for theirs in root.xpath(THEIRS):
        theirs.drop_tree()
    found = {" ".join(node.text_content().split()) for node in root.xpath(OURS)}
    found |= {node.get(name, "") for node in root.iter() if isinstance(node.tag, str) for name in SPOKEN}
    return sorted(text for text in found if CHINESE.search(ANALYSTS.sub("", text)))


@pytest.fixture(scope="module")
def company(databases):
    """The served demo company with a case that waits for the risk reviewer."""
    app = databases.demo("sqlite", "shown")
    with served(app) as url:
        yield url


def _in_english(url, login):
    browser = Browser(url, BY_LOGIN[login])
    browser._find_token(browser.get("/login"))
    browser.post_form("/me/language", {"language": "en", "next": "/login"})
    return browser


def _links(browser, path, pattern):
    return sorted(set(re.findall(pattern, browser.get(path))))


@pytest.mark.real_clock
@pytest.mark.parametrize(
    ("login", "lists", "words"),
    [
        ("risk", {"/tasks": r'href="(/tasks/\d+)"'}, {"/tasks": "My work", "/me": "Change password"}),
        (
            "pm_a",
            {"/projects": r'href="(/projects/\d+)"', "/tasks?list=done": r'href="(/tasks/\d+)"'},
            {"/projects": "Project list", "/customers": "Customer list"},
        ),
        ("admin", {}, {"/admin/users": "New user", "/admin/audit": "Verify integrity", "/admin/jobs": "Background jobs"}),
    ],
)
def test_an_english_session_shows_english_around_the_data(company, login, lists, words):
    browser = _in_english(company, login)
    assert _chinese_of_ours(browser.get("/login")) == []
    browser.sign_in()
    opened = [address for path, pattern in lists.items() for address in _links(browser, path, pattern)[:2]]
    assert len(opened) >= len(lists)
    for path in (*words, *opened):
        page = browser.get(path)
        assert '<html lang="en">' in page
        assert re.search(r"dist/app\.en-\w+\.js", page)
        assert words.get(path, "") in page
        assert _chinese_of_ours(page) == [], path
    with pytest.raises(Refused) as lost:
        browser.get("/projects/1")
    assert "Not found" in lost.value.answer or "Not permitted" in lost.value.answer
    assert _chinese_of_ours(lost.value.answer) == []


@pytest.mark.real_clock
def test_who_chose_nothing_reads_chinese_whatever_the_browser_wants(company):
    browser = Browser(company, BY_LOGIN["risk"])
    browser._opener.addheaders = [("Accept-Language", "en")]
    assert '<html lang="en">' in browser.get("/login")
    assert '<html lang="zh-CN">' in browser.sign_in().get("/tasks")
