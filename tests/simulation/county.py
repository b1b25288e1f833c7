"""Three years in a county, day by day: the night's jobs first, then what people do."""

import contextlib
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from flask_migrate import upgrade

from server import policy as policies
from server.app import create_app
from server.config import Settings
from server.database import db
from server.jobs.cli import work_of
from server.jobs.schedule import JOBS
from server.jobs.work import Work
from tests import configured
from tests.conftest import Clock
from tests.simulation import checks
from tests.simulation.people import People

FIRST_DAY = date(2026, 1, 1)
"""Three years from here hold 29 February 2028. Where all agreements end on one day, the county begins a year before."""
LEFT_OUT = (
    "housekeeping",
    "mark_missed_followups",
    "plan_home_visits",
    "enrol_tagged",
    "expire_frames",
    "lay_out_patterns",
    "tell_ahead",
    "tell_prescriptions",
    "end_prescriptions",
    "tell_low_use",
    "end_blocks",
)
"""Daily jobs that touch no agreement: in this county no clinic is held, nothing is prescribed and no
organisation signs."""
EACH_MINUTE = ("list_transfers", "move_transfers")
"""Jobs that look every minute; once a day is enough here."""


@dataclass
class Report:
    """What happened, and what is wrong."""

    faults: list[str]
    happened: Counter[str]
    statuses: Counter[str] = field(default_factory=Counter)

    def summary(self) -> str:
        kinds = Counter(fault.partition(":")[0] for fault in self.faults)
        return f"{len(self.faults)} faults {dict(kinds)}; {dict(self.happened)}; in the end {dict(self.statuses)}"


class Diary:
    """What is to happen on which day, in the order in which it was written down."""

    def __init__(self) -> None:
        self._lines: list[tuple[date, int, Callable[[], None]]] = []
        self._number = itertools.count()

    def on(self, day: date, what: Callable[[], None]) -> None:
        heapq.heappush(self._lines, (day, next(self._number), what))

    def due(self, day: date) -> Iterator[Callable[[], None]]:
        while self._lines and self._lines[0][0] <= day:
            yield heapq.heappop(self._lines)[2]


def simulate(
    region: str, agreements: int, years: int, seed: int, *, url: str, each_day: Callable[[date], None] | None = None
) -> Report:
    """Let a county of one region live, and check it afterwards.

    Args:
        agreements: first signings. url: an empty database, migrated or not. each_day: told how far it has come.
    Returns:
        What happened how often, and the faults found.
    """
    first = first_day(region)
    with standing(region, url, first) as (work, now):
        # agreements of three years end only after three years: their stock grows before the years that count
        before = round((work.policy.signing.term_months - 12) / 12 * 365.25)
        days, diary = before + round(365.25 * years), Diary()
        people = People(work, random.Random(f"{seed}:{region}"), diary, agreements)  # noqa: S311 - made-up lives
        people.settle(first, days, before)
        people.dissolve(first + timedelta(days=before + 200))
        for day in (first + timedelta(days=n) for n in range(days)):
            _night(work, now, day)
            now.set(datetime.combine(day, time(10)))
            for what in diary.due(day):
                what()
            db.session.rollback()
            db.session.expunge_all()
            if each_day is not None:
                each_day(day)
        return Report([*people.surprises, *checks.faults()], people.happened, people.statuses())


def first_day(region: str) -> date:
    """The first day of a region's county."""
    fixed = policies.load(region).signing.fixed_end_on
    return fixed - timedelta(days=364) if fixed else FIRST_DAY


def _night(work: Work, now: Clock, day: date) -> None:
    """Run the day's jobs at their times."""
    for job in sorted((job for job in JOBS if job.rhythm.daily_at), key=lambda job: job.rhythm.daily_at or time()):
        if job.id not in LEFT_OUT:
            assert job.rhythm.daily_at
            now.set(datetime.combine(day, job.rhythm.daily_at))
            job.run(work)
    now.set(datetime.combine(day, time(9, 30)))
    for job in JOBS:
        if job.id in EACH_MINUTE:
            job.run(work)


@contextlib.contextmanager
def standing(region: str, url: str, first: date) -> Iterator[tuple[Work, Clock]]:
    """A county of a region with an empty database, on the morning of a day."""
    now = Clock()
    now.set(datetime.combine(first, time(0)))
    try:
        app = create_app(_settings(region, url))
        with app.app_context():
            upgrade()
            try:
                yield work_of(app), now
            finally:
                db.session.remove()
                db.engine.dispose()
    finally:
        now.stop()


def _settings(region: str, url: str) -> Settings:
    settings = configured.settings(url)
    return settings.model_copy(update={"app": settings.app.model_copy(update={"region": region})})
