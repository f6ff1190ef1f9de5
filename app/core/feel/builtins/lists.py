"""List functions and sort; positions count from 1, negative ones from the end.

Source: DMN 1.5 §10.3.4.4, §10.3.4.6.
"""

# ruff: noqa: D103, ARG001 - the declaration says what a function is; every body is given the run

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key

from app.core.feel.budget import Run
from app.core.feel.builtins.numeric import sqrt
from app.core.feel.builtins.registry import builtin
from app.core.feel.numbers import MATH
from app.core.feel.operators import add, compare, equals, order_key
from app.core.feel.types import kind_of
from app.core.feel.values import Function, Value

_MOST_LEVELS = 64
_ITEMS_BETWEEN_LOOKS = 10_000  # at the clock


def _numbers(run: Run, items: list[Value], name: str) -> bool:
    """Whether all items are numbers and there is one; otherwise the reason is noted."""
    run.spend_items(len(items))
    if not items:
        run.note("%(name)s 的列表是空的", name=name)
        return False
    if any(type(item) is not Decimal for item in items):
        run.note("%(name)s 的列表里应当都是数字", name=name)
        return False
    return True


@builtin("list contains", "list: list", "element: any!")
def list_contains(run: Run, items: list[Value], element: Value) -> bool:
    run.spend_deep(items)
    return any(equals(item, element) is True for item in items)


@builtin("count", "list: list")
def count(run: Run, items: list[Value]) -> Decimal:
    return Decimal(len(items))


def _extreme(run: Run, items: list[Value], sign: int) -> Value:
    run.spend_items(len(items))
    if not items:
        return run.note("列表是空的，没有最大最小值")
    best = items[0]
    if compare(best, best) is None:
        return run.note("%(kind)s 不能比较大小", kind=kind_of(best))
    for item in items[1:]:
        order = compare(item, best)
        if order is None:
            return run.note("列表里的值类型不同，不能比较大小")
        if order * sign > 0:
            best = item
    return best


@builtin("min", "list: list", variadic=True)
def minimum(run: Run, items: list[Value]) -> Value:
    return _extreme(run, items, -1)


@builtin("max", "list: list", variadic=True)
def maximum(run: Run, items: list[Value]) -> Value:
    return _extreme(run, items, 1)


@builtin("sum", "list: list", variadic=True)
def total(run: Run, items: list[Value]) -> Value:
    """Sum of numbers, or of durations of one kind."""
    run.spend_items(len(items))
    if not items:
        return run.note("sum 的列表是空的")
    result = items[0]
    if type(result) is str or (len(items) == 1 and kind_of(result) not in _SUMMABLE):
        return run.note("sum 的列表里应当都是数字")
    for item in items[1:]:
        result = add(result, item, run) if type(item) is type(result) else None
        if result is None:
            return run.note("sum 的列表里应当都是数字")
    return result


_SUMMABLE = ("number", "days and time duration", "years and months duration")


@builtin("mean", "list: list", variadic=True)
def mean(run: Run, items: list[Value]) -> Decimal | None:
    return MATH.divide(_sum(items), Decimal(len(items))) if _numbers(run, items, "mean") else None


def _sum(items: list[Decimal]) -> Decimal:
    result = Decimal(0)
    for item in items:
        result = MATH.add(result, item)
    return result


@builtin("product", "list: list", variadic=True)
def product(run: Run, items: list[Value]) -> Decimal | None:
    if not _numbers(run, items, "product"):
        return None
    result = Decimal(1)
    for item in items:
        result = MATH.multiply(result, item)
    return result


@builtin("median", "list: list", variadic=True)
def median(run: Run, items: list[Value]) -> Decimal | None:
    if not _numbers(run, items, "median"):
        return None
    ordered = sorted(items)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return MATH.divide(MATH.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("stddev", "list: list", variadic=True)
def stddev(run: Run, items: list[Value]) -> Decimal | None:
    """Standard deviation of a sample (divided by n - 1)."""
    if not _numbers(run, items, "stddev") or len(items) < 2:
        return run.note("stddev 至少要两个数字")
    average = MATH.divide(_sum(items), Decimal(len(items)))
    squares = []
    for at in range(0, len(items), _ITEMS_BETWEEN_LOOKS):
        run.meter.look_at_time()
        distances = [MATH.subtract(item, average) for item in items[at : at + _ITEMS_BETWEEN_LOOKS]]
        squares += [MATH.multiply(distance, distance) for distance in distances]
    return sqrt(run, MATH.divide(_sum(squares), Decimal(len(items) - 1)))


@builtin("mode", "list: list", variadic=True)
def mode(run: Run, items: list[Value]) -> list[Value] | None:
    """The most frequent numbers, ascending."""
    if not items:
        return []
    if not _numbers(run, items, "mode"):
        return None
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values())
    return sorted(item for item, number in counts.items() if number == most)


