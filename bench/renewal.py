"""The night's renewal notices among a million agreements, beside a bare scan of the same index and inserts of the same rows.

Target: at most 3 times as long (a million agreements of one year: about 11,000 fall due each night).
"""

import contextlib
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import func, select, text

from bench import copies
from bench.stage import Stage, ratio_line
from server import clock
from server.actions.signing.rules import frozen, rules_of
from server.database import db, transaction
from server.jobs.cli import work_of
from server.jobs.schedule import job
from server.models import AgreementStatus, Notification
from server.policy.renewal_notices import before_end
from tests import make
from tests.conftest import Clock

SIZE = 1_000_000
TEAMS = 200
YEAR = 365
FIRST = date(2026, 11, 23)
COLUMNS = (
    "id, kind, dedupe_key, user_id, resident_id, team_id, subject_id, facts, status, is_urgent, attempts, created_at, "
    "next_attempt_at, due_at, expires_at, tried_channels, passed_to"
)


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Run the job on as many nights as rounds, and after each the bare work of the same night.

    Returns:
        Lines of the report.
    Raises:
        RuntimeError: a night told nobody, or the bare work did not write the same rows.
    """
    count = size or SIZE
    with _night_clock() as now:
        began = time.perf_counter()
        _fill(stage, count)
        filled = time.perf_counter() - began
        nights = [_night(stage, now, FIRST + timedelta(days=number)) for number in range(1, rounds + 1)]
    handled = [night.handled for night in nights]
    return [
        f"{count} agreements (made in {filled:.0f} s), {min(handled)}–{max(handled)} fall due a night",
        f"job {min(n.job for n in nights):.1f}–{max(n.job for n in nights):.1f} s, "
        f"bare {min(n.bare for n in nights):.2f}–{max(n.bare for n in nights):.2f} s (this machine, now)",
        ratio_line("night's notices, job / bare scan and inserts", [n.job / n.bare for n in nights], "at most 3"),
        ratio_line("the same, the bare side writing the days, too", [n.job / n.with_days for n in nights], "at most 3"),
    ]


@contextlib.contextmanager
def _night_clock() -> Iterator[Clock]:
    now = Clock()
    now.set(datetime.combine(FIRST, datetime.min.time()))
    try:
        yield now
    finally:
        now.stop()


def _fill(stage: Stage, count: int) -> None:
    """Make agreements whose last days are spread over a year, each with the day of its next notice."""
    policy = work_of(stage.app).policy
    policy_id = frozen(policy)
    resident, package = make.resident(), make.package()
    team, never = make.team(panel_cap=2000), FIRST + timedelta(days=2 * YEAR)
    template = make.agreement(resident=resident, team=team, package=package, policy_id=policy_id, next_notice_on=never)
    offsets = sorted({(FIRST - step.on).days for step in before_end(rules_of(template).renewal, FIRST)}, reverse=True)
    copies.copy("team", template.team_id, TEAMS, {"id": copies.counted_id("T"), "name": copies.counted_id("T")})
    copies.copy("resident", resident.id, count, {"id": copies.counted_id("R"), "identity_hash": copies.counted_id("R")})
    last = copies.counted_day(FIRST.isoformat(), YEAR)
    coming = " ".join(
        f"WHEN {copies.day_before(last, days)} > '{FIRST}' THEN {copies.day_before(last, days)}" for days in offsets
    )
    team_id = copies.counted_id("T").replace("i)", f"i % {TEAMS} + 1)").replace("(i,", f"(i % {TEAMS} + 1,")
    changed = {
        "id": copies.counted_id("A"),
        "number": copies.counted_id("A"),
        "resident_id": copies.counted_id("R"),
        "active_key": copies.counted_id("R"),
        "team_id": team_id,
        "end_on": last,
        "start_on": copies.day_before(last, YEAR - 1),
        "next_notice_on": f"CASE {coming} ELSE '{never}' END",
    }
    copies.copy("agreement", template.id, count, changed)
    with transaction() as session:  # what stands at the first night's beginning is no work of the nights that count
        session.execute(text("ANALYZE") if stage.kind == "sqlite" else text("ANALYZE TABLE agreement"))


class Night(NamedTuple):
    """Seconds of one night's work, and how many agreements it was about."""

    job: float
    bare: float
    with_days: float
    """Of the bare work that also writes down the days of the next notices."""
    handled: int


