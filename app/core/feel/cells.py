"""Decision table cells and allowed values as closures: tests of the input ``?``."""

from __future__ import annotations

from app.core.feel.compiler import Closure, Compiler
from app.core.feel.nodes import AnyInput, Literal, Name, Negated, Node, walk
from app.core.feel.operators import equals, is_in
from app.core.feel.scope import Scope
from app.core.feel.values import Range


def compile_tests(tests: tuple[Node, ...], local: frozenset[str] = frozenset()) -> Closure:
    """A cell as a closure over a scope in which ``?`` is the input; gives True, False or None."""
    checks = [_compile_test(test, local | {"?"}) for test in tests]
    if len(checks) == 1:
        return checks[0]

    def check(scope: Scope) -> bool | None:
        results = [test(scope) for test in checks]
        return True if True in results else (None if None in results else False)

    return check


def _compile_test(test: Node, local: frozenset[str]) -> Closure:
    if isinstance(test, AnyInput):
        return lambda _scope: True
    if isinstance(test, Negated):
        inner = compile_tests(test.tests, local)

        def negated(scope: Scope) -> bool | None:
            result = inner(scope)
            return None if result is None else not result

        return negated
    expression = Compiler().compile(test, local)
    asks_input = any(isinstance(node, Name) and node.name == "?" for node in walk(test))
    is_literal = isinstance(test, Literal)

    def check(scope: Scope) -> bool | None:
        value = expression(scope)
        wanted = scope.names["?"]
        if type(value) is bool and (asks_input or not (is_literal or wanted is None or type(wanted) is bool)):
            return value
        if value is None and asks_input:
            return None
        return is_in(wanted, value) if type(value) in (list, Range) else equals(wanted, value)

    return check
