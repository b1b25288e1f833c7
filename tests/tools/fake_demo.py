"""A demo with fake children, for tests: `python fake_demo.py FOLDER KIND`.

KIND: `run` (runs until stopped), `once`, `crash` (one child dies), `stubborn` (children ignore being asked to end).
"""

import sys
from pathlib import Path
from typing import Any

from tools import demo, processes
from tools.children import Children

# Each fake child starts a grandchild in a session of its own, the way browsers and servers do.
SLEEPER = """
import os, signal, subprocess, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
with open(sys.argv[1], "a") as file:
    print(os.getpid(), file=file)
    print(grandchild.pid, file=file)
time.sleep(600)
"""
CRASH = "for number in range(30): print('line', number)\nraise SystemExit(3)"


class FakeDemo(demo.Demo):
    """Starts sleepers instead of servers."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(folder, 1, 2)
        self.kind = kind

    def start(self, children: Children) -> dict[str, Any]:
        for name in ("sandbox", "web", "scheduler"):
            children.start(name, [sys.executable, "-c", SLEEPER, self.folder / "pids", self.kind])
        while len(self.pids()) < 6:
            children.check()
        if self.kind == "crash":
            children.start("broken", [sys.executable, "-c", CRASH])
        return {"workbench": {"username": "admin", "password": "secret"}}

    def pids(self) -> list[str]:
        file = self.folder / "pids"
        return file.read_text().split() if file.exists() else []


if __name__ == "__main__":
    processes.stop_on_signals()
    processes.adopt_orphans()
    Children.patience = 1.0
    fake = FakeDemo(Path(sys.argv[1]), sys.argv[2])
    sys.exit(demo.run(fake, once=sys.argv[2] == "once", open_browser=False))
