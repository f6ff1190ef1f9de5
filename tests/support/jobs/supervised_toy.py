"""A supervisor over a real Redis and three small children. ``python supervised_toy.py <instance> <port>``

Each child writes its end into ``<instance>/ends``, so that the order of stopping can be read.
"""

import sys
from pathlib import Path

from app import supervisor
from app.supervisor import CannotStart, Child, Supervisor, only_one, redis_child, refuse_busy_port, say

WEB = """
import http.server, signal, subprocess, sys
helper = subprocess.Popen(["sleep", "600"])  # a child of the child
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *a): pass
def end(*_):
    open(sys.argv[2], "a").write("web\\n"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
SLEEPER = """
import signal, sys, time
def end(*_):
    open(sys.argv[2], "a").write(sys.argv[1] + "\\n"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
time.sleep(600)
"""

instance, port = Path(sys.argv[1]), int(sys.argv[2])
ends = str(instance / "ends")


def python(name: str, code: str, *arguments: str) -> Child:
    return Child(name, [sys.executable, "-c", code, *arguments], patience_seconds=60)


def announce(running: Supervisor) -> None:
    say("ready " + " ".join(f"{child.name}={child.process.pid}" for child in running.children))


if __name__ == "__main__":
    supervisor.READY_SECONDS = 300.0
    try:
        with only_one(instance):
            refuse_busy_port(port)
            made = Supervisor(
                [
                    redis_child(instance),
                    python("web", WEB, str(port), ends),
                    python("worker1", SLEEPER, "worker1", ends),
                    python("dispatcher", SLEEPER, "dispatcher", ends),
                ],
                ["web", "worker", "dispatcher", "redis"],
            )
            url = f"http://127.0.0.1:{port}/login"
            made.run(lambda it: supervisor.wait_until_answering(url, it), lambda: announce(made))
    except CannotStart as exc:
        say(str(exc))
        sys.exit(1)
