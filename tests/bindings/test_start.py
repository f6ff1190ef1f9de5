"""What a process of the product leaves alone until somebody asks for it: every start would wait for it.

Looked at in processes forked from one that has the product loaded and nothing else.
"""

import sys
from importlib import import_module

from tests.programs import Program

LATE = ("weasyprint", "fontTools", "docx", "docxtpl", "mammoth", "xlsxwriter", "PIL")
"""Papers, sheets and pictures: a fifth of a start."""


def look():
    found = [name for name in LATE if name in sys.modules]
    assert not found, f"loaded at the start: {found}"


def look_after(name):
    import_module(name)
    look()


def test_a_start_loads_no_library_for_papers_and_pictures():
    assert Program(look).wait() == 0


def test_one_that_is_loaded_would_be_seen():
    assert Program(look_after, "xlsxwriter").wait() == 1
