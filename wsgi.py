"""What gunicorn and ``flask`` serve. A wrong setting is said in one line, not as a stack trace."""

import gc
import sys

from app.config import SettingsError
from app.factory import create_app

_WILL_NOT_START = 3
"""Gunicorn starts no further workers after this exit code."""

try:
    app = create_app()
except SettingsError as exc:
    sys.stderr.write(f"{exc}\n")
    sys.exit(_WILL_NOT_START)

gc.collect()
gc.freeze()  # what is loaded stays: a full collection went through all of it, 0.2 s in the midst of a request
