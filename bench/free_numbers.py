"""Listing a hospital's free numbers among 10,000 and among 3,000,000 slots (target: at most 1.3 times as long).

Both tables hold half a year of the past and the days that can be booked, in half-hours; the large one of 300 hospitals.
"""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, func, make_url, select, text

from bench import copies, load
from bench.stage import Stage, interleaved, ratio_line, standing
from server import clock
from server.database import db
from server.models import Slot
from tests import make
from tests.contention import serving
from tests.contention.people import residents

SIZE, OF_ONE = 3_000_000, 10_000
STEP_MINUTES = 30
PAST = timedelta(days=180)
REQUESTS = 100


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Ask for the same page of numbers of a hospital in a small and in a large table, turn by turn.

    Returns:
        Lines of the report.
    Raises:
        RuntimeError: an answer was not what it should have been.
    """
    large = size or SIZE
    of_one = min(OF_ONE, large // 10)
    with _web(stage, of_one, 1) as small_list, _another(stage) as other, _web(other, of_one, large // of_one) as list_:
        pairs = interleaved(rounds, list_, small_list)
    return [
        f"a page of one hospital's numbers: {min(a for a, _ in pairs):.1f}–{max(a for a, _ in pairs):.1f} ms among "
        f"{large // of_one * of_one}, {min(b for _, b in pairs):.1f}–{max(b for _, b in pairs):.1f} ms among {of_one} "
        "(medians; this machine, now)",
        ratio_line(f"listing among {large} / among {of_one}, p50", [a / b for a, b in pairs], "at most 1.3"),
    ]


class Listing:
    """A web server beside filled tables, and the request that is measured."""

    def __init__(self, web: serving.Web, request: bytes) -> None:
        self.web, self.request = web, request

    def __call__(self) -> float:
        """Return the median wait in milliseconds. Raises RuntimeError when it was not answered well."""
        outcome = load.drive(self.web.port, [self.request] * REQUESTS, 1)
        if set(outcome.statuses) != {200}:
            raise RuntimeError(f"only 200 was expected: {outcome.statuses}")
        return outcome.percentile(0.5)


@contextlib.contextmanager
def _another(stage: Stage) -> Iterator[Stage]:
    """A second stage beside the first, on the same server."""
    if stage.kind == "sqlite":
        with standing(None) as found:
            yield found
        return
    url = make_url(stage.settings.database.url)
    beside = url.set(database=f"{url.database}_large")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {beside.database} CHARACTER SET utf8mb4"))
    admin.dispose()
    with standing(beside.render_as_string(hide_password=False)) as found:
        yield found


@contextlib.contextmanager
def _web(stage: Stage, of_one: int, hospitals: int) -> Iterator[Listing]:
    """Fill the tables of a stage and put a web server on it."""
    hospital_id = _fill(of_one, hospitals)
    ((token, _, _),) = residents(1, make.team(), make.package())
    db.session.rollback()
    with TemporaryDirectory() as folder:
        web, process = serving.start(stage.settings, Path(folder), "server.app:create_app()", workers=1)
        try:
            yield Listing(web, load.request("GET", f"/api/slots?hospital_id={hospital_id}", token))
        finally:
            serving.stop(process)


def _fill(of_one: int, hospitals: int) -> str:
    """Make so many hospitals with so many slots each; returns one in the middle."""
    template = make.slot(capacity=5)
    shift = template.shift
    db.session.rollback()
    for table, row_id, changed in (
        ("hospital", template.hospital_id, {"name": copies.counted_id("H")}),
        ("department", template.department_id, {"hospital_id": copies.counted_id("H")}),
        (
            "shift",
            shift.id,
            {
                "hospital_id": copies.counted_id("H"),
                "department_id": copies.counted_id("D"),
                "specialist_id": "NULL",
            },
        ),
    ):
        copies.copy(table, row_id, hospitals, {"id": copies.counted_id(table[0].upper()), **changed})
    whose, nth = f"((i - 1 - (i - 1) % {of_one}) / {of_one} + 1)", f"((i - 1) % {of_one})"
    # the last slots of the past half year and the coming days; all day and night, so that pages are full
    days = timedelta(minutes=STEP_MINUTES * of_one)
    first = clock.now() - min(PAST, days * 0.9)
    starts = copies.counted_instant(first, STEP_MINUTES, nth)
    ends = copies.counted_instant(first + timedelta(minutes=STEP_MINUTES), STEP_MINUTES, nth)
    changed = {
        "id": copies.counted_id("X"),
        "hospital_id": copies.counted_id("H", whose),
        "department_id": copies.counted_id("D", whose),
        "shift_id": copies.counted_id("S", whose),
        "starts_at": starts,
        "ends_at": ends,
        "release_at": starts,
    }
    copies.copy("slot", template.id, of_one * hospitals, changed)
    db.session.rollback()
    made = db.session.scalar(select(func.count()).select_from(Slot))
    if made != of_one * hospitals + 1:
        raise RuntimeError(f"{made} slots instead of {of_one * hospitals + 1}")
    return str(db.session.scalar(text(f"SELECT {copies.counted_id('H', str((hospitals + 1) // 2))}")))
