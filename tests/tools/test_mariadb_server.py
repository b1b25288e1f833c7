"""The private MariaDB server: answers, and is gone afterwards."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.tools.watching import ROOT, Program, is_running, wait_until
from tools import mariadb, system
from tools.steps import StepFailed

RUN = (ROOT / "tools" / "mariadb.py", "run", "--", sys.executable, "-c")
# What the command does: use the server, tell where it is, perhaps wait.
USE = """
import os, sys, time
import sqlalchemy
engine = sqlalchemy.create_engine(os.environ["FAMILY_DOCTOR_TEST_DATABASE"])
with engine.connect() as connection:
    connection.execute(sqlalchemy.text("CREATE DATABASE another"))
    ask = "SELECT @@version_comment, @@character_set_database, @@pid_file, '\U0001f468'"
    row = connection.execute(sqlalchemy.text(ask)).one()
engine.dispose()
print(*row, flush=True)
time.sleep(float(sys.argv[1]))
raise SystemExit(7)
"""


def server_folder(line: str) -> Path:
    return Path(next(word for word in line.split() if word.endswith(".pid"))).parent


@pytest.mark.mariadb
def test_a_command_gets_a_server_and_its_exit_code_comes_back(program: Program) -> None:
    process = program(*RUN, USE, "0")
    output, _ = process.communicate(timeout=90)
    assert process.returncode == 7, output
    assert "utf8mb4" in output
    assert "\U0001f468" in output
    assert not server_folder(output).exists()


@pytest.mark.mariadb
def test_in_memory_where_there_is_room_else_on_the_disk(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    output, _ = program(*RUN[:2], "--in-memory", *RUN[2:], USE, "0").communicate(timeout=90)
    chosen = mariadb.place(in_memory=True)
    assert server_folder(output).parent == (chosen or Path(tempfile.gettempdir()))
    assert mariadb.place(in_memory=False) is None
    monkeypatch.setattr(mariadb, "MEMORY_NEEDED", 2**63)
    assert mariadb.place(in_memory=True) is None


@pytest.mark.mariadb
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_server_survives_the_run(program: Program, signum: int) -> None:
    process = program(*RUN, USE, "600")
    assert process.stdout is not None
    line = process.stdout.readline()
    folder = server_folder(line)
    server = int((folder / "mariadb.pid").read_text())
    assert is_running(server)
    process.send_signal(signum)
    process.wait(60)
    wait_until(lambda: not is_running(server))
    if signum != signal.SIGKILL:
        assert process.returncode == 128 + signum
        assert not folder.exists()
    else:
        subprocess.run(["rm", "-rf", folder], check=True)


def test_a_machine_without_mariadb_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mariadb, "program", lambda *_names: None)
    with pytest.raises(StepFailed, match="apt-get install -y --no-install-recommends mariadb-server"):
        mariadb.create_data_folder(tmp_path, None)


def test_the_server_never_runs_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mariadb.os, "geteuid", lambda: 0)
    assert mariadb.server_user() in {"mysql", "nobody"}
    monkeypatch.setattr(mariadb.os, "geteuid", lambda: 1000)
    assert mariadb.server_user() is None


def test_wrong_use_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert mariadb.main(["run"]) == 2
    assert "usage: " in capsys.readouterr().err


def test_servers_in_sbin_are_found_without_it_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mariadbd").touch(mode=0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(["/nowhere", str(tmp_path)]))
    assert system.program("missing-program", "mariadbd") == tmp_path / "mariadbd"
    assert system.program("missing-program") is None
