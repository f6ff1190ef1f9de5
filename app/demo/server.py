"""A server of its own for a walk: free port, the walk's database, stopped at the end."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from app.config import ROOT

START_SECONDS = 60


class ServerFailed(RuntimeError):
    """The server did not come up."""


@contextmanager
def running(*, shift_days: int = 0) -> Iterator[str]:
    """The address of a server that runs as long as the block; ``shift_days`` moves its clock (demo only)."""
    port = _free_port()
    environment = {**os.environ, "CLOCK_SHIFT_DAYS": str(shift_days)}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--log-level",
        "warning",
        "wsgi:app",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603 - our own server
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/login", timeout=5).close()  # noqa: S310 - http to our own server
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise ServerFailed("the server did not answer within a minute")


def run_due_jobs(*, shift_days: int = 0) -> None:
    """Do everything that is due, in a process of its own whose clock is moved."""
    environment = {**os.environ, "CLOCK_SHIFT_DAYS": str(shift_days)}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run-due"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
