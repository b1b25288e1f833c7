"""A set-up step: says what it does, shows that it is alive, explains a failure."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tools import processes
from tools.paths import LOGS, ROOT

HEARTBEAT_SECONDS = 15


class StepFailed(Exception):
    """A step could not be done; the text says why and what to do."""


def say(text: str) -> None:
    """One line of progress, at once even into a pipe."""
    print(f"==> {text}", flush=True)


def run_step(
    title: str, command: processes.Command, *, log: str, env: Mapping[str, str] | None = None, hint: str = ""
) -> None:
    """Run `command` with its output in `var/logs/<log>.log`; raises StepFailed with the end of the log."""
    say(title)
    LOGS.mkdir(parents=True, exist_ok=True)
    file = LOGS / f"{log}.log"
    began = time.monotonic()
    with file.open("wb") as output:
        process = processes.start(command, cwd=ROOT, env=env, output=output)
        try:
            _wait_audibly(process, began)
        finally:
            with processes.undisturbed():
                processes.stop([process])
    if process.returncode:
        raise StepFailed(explain(title, command, process.returncode, file, hint))
    print(f"    done in {time.monotonic() - began:.0f} s", flush=True)


def _wait_audibly(process: "subprocess.Popen[bytes]", began: float) -> None:
    while True:
        try:
            process.wait(HEARTBEAT_SECONDS)
            return
        except subprocess.TimeoutExpired:
            print(f"    … still working, {time.monotonic() - began:.0f} s", flush=True)


def explain(title: str, command: processes.Command, code: int, log: Path, hint: str) -> str:
    """The message for a failed step: what ran, how it ended, the last 30 lines it wrote, what may help."""
    lines = [
        f"Failed: {title}",
        f"Command: {' '.join(str(part) for part in command)}",
        f"Exit code {code}; the end of {log.relative_to(ROOT) if log.is_relative_to(ROOT) else log}:",
        *(f"    {line}" for line in processes.last_lines(log, 30)),
    ]
    return "\n".join([*lines, hint] if hint else lines)


def fail(error: Exception) -> int:
    """Print why and return the exit code."""
    sys.stdout.flush()
    print(f"\n{error}", file=sys.stderr, flush=True)
    return 1
