"""The built-in functions of DMN 1.5, by subject; importing the room registers them all."""

from app.core.feel.builtins import contexts, conversion, dates, lists, logic, numeric, ranges, strings
from app.core.feel.builtins.registry import BUILTINS, find_builtin

__all__ = [
    "BUILTINS",
    "contexts",
    "conversion",
    "dates",
    "find_builtin",
    "lists",
    "logic",
    "numeric",
    "ranges",
    "strings",
]
