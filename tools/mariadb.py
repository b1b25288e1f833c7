"""A private MariaDB server for tests: own folder, own port, gone afterwards.

`with server() as database_url: …`, or `python tools/mariadb.py run [--in-memory] -- pytest …`, which puts the address
into FAMILY_DOCTOR_TEST_DATABASE for the command. In memory, hundreds of tables come and go without waiting for a disk;
measurements want the disk.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

if __package__ is None or __package__ == "":  # started as a file: the repository root is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import ports, processes
from tools.steps import StepFailed, fail
from tools.system import NEEDS, how_to_install, program

VARIABLE = "FAMILY_DOCTOR_TEST_DATABASE"
USER = PASSWORD = "family_doctor"
DATABASE = "family_doctor_test"
START_SECONDS = 60
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 2 * 1024**3
"""Of a test run, with room to spare; containers often have far less, then the disk serves."""

# The user may create databases: each pytest worker makes its own.
INIT_SQL = f"""\
CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'127.0.0.1';
"""


def server_user() -> str | None:
    """mariadbd refuses to run as root: then the packaged user, or nobody; otherwise ourselves (None)."""
    if os.geteuid() != 0:
        return None
    for name in ("mysql", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise StepFailed("mariadbd does not run as root, and this machine has neither a user mysql nor nobody.")


def address(port: int) -> str:
    """The SQLAlchemy address of the tests' database on this port."""
    return f"mysql+pymysql://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}?charset=utf8mb4"


def server_options(folder: Path, port: int) -> list[str]:
    """Options of mariadbd: fast and forgetful, since the data lives as long as one test run."""
    return [
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        f"--socket={folder / 'mariadb.sock'}",
        f"--pid-file={folder / 'mariadb.pid'}",
        f"--log-error={folder / 'error.log'}",
        f"--init-file={folder / 'init.sql'}",
        f"--tmpdir={folder}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-log-bin",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--innodb-flush-log-at-trx-commit=2",
        "--innodb-doublewrite=OFF",
        "--innodb-buffer-pool-size=256M",
        "--max-connections=400",
    ]


def create_data_folder(folder: Path, user: str | None) -> None:
    """The system tables, about 2 seconds."""
    program_path = program("mariadb-install-db")
    if program_path is None or program("mariadbd") is None:
        raise StepFailed(how_to_install([need for need in NEEDS if need.package == "mariadb-server"]))
    command: processes.Command = [
        program_path,
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
    ]
    log = folder / "install.log"
    with log.open("wb") as output:
        process = processes.start(command, cwd=folder, output=output, user=user)
        try:
            process.wait()
        finally:
            with processes.undisturbed():
                processes.stop([process])
    if process.returncode:
        raise StepFailed("mariadb-install-db failed:\n" + "\n".join(processes.last_lines(log)))


def wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Until the server greets; it does so only after init.sql is done."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            if connection.recv(5):
                return
        time.sleep(0.1)
    raise StepFailed("MariaDB did not start:\n" + "\n".join(processes.last_lines(log)))


def place(in_memory: bool) -> Path | None:
    """The folder in which a server's own folder is made; None: where temporary files go."""
    if in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED:
        return MEMORY
    return None


@contextlib.contextmanager
def server(in_memory: bool = False) -> Iterator[str]:
    """A running server; gives the SQLAlchemy address of an empty utf8mb4 database, and stops the server at the end."""
    user = server_user()
    folder = Path(tempfile.mkdtemp(prefix="family-doctor-mariadb-", dir=place(in_memory)))
    process: subprocess.Popen[bytes] | None = None
    try:
        (folder / "init.sql").write_text(INIT_SQL)
        (folder / "data").mkdir()
        if user is not None:
            for path in (folder, folder / "init.sql", folder / "data"):
                shutil.chown(path, user)
        create_data_folder(folder, user)
        (port,) = ports.not_outgoing(1)  # it listens a second later, and others connect meanwhile
        mariadbd = program("mariadbd")
        assert mariadbd is not None
        log = folder / "error.log"
        process = processes.start(
            [mariadbd, *server_options(folder, port)], cwd=folder, output=subprocess.DEVNULL, user=user
        )
        wait_until_it_answers(process, port, log)
        yield address(port)
    finally:
        with processes.undisturbed():
            if process is not None:
                processes.stop([process], patience=20)
            shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str], in_memory: bool = False) -> int:
    """Run the command with a server; returns its exit code. A signal goes to the command, then the server stops."""
    with server(in_memory) as url:
        return with_environment(command, {VARIABLE: url})


def with_environment(command: list[str], variables: dict[str, str]) -> int:
    """Run the command with these environment variables; returns its exit code. A signal is passed on as Ctrl-C."""
    child = processes.start(command, env=os.environ | variables)
    try:
        return child.wait()
    except processes.Stopped as stopped:
        with processes.undisturbed():
            # pytest ends tidily on Ctrl-C only.
            processes.signal_group(child, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(15)
        return stopped.exit_code
    finally:
        with processes.undisturbed():
            processes.stop([child])


def main(arguments: list[str]) -> int:
    """`run [--in-memory] -- COMMAND …`."""
    in_memory = arguments[1:2] == ["--in-memory"]
    command = arguments[3:] if in_memory else arguments[2:]
    if arguments[:1] != ["run"] or not command or arguments[-len(command) - 1] != "--":
        print("usage: python tools/mariadb.py run [--in-memory] -- COMMAND …", file=sys.stderr)
        return 2
    processes.stop_on_signals()
    processes.adopt_orphans()
    try:
        return run(command, in_memory)
    except StepFailed as error:
        return fail(error)
    except processes.Stopped as stopped:
        return stopped.exit_code
    finally:
        with processes.undisturbed():
            processes.kill_descendants()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
