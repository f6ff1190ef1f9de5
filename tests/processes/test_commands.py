"""``make run``, as a person types it: it serves, says where and who, stops on Ctrl-C, and goes on where it was."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request

import psutil
import pytest

from app.config import ROOT
from app.demo.accounts import BY_LOGIN
from app.demo.browser import Browser
from tests.programs import PATIENCE

pytestmark = [pytest.mark.real_clock, pytest.mark.server]


class MakeRun:
    """One ``make run`` with an instance folder of its own; ``lines`` holds what it prints."""

    def __init__(self, instance):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        environment |= {"INSTANCE_DIR": str(instance), "PORT": str(self.port)}
        self.process = subprocess.Popen(
            ["make", "run"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")), daemon=True)
        self.reader.start()

    def wait_for(self, words):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            if any(words in line for line in list(self.lines)):
                return
            time.sleep(0.1)
        raise AssertionError("".join(self.lines)[-3000:])

    def interrupt(self):
        """What Ctrl-C in a terminal does: everybody in the foreground is told."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        _gone, alive = psutil.wait_procs(family, PATIENCE)
        return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def make_run(tmp_path):
    started = []

    def run():
        started.append(MakeRun(tmp_path / "instance"))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGTERM)
            one.process.wait(PATIENCE)
        one.process.stdout.close()


def test_make_run_serves_stops_and_goes_on_where_it_was(make_run):
    first = make_run()
    first.wait_for("再担云已启动")
    first.wait_for("按 Ctrl-C 停止")
    said = "".join(first.lines)
    assert f"http://127.0.0.1:{first.port}" in said
    assert BY_LOGIN["pm_a"].email in said
    person = Browser(f"http://127.0.0.1:{first.port}", BY_LOGIN["pm_a"]).sign_in()
    where = person.post_form("/start/proc_direct_guarantee", {})
    task = re.search(r"/tasks/\d+", where).group()
    assert first.interrupt() == []
    assert "已停止" in "".join(first.lines)

    second = make_run()
    second.wait_for("再担云已启动")
    url = f"http://127.0.0.1:{second.port}"
    with urllib.request.urlopen(f"{url}/login", timeout=PATIENCE) as page:
        assert page.status == 200
    assert "data-form-submit" in Browser(url, BY_LOGIN["pm_a"]).sign_in().get(task)
    assert second.interrupt() == []
