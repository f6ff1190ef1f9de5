"""What comes out of a form: units, kinds, visibility, lists; and what is refused, with the field's path."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from app.core.errors import Invalid
from app.workflow.forms import compile_form, to_plain
from app.workflow.registry import Choice


def form_of(*components):
    body = {"type": "default", "schemaVersion": 19, "components": list(components)}
    return compile_form("test/form", json.dumps(body).encode())


def field(kind, key, label="字段", **more):
    return {"type": kind, "key": key, "label": label, "id": f"id_{key}", **more}


def no_choices(name):
    raise AssertionError(f"choices {name} were not needed")


def clean(form, values, **more):
    more = {"context": {}, "choices": no_choices, **more}
    return form.clean(values, **more)


def refused(form, values, **more):
    with pytest.raises(Invalid) as caught:
        clean(form, values, **more)
    return {finding.field: finding.message for finding in caught.value.findings}


@pytest.mark.parametrize(
    ("unit", "typed", "kept"),
    [
        ("wan", 300, 300_000_000),
        ("wan", "300.5", 300_500_000),
        ("wan", 0.1, 100_000),
        ("wan", "１，２３４", 1_234_000_000),
        ("yuan", "45,000.00", 4_500_000),
        ("yuan", 0.29, 29),
        ("percent", 1.5, Decimal("0.015")),
        ("percent", "100", Decimal(1)),
    ],
)
def test_amounts_become_fen_and_percent_a_fraction(unit, typed, kept):
    form = form_of(field("number", "amount", properties={"unit": unit}))
    result = clean(form, {"amount": typed})["amount"]
    assert result == kept
    assert type(result) is type(kept)
    assert clean(form, form.show({"amount": kept}))["amount"] == kept


@pytest.mark.parametrize(
    ("unit", "typed", "why"),
    [
        ("yuan", "0.001", "最多 2 位小数"),
        ("yuan", -1, "不能为负"),
        ("yuan", "1e3", "格式不正确"),
        ("yuan", 1e300, "数值过大"),
        ("yuan", 10**4000, "数值过大"),
        ("yuan", "9" * 5000, "格式不正确"),
        ("wan", 10**12, "金额过大"),
        ("percent", 101, "0 到 100"),
        ("yuan", float("nan"), "请填写数字"),
        ("yuan", float("inf"), "请填写数字"),
        ("yuan", "NaN", "格式不正确"),
        ("yuan", "Infinity", "格式不正确"),
        ("yuan", True, "请填写数字"),
        ("yuan", [1], "请填写数字"),
        ("yuan", {"a": 1}, "请填写数字"),
        ("yuan", "一百", "格式不正确"),
        ("yuan", "=1+1", "格式不正确"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_field(unit, typed, why):
    assert why in refused(form_of(field("number", "amount", properties={"unit": unit})), {"amount": typed})["amount"]


def test_a_plain_number_is_decimal_and_whole_when_no_decimals_are_allowed():
    form = form_of(field("number", "rate"), field("number", "count", decimalDigits=0, increment=5))
    assert clean(form, {"rate": 1.25, "count": 10}) == {"rate": Decimal("1.25"), "count": 10}
    assert type(clean(form, {"count": 10})["count"]) is int
    assert refused(form, {"count": 1.5})["count"] == "请填写整数"
    assert "5 的整数倍" in refused(form, {"count": 7})["count"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<script>alert(1)</script>", "网页代码"),
        ('<img src=x onerror="alert(1)">', "网页代码"),
        ("< / SCRIPT >", "网页代码"),
        ("javascript:alert(1)", "网页代码"),
        ("a\x00b", "控制字符"),
        ("a\x1b[31mb", "控制字符"),
        ("abc\u202etxt", "控制字符"),
        ("\ud800", "控制字符"),
        ("两\n行", "换行"),
        (12, "请填写文字"),
        (["a"], "请填写文字"),
        ({"a": "b"}, "请填写文字"),
        (True, "请填写文字"),
        ("长" * 4001, "最多 4000 个字，现有 4001 个"),
    ],
)
def test_text_that_is_no_plain_text_is_refused(text, why):
    assert why in refused(form_of(field("textfield", "name")), {"name": text})["name"]


@pytest.mark.parametrize("text", ["a < b 且 c > d", "《担保法》第 3 条 & 附件", "100% <= x", "onclick 一词", "👍"])
def test_honest_text_passes(text):
    assert clean(form_of(field("textfield", "name")), {"name": f"  {text} "}) == {"name": text}


def test_a_long_text_may_have_lines_and_its_own_limit():
    form = form_of(field("textarea", "note", validate={"maxLength": 5000, "minLength": 3}))
    assert clean(form, {"note": "一\r\n二三"}) == {"note": "一\n二三"}
    assert clean(form, {"note": "长" * 5000})
    assert "最多 5000" in refused(form, {"note": "长" * 5001})["note"]
    assert "至少 3" in refused(form, {"note": "短"})["note"]


@pytest.mark.parametrize(
    ("kind", "good", "kept", "bad"),
    [
        ("mobile", "+86 138-0013-8000", "13800138000", "12345"),
        ("uscc", "91350100M000100Y43", "91350100M000100Y43", "91350100M000100Y44"),
        ("resident_id", "11010519491231002X", "11010519491231002X", "110105194912310020"),
        ("user", "1001", 1001, "张三"),
    ],
)
def test_kinds_are_checked_and_cleaned(kind, good, kept, bad):
    form = form_of(field("textfield", "x", properties={"kind": kind}))
    assert clean(form, {"x": good}) == {"x": kept}
    assert refused(form, {"x": bad})["x"]


def test_patterns_and_addresses():
    form = form_of(
        field("textfield", "code", validate={"pattern": "^[A-Z]{3}$", "patternErrorMessage": "请填写三个大写字母"}),
        field("textfield", "email", validate={"validationType": "email"}),
        field("textfield", "phone", validate={"validationType": "phone"}),
    )
    assert clean(form, {"code": "ABC", "email": "a.b@c.cn", "phone": "+86 591-8800"})
    found = refused(form, {"code": "abc", "email": "a@b", "phone": "x"})
    assert found["code"] == "请填写三个大写字母"
    assert "name@example.com" in found["email"]
    assert "电话" in found["phone"]


def test_a_malicious_pattern_does_not_hang():
    form = form_of(field("textfield", "x", validate={"pattern": "^(a+)+$"}))
    assert refused(form, {"x": "a" * 3000 + "!"})


def test_dates_times_and_moments():
    form = form_of(
        field("datetime", "day"),
        field("datetime", "at", subtype="datetime"),
        field("datetime", "clock", subtype="time"),
    )
    result = clean(form, {"day": "2026-11-24", "at": "2026-11-24T10:00", "clock": "09:30"})
    assert result == {
        "day": date(2026, 11, 24),
        "at": datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
        "clock": time(9, 30),
    }
    assert form.show(result) == {"day": "2026-11-24", "at": "2026-11-24T10:00+08:00", "clock": "09:30"}
    assert form.show(to_plain(result)) == form.show(result)


@pytest.mark.parametrize(
    ("subtype", "typed", "why"),
    [
        ("date", "2026-02-30", "不存在"),
        ("date", "20260224", "日期格式"),
        ("date", "2026-11-24T00:00", "日期格式"),
        ("date", "0001-01-01", "年份"),
        ("date", 20261124, "日历"),
        ("date", {}, "日历"),
        ("datetime", "昨天", "日期时间格式"),
        ("datetime", "9999-12-31T23:59:59-23:00", "日期时间格式"),
        ("time", "25:00", "时间格式"),
    ],
)
def test_what_is_no_date_is_refused(subtype, typed, why):
    assert why in refused(form_of(field("datetime", "day", subtype=subtype)), {"day": typed})["day"]


def test_date_limits():
    form = form_of(
        field("datetime", "start", disallowPassedDates=True),
        field("datetime", "end", properties={"earliest": "date(start)", "latest": 'today() + duration("P10D")'}),
    )
    assert clean(form, {"start": "2026-11-24", "end": "2026-12-04"})
    assert "不能早于今天" in refused(form, {"start": "2026-11-23"})["start"]
    assert "2026-11-25" in refused(form, {"start": "2026-11-25", "end": "2026-11-24"})["end"]
    assert "2026-12-04" in refused(form, {"start": "2026-11-25", "end": "2026-12-05"})["end"]


SWITCH = field(
    "radio",
    "decision",
    "结论",
    values=[{"value": "PASS", "label": "同意"}, {"value": "REJECT", "label": "不同意"}],
    validate={"required": True},
)
REASON = field(
    "textarea", "reason", "理由", validate={"required": True}, conditional={"hide": '=decision != "REJECT"'}
)


def test_a_hidden_field_is_dropped_and_not_required():
    form = form_of(SWITCH, REASON)
    assert clean(form, {"decision": "PASS", "reason": "偷偷写的"}) == {"decision": "PASS"}
    assert refused(form, {"decision": "REJECT"}) == {"reason": "请填写「理由」"}
    assert clean(form, {"decision": "REJECT", "reason": "材料不全"})["reason"] == "材料不全"
    assert form.decision.label == "结论"


def test_the_node_may_hide_and_close_fields():
    form = form_of(SWITCH, field("textfield", "note"), field("number", "amount", properties={"unit": "wan"}))
    result = clean(
        form,
        {"decision": "PASS", "note": "改过的", "amount": 999},
        readonly=frozenset({"note", "amount"}),
        hidden=frozenset({"decision"}),
        stored={"note": "原来的", "amount": 5_000_000},
    )
    assert result == {"note": "原来的", "amount": 5_000_000}
    everything = clean(form, {"note": "改过的"}, readonly=frozenset({"*"}), context={"note": "流程数据"})
    assert everything == {"decision": None, "note": "流程数据", "amount": None}


def test_read_only_fields_take_their_prefill_when_nothing_is_stored():
    form = form_of(
        field("number", "amount", readonly=True, properties={"unit": "wan", "prefill": "project.amount_fen"}),
        field("datetime", "due", readonly="=locked", properties={"prefill": "project.due_date"}),
    )
    facts = {"project": {"amount_fen": 123_000_000, "due_date": "2026-12-01"}, "locked": True}
    assert clean(form, {"amount": 1, "due": "2030-01-01"}, context=facts) == {
        "amount": 123_000_000,
        "due": date(2026, 12, 1),
    }
    assert form.prefill(facts) == {"amount": 123_000_000, "due": date(2026, 12, 1)}
    assert form.show(form.prefill(facts)) == {"amount": 123, "due": "2026-12-01"}


def test_datasets_are_loaded_only_when_an_expression_reads_them():
    class Lazy(dict):
        def __getitem__(self, name):
            if name == "costly":
                raise AssertionError("loaded without need")
            return super().__getitem__(name)

    form = form_of(SWITCH, REASON)
    assert clean(form, {"decision": "PASS"}, context=Lazy(costly=1)) == {"decision": "PASS"}


def test_computed_fields_come_from_the_server_in_the_right_order():
    form = form_of(
        field("expression", "tax", expression="=total * 0.1", properties={"unit": "yuan"}),
        field("expression", "total", expression="=sum(rows.line)", properties={"unit": "yuan"}),
        {
            "type": "dynamiclist",
            "path": "rows",
            "label": "明细",
            "id": "rows_list",
            "isRepeating": True,
            "components": [
                field("number", "price", properties={"unit": "yuan"}),
                field("number", "count", decimalDigits=0),
                field("expression", "line", expression="=this.price * this.count"),
            ],
        },
    )
    sent = {"total": 1, "tax": 0, "rows": [{"price": 10.5, "count": 2, "line": 9}, {"price": 4, "count": 1}]}
    result = clean(form, sent)
    assert result["total"] == 2500
    assert result["tax"] == 250
    assert result["rows"][0] == {"price": 1050, "count": 2, "line": Decimal("21.0")}


PEOPLE = {
    "type": "dynamiclist",
    "path": "people",
    "label": "反担保人",
    "id": "people_list",
    "properties": {"min_rows": "1", "max_rows": "3"},
    "components": [
        field("textfield", "name", "姓名", validate={"required": True}),
        field("textfield", "phone", "手机", properties={"kind": "mobile"}),
        field("textfield", "spouse", "配偶", conditional={"hide": "=not(this.married)"}, validate={"required": True}),
        field("checkbox", "married", "已婚"),
    ],
}


def test_findings_in_lists_carry_row_numbers():
    form = form_of(PEOPLE)
    found = refused(form, {"people": [{"name": "张三", "married": True}, {"phone": "12"}, {"name": 7, "x": 1}]})
    assert found == {
        "people.0.spouse": "请填写「配偶」",
        "people.1.name": "请填写「姓名」",
        "people.1.phone": "手机号码应为 11 位，以 13 至 19 开头",
        "people.2.name": "请填写文字",
        "people.2.x": "表单中没有这个字段，请刷新页面后重新填写",
    }


def test_rows_are_counted():
    form = form_of(PEOPLE)
    assert "至少填写 1 行" in refused(form, {})["people"]
    assert "最多 3 行" in refused(form, {"people": [{"name": "甲"}] * 4})["people"]
    kept = clean(form, {"people": [{"name": "甲", "spouse": "藏"}]})
    assert kept == {"people": [{"name": "甲", "phone": None, "married": False}]}


@pytest.mark.parametrize("junk", ["x", 3, {"0": {}}, True])
def test_a_list_that_is_no_list_is_refused(junk):
    assert "people" in refused(form_of(PEOPLE), {"people": junk})


@pytest.mark.parametrize("junk", [None, "x", 3, [1]])
def test_a_row_that_is_no_object_is_refused(junk):
    found = refused(form_of(PEOPLE), {"people": [{"name": "甲"}, junk]})
    assert set(found) == {"people.1"}


def test_too_many_rows_are_not_even_looked_at():
    assert "2000" in refused_text(form_of(PEOPLE), {"people": [{}] * 5000})


def refused_text(form, values):
    with pytest.raises(Invalid) as caught:
        clean(form, values)
    return str(caught.value)


@pytest.mark.parametrize("junk", [None, [], "x", 3])
def test_an_answer_that_is_no_object_is_refused(junk):
    assert "刷新页面" in refused(form_of(SWITCH), junk)[None]


def test_unknown_keys_are_refused_also_in_groups():
    group = {"type": "group", "path": "bank", "label": "银行", "id": "g", "components": [field("textfield", "name")]}
    form = form_of(group, {"type": "group", "label": "无路径", "id": "g2", "components": [field("checkbox", "ok")]})
    assert clean(form, {"bank": {"name": "中行"}, "ok": True}) == {"bank": {"name": "中行"}, "ok": True}
    assert clean(form, {}) == {"bank": {"name": None}, "ok": False}
    assert set(refused(form, {"bank": {"name": "中行", "id": 1}, "evil": 1})) == {"bank.id", "evil"}
    assert "bank" in refused(form, {"bank": [1]})


def test_choices_are_those_on_offer_now():
    offered = {"customers.active": [Choice("12", "甲公司")]}
    form = form_of(
        field("select", "customer_id", "客户", properties={"choices": "customers.active", "kind": "id"}),
        field("checklist", "ticks", values=[{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]),
        field("taglist", "tags", valuesExpression='=for x in ticks return x + "1"'),
    )
    sent = {"customer_id": "12", "ticks": ["a", "b", "a"], "tags": ["a1"]}
    assert clean(form, sent, choices=offered.get) == {"customer_id": 12, "ticks": ["a", "b"], "tags": ["a1"]}
    found = refused(form, {"customer_id": "13", "ticks": ["c"], "tags": ["b1"]}, choices=offered.get)
    assert set(found) == {"customer_id", "ticks", "tags"}
    assert "不在可选范围" in found["customer_id"]
    for junk in ({}, [1], True, 1.5):
        assert refused(form, {"customer_id": junk}, choices=offered.get)
    assert form.choices_names == {"customers.active"}
    assert form.summary({"customer_id": 12, "ticks": ["a"]}, offered.get) == [("客户", "甲公司"), ("字段", "甲")]


def test_files_are_lists_of_document_ids():
    form = form_of(
        field("filepicker", "photos", "照片", multiple=True, validate={"required": True}), field("filepicker", "one")
    )
    assert clean(form, {"photos": ["12", "34"], "one": 5}) == {"photos": ["12", "34"], "one": ["5"]}
    assert refused(form, {"photos": []}) == {"photos": "请上传「照片」"}
    assert "最多上传 1 个" in refused(form, {"photos": ["1"], "one": ["1", "2"]})["one"]
    for junk in ("files::x", {"id": 1}, ["../etc"], [None], True):
        assert "重新上传" in refused(form, {"photos": junk})["photos"]
    assert form.file_paths == {"photos", "one"}


def test_limits_follow_other_fields():
    form = form_of(
        field("number", "cap", properties={"unit": "wan"}),
        field("number", "amount", properties={"unit": "wan"}, validate={"min": 1, "max": "=cap"}),
    )
    assert clean(form, {"cap": 100, "amount": 100})
    assert refused(form, {"cap": 100, "amount": "100.01"})["amount"] == "不能大于 100 万元，请改正"
    assert refused(form, {"amount": "0.5"})["amount"] == "不能小于 1 万元，请改正"


def test_a_required_tick_must_be_ticked():
    form = form_of(field("checkbox", "agreed", "已核实", validate={"required": True}))
    assert clean(form, {"agreed": True}) == {"agreed": True}
    for value in (False, None):
        assert refused(form, {"agreed": value}) == {"agreed": "请勾选「已核实」"}
    assert refused(form, {"agreed": "yes"})


def test_what_the_browser_says_of_a_closed_field_counts_nowhere():
    form = form_of(
        field("number", "cap", readonly=True, properties={"unit": "wan", "prefill": "project.cap_fen"}),
        field("number", "amount", properties={"unit": "wan"}, validate={"max": "=cap"}),
        field("expression", "left", expression="=cap - amount", properties={"unit": "wan"}),
        field("textfield", "why", validate={"required": True}, conditional={"hide": "=cap < 1000"}),
    )
    facts = {"project": {"cap_fen": 100_000_000}}
    sent = {"cap": 99999, "amount": 60}
    assert clean(form, sent, context=facts) == {"cap": 100_000_000, "amount": 60_000_000, "left": 40_000_000}
    assert refused(form, {"cap": 99999, "amount": 101}, context=facts) == {"amount": "不能大于 100 万元，请改正"}


def test_read_only_columns_of_given_rows_come_from_the_server():
    form = form_of(
        {
            "type": "dynamiclist",
            "path": "conditions",
            "label": "条件",
            "id": "c",
            "allowAddRemove": False,
            "properties": {"prefill": "resolution.conditions"},
            "components": [
                field("textfield", "condition_id", readonly=True, properties={"kind": "id"}),
                field("checkbox", "verified"),
            ],
        }
    )
    facts = {"resolution": {"conditions": [{"condition_id": 7, "verified": False}, {"condition_id": 8}]}}
    assert form.show(form.prefill(facts))["conditions"][0] == {"condition_id": "7", "verified": False}
    sent = {"conditions": [{"condition_id": "99", "verified": True}, {}]}
    assert clean(form, sent, context=facts) == {
        "conditions": [{"condition_id": 7, "verified": True}, {"condition_id": 8, "verified": False}]
    }
    assert "应为 2 行" in refused(form, {"conditions": [{}]}, context=facts)["conditions"]


def test_a_field_the_node_hides_lets_the_process_data_be_seen():
    form = form_of(SWITCH, REASON)
    sent = {"reason": "材料不全"}
    hidden = frozenset({"decision"})
    assert clean(form, sent, hidden=hidden, context={"decision": "REJECT"}) == {"reason": "材料不全"}
    assert clean(form, sent, hidden=hidden, context={"decision": "PASS"}) == {}


def test_a_runaway_condition_is_refused_not_a_crash():
    hide = "=count(for a in 1..1000, b in 1..1000, c in 1..1000 return a) > 0"
    found = refused(form_of(field("textfield", "x", conditional={"hide": hide})), {"x": "1"})
    assert "流程设计师" in found["x"]


def test_a_record_reads_in_words():
    form = form_of(
        SWITCH,
        field("number", "amount", "金额", properties={"unit": "wan"}),
        field("number", "rate", "费率", properties={"unit": "percent"}),
        field("datetime", "day", "日期"),
        PEOPLE,
        field("filepicker", "photos", "照片"),
    )
    kept = {
        "decision": "PASS",
        "amount": 300_000_000,
        "rate": "0.0125",
        "day": "2026-11-24",
        "people": [{"name": "张三", "married": True}],
        "photos": ["1"],
    }
    assert form.summary(kept) == [
        ("结论", "同意"),
        ("金额", "300.00 万元"),
        ("费率", "1.25%"),
        ("日期", "2026-11-24"),
        ("反担保人 1 · 姓名", "张三"),
        ("反担保人 1 · 已婚", "是"),
        ("照片", "1 个文件"),
    ]


def test_kept_values_are_json_safe_when_asked():
    kept = {"a": Decimal("0.0150"), "b": [date(2026, 1, 2)], "c": {"d": None}, "e": 5}
    assert json.loads(json.dumps(to_plain(kept))) == {"a": "0.0150", "b": ["2026-01-02"], "c": {"d": None}, "e": 5}


def test_the_browser_gets_options_units_and_closed_fields():
    offered = {"customers.active": [Choice("12", "甲公司")]}
    form = form_of(
        field("select", "customer_id", properties={"choices": "customers.active"}),
        field("number", "amount", properties={"unit": "wan"}),
        field("textfield", "secret"),
        PEOPLE,
    )
    schema = form.schema(offered.get, readonly=frozenset({"people", "amount"}), hidden=frozenset({"secret"}))
    select, amount, people = schema["components"]
    assert select["values"] == [{"value": "12", "label": "甲公司"}]
    assert (amount["appearance"]["suffixAdorner"], amount["decimalDigits"], amount["readonly"]) == ("万元", 6, True)
    assert amount["validate"] == {"min": 0}
    assert people["allowAddRemove"] is False
    assert people["components"][0]["readonly"] is True
    assert "values" not in form.raw["components"][0]
