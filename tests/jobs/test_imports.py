"""Files in the scheduler: the job, a scheduler killed in the middle, and memory that does not grow with the file."""

import json
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server.config import Settings
from server.database import db
from server.jobs import imports
from server.jobs.cli import work_of
from server.models import (
    AdminLogin,
    Agreement,
    AgreementEvent,
    ImportBatch,
    ImportRow,
    ImportStatus,
    PanelPlace,
    Resident,
    Team,
)
from tests import make, sheeting
from tests.actions import importing as files
from tests.contention.test_scheduler import as_toml
from tests.handlers.workbench import browser as browsers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lin(app: APIFlask) -> AdminLogin:
    return browsers.admin()


@pytest.fixture
def second(lin: AdminLogin) -> AdminLogin:
    return browsers.admin(lin.organisation, username="second")


@pytest.fixture
def team(lin: AdminLogin) -> Team:
    make.package(code="basic")
    return make.team(lead=make.staff(organisation=lin.organisation_id), name="第一团队", panel_cap=100_000)


@pytest.fixture
def config(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(as_toml(settings.model_dump()), encoding="utf-8")
    return path


def ledger(count: int) -> list[dict[str, Any]]:
    return [
        sheeting.row(证件号码=number, 纸质协议编号=f"2026-{n}")
        for n, number in enumerate(islice(sheeting.numbers(), count))
    ]


def worker(config: Path, *numbers: int) -> "subprocess.Popen[bytes]":
    """Args: numbers: as ``tests.import_worker`` takes them."""
    command = [sys.executable, "-m", "tests.import_worker", str(config), *(str(number) for number in numbers)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def finished(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(said)
    return found


def run_of(batch: ImportBatch) -> int:
    db.session.rollback()
    return db.session.scalar(select(ImportBatch.rows_run).where(ImportBatch.id == batch.id)) or 0


def count(column: Any) -> int:
    return db.session.scalar(select(func.count(column))) or 0


def test_the_job_does_all_there_is_to_do(app: APIFlask, lin: AdminLogin, second: AdminLogin, team: Team) -> None:
    batch = files.upload(lin, sheeting.csv_file(ledger(3)))
    work = work_of(app)

    assert imports.work_on_files(work) == 2  # read, checked
    assert imports.work_on_files(work) == 0
    files.approve(batch, second)
    assert imports.work_on_files(work) == 1

    db.session.refresh(batch)
    assert batch.status == ImportStatus.DONE and count(Agreement.id) == 3


def test_the_job_stops_when_another_scheduler_leads(app: APIFlask, lin: AdminLogin, team: Team) -> None:
    batch = files.upload(lin, sheeting.csv_file(ledger(3)))

    assert imports.work_on_files(replace(work_of(app), keep_going=lambda: False)) == 0

    db.session.refresh(batch)
    assert batch.status == ImportStatus.UPLOADED


def test_a_scheduler_killed_in_the_middle_loses_no_row_and_enters_none_twice(
    lin: AdminLogin, second: AdminLogin, team: Team, config: Path
) -> None:
    total = 400
    batch = files.upload(lin, sheeting.csv_file(ledger(total)))
    files.check()
    files.approve(batch, second)
    process = worker(config, 5, 8)

    assert process.stdout is not None and process.stdout.readline() == b"holding\n"
    process.kill()
    process.communicate(timeout=10)
    assert 0 < run_of(batch) < total
    finished(worker(config))

    db.session.rollback()
    db.session.expire_all()
    assert batch.status == ImportStatus.DONE
    assert db.session.query(ImportRow).filter_by(batch_id=batch.id, outcome="entered").count() == total
    assert count(Agreement.id) == count(Resident.id) == count(AgreementEvent.id) == count(PanelPlace.id) == total
    db.session.refresh(team)
    assert team.panel_count == total


def test_a_scheduler_killed_while_reading_reads_each_row_once(
    lin: AdminLogin, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.actions import importing
    from server.actions.importing import reading

    monkeypatch.setattr(reading, "PIECE_ROWS", 10)
    batch = files.upload(lin, sheeting.csv_file(ledger(45)))
    times = iter([True, True, False])

    importing.read_next(files.LIMITS, lambda: next(times))
    db.session.refresh(batch)
    assert (batch.status, batch.rows_read) == (ImportStatus.UPLOADED, 20)
    files.check()

    assert [number for number, _, _ in files.outcomes(batch)] == list(range(2, 47))


def test_memory_does_not_grow_with_the_file(lin: AdminLogin, team: Team, config: Path) -> None:
    """Twenty times the rows, about the same memory: a figure of this very machine, divided by another one of it."""
    peaks = []
    for rows in (150, 3000):
        files.upload(lin, sheeting.xlsx_file(ledger(rows)))
        peaks.append(finished(worker(config))["peak_kilobytes"])

    assert peaks[1] < 1.25 * peaks[0]
