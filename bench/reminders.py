"""Planning a morning's reminders, beside a bare INSERT … SELECT of the same rows, and the memory that many take.

Targets (performance.md): 200,000 in at most 3 times the time of the bare statement; their peak memory at most 1.2 times
that of 10,000.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from bench import copies
from bench.stage import Stage, interleaved, ratio_line
from server.database import db, transaction
from server.jobs.cli import work_of
from server.jobs.schedule import job
from server.models import Notification, Programme
from tests import make
from tests.conftest import Clock

SIZE, FEW = 200_000, 10_000
DAY = date(2026, 11, 30)
COPIES = ("followup", "enrolment", "resident")
ROOT = Path(__file__).resolve().parents[1]


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Plan the same morning as often as there are rounds, each time beside the bare statement.

    Returns:
        Lines of the report.
    Raises:
        RuntimeError: not everybody was told.
    """
    count = size or SIZE
    few = min(FEW, max(count // 20, 1))
    with _morning():
        template = _fill(few)
        small = _memory(stage, few)
        _copy(template, few, count)
        large = _memory(stage, count)
        _forget(stage, keep="kept")

        def by_job() -> float:
            _forget(stage)
            began = time.perf_counter()
            told = job("plan_reminders").run(work_of(stage.app))
            seconds = time.perf_counter() - began
            _check(told, count)
            return seconds

        by_job()
        pairs = interleaved(rounds, by_job, lambda: _bare(stage, count))
    return [
        f"{count} reminders planned in {min(ours for ours, _ in pairs):.1f}–{max(ours for ours, _ in pairs):.1f} s, "
        f"bare {min(bare for _, bare in pairs):.1f}–{max(bare for _, bare in pairs):.1f} s (this machine, now)",
        ratio_line(
            "planned / bare INSERT … SELECT of the same rows", [ours / bare for ours, bare in pairs], "at most 3"
        ),
        f"peak memory of a process that plans {few}: {small} MB, {count}: {large} MB",
        ratio_line(f"memory for {count} / for {few}", [large / small], "at most 1.2"),
    ]


@contextlib.contextmanager
def _morning() -> Iterator[None]:
    now = Clock()
    now.set(datetime.combine(DAY, datetime.min.time().replace(hour=9)))
    try:
        yield
    finally:
        now.stop()


def _fill(count: int) -> dict[str, str]:
    """Follow-ups due today of as many residents as reminders are wanted; the first one is real. Returns whom to copy."""
    first = make.followup(programme=Programme.HTN, due_on=DAY, window_end_on=DAY + timedelta(days=7))
    template = {"followup": first.id, "enrolment": first.enrolment_id, "resident": first.resident_id}
    db.session.rollback()
    _copy(template, 1, count)
    return template


def _copy(template: dict[str, str], have: int, count: int) -> None:
    """Make residents, enrolments and follow-ups from number ``have`` to ``count``; the template itself is the first."""
    number = f"(i + {have})"
    followup, enrolment, resident = (copies.counted_id(letter, number) for letter in "FER")
    changed = {
        "resident": {"id": resident, "identity_hash": copies.counted_id("R", number)},
        "enrolment": {"id": enrolment, "resident_id": resident, "open_key": enrolment},
        "followup": {"id": followup, "enrolment_id": enrolment, "resident_id": resident, "plan_key": "NULL"},
    }
    for table in reversed(COPIES):
        copies.copy(table, template[table], count - have, changed[table])


def _memory(stage: Stage, count: int) -> float:
    """Peak megabytes of a process of its own that plans this morning."""
    _forget(stage)
    url = stage.settings.database.url
    command = [sys.executable, "-m", "bench.planning", url, f"{DAY.isoformat()} 09:00"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)  # noqa: S603
    told, megabytes = answer.stdout.split()[-2:]
    _check(int(told), count)
    return float(megabytes)


def _check(told: int, count: int) -> None:
    db.session.rollback()
    written = db.session.scalar(select(func.count(Notification.id)))
    db.session.rollback()
    if not told == written == count:
        raise RuntimeError(f"{told} were counted and {written} written of {count}")


def _forget(stage: Stage, keep: str | None = None) -> None:
    """As if nobody had been told yet.

    Args:
        keep: a table that keeps the rows, for the bare statement to write again.
    """
    db.session.rollback()
    if keep:
        with transaction() as session:
            session.execute(text(f"CREATE TABLE {keep} AS SELECT * FROM notification"))  # noqa: S608 - our own name
    with transaction() as session:
        session.execute(text("DELETE FROM notification"))
        session.execute(text("DELETE FROM reminder_state"))
    stage.settle()


def _bare(stage: Stage, count: int) -> float:
    """Write the rows that the planner wrote, by one statement of the plain driver, with nothing to look up."""
    _forget(stage)
    with contextlib.closing(stage.driver()) as connection:
        cursor = connection.cursor()
        began = time.perf_counter()
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO notification SELECT * FROM kept")
        written = cursor.rowcount
        cursor.execute("COMMIT")
        seconds = time.perf_counter() - began
    if written != count:
        raise RuntimeError(f"{written} rows were written of {count}")
    return seconds
