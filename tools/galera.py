"""A private Galera cluster: three MariaDB nodes on this machine, each with its own folder and ports, gone afterwards.

`with cluster() as nodes: …` in a test. From a shell:

    python -m tools.galera start             three nodes until `stop`; prints their addresses
    python -m tools.galera stop
    python -m tools.galera run -- COMMAND …  as long as the command runs; FAMILY_DOCTOR_TEST_GALERA holds the three
                                             addresses, FAMILY_DOCTOR_TEST_DATABASE the first of them
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

if __package__ is None or __package__ == "":  # started as a file: the repository root is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import mariadb, processes
from tools.galera_node import COUNT, Node, ports_for
from tools.paths import PYTHON, ROOT, VAR
from tools.steps import StepFailed, fail
from tools.system import galera_library, how_to_install, missing

VARIABLE = "FAMILY_DOCTOR_TEST_GALERA"
FOLDER = VAR / "galera"
ADDRESSES, LOCK, LOG = "addresses", "keeper.lock", "keeper.log"
KEEPER_SECONDS = 180


class Cluster:
    """The nodes in the order they were started."""

    def __init__(self, folder: Path) -> None:
        user = mariadb.server_user()
        ports = ports_for(COUNT)
        self.nodes = [Node(number, folder / f"node{number}", ports, user) for number in range(1, COUNT + 1)]

    def start(self) -> None:
        """Start one after the other: each copies the data of those that run."""
        for node in self.nodes:
            node.start(first=node is self.nodes[0])
            node.wait_until_synced(size=node.number)

    @property
    def urls(self) -> list[str]:
        """SQLAlchemy addresses of the same database on each node."""
        return [node.url for node in self.nodes]

    def wait_for(self, size: int) -> None:
        """Until every running node belongs to a cluster of this size and has caught up."""
        for node in self.nodes:
            if node.is_running:
                node.wait_until_synced(size)

    def stop(self) -> None:
        """Stop all nodes; the last ones first, as the first holds the newest data."""
        processes.stop([node.process for node in reversed(self.nodes) if node.process], patience=20)


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Three nodes with one empty database, in a temporary folder; everything is removed at the end.

    Raises:
        StepFailed: MariaDB or Galera is not installed, or a node did not start; the text says what to do.
    """
    if galera_library() is None:
        raise StepFailed(how_to_install([need for need in missing() if need.package in ("mariadb-server", "galera-4")]))
    folder = Path(tempfile.mkdtemp(prefix="family-doctor-galera-"))
    made: Cluster | None = None
    try:
        folder.chmod(0o755)  # the nodes may run as another user
        made = Cluster(folder)
        made.start()
        yield made
    finally:
        with processes.undisturbed():
            if made is not None:
                made.stop()
            shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str]) -> int:
    """Run the command with a cluster; returns its exit code."""
    with cluster() as made:
        urls = made.urls
        return mariadb.with_environment(command, {VARIABLE: " ".join(urls), mariadb.VARIABLE: urls[0]})


# ---------------------------------------------------------------- start and stop


def keep() -> int:
    """Hold a cluster until somebody asks us to stop. The lock tells that we are alive, also after a crash."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StepFailed("A cluster runs from this folder already.") from error
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            with cluster() as made:
                (FOLDER / "writing").write_text("\n".join(made.urls) + "\n")
                (FOLDER / "writing").replace(FOLDER / ADDRESSES)
                signal.pause()
        finally:
            (FOLDER / ADDRESSES).unlink(missing_ok=True)
    return 0


def keeper() -> int | None:
    """The process that holds the cluster of this folder, None when there is none."""
    with contextlib.suppress(FileNotFoundError), (FOLDER / LOCK).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read() or 0) or None
    return None


def start() -> int:
    """Start a cluster that stays, and print the addresses of its nodes."""
    if keeper() is not None:
        raise StepFailed("A cluster runs from this folder already; its addresses are in var/galera/addresses.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / ADDRESSES).unlink(missing_ok=True)
    with (FOLDER / LOG).open("wb") as output:
        process = subprocess.Popen(
            [PYTHON, "-m", "tools.galera", "keep"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + KEEPER_SECONDS
        while not (FOLDER / ADDRESSES).exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StepFailed("\n".join(["The cluster did not start:", *processes.last_lines(FOLDER / LOG)]))
            time.sleep(0.2)
    except BaseException:
        process.terminate()
        raise
    print((FOLDER / ADDRESSES).read_text(), end="", flush=True)
    return 0


def stop() -> int:
    """Stop the cluster of `start`, and wait until it is gone. There being none is no failure."""
    pid = keeper()
    if pid is None:
        print("No cluster runs from this folder.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while keeper() is not None:
        if time.monotonic() > deadline:
            raise StepFailed(f"The process {pid} does not end; see var/galera/{LOG}.")
        time.sleep(0.1)
    return 0


def main(arguments: list[str]) -> int:
    """`start`, `stop` or `run -- COMMAND …`."""
    commands = {"start": start, "stop": stop, "keep": keep}
    runs = arguments[:2] == ["run", "--"] and len(arguments) > 2
    if not runs and (len(arguments) != 1 or arguments[0] not in commands):
        print("usage: python -m tools.galera start | stop | run -- COMMAND …", file=sys.stderr)
        return 2
    processes.stop_on_signals()
    if runs or arguments == ["keep"]:
        processes.adopt_orphans()
    try:
        return run(arguments[2:]) if runs else commands[arguments[0]]()
    except StepFailed as error:
        return fail(error)
    except processes.Stopped as stopped:
        return stopped.exit_code
    finally:
        if runs or arguments == ["keep"]:
            with processes.undisturbed():
                processes.kill_descendants()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
