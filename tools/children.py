"""The demo's processes: started in order, each with its own log; when one dies, the rest follows."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools import processes
from tools.paths import ROOT

POLL_SECONDS = 0.2


class ChildFailed(Exception):
    """A child died or did not answer; the text says which one and shows the end of its log."""


class Children:
    """Long-running processes by name, with logs in one folder."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def log(self, name: str) -> Path:
        """The log file of a child."""
        return self.logs / f"{name}.log"

    def start(self, name: str, command: processes.Command, env: Mapping[str, str] | None = None) -> None:
        """Start a child that is meant to run until we stop."""
        with self.log(name).open("wb") as output:
            self.running[name] = processes.start(command, cwd=ROOT, env=env, output=output)

    def finish(self, name: str, command: processes.Command, env: Mapping[str, str] | None = None) -> str:
        """Run a child to its end and return what it wrote; raises ChildFailed when it fails or another one dies."""
        self.start(name, command, env)
        while self.running[name].poll() is None:
            self.check()
            time.sleep(POLL_SECONDS)
        self.check()
        del self.running[name]
        return self.log(name).read_text(errors="replace")

    def check(self) -> None:
        """Raise ChildFailed when a child ended that should still run, or ended badly."""
        for name, process in self.running.items():
            code = process.poll()
            if code is not None and not (code == 0 and name not in self.endless()):
                raise ChildFailed(self.obituary(name, code))

    def endless(self) -> set[str]:
        """Children that must not end by themselves: all but the one started last by `finish`."""
        return set(self.running) - {self._finishing} if self._finishing else set(self.running)

    _finishing: str | None = None

    def obituary(self, name: str, code: int) -> str:
        """Which child ended, how, and its last 20 lines."""
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        lines = processes.last_lines(self.log(name)) or ["(it wrote nothing)"]
        return "\n".join([f"{name} {how}. The end of {shown(self.log(name))}:", *(f"    {line}" for line in lines)])
