"""Form files that cannot be used: every slip is found, named and explained."""

import json

import pytest

from app.workflow.forms import FormError, compile_form


def findings_of(document):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(FormError) as caught:
        compile_form("x/y", content)
    return [(f.code.rpartition(".")[2], f.field, f.message) for f in caught.value.findings]


def codes_of(*components):
    return [code for code, _, _ in findings_of({"type": "default", "schemaVersion": 16, "components": list(components)})]


def text(key="a", **more):
    return {"type": "textfield", "key": key, "label": "甲", **more}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "JSON"),
        (b"{", "第 1 行"),
        (b"[]", "JSON 对象"),
        (b"null", "JSON 对象"),
        (b"\xff\xfe{", "UTF-8"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1, "a": 2}', "出现两次"),
        (b'{"a": ' + b"9" * 5000 + b"}", "过长的数字"),
        (b"[" * 100_000, "嵌套过深"),
        (b" " * (1024 * 1024 + 1), "1 MB"),
        (b'<?xml version="1.0"?><a/>', "JSON"),
    ],
)
def test_bad_text(content, why):
    ((code, _, message),) = findings_of(content)
    assert code == "syntax"
    assert why in message


def test_the_head_is_checked():
    assert [code for code, _, _ in findings_of({"schemaVersion": "x"})] == ["type", "schema_version", "components"]
    assert [c for c, _, _ in findings_of({"type": "default", "schemaVersion": 15, "components": []})] == [
        "schema_version"
    ]


@pytest.mark.parametrize(
    ("component", "code"),
    [
        ({"type": "html", "content": "<b>"}, "refused_type"),
        ({"type": "image", "source": "x"}, "refused_type"),
        ({"type": "iframe", "url": "x"}, "refused_type"),
        ({"type": "button", "label": "提交"}, "refused_type"),
        ({"type": "slider", "key": "a"}, "unknown_type"),
        ({"type": ["x"], "key": "a"}, "unknown_type"),
        ({"key": "a"}, "unknown_type"),
        ("text", "component"),
        (text(colour="red"), "unknown_attribute"),
        (text(validate={"min": 1}), "unknown_validate"),
        (text(validate={"required": "yes"}), "flag"),
        (text(validate=[]), "shape"),
        (text(validate={"pattern": "(a"}), "pattern"),
        (text(validate={"pattern": "(?=a)"}), "pattern"),
        (text(validate={"maxLength": "viel"}), "limit"),
        (text(properties={"unti": "wan"}), "unknown_property"),
        (text(properties={"kind": "dog"}), "property_value"),
        (text(properties={"kind": 1}), "property_text"),
        (text(properties={"unit": "wan"}), "unit_place"),
        (text(properties={"prefill": "project.("}), "feel"),
        (text(conditional={"hide": "=a ="}), "feel"),
        (text(conditional={"hide": "a = 1"}), "expression_form"),
        (text(conditional={"hide": True}), "expression_form"),
        (text(readonly="=("), "feel"),
        (text(readonly="yes"), "flag"),
        (text("A-b"), "bad_key"),
        (text("if"), "bad_key"),
        (text("a.b"), "bad_key"),
        (text("_id"), "bad_key"),
        (text(None), "bad_key"),
        ({"type": "textfield", "key": "a"}, "label"),
        ({"type": "number", "key": "a", "label": "数", "validate": {"max": "=("}}, "feel"),
        ({"type": "number", "key": "a", "label": "数", "properties": {"unit": "dollar"}}, "property_value"),
        ({"type": "expression", "key": "a"}, "expression"),
        ({"type": "expression", "key": "a", "expression": "=1 +"}, "feel"),
        ({"type": "select", "key": "a", "label": "选"}, "options_source"),
        ({"type": "select", "key": "a", "label": "选", "valuesKey": "x"}, "values_key"),
        ({"type": "radio", "key": "a", "label": "选", "values": [{"value": 1, "label": "一"}]}, "options"),
        ({"type": "radio", "key": "a", "label": "选", "values": "abc"}, "options"),
        ({"type": "text", "id": "t", "text": "共 {{count(}} 笔"}, "feel"),
        ({"type": "text", "id": "t", "text": "=("}, "feel"),
        ({"type": "table", "id": "t", "dataSource": "=("}, "feel"),
        ({"type": "group", "id": "g"}, "components"),
        ({"type": "dynamiclist", "id": "g", "components": []}, "bad_key"),
        ({"type": "dynamiclist", "path": "g", "components": [], "properties": {"max_rows": "201"}}, "rows"),
        ({"type": "dynamiclist", "path": "g", "components": [], "properties": {"min_rows": "²"}}, "rows"),
        ({"type": "dynamiclist", "path": "g", "components": [text(readonly=True)]}, "readonly_column"),
        ({"type": "dynamiclist", "path": "g", "components": [text(properties={"prefill": "x"})]}, "prefill_column"),
    ],
)
def test_each_slip_is_found(component, code):
    assert code in codes_of(component)


def test_duplicates_are_found_where_they_share_a_scope():
    loose = {"type": "group", "id": "g", "label": "组", "components": [text("a", id="two")]}
    own = {"type": "group", "id": "h", "path": "h", "label": "组", "components": [text("a", id="three")]}
    assert codes_of(text("a", id="one"), loose, own) == ["duplicate_key"]
    assert codes_of(text("a", id="same"), text("b", id="same")) == ["duplicate_id"]
    options = [{"value": "x", "label": "一"}, {"value": "x", "label": "二"}]
    assert codes_of({"type": "radio", "key": "a", "label": "选", "values": options}) == ["duplicate_option"]


def test_size_and_depth_have_limits():
    assert "too_many" in codes_of(*[text(f"k{n}") for n in range(401)])
    deep = text("x")
    for n in range(6):
        deep = {"type": "group", "id": f"g{n}", "label": "组", "components": [deep]}
    assert codes_of(deep) == ["nesting"]


def test_expressions_may_not_read_each_other_in_a_circle():
    circle = [
        {"type": "expression", "key": "a", "expression": "=b + 1"},
        {"type": "expression", "key": "b", "expression": "=a + 1"},
    ]
    assert codes_of(*circle) == ["circular"]
    assert codes_of({"type": "expression", "key": "a", "expression": "=a + 1"}) == ["circular"]


def test_all_findings_come_at_once_with_the_field():
    found = findings_of(
        {"type": "default", "schemaVersion": 19, "components": [text("a", x=1), text("b", y=1), {"type": "html"}]}
    )
    assert [(code, field) for code, field, _ in found] == [
        ("unknown_attribute", "a"),
        ("unknown_attribute", "b"),
        ("refused_type", "#3"),
    ]


def test_a_good_form_knows_what_it_reads():
    form = compile_form(
        "x/y",
        json.dumps(
            {
                "type": "default",
                "schemaVersion": 19,
                "id": "f",
                "exporter": {"name": "form-js"},
                "components": [
                    text("a", properties={"prefill": "customer.name"}),
                    text("b", conditional={"hide": '=a = "x" or project.amount_fen > 3'}),
                    {"type": "separator", "id": "s"},
                    {"type": "spacer", "id": "sp", "height": 20},
                    {"type": "text", "id": "t", "text": "# 说明 {{a}}"},
                    {"type": "table", "id": "tab", "label": "表", "dataSource": "=rows", "columns": []},
                ],
            }
        ).encode(),
    )
    assert form.outer_names == {"project.amount_fen"}
    assert form.prefill_names == {"customer.name"}
    assert form.paths == {"a", "b"}
