"""String functions; positions count characters from 1, negative ones from the end. Source: DMN 1.5 §10.3.4.3."""

# ruff: noqa: D103, ARG001 - the declaration says what a function is; every body is given the run

from __future__ import annotations

from decimal import Decimal

from app.core.feel.budget import Run
from app.core.feel.builtins.registry import builtin
from app.core.feel.errors import BudgetExceeded, FeelError
from app.core.feel.patterns import Pattern, compile_pattern, read_replacement
from app.core.feel.values import Value

_MOST_MATCHING = 200_000_000  # characters × instructions of the pattern in one search: below 100 ms
_LEAST_PATTERN = 64


@builtin("substring", "string: string", "start position: number", "length: number?")
def substring(run: Run, text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    index = int(start) if abs(start) <= len(text) else 0
    if index == 0 or (length is not None and length < 1):
        return run.note("起始位置应当在 1 到 %(count)s 之间，长度应当是正数", count=len(text))
    begin = index - 1 if index > 0 else len(text) + index
    found = text[begin:] if length is None else text[begin : begin + int(min(length, Decimal(len(text))))]
    run.spend_text(len(found))
    return found


@builtin("string length", "string: string")
def string_length(run: Run, text: str) -> Decimal:
    return Decimal(len(text))


@builtin("upper case", "string: string")
def upper_case(run: Run, text: str) -> str:
    run.spend_text(len(text))
    return text.upper()


@builtin("lower case", "string: string")
def lower_case(run: Run, text: str) -> str:
    run.spend_text(len(text))
    return text.lower()


@builtin("substring before", "string: string", "match: string")
def substring_before(run: Run, text: str, match: str) -> str:
    run.spend_text(len(text))
    return text.partition(match)[0] if match and match in text else ""


@builtin("substring after", "string: string", "match: string")
def substring_after(run: Run, text: str, match: str) -> str:
    run.spend_text(len(text))
    return text.partition(match)[2] if match else text


@builtin("contains", "string: string", "match: string")
def contains(run: Run, text: str, match: str) -> bool:
    run.spend_text(len(text))
    return match in text


@builtin("starts with", "string: string", "match: string")
def starts_with(run: Run, text: str, match: str) -> bool:
    return text.startswith(match)


@builtin("ends with", "string: string", "match: string")
def ends_with(run: Run, text: str, match: str) -> bool:
    return text.endswith(match)


@builtin("string join", "list: list", "delimiter: string?")
def string_join(run: Run, items: list[Value], delimiter: str | None = None) -> str | None:
    """The texts of a list; nulls are left out."""
    if any(item is not None and type(item) is not str for item in items):
        return run.note("string join 的列表里应当都是文字")
    texts = [item for item in items if item is not None]
    run.spend_items(len(items))
    run.spend_text(sum(map(len, texts)) + len(delimiter or "") * len(texts))
    return (delimiter or "").join(texts)


@builtin("matches", "input: string", "pattern: string", "flags: string?")
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool | None:
    try:
        compiled = compile_pattern(pattern, flags or "")
    except FeelError as exc:
        return run.note(exc.message)
    _pay_for_search(run, text, compiled)
    return compiled.engine.search(text) is not None


def _pay_for_search(run: Run, text: str, compiled: Pattern) -> None:
    """One search takes time by the length of the text and the size of the pattern; compiling it took some too."""
    run.spend_text(len(text))
    run.meter.look_at_time()
    if len(text) * max(compiled.size, _LEAST_PATTERN) > _MOST_MATCHING:
        raise BudgetExceeded("文字太长或正则表达式太复杂，请缩短其一", *run.meter.place)


@builtin("replace", "input: string", "pattern: string", "replacement: string", "flags: string?")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    try:
        compiled = compile_pattern(pattern, flags or "")
        plan = [replacement] if "q" in (flags or "") else read_replacement(replacement, compiled.groups)
    except FeelError as exc:
        return run.note(exc.message)
    if compiled.engine.search(""):
        return run.note("replace 的正则表达式不能匹配空文本")
    _pay_for_search(run, text, compiled)
    parts: list[str] = []
    end = size = 0
    for match in compiled.engine.finditer(text):
        parts.append(text[end : match.start()])
        for piece in plan:
            parts.append(piece if isinstance(piece, str) else _group(match, piece, compiled.groups))
            size += len(parts[-1])
        end = match.end()
        run.spend()
        run.meter.look_at_time()
        if size > run.budget.string_size:
            run.spend_text(size)
    parts.append(text[end:])
    result = "".join(parts)
    run.spend_text(len(result))
    return result


def _group(match: Value, number: int, groups: int) -> str:
    return (match.group(number) or "") if number <= groups else ""


@builtin("split", "string: string", "delimiter: string")
def split(run: Run, text: str, delimiter: str) -> list[Value] | None:
    try:
        compiled = compile_pattern(delimiter)
    except FeelError as exc:
        return run.note(exc.message)
    _pay_for_search(run, text, compiled)
    parts: list[Value] = []
    end = 0
    for match in compiled.engine.finditer(text):
        if match.end() > match.start():
            parts.append(text[end : match.start()])
            end = match.end()
            run.spend()
        run.meter.look_at_time()
    parts.append(text[end:])
    run.spend_items(len(parts))
    return parts
