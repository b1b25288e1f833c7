"""Stages of a test run: each is a command with a name; all run, the summary says how each ended."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tools import processes
from tools.paths import ROOT

RULE = "=" * 78


@dataclass(frozen=True)
class Stage:
    """A command (or a function that returns an exit code) with the name people see."""

    name: str
    work: processes.Command | Callable[[], int]
    env: Mapping[str, str] | None = None


@dataclass
class Result:
    """How a stage ended and how long it took, in seconds."""

    name: str
    exit_code: int
    seconds: float

    def line(self) -> str:
        """One line of the summary."""
        verdict = "ok    " if self.exit_code == 0 else "FAILED"
        ending = "" if self.exit_code == 0 else f"  (exit code {self.exit_code})"
        return f"  {verdict}  {clock_face(self.seconds):>8}  {self.name}{ending}"


@dataclass
class Report:
    """The results so far."""

    results: list[Result] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when every stage succeeded and there was one; otherwise 1."""
        return 0 if self.results and all(result.exit_code == 0 for result in self.results) else 1

    def text(self) -> str:
        """The summary as printed."""
        total = sum(result.seconds for result in self.results)
        failed = [result.name for result in self.results if result.exit_code]
        verdict = f"FAILED: {', '.join(failed)}" if failed else "All stages passed"
        return "\n".join([RULE, "Summary", *(each.line() for each in self.results), f"{verdict} ({clock_face(total)})"])


def clock_face(seconds: float) -> str:
    """`3.2 s` or `4 min 05 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def run_command(command: processes.Command, env: Mapping[str, str] | None) -> int:
    """Run with our output; when asked to stop, pass Ctrl-C on, give 15 seconds, raise Stopped again."""
    process = processes.start(command, cwd=ROOT, env=env)
    try:
        return process.wait()
    except processes.Stopped:
        with processes.undisturbed(), contextlib.suppress(subprocess.TimeoutExpired):
            processes.signal_group(process, signal.SIGINT)
            process.wait(15)
        raise
    finally:
        with processes.undisturbed():
            processes.stop([process])
            processes.kill_descendants()


def run_stage(stage: Stage, number: int, count: int) -> Result:
    """Run one stage between two lines that name it."""
    print(f"\n{RULE}\nStage {number} of {count}: {stage.name}\n{RULE}", flush=True)
    began = time.monotonic()
    exit_code = stage.work() if callable(stage.work) else run_command(stage.work, stage.env)
    result = Result(stage.name, exit_code, time.monotonic() - began)
    print(f"Stage {number}: {'ok' if exit_code == 0 else 'FAILED'} after {clock_face(result.seconds)}", flush=True)
    return result


def run_all(stages: Sequence[Stage]) -> int:
    """Run every stage even after a failure, print the summary, return the overall exit code."""
    processes.adopt_orphans()
    report = Report()
    try:
        for number, stage in enumerate(stages, start=1):
            report.results.append(run_stage(stage, number, len(stages)))
    except processes.Stopped as stopped:
        print(f"\n{report.text()}\nStopped before the end.", flush=True)
        return stopped.exit_code
    print(f"\n{report.text()}", flush=True)
    return report.exit_code
