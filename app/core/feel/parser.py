"""Text to syntax tree: the FEEL grammar of DMN 1.5.

Names may hold blanks and operators (``贷款 金额``, ``Pre-bureau risk``). A name that was announced is matched
first, the longest one winning; otherwise words that follow each other form one name, since nothing else may
follow a word.
"""

from __future__ import annotations

from decimal import Decimal

from app.core.feel.errors import FeelError
from app.core.feel.lexer import Token
from app.core.feel.nodes import (
    AnyInput,
    Arithmetic,
    Between,
    Call,
    Comparison,
    ContextNode,
    Filter,
    For,
    FunctionNode,
    If,
    In,
    InstanceOf,
    Iteration,
    ListNode,
    Literal,
    Logic,
    Name,
    Negated,
    Negation,
    Node,
    Path,
    Place,
    Quantified,
    RangeNode,
    UnaryRange,
)
from app.core.feel.numbers import read_number
from app.core.feel.temporal import parse_any
from app.core.feel.token_reader import MAX_DEPTH
from app.core.feel.type_reader import TypeReader
from app.core.feel.types import ANY, FeelType

KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "instance",
        "function",
        "external",
        "true",
        "false",
        "null",
    ]
)
_COMPARE = ("=", "!=", "<", "<=", ">", ">=")
# How tightly binary operators bind; all of them group to the left.
_BINDING = {"or": 1, "and": 2, "+": 4, "-": 4, "*": 5, "/": 5, "**": 6}
_BINDING |= dict.fromkeys(_COMPARE, 3) | {"between": 3, "in": 3}


