"""The library's task, as our annotations see it.

Its own annotations describe the plain workflow it once was: a task there knows no script engine and no events.
Ours would contradict them on every line, so a task of the library is ``Any`` here;
the tests check what types cannot.
"""

from typing import Any, TypeAlias

Task: TypeAlias = Any
TaskSpec: TypeAlias = Any