@builtin("sublist", "list: list", "start position: number", "length: number?")
def sublist(run: Run, items: list[Value], start: Decimal, length: Decimal | None = None) -> list[Value] | None:
    index = int(start) if abs(start) <= len(items) else 0
    if index == 0 or (length is not None and length < 0):
        return run.note("起始位置应当在 1 到 %(count)s 之间，长度不能是负数", count=len(items))
    begin = index - 1 if index > 0 else len(items) + index
    if length is not None and begin + length > len(items):
        return run.note("sublist 超出了列表")
    chosen = items[begin:] if length is None else items[begin : begin + int(length)]
    run.spend_items(len(chosen))
    return chosen


@builtin("append", "list: list", "item: any!")
def append_one(run: Run, items: list[Value], item: Value) -> list[Value]:
    run.spend_items(len(items) + 1)
    return [*items, item]


@builtin("append", variadic=True)
def append_all(run: Run, arguments: list[Value]) -> list[Value]:
    first, *more = arguments
    items = first if type(first) is list else [first]
    run.spend_items(len(items) + len(more))
    return [*items, *more]


@builtin("concatenate", variadic=True)
def concatenate(run: Run, lists: list[Value]) -> list[Value]:
    parts = [part if type(part) is list else [part] for part in lists]
    run.spend_items(sum(map(len, parts)))
    return [item for part in parts for item in part]


@builtin("union", variadic=True)
def union(run: Run, lists: list[Value]) -> list[Value]:
    return distinct_values(run, concatenate(run, lists))


@builtin("insert before", "list: list", "position: number", "newItem: any!")
def insert_before(run: Run, items: list[Value], position: Decimal, new: Value) -> list[Value] | None:
    index = _index(run, items, position)
    if index is None:
        return None
    run.spend_items(len(items) + 1)
    return [*items[:index], new, *items[index:]]


@builtin("remove", "list: list", "position: number")
def remove(run: Run, items: list[Value], position: Decimal) -> list[Value] | None:
    index = _index(run, items, position)
    if index is None:
        return None
    run.spend_items(len(items))
    return items[:index] + items[index + 1 :]


def _index(run: Run, items: list[Value], position: Decimal) -> int | None:
    """0-based index of a position, None with a reason outside the list."""
    number = int(position) if abs(position) <= len(items) else 0
    if number == 0:
        return run.note("列表只有 %(count)s 项，没有这个位置", count=len(items))
    return number - 1 if number > 0 else len(items) + number


@builtin("list replace", "list: list", "position: number", "newItem: any!")
def replace_at(run: Run, items: list[Value], position: Decimal, new: Value) -> list[Value] | None:
    index = _index(run, items, position)
    if index is None:
        return None
    run.spend_items(len(items))
    return [*items[:index], new, *items[index + 1 :]]


@builtin("list replace", "list: list", "match: function", "newItem: any!")
def replace_matching(run: Run, items: list[Value], match: Function, new: Value) -> list[Value] | None:
    replaced = []
    for item in items:
        run.spend()
        hit = match.call_positional(run, [item, new])
        if type(hit) is not bool:
            return run.note("list replace 的函数应当有两个参数并给出布尔值")
        replaced.append(new if hit else item)
    run.spend_items(len(replaced))
    return replaced


@builtin("reverse", "list: list")
def reverse(run: Run, items: list[Value]) -> list[Value]:
    run.spend_items(len(items))
    return items[::-1]


@builtin("index of", "list: list", "match: any!")
def index_of(run: Run, items: list[Value], match: Value) -> list[Value]:
    run.spend_deep(items)
    return [Decimal(at) for at, item in enumerate(items, 1) if equals(item, match) is True]


@builtin("distinct values", "list: list")
def distinct_values(run: Run, items: list[Value]) -> list[Value]:
    kept: list[Value] = []
    for item in items:
        run.spend_deep(kept)
        run.spend(1 + len(kept))
        if not any(equals(item, other) is True for other in kept):
            kept.append(item)
    return kept


@builtin("duplicate values", "list: list")
def duplicate_values(run: Run, items: list[Value]) -> list[Value]:
    seen: list[Value] = []
    twice: list[Value] = []
    for item in items:
        run.spend_deep(seen)
        run.spend(1 + len(seen))
        if any(equals(item, other) is True for other in seen):
            twice.append(item)
        seen.append(item)
    return distinct_values(run, twice)


@builtin("flatten", "list: list")
def flatten(run: Run, items: list[Value], level: int = 0) -> list[Value]:
    flat: list[Value] = []
    for item in items:
        run.spend()
        if type(item) is list and level < _MOST_LEVELS:
            flat.extend(flatten(run, item, level + 1))
        else:
            flat.append(item)
    run.spend_items(len(flat))
    return flat


@builtin("sort", "list: list", "precedes: function?")
def sort(run: Run, items: list[Value], precedes: Function | None = None) -> list[Value] | None:
    run.spend_items(len(items))
    if precedes is None:
        if any(compare(items[0], item) is None for item in items):
            return run.note("列表里的值类型不同，不能排序")
        return sorted(items, key=order_key)

    def order(a: Value, b: Value) -> int:
        run.spend()
        if precedes.call_positional(run, [a, b]) is True:
            return -1
        return 1 if precedes.call_positional(run, [b, a]) is True else 0

    return sorted(items, key=cmp_to_key(order))
