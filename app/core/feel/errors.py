"""The refusals of the expression language: a bad text, and a budget used up."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import Sentence


class FeelError(ValueError):
    """An expression that cannot be used; says where and what to do, in the language of whoever reads it.

    :param text: Chinese source of a complete sentence that tells the analyst what to change.
    :param line: 1-based line in the expression; 0 when the place is unknown.
    :param column: 1-based column; 0 when the place is unknown.
    :param values: fill the places of the text.
    """

    code = "core.feel.invalid"

    def __init__(self, text: str, line: int = 0, column: int = 0, /, **values: object) -> None:
        super().__init__(text)
        self.sentence = Sentence(text, **values)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return str(_placed(self.sentence, self.line, self.column))

    @property
    def message(self) -> str:
        """The sentence without the place."""
        return str(self.sentence)


class BudgetExceeded(FeelError):
    """An evaluation wanted more steps, depth, memory or time than it was given."""

    code = "core.feel.budget"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Why an expression gave null: one reason, with its place in the text (0 = unknown)."""

    sentence: Sentence
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return str(self.placed())

    def placed(self) -> Sentence:
        """The reason with its place."""
        return _placed(self.sentence, self.line, self.column)


def _placed(sentence: Sentence, line: int, column: int) -> Sentence:
    message = "第 %(line)s 行第 %(column)s 列：%(message)s"
    return Sentence(message, line=line, column=column, message=sentence) if line else sentence
