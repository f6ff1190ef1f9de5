"""The supervisor: ready only when answering, dead children come back, everything ends in order, no orphans."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from redis import Redis

from app.supervisor import Child, redis_binary, socket_path
from tests.programs import PATIENCE, until

pytestmark = [pytest.mark.real_clock, pytest.mark.server]
HERE = Path(__file__).parent


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    def __init__(self, instance: Path, port: int) -> None:
        command = [sys.executable, str(HERE / "supervised_toy.py"), str(instance), str(port)]
        environ = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
        self.process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
        self.instance, self.port = instance, port

    def line(self) -> str:
        return self.process.stdout.readline().strip()

    def pids(self) -> dict[str, int]:
        """From the ready line."""
        line = self.line()
        assert line.startswith("ready "), line
        return {name: int(pid) for name, pid in (pair.split("=") for pair in line.split()[1:])}

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login", timeout=PATIENCE) as answer:
                return answer.status == 200
        except OSError:
            return False


@pytest.fixture
def running(tmp_path):
    made = Running(tmp_path, a_free_port())
    yield made
    if made.process.poll() is None:
        made.process.terminate()
        made.process.wait(PATIENCE)
    made.process.stdout.close()


def all_gone(family) -> bool:
    _gone, alive = psutil.wait_procs(family, PATIENCE)
    return not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_in_order_and_cleanly(running, number):
    pids = running.pids()
    assert running.answers()
    assert Redis(unix_socket_path=str(socket_path(running.instance))).ping()
    family = running.family()
    assert len(family) == 5, "four children and the web's own child"
    running.process.send_signal(number)
    assert running.process.wait(PATIENCE) == 0
    assert (running.instance / "ends").read_text().split() == ["web", "worker1", "dispatcher"]
    assert all_gone(family)
    assert set(pids) == {"redis", "web", "worker1", "dispatcher"}
    assert (running.instance / "redis" / "appendonlydir").is_dir() or list((running.instance / "redis").iterdir())


def test_a_dead_child_comes_back_and_takes_its_own_children_along(running):
    pids = running.pids()
    helper = psutil.Process(pids["web"]).children()[0]
    os.kill(pids["web"], signal.SIGKILL)
    assert "web 已退出" in running.line()
    assert all_gone([helper])
    until(running.answers)


def test_when_the_supervisor_is_killed_no_orphan_stays(running):
    pids = running.pids()
    helpers = psutil.Process(pids["web"]).children()  # of the toy, not of the product
    children = [psutil.Process(pid) for pid in pids.values()]
    try:
        running.process.kill()
        assert running.process.wait(PATIENCE) == -9
        assert all_gone(children)
    finally:
        for helper in helpers:
            if helper.is_running():  # psutil compares the start time: never somebody else's process
                helper.kill()


def test_a_busy_port_is_named(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        refused = Running(tmp_path, port)
        assert f"端口 {port} 已被占用" in refused.line()
        assert refused.process.wait(PATIENCE) == 1
        refused.process.stdout.close()


def test_a_second_system_on_the_same_instance_is_refused(running):
    running.pids()
    second = Running(running.instance, a_free_port())
    assert "已在运行" in second.line()
    assert second.process.wait(PATIENCE) == 1
    second.process.stdout.close()
    assert running.answers(), "the first one was not disturbed"


def test_a_child_that_dies_again_and_again_is_started_ever_more_slowly(capsys):
    child = Child("bad", ["false"])
    child.start()
    child.process.wait()
    pauses, now = [], child.started_at
    for _ in range(7):
        child.keep_alive(now + 0.1)
        pauses.append(round(child.start_again_at - now - 0.1))
        child.keep_alive(child.start_again_at)
        child.process.wait()
        now = child.started_at = child.start_again_at
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_long_folder_gets_a_short_socket(tmp_path):
    deep = tmp_path / ("x" * 120)
    assert len(str(socket_path(deep)).encode()) <= 100
    assert socket_path(tmp_path) == tmp_path / "redis.sock" or len(str(tmp_path)) > 88


def test_a_redis_is_found_even_without_one_on_the_path(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert Path(redis_binary()).name == "redis-server"
    assert subprocess.run([redis_binary(), "--version"], capture_output=True, check=True).stdout