def _night(stage: Stage, now: Clock, night: date) -> Night:
    """Let the job do a night, take back what it wrote, and do it again without the job."""
    now.set(datetime.combine(night, datetime.min.time().replace(hour=9)))
    began_at = clock.now()
    before = _days(stage, f"status = '{AgreementStatus.ACTIVE}' AND next_notice_on <= '{night}'")
    stage.settle()
    began = time.perf_counter()
    handled = job("offer_renewals").run(work_of(stage.app))
    for_job = time.perf_counter() - began
    with stage.app.app_context():
        db.session.rollback()
        told = db.session.scalar(select(func.count(Notification.id)).where(Notification.created_at >= began_at)) or 0
    if handled != len(before) or not told:
        raise RuntimeError(f"{handled} of {len(before)} agreements were handled and {told} notices written on {night}")
    after = {}
    for ids in batched(before, 500):
        after |= _days(stage, f"id IN {ids}")
    bare = _bare(stage, night, began_at, told, before, {})
    return Night(for_job, bare, _bare(stage, night, began_at, told, before, after), handled)


def batched(ids: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    """Cut into tuples of at most ``size``."""
    rest = iter(ids)
    while part := tuple(islice(rest, size)):
        yield part


def _days(stage: Stage, which: str) -> dict[str, Any]:
    """The day of the next notice of some agreements, by id."""
    with contextlib.closing(stage.driver()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT id, next_notice_on FROM agreement WHERE {which}")  # noqa: S608 - our own ids
        return dict(cursor.fetchall())


def _bare(
    stage: Stage, night: date, began_at: datetime, told: int, before: dict[str, Any], after: dict[str, Any]
) -> float:
    """Scan the range of the index that the job scanned, and write the rows that it wrote, by the plain driver.

    Args:
        before: the days that stood in the agreements; after: the days to write into them, empty for inserts only.
    """
    with contextlib.closing(stage.driver()) as connection:
        cursor = connection.cursor()
        mark = "?" if stage.kind == "sqlite" else "%s"
        since = began_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        cursor.execute(f"SELECT {COLUMNS} FROM notification WHERE created_at >= {mark}", (since,))  # noqa: S608
        rows: list[Any] = list(cursor.fetchall())
        if len(rows) != told:
            raise RuntimeError(f"{told} notices were written, the driver sees {len(rows)}")
        set_day = f"UPDATE agreement SET next_notice_on = {mark} WHERE id = {mark}"  # noqa: S608
        cursor.execute("BEGIN")
        cursor.executemany(f"DELETE FROM notification WHERE id = {mark}", [(row[0],) for row in rows])  # noqa: S608
        cursor.executemany(set_day, [(day, row_id) for row_id, day in before.items()])
        cursor.execute("COMMIT")
        stage.settle()
        began = time.perf_counter()
        cursor.execute("BEGIN")
        cursor.execute(
            "SELECT id, resident_id, team_id, end_on FROM agreement "  # noqa: S608
            f"WHERE status = '{AgreementStatus.ACTIVE}' AND next_notice_on <= {mark} ORDER BY next_notice_on",
            (night.isoformat(),),
        )
        if len(cursor.fetchall()) != len(before):
            raise RuntimeError("the bare scan found other agreements than the job")
        marks = ", ".join([mark] * len(COLUMNS.split(", ")))
        cursor.executemany(f"INSERT INTO notification ({COLUMNS}) VALUES ({marks})", rows)  # noqa: S608
        if after:
            cursor.executemany(set_day, [(day, row_id) for row_id, day in after.items()])
        cursor.execute("COMMIT")
        return time.perf_counter() - began