class Parser(TypeReader):
    """Reads one expression; a new one for each text."""

    # --- whole texts -------------------------------------------------------

    def expression_text(self) -> Node:
        """The whole text as one expression."""
        if self.current.kind == "end":
            raise FeelError("表达式是空的，请填写", 1, 1)
        node = self.expression()
        self._finish()
        return node

    def unary_tests_text(self) -> tuple[Node, ...]:
        """The whole text as the tests of a decision table cell."""
        if self.current.kind == "end" or (self._is("-") and self.tokens[self.at + 1].kind == "end"):
            return (AnyInput(self.current.place),)
        is_not = self._is("not") and self.tokens[self.at + 1].text == "("
        if is_not and (negated := self._attempt(self._negated_cell)):
            return (negated,)
        tests = self._tests()
        self._finish()
        return tests

    def type_text(self) -> FeelType:
        """The whole text as a type name."""
        kind = self.type()
        self._finish()
        return kind

    def _negated_cell(self) -> Node:
        place = self._take().place
        self._expect("(")
        tests = self._tests()
        self._expect(")")
        self._finish()
        return Negated(place, tests)

    def _tests(self) -> tuple[Node, ...]:
        tests = [self._test()]
        while self._skip(","):
            tests.append(self._test())
        return tuple(tests)

    def _test(self) -> Node:
        """One positive unary test: ``< 5``, ``[1..3]`` or an expression."""
        token = self.current
        if token.kind == "symbol" and token.text in _COMPARE:
            self._take()
            return UnaryRange(token.place, token.text, self._binary(4))
        return self.expression()

    # --- expressions -------------------------------------------------------

    def expression(self) -> Node:
        """Any expression."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelError("表达式嵌套超过 %(most)s 层，请拆开", *self.current.place, most=MAX_DEPTH)
        bare_end, self.bare_end = self.bare_end, False
        node = self._keyword_expression() or self._binary(1)
        self.bare_end = bare_end
        self.depth -= 1
        return node

    def _keyword_expression(self) -> Node | None:
        if self.current.kind != "name":
            return None
        readers = {"if": self._if, "for": self._for, "some": self._quantified, "every": self._quantified}
        reader = readers.get(self.current.text)
        if reader is None or self.names.longest(self.tokens, self.at):
            return None
        return reader()

    def _if(self) -> Node:
        place = self._take().place
        condition = self.expression()
        self._expect("then")
        then = self.expression()
        self._expect("else")
        return If(place, condition, then, self.expression())

    def _for(self) -> Node:
        place = self._take().place
        iterations = self._iterations()
        self._expect("return")
        return For(place, iterations, self.expression())

    def _quantified(self) -> Node:
        token = self._take()
        iterations = self._iterations()
        self._expect("satisfies")
        return Quantified(token.place, token.text, iterations, self.expression())

    def _iterations(self) -> tuple[Iteration, ...]:
        iterations = [self._iteration()]
        while self._skip(","):
            iterations.append(self._iteration())
        return tuple(iterations)

    def _iteration(self) -> Iteration:
        name = self._new_name(("in",))
        self._expect("in")
        source = self.expression()
        return Iteration(name, source, self.expression() if self._skip("..") else None)

    def _binary(self, lowest: int, left: Node | None = None) -> Node:
        """Operators that bind at least as tightly as ``lowest``; ``left`` is a first operand already read."""
        left = left or self._unary()
        chain = 0
        while True:
            token = self.current
            binding = _BINDING.get(token.text, 0) if token.kind in ("symbol", "name") else 0
            if binding < lowest or not binding:
                return left
            chain += 1
            if chain > MAX_DEPTH and binding > 2:
                raise FeelError("一串运算超过 %(most)s 个，请拆开", *token.place, most=MAX_DEPTH)
            self._take()
            left = self._operation(left, token, binding)

    def _operation(self, left: Node, token: Token, binding: int) -> Node:
        operator = token.text
        if operator == "between":
            low = self._binary(4)
            self._expect("and")
            return Between(token.place, left, low, self._binary(4))
        if operator == "in":
            return In(token.place, left, self._in_tests())
        right = self._keyword_expression() or self._binary(binding + 1)
        if operator in ("and", "or"):
            if isinstance(left, Logic) and left.operator == operator:
                return Logic(left.place, operator, (*left.parts, right))
            return Logic(token.place, operator, (left, right))
        if operator in _COMPARE:
            return Comparison(token.place, operator, left, right)
        return Arithmetic(token.place, operator, left, right)

    def _in_tests(self) -> tuple[Node, ...]:
        """What follows ``in``: one test, or several in brackets."""
        if not self._is("("):
            token = self.current
            return (self._test() if token.kind == "symbol" and token.text in _COMPARE else self._binary(4),)
        place = self._take().place
        first = self._test()
        if self._skip(".."):
            return (self._binary(4, self._postfix(self._range_end(place, first, low_included=False))),)
        tests = [first]
        while self._skip(","):
            tests.append(self._test())
        self._expect(")")
        if len(tests) > 1 or isinstance(first, UnaryRange):
            return tuple(tests)
        return (self._binary(4, self._postfix(first)),)

    def _unary(self) -> Node:
        if self.current.kind == "symbol" and self._is("-"):
            place = self._take().place
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise FeelError("负号太多，请删去多余的", *place)
            operand = self._unary()
            self.depth -= 1
            if isinstance(operand, Literal) and isinstance(operand.value, Decimal):
                return Literal(place, -operand.value)
            return Negation(place, operand)
        return self._instance_of(self._postfix(self._primary()))

    def _instance_of(self, node: Node) -> Node:
        while self._is("instance") and self.tokens[self.at + 1].text == "of":
            place = self._take().place
            self._take()
            node = InstanceOf(place, node, self.type())
        return node

    def _postfix(self, node: Node) -> Node:
        chain = 0
        while self.current.kind == "symbol":
            token = self.current
            if token.text == ".":
                self._take()
                node = Path(token.place, node, self._property_name())
            elif token.text == "[" and not self.bare_end:
                self._take()
                node = Filter(token.place, node, self.expression())
                self._expect("]")
            elif token.text == "(":
                node = self._call(node)
            else:
                break
            chain += 1
            if chain > MAX_DEPTH:
                raise FeelError("一串取值超过 %(most)s 层，请拆开", *token.place, most=MAX_DEPTH)
        return node

    def _call(self, function: Node) -> Node:
        place = self._take().place
        names: list[str] = []
        arguments: list[Node] = []
        while not self._is(")"):
            if arguments:
                self._separator(")")
            if name := self._argument_name():
                names.append(name)
            arguments.append(self.expression())
        self._expect(")")
        if names and len(names) != len(arguments):
            raise FeelError("函数参数要么都写名字，要么都不写，请统一", *place)
        return Call(place, function, tuple(arguments), tuple(names))

    def _argument_name(self) -> str | None:
        """``name:`` of a named argument, consumed."""
        at = self.at
        while self.tokens[at].kind in ("name", "number"):
            at += 1
        if at == self.at or self.tokens[at].text != ":" or self.tokens[at].kind != "symbol":
            length = self.names.longest(self.tokens, self.at)
            if not length or self.tokens[self.at + length].text != ":":
                return None
        return self._new_name((":",), closing=True)

    # --- primaries ---------------------------------------------------------

    def _primary(self) -> Node:
        token = self.current
        match token.kind:
            case "number":
                return self._number()
            case "string":
                self._take()
                return Literal(token.place, token.text)
            case "at":
                self._take()
                return Literal(token.place, parse_any(token.text))
            case "name":
                return self._name_or_keyword()
        readers = {"(": self._bracket, "[": self._list_or_range, "]": self._open_range, "{": self._context}
        reader = readers.get(token.text) if token.kind == "symbol" else None
        if reader is None:
            raise self._unexpected("这里应当是一个值或名字")
        return reader()

    def _number(self) -> Node:
        token = self._take()
        value = read_number(token.text)
        if value is None:
            raise FeelError("数字“%(text)s”超出范围，请改小", *token.place, text=token.text)
        return Literal(token.place, value)

    def _name_or_keyword(self) -> Node:
        token = self.current
        length = self.names.longest(self.tokens, self.at)
        if not length and token.text in KEYWORDS:
            constants = {"true": True, "false": False, "null": None}
            if token.text in constants:
                self._take()
                return Literal(token.place, constants[token.text])
            if token.text == "function":
                return self._function()
            return self._keyword_expression() or self._misplaced_keyword()
        return Name(token.place, self._name(length))

    def _misplaced_keyword(self) -> Node:
        raise self._unexpected("这里应当是一个值或名字")

    def _name(self, announced: int) -> str:
        """The name at this point: the announced one, or words up to the next operator or keyword."""
        run = 1
        while self._continues_name(self.tokens[self.at + run]):
            run += 1
        if announced >= run:
            name = self.names.name_at(self.tokens, self.at, announced)
            self.at += announced
            return name
        texts = [token.text for token in self.tokens[self.at : self.at + run]]
        self.at += run
        return " ".join(texts)

    def _continues_name(self, token: Token) -> bool:
        if token.kind == "name":
            return token.text not in KEYWORDS
        return token.kind == "number" and token.blank_before and token.text.isdigit()

    def _property_name(self) -> str:
        if self.current.kind != "name":
            raise self._unexpected("“.”后面应当是属性名")
        return self._name(self.names.longest(self.tokens, self.at))

    def _bracket(self) -> Node:
        """``(expression)``, ``(a..b]`` or ``(< 5)``."""
        place = self._take().place
        if self.current.kind == "symbol" and self.current.text in _COMPARE:
            node = self._test()
            self._expect(")")
            return node
        node = self.expression()
        if self._skip(".."):
            return self._range_end(place, node, low_included=False)
        self._expect(")")
        return node

    def _open_range(self) -> Node:
        place = self._take().place
        low = self.expression()
        self._expect("..")
        return self._range_end(place, low, low_included=False)

    def _list_or_range(self) -> Node:
        place = self._take().place
        items: list[Node] = []
        while not self._is("]"):
            if items:
                self._separator("]")
            items.append(self._list_item())
            if len(items) == 1 and self._skip(".."):
                return self._range_end(place, items[0], low_included=True)
        self._expect("]")
        return ListNode(place, tuple(items))

    def _list_item(self) -> Node:
        return (
            self._test() if self.current.kind == "symbol" and self.current.text in _COMPARE else self.expression()
        )

    def _range_end(self, place: Place, low: Node, *, low_included: bool) -> Node:
        self.bare_end = True
        high = self._binary(4)
        self.bare_end = False
        if not (self._is(")") or self._is("]") or self._is("[")):
            raise self._unexpected("区间应当以 ] 或 ) 结束")
        return RangeNode(place, low, low_included, high, self._take().text == "]")

    def _context(self) -> Node:
        place = self._take().place
        entries: list[tuple[str, Node]] = []
        seen = set()
        while not self._is("}"):
            if entries:
                self._separator("}")
            key_place = self.current.place
            key = self._context_key()
            if key in seen:
                raise FeelError("“%(key)s”出现了两次，请删去一个", *key_place, key=key)
            seen.add(key)
            entries.append((key, self.expression()))
        self._expect("}")
        return ContextNode(place, tuple(entries))

    def _context_key(self) -> str:
        if self.current.kind == "string":
            key = self._take().text
            self.names.add(key)
            self._expect(":")
            return key
        return self._new_name((":",), closing=True)

    def _function(self) -> Node:
        place = self._take().place
        self._expect("(")
        parameters: list[tuple[str, FeelType]] = []
        while not self._is(")"):
            if parameters:
                self._separator(")")
            name = self._new_name((":", ",", ")"))
            parameters.append((name, self.type() if self._skip(":") else ANY))
        self._expect(")")
        if self._is("external"):
            raise FeelError("不支持外部函数（external），请改用 FEEL 写出算法", *self.current.place)
        return FunctionNode(place, tuple(parameters), self.expression())
