"""The demo's processes: started in order, each with its own log; when one dies, the rest follows."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tools import processes
from tools.paths import ROOT

POLL_SECONDS = 0.2


class ChildFailed(Exception):
    """A child died or did not answer; the text says which one and shows the end of its log."""


class Children:
    """Long-running processes by name, with one log each in `logs`."""

    # Seconds they get to end by themselves.
    patience = 10.0

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def log(self, name: str) -> Path:
        """The log file of a child."""
        return self.logs / f"{name}.log"

    def _spawn(self, name: str, command: processes.Command, env: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
        with self.log(name).open("wb") as output:
            return processes.start(command, cwd=ROOT, env=env, output=output)

    def start(self, name: str, command: processes.Command, env: Mapping[str, str] | None = None) -> None:
        """Start a child that is meant to run until `stop`."""
        self.running[name] = self._spawn(name, command, env)

    def finish(self, name: str, command: processes.Command, env: Mapping[str, str] | None = None) -> str:
        """Run a child to its end and return what it wrote; raises ChildFailed when it, or one of the others, fails."""
        process = self._spawn(name, command, env)
        try:
            while process.poll() is None:
                self.check()
                time.sleep(POLL_SECONDS)
        finally:
            with processes.undisturbed():
                processes.stop([process])
        if process.returncode:
            raise ChildFailed(self.obituary(name, process.returncode))
        return self.log(name).read_text(errors="replace")

    def check(self) -> None:
        """Raise ChildFailed when one that should be running is not."""
        for name, process in self.running.items():
            code = process.poll()
            if code is not None:
                raise ChildFailed(self.obituary(name, code))

    def wait_for(self, url: str, seconds: float, owner: str) -> None:
        """Wait until `url` answers 200; raises ChildFailed when a child dies or the time is over."""
        deadline = time.monotonic() + seconds
        trouble = "no answer"
        while time.monotonic() < deadline:
            self.check()
            trouble = trouble_with(url)
            if not trouble:
                return
            time.sleep(POLL_SECONDS)
        raise ChildFailed(self.obituary(owner, None, f"{url}: {trouble} within {seconds:.0f} s"))

    def stop(self) -> None:
        """End all, the last started first, and every process they left behind."""
        processes.stop(reversed(list(self.running.values())), self.patience)
        self.running.clear()
        processes.kill_descendants()

    def obituary(self, name: str, code: int | None, how: str = "") -> str:
        """Which child failed, how, and the last 20 lines it wrote."""
        if code is not None:
            how = f"was ended by {-code}" if code < 0 else f"ended with exit code {code}"
            how = f"The process '{name}' {how}."
        log = self.log(name)
        lines = processes.last_lines(log) or ["(it wrote nothing)"]
        return "\n".join([how, f"The end of {log}:", *(f"    {line}" for line in lines)])


def trouble_with(url: str) -> str:
    """Empty when `url` answers 200, otherwise what is wrong."""
    # Loopback only: a proxy from the environment must not get in between.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return "" if answer.status == 200 else f"status {answer.status}"
    except urllib.error.HTTPError as error:
        return f"status {error.code}"
    except (OSError, ValueError) as error:
        return f"no answer ({error})"
