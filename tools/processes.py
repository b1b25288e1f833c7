"""Starting processes so that none outlives us: groups, signals, orphans."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Command = Sequence[str | Path]

_libc = ctypes.CDLL(None, use_errno=True)


class Stopped(Exception):
    """Somebody asked this program to stop (Ctrl-C, kill, closed terminal)."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


def _raise_stopped(signum: int, _frame: FrameType | None) -> None:
    raise Stopped(signum)


def stop_on_signals() -> None:
    """From now on Ctrl-C, kill and a closed terminal raise Stopped, so that `finally` blocks run."""
    for each in STOP_SIGNALS:
        signal.signal(each, _raise_stopped)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """For cleaning up: an impatient second Ctrl-C must not leave half of it undone."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def adopt_orphans() -> None:
    """Make this process the parent of descendants that lose theirs, so that `kill_descendants` finds them."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def start(
    command: Command,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    output: Any = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own process group; the kernel ends it if we die without a chance to clean up."""
    parent = os.getpid()

    def die_with_parent() -> None:
        # Runs after the change of user, which would clear the setting.
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    identity: dict[str, Any] = {"user": user, "group": user_group(user), "extra_groups": []} if user else {}
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        process_group=0,
        preexec_fn=die_with_parent,
        **identity,
    )


def user_group(user: str) -> int:
    """The primary group id of `user`."""
    import pwd

    return pwd.getpwnam(user).pw_gid


def signal_group(process: "subprocess.Popen[bytes]", signum: int) -> None:
    """Send a signal to the process's whole group; nothing happens when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signum)


def stop(processes: Iterable["subprocess.Popen[bytes]"], patience: float = 10.0) -> None:
    """Ask the groups to end, wait up to `patience` seconds for all together, then kill what is left."""
    waiting = list(processes)
    for process in waiting:
        signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + patience
    for process in waiting:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for process in waiting:
        signal_group(process, signal.SIGKILL)
        process.wait()


def children_of(pid: int) -> list[int]:
    """Direct children of a process, from /proc (all threads)."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found += [int(word) for word in (task / "children").read_text().split()]
    return found


def kill_descendants() -> int:
    """Kill and reap whatever still descends from us; returns how many there were. Needs `adopt_orphans` before."""
    killed: set[int] = set()
    # Killing a parent hands its children to us, so ask again until nobody is left.
    while found := children_of(os.getpid()):
        for pid in found:
            killed.add(pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return len(killed)


def last_lines(file: Path, count: int = 20) -> list[str]:
    """The end of a log; nothing when there is no such file."""
    if not file.is_file():
        return []
    return file.read_text(errors="replace").splitlines()[-count:]
