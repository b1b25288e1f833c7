"""``python -m tests.simulation.reminders [--residents 5000] [--region all]``: a year of everything that falls due.

Day by day, by a moved clock: the night's jobs, the planners and senders at several hours, doctors who record some of the
visits and forget others, people who die, turn reminders off or lie in hospital, and a share of calls that WeChat fails.
"""

import argparse
import dataclasses
import gc
import logging
import random
import sys
import tempfile
import time as real_time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from server import clock
from server import policy as policies
from server.actions import notice_settings, signing
from server.actions.signing.rules import frozen
from server.database import db
from server.errors import AppError
from server.jobs.schedule import JOBS
from server.jobs.work import Work
from server.models import (
    Agreement,
    FollowUp,
    FollowUpStatus,
    Notification,
    NotificationStatus,
    Programme,
    Resident,
)
from server.models.actor import Actor, ActorKind
from server.policy import notice_topics
from server.policy.notices import KINDS
from server.policy.reminder_times import is_quiet
from tests import make
from tests.conftest import Clock
from tests.simulation.county import standing
from tests.simulation.phones import Phones

FIRST_DAY = date(2026, 1, 1)
MODULES = ("notifications", "followups", "reminders", "agreements", "ahead", "populations")
"""Jobs that have to do with what this county lives through: no clinics, no imports, no chats."""
LOOKS = (time(8, 20), time(9, 5), time(9, 40), time(14), time(18, 10), time(20, 40), time(22, 30), time(23, 50))
"""When the jobs that look every few seconds or minutes do so here."""
OPEN = (NotificationStatus.CREATED, NotificationStatus.SENDING)
IN_PROGRAMME = {Programme.HTN: 0.25, Programme.DM: 0.1, Programme.HOME_VISIT: 0.08}
IN_WECHAT, LONG_TERM, ONE_TIME, DIES = 0.8, 0.5, 6, 0.02
TURNED_OFF = "followup"
TURNS_OFF, IN_HOSPITAL, STAY = 0.05, 0.05, timedelta(days=10)
IN_TIME, LATE = 0.75, 0.1
PER_TEAM = 500


