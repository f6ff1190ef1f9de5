"""Processes of the product for tests that kill them: forked from one that has the product loaded, so up in a moment.

A process that is killed while it still imports proves nothing; these do their work from the first tenth of a second.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

PATIENCE = 300.0
"""Seconds after which something that must come is taken for lost: never a measure, on a busy machine least of all."""

_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(["tests.program_loaded"])


class Program:
    """One process that does ``act(*arguments)``, in a process group of its own."""

    def __init__(self, act: Callable[..., Any], *arguments: Any, environment: dict[str, str] | None = None) -> None:
        self._process = _nursery.Process(target=_begin, args=(environment, act, arguments), daemon=True)
        self._process.start()
        self.pid: int = self._process.pid  # type: ignore[assignment]  # it has been started

    def wait(self) -> int:
        """Until it ends by itself; how it ended, ``-9`` when somebody killed it."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, "it did not end"
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it and all it started, at once."""
        if self._process.exitcode is None:
            self._process.kill()  # it alone, should it not have its group yet
            self._process.join()
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _begin(environment: dict[str, str] | None, act: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environment or {})
    act(*arguments)


def serve(port: int) -> None:
    """The web server as production runs it, on the settings of the environment."""
    from gunicorn.app.wsgiapp import run

    sys.argv = ["gunicorn", "-b", f"127.0.0.1:{port}", "--threads", "4", "--log-level", "critical", "wsgi:app"]
    run()


def flask(*words: str) -> None:
    """A ``flask`` command on the settings of the environment."""
    from flask.cli import main

    os.environ["FLASK_APP"] = "wsgi"
    sys.argv = ["flask", *words]
    main()


def until(holds: Callable[[], Any], pause: float = 0.05) -> Any:
    """Look again and again until something holds; what it is then."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(pause)
    raise AssertionError(f"waited {PATIENCE:.0f} seconds in vain")


def pipe() -> tuple[Connection, Connection]:
    """``(hears, says)``: what a program is given as ``says`` can be read here; ``EOFError`` once it is dead."""
    return _nursery.Pipe(duplex=False)
