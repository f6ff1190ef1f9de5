"""Every page of the program, filled in with real rows of a finished case and one before the vote: whole and Chinese."""

import re
import urllib.error
import urllib.request

import pytest
from lxml import html

from app.demo.accounts import ACCOUNTS, BY_NAME
from tests.doors.place import CHINESE, assert_clear
from tests.doors.routes import addresses, rules

pytestmark = [pytest.mark.real_clock, pytest.mark.xdist_group("doors")]

OWN = {"committee.ballot": "cast_vote"}
"""Pages of a task only its handler may open, by node."""
ELSEWHERE = {
    "tasks.preview": "tests/doors/test_documents.py",
    "migration.show": "tests/workflow/migration/test_pages.py",
    "tasks.batches.show": "tests/workflow/tasks/test_batch.py",
    "tasks.handover.show": "tests/workflow/tasks/test_handover.py",
    "identity.my_signature_picture": "tests/workflow/tasks/test_signing.py",
}
"""Pages of what the filled company has none of: what a handler has entered so far, a move to another release, a batch
of tasks, a handover, a signature somebody keeps."""
MAGIC = {"xlsx": b"PK", "pdf": b"%PDF"}
PAPERS = 3
"""Papers of a route that are made: one per node would be the same template, whose page of every node is read."""
LEFT_OVER = re.compile(r"%\(\w+\)|\{\{|\}\}|\{%|\bNone\b|\bundefined\b|\bUndefined\b|\bNaN\b|<built-in|object at 0x")


@pytest.fixture
def filled(place):
    """The company with one case walked to its end and one before the vote."""
    place.walked("direct")
    place.stage("stage_voting")
    return place


def look(person, path):
    """``(status, bytes, kind of content)``."""
    try:
        with person._opener.open(urllib.request.Request(person.base_url + path), timeout=60) as found:
            return found.status, found.read(), found.headers.get_content_type()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read(), refused.headers.get_content_type()


def faults_of(text):
    """What is wrong with a page as such."""
    page = html.fromstring(text)
    if page.get("lang") != "zh-CN":
        yield f"lang {page.get('lang')}"
    if not CHINESE.search(page.findtext(".//title") or ""):
        yield "no title"
    if [bool(CHINESE.search(h1.text_content()) or h1.text_content().strip()) for h1 in page.iter("h1")] != [True]:
        yield f"h1: {[h1.text_content() for h1 in page.iter('h1')]}"
    for dead in page.xpath("//script|//style|//template|//textarea|//pre"):
        dead.drop_tree()
    said = [(page, text) for text in page.itertext()]
    said += [(one, one.get(name)) for one in page.iter() for name in ("title", "aria-label", "alt", "placeholder") if one.get(name)]
    for _where, words in said:
        if LEFT_OVER.search(words):
            yield f"left over: {words.strip()[:80]}"
    ids = [one.get("id") for one in page.iter() if one.get("id")]
    if len(ids) != len(set(ids)):
        yield f"ids twice: {sorted({one for one in ids if ids.count(one) > 1})}"


@pytest.mark.on_postgresql
def test_every_page_is_whole_and_chinese(filled):
    wrong, empty, seen = [], [], 0
    for rule in rules(filled):
        if rule.endpoint in ELSEWHERE:
            continue
        asked = addresses(filled, rule)[: PAPERS if rule.rule.endswith(".pdf") else None]
        empty += [] if asked else [rule.rule]
        for person, address in _askers(filled, rule, asked):
            status, body, kind = look(person, address)
            seen += 1
            if status != 200:
                wrong.append((address, status))
            elif kind == "text/html":
                wrong += [(address, fault) for fault in faults_of(body.decode())]
            elif (suffix := rule.rule.rpartition(".")[2]) in MAGIC and not body.startswith(MAGIC[suffix]):
                wrong.append((address, body[:20]))
    assert (wrong, empty) == ([], [])
    assert seen > 150


def _askers(place, rule, asked):
    """The administrator asks for everything, except for what is one person's own: that she asks for."""
    if rule.endpoint not in OWN:
        return [(place.person("admin"), address) for address in asked]
    case, _task = place.stage("stage_voting")
    task = next(task for task in case["open_tasks"] if task["node_id"] == OWN[rule.endpoint])
    login = BY_NAME[task["assignee"]].login
    return [(place.person(login), rule.rule.replace("<int:task_id>", str(task["id"])))]


ROLES = {account.roles: account.login for account in ACCOUNTS if account.login != "admin"}


@pytest.fixture(scope="module")
def one_of_each():
    return {}


@pytest.mark.parametrize("login", sorted(ROLES.values()))
def test_every_role_gets_a_page_or_a_clear_refusal(filled, login, one_of_each):
    if not one_of_each:
        one_of_each.update({rule.rule: addresses(filled, rule, most=1, tabs=False) for rule in rules(filled)})
    person, wrong = filled.person(login), []
    for address in [address for asked in one_of_each.values() for address in asked]:
        status, body, kind = look(person, address)
        refusals = {403, 404, 409} if address.endswith("/documents.pdf") else {403, 404}
        if status not in {200} | refusals:
            wrong.append((address, status))
        elif status != 200:
            assert_clear(status, body.decode())
        elif kind == "text/html":
            wrong += [(address, fault) for fault in faults_of(body.decode())]
    assert wrong == []
