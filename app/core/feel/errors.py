"""The refusals of the expression language: a bad text, and a budget used up."""

from __future__ import annotations

from dataclasses import dataclass


class FeelError(ValueError):
    """An expression that cannot be used; says where and what to do.

    :param message: Chinese, complete sentence, tells the analyst what to change.
    :param line: 1-based line in the expression; 0 when the place is unknown.
    :param column: 1-based column; 0 when the place is unknown.
    """

    code = "core.feel.invalid"

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        place = f"第 {line} 行第 {column} 列：" if line else ""
        super().__init__(place + message)
        self.message = message
        self.line = line
        self.column = column


class BudgetExceeded(FeelError):
    """An evaluation wanted more steps, depth, memory or time than it was given."""

    code = "core.feel.budget"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Why an expression gave null: one reason, with its place in the text (0 = unknown)."""

    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"第 {self.line} 行第 {self.column} 列：{self.message}" if self.line else self.message
