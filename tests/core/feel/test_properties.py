"""Laws that hold for any input, found out by hypothesis."""

from datetime import date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.feel import Budget, FeelError, compile_expression, compile_unary_tests
from app.core.feel.border import to_feel, to_python
from app.core.feel.temporal import Date, from_ordinal, parse_date_time, parse_duration
from app.core.feel.text import literal

PIECES = st.sampled_from(
    'a b 金额 1 2.5 "x" "\\d" true null + - * / ** = != < >= and or not( in between ( ) [ ] { } , : . .. ? if then else'
    ' for return some satisfies function( instance of number @"2026-01-01" date( list< item partial -> // /* */'.split(
        " "
    )
)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)
scalars = st.one_of(
    st.none(), st.booleans(), numbers, st.text(max_size=8), st.dates(), st.integers(-(10**15), 10**15)
)
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=600, deadline=2000)
@given(st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_gives_a_value_or_a_refusal(text):
    for compiled in (compile_expression, compile_unary_tests):
        try:
            ready = compiled(text)
            facts = {"a": 1, "b": [1, {"c": 2}], "金额": 5}
            budget = Budget(steps=2000, seconds=0.5)
            if compiled is compile_expression:
                ready.evaluate(facts, budget=budget)
            else:
                ready.matches(1, facts, budget=budget)
        except FeelError:
            pass


@settings(max_examples=200)
@given(plain)
def test_a_value_written_as_a_literal_reads_back(value):
    inside = to_feel(value)
    if "date" in repr(value):
        return  # a date's literal is its text
    assert to_feel(compile_expression(literal(inside)).evaluate({})) == inside


@given(plain)
def test_the_border_loses_nothing(value):
    assert to_feel(to_python(to_feel(value))) == to_feel(value)


@given(numbers, numbers)
def test_arithmetic_is_exact_where_decimals_are(a, b):
    facts = {"a": a, "b": b}
    assert compile_expression("a + b").evaluate(facts) == a + b
    assert compile_expression("a - b + b = a").evaluate(facts) is True
    assert compile_expression("a < b").evaluate(facts) is (a < b)


@given(st.dates(), st.integers(-2000, 2000))
def test_days_count_as_pythons(day, months):
    own = Date(day.year, day.month, day.day)
    assert own.ordinal == (day - date(1970, 1, 1)).days
    assert from_ordinal(own.ordinal) == own
    assert own.weekday == day.isoweekday()
    week = compile_expression("week of year(d)").evaluate({"d": day})
    assert week == Decimal(day.isocalendar().week)


@given(st.datetimes())
def test_moments_read_back(moment):
    assert to_python(parse_date_time(moment.isoformat())) == moment
    assert isinstance(moment, datetime)


@given(st.integers(-(10**15), 10**15))
def test_durations_read_back(seconds):
    duration = to_feel(compile_expression('duration("PT1S") * n').evaluate({"n": seconds}))
    assert parse_duration(str(duration)) == duration


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-25, 25), st.booleans(), st.booleans())
def test_ranges_hold_what_they_say(low, high, value, low_in, high_in):
    text = f"v in {'[' if low_in else '('}{low}..{high}{']' if high_in else ')'}"
    expected = (low <= value if low_in else low < value) and (value <= high if high_in else value < high)
    assert compile_expression(text).evaluate({"v": value}) is expected