@dataclass
class Report:
    """What fell due and what became of it."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    due: int = 0
    """Notices that fell due on a day of the year, and …"""
    unsettled: int = 0
    """… how many of them had no outcome when that day ended."""

    @property
    def same_day(self) -> float:
        """Share of what fell due that had an outcome the same day."""
        return 1 - self.unsettled / max(self.due, 1)

    def summary(self) -> str:
        """In one line."""
        kinds = dict(Counter(fault.partition(":")[0] for fault in self.faults))
        return f"{self.due} due, {self.same_day:.2%} the same day; {dict(self.outcomes)}; faults {kinds}"


def simulate(
    region: str, residents: int, days: int, seed: int, *, url: str, each_day: Callable[[date], None] | None = None
) -> Report:
    """Let a county live for some days, and judge every notice by what arrived on the phones.

    Args:
        url: an empty database. each_day: told how far it has come.
    Returns:
        What became of everything, with what is wrong.
    """
    chance = random.Random(f"{seed}:{region}")  # noqa: S311 - made-up lives
    with standing(region, url, FIRST_DAY) as (plain, now):
        phones = Phones(chance)
        scheduler = plain.settings.scheduler.model_copy(update={"delivery_threads": 1, "delivery_budget": 5000})
        settings = plain.settings.model_copy(update={"scheduler": scheduler})
        work = dataclasses.replace(plain, gateway=phones, sms=phones, settings=settings)
        county = _County(work, now, chance, phones)
        county.settle(residents, days)
        for number in range(days):
            day = FIRST_DAY + timedelta(days=number)
            county.live(day)
            if each_day is not None:
                each_day(day)
        return county.judged()


class _County:
    def __init__(self, work: Work, now: Clock, chance: random.Random, phones: Phones) -> None:
        self.work, self.now, self.chance, self.phones = work, now, chance, phones
        self.report = Report()
        self.deaths: dict[date, list[str]] = defaultdict(list)
        self.died_at: dict[str, datetime] = {}
        self.wishes: dict[date, list[tuple[str, bool]]] = defaultdict(list)
        self.turned_off_at: dict[str, datetime] = {}
        self.stays: dict[str, tuple[datetime, date]] = {}

    def settle(self, residents: int, days: int) -> None:
        """Everybody has signed already; the terms end on days spread over the year."""
        policy_id, package = frozen(self.work.policy), make.package()
        teams = [make.team(panel_cap=2000) for _ in range(-(-residents // PER_TEAM))]
        for number in range(residents):
            team = teams[number % len(teams)]
            who = make.resident(
                birth_on=date(1931, 1, 1) + timedelta(days=self.chance.randrange(21_000)),
                phone=f"139{number:08d}" if self.chance.random() < 0.9 else None,
            )
            end = FIRST_DAY + timedelta(days=self.chance.randrange(max(days, 2)))
            make.agreement(
                resident=who,
                team=team,
                package=package,
                policy_id=policy_id,
                region=self.work.policy.region,
                start_on=end - timedelta(days=364),
                end_on=end,
                next_notice_on=FIRST_DAY,
            )
            self._reach(who)
            for programme, share in IN_PROGRAMME.items():
                if self.chance.random() < share:
                    due = FIRST_DAY + timedelta(days=self.chance.randrange(1, 90))
                    make.followup(resident=who, team=team, programme=programme, due_on=due)
            if self.chance.random() < DIES * days / 365:
                self.deaths[self._some_day(days)].append(who.id)
            elif self.chance.random() < TURNS_OFF:
                self.wishes[self._some_day(days)].append((who.id, False))
            elif self.chance.random() < IN_HOSPITAL:
                self.wishes[self._some_day(days)].append((who.id, True))

    def _some_day(self, days: int) -> date:
        return FIRST_DAY + timedelta(days=self.chance.randrange(days))

    def _reach(self, who: Resident) -> None:
        if self.chance.random() >= IN_WECHAT:
            return
        user = make.user(resident=who, follows=self.chance.random() < 0.3)
        if self.chance.random() < LONG_TERM:
            make.push_consent(user, "followup_long", long_term=True)
        for template in ("followup", "visit", "renewal"):
            make.push_consent(user, template, left=self.chance.randrange(ONE_TIME))

    # ------------------------------------------------------------ a day

    def live(self, day: date) -> None:
        """Let a day pass: the jobs at their times, and what people do."""
        steps: list[tuple[time, int, Callable[[], object]]] = [
            (job.rhythm.daily_at, 0, lambda job=job: job.run(self.work))
            for job in JOBS
            if job.rhythm.daily_at and _concerns(job.run)
        ]
        steps += [(at, 1, self._look) for at in LOOKS]
        steps += [(time(10, 30), 2, lambda: self._visits(day)), (time(11), 2, lambda: self._deaths(day))]
        steps += [(time(7), 2, lambda: self._settings(day))]
        for at, _, step in sorted(steps, key=lambda one: one[:2]):
            self.now.set(datetime.combine(day, at))
            step()
            db.session.rollback()
            db.session.expunge_all()
        self._count(day)

    def _look(self) -> None:
        every = [job for job in JOBS if not job.rhythm.daily_at and _concerns(job.run)]
        last = {"deliver_notifications": 1, "recover_notifications": 2}
        for job in sorted(every, key=lambda job: last.get(job.id, 0)):
            job.run(self.work)

    def _visits(self, day: date) -> None:
        """Doctors record what fell due today, or ten days ago; what they forget is missed."""
        for back, share in ((0, IN_TIME), (10, LATE / (1 - IN_TIME))):
            due = select(FollowUp.id).where(
                FollowUp.due_on == day - timedelta(days=back),
                FollowUp.status == FollowUpStatus.PLANNED,
                FollowUp.programme.in_(list(IN_PROGRAMME)),
            )
            for row_id in db.session.scalars(due.order_by(FollowUp.id)).all():
                if self.chance.random() < share:
                    self._visit(db.session.get_one(FollowUp, row_id))

    def _visit(self, row: FollowUp) -> None:
        systolic = self.chance.choice((122, 128, 134, 138, 144, 152))
        more = {"values": {"fasting_glucose": self.chance.choice(("5.8", "6.5", "7.9"))}}
        try:
            make.visited(row, systolic, 80, policy=self.work.policy, **(more if row.programme == Programme.DM else {}))
        except AppError as refusal:
            db.session.rollback()
            self.report.faults.append(f"visit: {row.programme} on {clock.today()}: {refusal.code}")

    def _deaths(self, day: date) -> None:
        for resident_id in self.deaths.pop(day, ()):
            found = db.session.scalar(select(Agreement).where(Agreement.active_key == resident_id))
            if found is not None:
                lead = found.team.lead
                assert lead is not None
                signing.close(found, signing.Event.DEATH, day, by=Actor(ActorKind.STAFF, lead.id))
                self.died_at[resident_id] = clock.now()

    def _settings(self, day: date) -> None:
        """Some turn reminders of follow-ups off; some say that they lie in hospital."""
        for resident_id, is_stay in self.wishes.pop(day, ()):
            who = db.session.get_one(Resident, resident_id)
            if who.died_on is not None:
                continue
            muted = (day, day + STAY) if is_stay else None
            off: frozenset[str] = frozenset() if is_stay else frozenset({TURNED_OFF})
            wishes = notice_settings.Wishes(off=off, sms_allowed=True, muted=muted, contact_id=None)
            notice_settings.save(who, wishes, by=Actor(ActorKind.RESIDENT, who.id, "127.0.0.1"))
            if muted:
                self.stays[who.id] = (clock.now(), muted[1])
            else:
                self.turned_off_at[who.id] = clock.now()

    def _count(self, day: date) -> None:
        since = clock.midnight(day)
        mine = (Notification.created_at >= since) & Notification.resident_id.is_not(None)
        counted = dict(
            db.session.execute(
                select(Notification.status, func.count()).where(mine).group_by(Notification.status)
            ).all()
        )
        self.report.due += sum(counted.values())
        self.report.unsettled += sum(counted.get(status, 0) for status in OPEN)

    # ------------------------------------------------------------ judging

    def judged(self) -> Report:
        """Return the report, with every fault found in the rows and on the phones."""
        report, reminders = self.report, self.work.policy.reminders
        rows = db.session.execute(
            select(
                Notification.status,
                Notification.kind,
                Notification.resident_id,
                Notification.sent_at,
                Notification.created_at,
                Notification.is_urgent,
            )
        ).all()
        a_day: Counter[tuple[str, date]] = Counter()
        last = clock.now() - timedelta(days=3)
        for row in rows:
            report.outcomes[row.status] += 1
            if row.status in OPEN and row.created_at < last:
                report.faults.append(f"open: {row.kind} of {row.created_at}")
            if row.sent_at is None or row.resident_id is None or row.is_urgent or not _is_reminder(row.kind):
                continue
            a_day[row.resident_id, clock.local(row.sent_at).date()] += 1
            if row.resident_id in self.died_at and row.sent_at >= self.died_at[row.resident_id]:
                report.faults.append(f"after death: {row.kind} at {row.sent_at}")
            off_at = self.turned_off_at.get(row.resident_id)
            if off_at and row.sent_at >= off_at and notice_topics.topic_of(row.kind) == TURNED_OFF:
                report.faults.append(f"turned off: {row.kind} at {row.sent_at}")
            stay = self.stays.get(row.resident_id)
            if stay and stay[0] <= row.sent_at and clock.local(row.sent_at).date() <= stay[1]:
                report.faults.append(f"in hospital: {row.kind} at {row.sent_at}")
        most = reminders.max_a_day
        report.faults += [f"too many: {count} on {day}" for (_, day), count in a_day.items() if count > most]
        report.faults += [
            f"quiet hours: {one.at}" for one in self.phones.arrived if is_quiet(clock.local(one.at), reminders)
        ]
        if report.same_day < 0.99:
            report.faults.append(f"late: only {report.same_day:.2%} had an outcome the same day")
        return report


def _concerns(run: Callable[[Work], int]) -> bool:
    return run.__module__.rpartition(".")[2] in MODULES


def _is_reminder(kind: str) -> bool:
    return kind in KINDS and KINDS[kind].who == "resident" and notice_topics.is_reminder(kind)


def main(arguments: list[str]) -> int:
    """0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.reminders", description=__doc__)
    parser.add_argument("--residents", type=int, default=5000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--region", default="all", choices=["all", *policies.regions()])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the database is made; memory-backed is fastest")
    chosen = parser.parse_args(arguments)
    gc.set_threshold(100_000, 20, 50)
    logging.disable(logging.WARNING)
    wrong = 0
    for region in policies.regions() if chosen.region == "all" else [chosen.region]:
        began, used = real_time.perf_counter(), real_time.process_time()

        def tell(day: date, region: str = region, began: float = began) -> None:
            if day.day == 1:
                print(f"  {region} {day}, {real_time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

        with tempfile.TemporaryDirectory(prefix="reminders-", dir=chosen.folder) as folder:
            url = f"sqlite:///{folder}/county.db"
            report = simulate(region, chosen.residents, chosen.days, chosen.seed, url=url, each_day=tell)
        print(f"{region}, {chosen.residents} residents, {chosen.days} days: {report.summary()}")
        print(f"  {real_time.process_time() - used:.0f} s of processor", flush=True)
        for fault in report.faults[:20]:
            print(f"  {fault}", flush=True)
        wrong += len(report.faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
