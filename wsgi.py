"""What gunicorn and ``flask`` serve. A wrong setting is said in one line, not as a stack trace."""

import gc
import sys

gc.disable()  # what is loaded stays: looking through it again and again took a seventh of the start

from app.config import SettingsError  # noqa: E402
from app.factory import create_app  # noqa: E402

_WILL_NOT_START = 3
"""Gunicorn starts no further workers after this exit code."""

try:
    app = create_app()
except SettingsError as exc:
    sys.stderr.write(f"{exc}\n")
    sys.exit(_WILL_NOT_START)

gc.enable()
gc.collect()
gc.freeze()  # what is loaded stays: a full collection went through all of it, 0.2 s in the midst of a request
