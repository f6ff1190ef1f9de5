import re

import pytest
from flask import abort, flash, render_template_string

from app.core.errors import Finding, Invalid
from app.core.paging import Page
from app.core.tenancy import set_actor
from app.support.web import menu
from app.support.web.assets import AssetsMissing, icon

PAGE = """{% extends "base.html" %}{% block title %}项目{% endblock %}{% block content %}<h1>项目</h1>{% endblock %}"""
LIST = """{% from "macros/table.html" import list_box, data_table, filter_bar, filter_search, pagination %}
{% call list_box('projects') %}
{% call filter_bar('projects', total=page.total) %}{{ filter_search('q') }}{% endcall %}
{{ data_table(page.items, [col('no', '编号', endpoint='project', args={'key': 'id'}), col('amount', '金额', 'money', sort=true),
   col('who.name', '主办', 'person')], '项目', box='projects') }}
{{ pagination(page, 'projects') }}
{% endcall %}"""


def page_of(web, source, path="/p", **values):
    web.add_url_rule(path, "page", lambda: render_template_string(source, **values))
    return web.test_client().get(path).get_data(as_text=True)


def test_every_page_brings_the_policy_and_nothing_inline(web):
    web.add_url_rule("/p", "page", lambda: render_template_string(PAGE))
    response = web.test_client().get("/p")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "'unsafe-eval'" not in policy
    html = response.get_data(as_text=True)
    assert not re.search(r"<style|\son\w+=|<script(?![^>]*(src=|application/json))", html)
    assert response.headers["Cache-Control"] == "no-store"


def test_bundles_carry_their_hash_and_integrity(web):
    html = page_of(web, PAGE)
    name, integrity = re.search(r'<script src="([^"]+)" integrity="([^"]+)"', html).groups()
    assert integrity.startswith("sha384-")
    response = web.test_client().get(name)
    assert "immutable" in response.headers["Cache-Control"]
    response.close()


def test_an_unknown_icon_is_refused(web):
    with web.test_request_context(), pytest.raises(AssetsMissing):
        icon("no-such-icon")


def test_the_menu_shows_what_the_person_may_open(web):
    for name in ("projects", "secrets", "open"):
        web.add_url_rule(f"/{name}", name, lambda: render_template_string(PAGE))
    menu.menu_item("业务", "项目", "projects", "projects.project.read", "folder", 20)
    menu.menu_item("业务", "机密", "secrets", "identity.user.write", "lock", 10)
    menu.menu_item("工作台", "公开", "open", None, "house", 1, count=lambda: 3)
    menu.menu_item("业务", "未建", "nowhere", None, "house", 30)
    html = web.test_client().get("/projects").get_data(as_text=True)
    assert html.index("公开") < html.index("项目</span>")
    assert "机密" not in html
    assert "未建" not in html
    assert re.search(r'href="/projects" aria-current="page"', html)
    assert menu.unknown_endpoints(web) == ["nowhere"]


def test_a_page_below_a_menu_entry_marks_that_entry(web):
    web.add_url_rule("/projects/", "projects", lambda: "")
    web.add_url_rule("/projects/7/fees", "fees", lambda: render_template_string(PAGE))
    menu.menu_item("业务", "项目", "projects")
    assert 'aria-current="page"' in web.test_client().get("/projects/7/fees").get_data(as_text=True)


def test_text_from_people_stays_text(web):
    evil = "<script>alert(1)</script>"

    def show():
        flash(evil, "error")
        return render_template_string(PAGE + "{{ name }}", name=evil)

    web.add_url_rule("/p", "page", show)
    html = web.test_client().get("/p").get_data(as_text=True)
    assert evil not in html
    assert "&lt;script&gt;" in html


def test_json_blocks_cannot_be_left(web):
    source = '{% from "macros/form.html" import json_block %}{{ json_block("v", values) }}'
    html = page_of(web, source, values={"name": "</script><script>alert(1)</script>"})
    assert html.count("</script>") == 1


def test_lists_keep_filters_when_they_are_sorted_or_turned(web):
    web.add_url_rule("/projects/<int:key>", "project", lambda key: "")
    rows = [{"id": 7, "no": "ZB20260007", "amount": 450_000_000, "who": {"name": "赵敏"}}, {"id": 8, "no": "ZB20260008"}]
    page = Page(rows, total=168, page=2, per_page=20)
    web.add_url_rule("/p", "page", lambda: render_template_string(LIST, page=page))
    html = web.test_client().get("/p?q=华信&sort=amount&page=2").get_data(as_text=True)
    assert 'href="/projects/7">ZB20260007' in html
    assert "4,500,000.00" in html
    assert 'aria-sort="ascending"' in html
    assert "sort=-amount&amp;" in html or "&amp;sort=-amount" in html
    assert "page=3" in html
    assert html.count('class="zd-muted">—') == 2
    assert "第 21–22 条" in html


def test_an_empty_list_says_so(web):
    web.add_url_rule("/projects/<int:key>", "project", lambda key: "")
    assert "没有符合条件的记录" in page_of(web, LIST, page=Page([], 0, 1, 20))


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_refusal_is_a_page_with_findings_and_a_number(web, signed_in):
    def refuse():
        if not signed_in:
            set_actor(None)
        raise Invalid([Finding("a", "金额不得超过批复金额"), Finding("b", "请上传审计报告")])

    web.add_url_rule("/p", "page", refuse)
    response = web.test_client().get("/p", headers={"Accept": "text/html"})
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "金额不得超过批复金额" in html
    assert "请上传审计报告" in html
    assert ("zd-menu" in html) is signed_in


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503])
def test_every_status_has_its_page(web, status):
    web.add_url_rule("/p", "page", lambda: abort(status))
    response = web.test_client().get("/p", headers={"Accept": "text/html"})
    assert response.status_code == status
    assert "如需帮助" in response.get_data(as_text=True)
