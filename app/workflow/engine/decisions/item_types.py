"""Item definitions of a file as FEEL types, with their allowed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lxml import etree

from app.core.errors import Finding
from app.core.feel import FeelError
from app.core.feel.budget import Run
from app.core.feel.expression import UnaryTests, compile_unary_tests
from app.core.feel.types import ANY, BUILT_IN, FeelType
from app.core.feel.values import Value
from app.core.i18n import _
from app.workflow.engine.decisions.source import child, children, finding, id_of, name_of, text_of

_MOST_LEVELS = 50


class Allowed:
    """Allowed values of a type: a check of one value."""

    __slots__ = ("tests",)

    def __init__(self, tests: UnaryTests) -> None:
        self.tests = tests

    def __call__(self, value: Value) -> bool:
        """Whether the value is allowed."""
        return self.tests.run(value, Run({})) is True


class ItemTypes:
    """All types of one file by name; imported ones as ``model.type``.

    :param imported: types of imported models, by the names used here.
    """

    def __init__(self, root: etree._Element, imported: Mapping[str, FeelType], findings: list[Finding]) -> None:
        self._elements = {name_of(element): element for element in children(root, "itemDefinition")}
        self._findings = findings
        self.types: dict[str, FeelType] = dict(imported)
        for name in self._elements:
            self._named(name, 0)

    def get(self, reference: str | None, element: etree._Element) -> FeelType:
        """The type of a ``typeRef``; Any when there is none, with a finding when it is unknown."""
        if not reference:
            return ANY
        return self._look_up(reference, element, 0)

    def _look_up(self, reference: str, element: etree._Element, level: int) -> FeelType:
        name = " ".join(reference.split())
        prefix, colon, plain = name.partition(":")
        if colon and prefix in element.nsmap:
            name = plain
        found = self._named(name, level) or BUILT_IN.get(name) or BUILT_IN.get(name.removeprefix("feel."))
        if found is None:
            self._findings.append(
                finding(_("没有名为“%(reference)s”的类型，请先定义或改正", reference=reference), id_of(element))
            )
            return ANY
        return found

    def _named(self, name: str, level: int) -> FeelType | None:
        if name in self.types:
            return self.types[name]
        element = self._elements.get(name)
        if element is None:
            return None
        if level > _MOST_LEVELS:
            self._findings.append(finding(_("类型“%(name)s”引用了自己，请改正", name=name), id_of(element)))
            return ANY
        self.types[name] = self._definition(element, level + 1)
        return self.types[name]

    def _definition(self, element: etree._Element, level: int) -> FeelType:
        kind = (
            replace(self._base(element, level), allowed=None)
            if child(element, "allowedValues") is not None
            else None
        )
        kind = kind or self._base(element, level)
        if (allowed := self._allowed(element, "allowedValues")) is not None:
            kind = replace(kind, allowed=allowed)
        if element.get("isCollection") == "true":
            kind = FeelType("list", kind)
        if (constraint := self._allowed(element, "typeConstraint")) is not None:
            kind = replace(kind, allowed=constraint)
        return kind

    def _base(self, element: etree._Element, level: int) -> FeelType:
        reference = child(element, "typeRef")
        if reference is not None:
            return self._look_up(reference.text or "", element, level)
        function = child(element, "functionItem")
        if function is not None:
            return self._function(function, level)
        components = list(children(element, "itemComponent"))
        if not components:
            return ANY
        fields = tuple((name_of(component), self._definition(component, level)) for component in components)
        return FeelType("context", None, fields)

    def _function(self, element: etree._Element, level: int) -> FeelType:
        result = element.get("outputTypeRef")
        parameters = tuple(
            ("", self._look_up(parameter.get("typeRef") or "Any", parameter, level))
            for parameter in children(element, "parameters")
        )
        return FeelType("function", self._look_up(result, element, level) if result else ANY, parameters)

    def _allowed(self, element: etree._Element, tag: str) -> Allowed | None:
        values = child(element, tag)
        text = text_of(values)
        if values is None or not text:
            return None
        try:
            return Allowed(compile_unary_tests(text, types=BUILT_IN))
        except FeelError as exc:
            self._findings.append(
                finding(_("允许值“%(text)s”写法不对：%(reason)s", text=text[:60], reason=exc), id_of(values))
            )
            return None
