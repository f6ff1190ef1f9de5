"""Fuzzing of the expression language: ``python tests/fuzz/feel_fuzz.py -max_total_time=600``, or ``make fuzz``.

Any text must give a value or a FeelError, within its budget. First hypothesis draws for a quarter of the time, then
atheris, led by coverage, for the rest. Where atheris has no wheel (other processors than x86-64) hypothesis takes all
of it and says so. A file of inputs that once went wrong may be given as further arguments.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

try:
    import atheris
except ImportError:
    atheris = None

if atheris is None:
    from app.core.feel import Budget, FeelError, compile_expression, compile_unary_tests
else:
    with atheris.instrument_imports(include=["app.core.feel"]):
        from app.core.feel import Budget, FeelError, compile_expression, compile_unary_tests

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
FACTS = {"a": 1, "b": [1, "x", {"c": 2}], "金额": 5, "d": {"e": None}, "贷款 金额": 7, "s": "a1b2" * 50}
BUDGET = Budget(steps=20_000, seconds=0.2)
LIMIT = 2.0  # seconds of processor time for one text; instrumented code is slow
WORDS = (
    'a b s 金额 d.e 1 -1 0 2.5 1e30 "x" "" null true for in return if then else some every satisfies function( not( ( ) '
    "[ ] { } , : . .. + - * / ** < <= = != and or between instance of list< context< number string date( time( now() "
    'today() duration( @"P1D" @"P1M" @"2026-02-28" @"23:59:59@Asia/Shanghai" @"2026-01-01T00:00:00Z" matches( replace( '
    'split( sort( flatten( string( range( "[1..3]" "(a)+$" "[a-z-[aeiou]]" partial item ? -> /* */ // sum( substring( '
    "context( put( get number( median( mode( stddev( string join( distinct values( insert before( index of( abs( "
    "decimal( sqrt( log( exp( modulo( round half up( day of week( week of year( overlaps( during( key value"
).split(" ")


def look_at(text: str) -> None:
    """One text as an expression and as a cell. :raises TimeoutError: it took too long."""
    start = time.process_time()  # the machine may be busy with something else
    for compiled in (compile_expression, compile_unary_tests):
        try:
            ready = compiled(text, names=FACTS)
            if compiled is compile_expression:
                ready.evaluate_with_trace(FACTS, budget=BUDGET, now=NOW)
            else:
                ready.matches(1, FACTS, budget=BUDGET, now=NOW)
        except FeelError:
            continue
    if time.process_time() - start > LIMIT:
        raise TimeoutError(text)


def by_hypothesis(seconds: float) -> int:
    """Draw texts for that long; how many were looked at."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    texts = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=300)
    looked_at = 0

    @settings(
        max_examples=5_000,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts)
    def round_of_texts(text: str) -> None:
        nonlocal looked_at
        looked_at += 1
        look_at(text)

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        round_of_texts()
    return looked_at


def text_from(data: bytes) -> str:
    """Half of the inputs are put together from words of the language, the others are raw text."""
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeBool():
        return provider.ConsumeUnicodeNoSurrogates(400)
    return " ".join(
        WORDS[provider.ConsumeIntInRange(0, len(WORDS) - 1)] for _ in range(provider.ConsumeIntInRange(0, 40))
    )


def main() -> int:
    """Whatever is found ends the program with the text that did it."""
    given = next((one for one in sys.argv if one.startswith("-max_total_time=")), "-max_total_time=600")
    total = float(given.partition("=")[2])
    share = 0.25 if atheris else 1.0
    print(f"hypothesis: {total * share:.0f} s" + ("" if atheris else " (atheris is not installed: no coverage)"))
    print(f"hypothesis: {by_hypothesis(total * share)} texts, nothing found", flush=True)
    if atheris:
        rest = [one for one in sys.argv[1:] if one != given]
        arguments = [sys.argv[0], f"-max_total_time={int(total * (1 - share))}", "-max_len=2000", *rest]
        atheris.Setup(arguments, lambda data: look_at(text_from(data)))
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
