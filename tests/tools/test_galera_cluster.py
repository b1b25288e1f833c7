"""The private Galera cluster: three nodes with the same data, and none of them left afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from tests.tools.watching import ROOT, Program, is_running, wait_until
from tools import galera, ports
from tools.steps import StepFailed

GALERA = ROOT / "tools" / "galera.py"
# What the command does: tell where the nodes are and which processes, then wait.
USE = """
import os, time
import sqlalchemy
for url in os.environ["FAMILY_DOCTOR_TEST_GALERA"].split():
    with sqlalchemy.create_engine(url).connect() as connection:
        print(connection.execute(sqlalchemy.text("SELECT @@pid_file")).scalar(), end=" ")
print(flush=True)
time.sleep(600)
"""


@pytest.mark.galera
def test_three_nodes_hold_the_same_rows_until_stop(program: Program) -> None:
    started = program(GALERA, "start")
    output, _ = started.communicate(timeout=150)
    try:
        assert started.returncode == 0, output
        engines = [sqlalchemy.create_engine(url) for url in output.split()]
        assert len(engines) == galera.COUNT
        with engines[0].begin() as first:
            first.execute(sqlalchemy.text("CREATE TABLE a (id INT PRIMARY KEY)"))
        for number, engine in enumerate(engines):
            with engine.begin() as node:
                node.execute(sqlalchemy.text("INSERT INTO a VALUES (:number)"), {"number": number})
        for engine in engines:
            with engine.connect() as node:
                node.execute(sqlalchemy.text("SET SESSION wsrep_sync_wait = 1"))
                assert node.scalars(sqlalchemy.text("SELECT id FROM a ORDER BY id")).all() == [0, 1, 2]
            engine.dispose()
        second = program(GALERA, "start")
        assert "runs from this folder already" in second.communicate(timeout=30)[0]
        assert second.returncode == 1
    finally:
        stopped = program(GALERA, "stop")
        said, _ = stopped.communicate(timeout=90)
    assert (stopped.returncode, said) == (0, "")
    assert galera.keeper() is None
    with pytest.raises(sqlalchemy.exc.OperationalError):
        engines[2].connect()
    assert "No cluster runs" in program(GALERA, "stop").communicate(timeout=30)[0]


@pytest.mark.galera
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_no_node_survives_the_run(program: Program, signum: int) -> None:
    process = program(GALERA, "run", "--", sys.executable, "-c", USE)
    assert process.stdout is not None
    files = [Path(word) for word in process.stdout.readline().split()]
    nodes = [int(file.read_text()) for file in files]
    assert len(nodes) == galera.COUNT
    assert all(is_running(pid) for pid in nodes)
    process.send_signal(signum)
    process.wait(60)
    wait_until(lambda: not any(is_running(pid) for pid in nodes))
    folder = files[0].parents[1]
    if signum != signal.SIGKILL:
        assert process.returncode == 128 + signum
        assert not folder.exists()
    else:
        subprocess.run(["rm", "-rf", folder], check=True)


def test_a_machine_without_galera_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.system.GALERA_LIBRARIES", ())
    with (
        pytest.raises(StepFailed, match="apt-get install -y --no-install-recommends .*galera-4"),
        galera.cluster(),
    ):
        pass


def test_wrong_use_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert [galera.main(words) for words in ([], ["run"], ["run", "--"], ["restart"], ["stop", "now"])] == [2] * 5
    assert "usage: " in capsys.readouterr().err


def test_ports_of_nodes_are_free_different_and_never_outgoing() -> None:
    found = ports.not_outgoing(12)
    lowest = int(ports.OUTGOING.read_text().split()[0])
    assert len(set(found)) == 12
    assert all(port < lowest and ports.is_free(port) for port in found)


def test_without_room_below_the_outgoing_ports_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "range").write_text(f"{ports.LOWEST + 10}\t60999\n")
    monkeypatch.setattr(ports, "OUTGOING", tmp_path / "range")
    with pytest.raises(RuntimeError, match="no room"):
        ports.not_outgoing(12)


def test_the_lock_of_a_keeper_that_died_counts_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(galera, "FOLDER", tmp_path)
    (tmp_path / galera.LOCK).write_text(str(os.getpid()))
    assert galera.keeper() is None
