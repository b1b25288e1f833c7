"""One node of a Galera cluster: its folder, its ports, starting, killing, waiting until it has caught up."""

import contextlib
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pymysql

from tools import mariadb, ports, processes
from tools.steps import StepFailed
from tools.system import galera_library, program

COUNT = 3
SYNC_SECONDS = 90
# A dead node is given up after one second instead of five: right on one machine, too nervous for a real network.
TIMEOUTS = (
    "evs.suspect_timeout=PT1S;evs.inactive_timeout=PT4S;evs.keepalive_period=PT0.3S;"
    "evs.inactive_check_period=PT0.25S;evs.install_timeout=PT4S"
)


@dataclass(frozen=True)
class Ports:
    """What one node listens on: clients, the group, missed writes, a whole copy."""

    client: int
    group: int
    missed: int
    copy: int


def ports_for(count: int) -> list[Ports]:
    """Free ports for so many nodes. A node killed and started again needs its old ones, so none of them may be taken by
    an outgoing connection meanwhile: they lie below the range the system gives to those.
    """
    chosen = ports.not_outgoing(4 * count)
    return [Ports(*chosen[4 * number : 4 * number + 4]) for number in range(count)]


class Node:
    """One mariadbd; numbers begin with 1."""

    def __init__(self, number: int, folder: Path, of_all: list[Ports], user: str | None) -> None:
        self.number, self.folder, self.user = number, folder, user
        self.ports, self.of_all = of_all[number - 1], of_all
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database on this node."""
        return mariadb.address(self.ports.client)

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self, *, first: bool = False) -> None:
        """Start the node; the first one founds the cluster with an empty database, the others fetch the data from it."""
        began_before = (self.folder / "data").is_dir()
        if not began_before:
            self._prepare(first)
        mariadbd = program("mariadbd")
        if mariadbd is None:
            raise StepFailed("mariadbd is missing. Run `make setup` first.")
        command: list[str | Path] = [
            mariadbd,
            *mariadb.server_options(self.folder, self.ports.client),
            *self._options(),
        ]
        if first:
            command.append("--wsrep-new-cluster")
        if not first or began_before:  # what the file creates comes with the data
            command = [part for part in command if not str(part).startswith("--init-file")]
        self.process = processes.start(command, cwd=self.folder, output=subprocess.DEVNULL, user=self.user)

    def _prepare(self, first: bool) -> None:
        (self.folder / "data").mkdir(parents=True)
        (self.folder / "init.sql").write_text(mariadb.INIT_SQL)
        if self.user is not None:
            for path in (self.folder, self.folder / "init.sql", self.folder / "data"):
                shutil.chown(path, self.user)
        if first:
            mariadb.create_data_folder(self.folder, self.user)

    def _options(self) -> list[str]:
        own = self.ports
        everybody = ",".join(f"127.0.0.1:{each.group}" for each in self.of_all)
        listening = f"gmcast.listen_addr=tcp://127.0.0.1:{own.group};ist.recv_addr=127.0.0.1:{own.missed}"
        return [
            "--wsrep-on=ON",
            f"--wsrep-provider={galera_library()}",
            "--wsrep-cluster-name=family-doctor",
            f"--wsrep-cluster-address=gcomm://{everybody}",
            f"--wsrep-node-name=node{self.number}",
            f"--wsrep-node-address=127.0.0.1:{own.group}",
            f"--wsrep-sst-receive-address=127.0.0.1:{own.copy}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-provider-options={listening};gcache.size=32M;{TIMEOUTS}",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            "--innodb-log-file-size=24M",  # copied whole to each node that joins
        ]

    def kill(self) -> None:
        """End it as a power cut would: kill -9, nothing said to anybody."""
        if self.process is not None:
            processes.signal_group(self.process, signal.SIGKILL)
            self.process.wait()

    def status(self) -> dict[str, str]:
        """What the node says about itself and its cluster; empty while it does not answer."""
        with contextlib.suppress(pymysql.MySQLError, OSError), contextlib.closing(self._connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("SHOW GLOBAL STATUS LIKE 'wsrep_%'")
            return dict(cursor.fetchall())
        return {}

    def _connect(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(
            host="127.0.0.1",
            port=self.ports.client,
            user=mariadb.USER,
            password=mariadb.PASSWORD,
            connect_timeout=2,
            read_timeout=5,
        )

    def wait_until_synced(self, size: int) -> None:
        """Until it has caught up in a cluster of `size` nodes. Raises StepFailed."""
        deadline = time.monotonic() + SYNC_SECONDS
        while time.monotonic() < deadline and self.is_running:
            said = self.status()
            if said.get("wsrep_local_state_comment") == "Synced" and said.get("wsrep_cluster_size") == str(size):
                return
            time.sleep(0.1)
        lines = processes.last_lines(self.folder / "error.log")
        raise StepFailed("\n".join([f"Node {self.number} of the cluster did not get ready:", *lines]))
