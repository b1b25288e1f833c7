"""Nobody is passed over, nobody is offered twice, no place is lost: at once, across a crash, in any order of events."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from apiflask import APIFlask
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from server import clock as clocks
from server.actions import booking, signing
from server.actions.booking import waiting
from server.actions.booking.waiting import lines
from server.database import db
from server.errors import AppError
from server.jobs.cli import work_of
from server.jobs.schedule import JOBS, job
from server.models import (
    Appointment,
    FreedPlace,
    Notification,
    Priority,
    Resident,
    Slot,
    WaitingEntry,
    WaitingOffer,
    WaitingSkip,
)
from server.models.appointment import WITHOUT_PLACE
from server.models.notification import queue
from tests import make
from tests.actions.leaving import DOCTOR
from tests.actions.test_ending_races import at_once
from tests.actions.waiting import (
    BY,
    POLICY,
    TEAM,
    at,
    booked,
    cancelled,
    counts,
    freed,
    full,
    joined,
    lapsed,
    offered,
    offers,
    signed,
    states_of,
    told,
)


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


class Killed(BaseException):
    """The process is gone."""


# ---------------------------------------------------------------- within a minute


def test_a_place_is_offered_within_a_minute_by_the_jobs_own_rhythm(app: APIFlask, clock: Any) -> None:
    """A place comes free just after the job looked: the next run, and one that takes a while, still are in time."""
    every = job("offer_places").rhythm.every_seconds
    assert every is not None
    slot, bookings = full(12)
    entries = [joined(slot) for _ in bookings]
    job("offer_places").run(work_of(app))
    for appointment in bookings:
        cancelled(appointment)

    clock.advance(seconds=2 * every)  # one run is still going on when the next is due
    assert job("offer_places").run(work_of(app)) == len(bookings)

    assert set(states_of(*entries)) == {"offered"}
    waits = db.session.scalars(select(FreedPlace)).unique()
    longest = max(row.settled_at - row.freed_at for row in waits if row.settled_at)
    assert longest <= timedelta(seconds=60)
    assert len(told("waiting_offer")) == len(bookings)


def test_a_place_an_offer_ran_out_on_is_offered_again_within_a_minute(app: APIFlask, clock: Any) -> None:
    slot, (one,) = full()
    entries = [joined(slot), joined(slot)]
    cancelled(one)
    job("offer_places").run(work_of(app))
    (first,) = offers()

    clock.set(first.expires_at)
    for name in ("expire_holds", "offer_places"):
        clock.advance(seconds=2 * (job(name).rhythm.every_seconds or 0))
        job(name).run(work_of(app))

    assert states_of(*entries) == ["waiting", "offered"]
    assert offers()[1].offered_at - first.expires_at <= timedelta(seconds=60)


def test_nobody_runs_out_of_jobs() -> None:
    rhythms = {one.id: one.rhythm.every_seconds for one in JOBS}

    assert rhythms["offer_places"] == rhythms["expire_holds"] == 10
    assert (rhythms["offer_free_places"] or 99) <= 30


# ---------------------------------------------------------------- at the same moment


def test_a_direct_booking_that_was_faster_costs_nobody_his_place(monkeypatch: pytest.MonkeyPatch) -> None:
    slot, (one,) = full()
    entry, quick = joined(slot), signed()
    cancelled(one)
    pick = lines.first_for

    def beaten(*args: Any) -> WaitingEntry | None:
        found = pick(*args)
        if found is not None and not quick.died_on and counts(slot)[1] == 0:
            booked(slot, quick)
        return found

    monkeypatch.setattr(lines, "first_for", beaten)
    offered()

    assert (states_of(entry), counts(slot), freed()) == (["waiting"], (1, 1, 0, 0), [("rebooked", "booked_directly")])


def books(slot_id: str, resident_id: str) -> None:
    booking.reserve(slot_id, db.session.get_one(Resident, resident_id), policy=POLICY, by=BY)


def accepts(entry_id: str) -> None:
    waiting.accept(db.session.get_one(WaitingEntry, entry_id), policy=POLICY, by=BY)


def test_workers_and_people_at_once_lose_and_double_nothing(app: APIFlask) -> None:
    slot, bookings = full(4)
    entries = [joined(slot) for _ in range(4)]
    for appointment in bookings[:2]:
        cancelled(appointment)
    quick = [signed(), signed()]
    work = [partial(waiting.offer_next, policy=POLICY) for _ in range(3)]
    people = [partial(books, slot.id, one.id) for one in quick]

    at_once(app, [*work, *people])
    offered()

    held = sum(state == "offered" for state in states_of(*entries))
    direct = db.session.scalar(
        select(func.count()).select_from(Appointment).where(Appointment.resident_id.in_([one.id for one in quick]))
    )
    assert (held + (direct or 0), counts(slot)) == (2, (4, 4, 0, 0))
    assert states_of(*entries) == ["offered"] * held + ["waiting"] * (4 - held)
    assert [outcome for outcome, _ in freed()].count("offered") == held


def test_accepting_and_running_out_at_once_have_one_outcome(app: APIFlask, clock: Any) -> None:
    slot, (one,) = full()
    entry = joined(slot)
    cancelled(one)
    offered()
    clock.set(offers()[0].expires_at - timedelta(milliseconds=30))

    at_once(app, [partial(accepts, entry.id), booking.expire_holds_next])
    clock.advance(seconds=1)
    lapsed()

    is_taken = states_of(entry) == ["booked"]
    assert freed() == ([("rebooked", "waiting_list")] if is_taken else [(None, "")])
    assert counts(slot)[1] == int(is_taken)


def test_a_worker_killed_between_claim_and_notice_leaves_nothing_half(monkeypatch: pytest.MonkeyPatch) -> None:
    slot, (one,) = full()
    entry = joined(slot)
    cancelled(one)

    def dies(kind: str, **rest: Any) -> bool:
        if kind == "waiting_offer":
            raise Killed
        return queue(kind, **rest)

    with monkeypatch.context() as patch:
        patch.setattr("server.models.notification.queue", dies)
        with pytest.raises(Killed):
            offered()
    assert (states_of(entry), counts(slot), offers(), freed()) == (["waiting"], (1, 0, 0, 0), [], [(None, "")])

    offered()
    assert (states_of(entry), len(offers()), len(told("waiting_offer"))) == (["offered"], 1, 1)


def test_a_death_takes_somebody_off_the_list_and_passes_his_offer_on() -> None:
    slot, (one,) = full()
    agreement = make.agreement()
    first, second = joined(slot, agreement.resident), joined(slot)
    cancelled(one)
    offered()

    signing.close(agreement, signing.Event.DEATH, clocks.today(), by=DOCTOR)
    offered()

    assert (states_of(first, second), counts(slot)) == (["removed", "offered"], (1, 1, 0, 0))
    waiting_notes = db.session.scalars(select(Notification).where(Notification.resident_id == first.resident_id))
    assert {str(note.status) for note in waiting_notes} == {"cancelled"}


# ---------------------------------------------------------------- in any order

STEPS = ("cancel", "jobs", "cancel", "jobs", "join", "leave", "book", "accept", "decline", "later")
PLANS = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 4)), min_size=6, max_size=14)


class Clinic:
    """Two slots of one department, five people, and whatever happens to them."""

    def __init__(self) -> None:
        team, package = make.team(), make.package()
        everybody = [make.agreement(team=team, package=package).resident for _ in range(8)]
        first = make.slot(capacity=2, starts=at("2026-03-07 09:00"))
        second = make.slot(capacity=1, specialist=first.shift.specialist, starts=at("2026-03-08 09:00"))
        self.slots: list[Slot] = [first, second]
        for slot, who in zip((first, first, second), everybody[5:], strict=True):
            booked(slot, who)
        self.people: list[Resident] = everybody[:5]
        for who in self.people[:4]:
            self.join(who)
        waiting.set_priority(self.join(self.people[3]), Priority.PREFERRED, "疼痛加重", by=TEAM)
        self.seen: set[str] = set()

    def join(self, who: Resident) -> WaitingEntry:
        return joined(self.slots[0], who, until_on=clocks.local(at("2026-03-09 00:00")).date())

    def do(self, step: str, n: int, clock: Any) -> None:
        db.session.rollback()
        if step == "jobs":
            self.jobs()
        elif step == "later":
            clock.advance(minutes=50)
            lapsed()
        elif step == "join":
            self.join(self.people[n])
        elif step == "book":
            booked(self.slots[n % 2], self.people[n])
        elif step == "cancel":
            rows = self.rows(Appointment, Appointment.status == "booked")
            if rows:
                cancelled(rows[n % len(rows)])
        else:
            entries = self.rows(WaitingEntry, WaitingEntry.resident_id == self.people[n].id)
            if entries and step == "leave":
                waiting.leave(entries[-1], by=BY)
            elif entries:
                (waiting.accept if step == "accept" else waiting.decline)(entries[-1], policy=POLICY, by=BY)

    def jobs(self) -> None:
        lapsed()
        offered()
        ids = [slot.id for slot in self.slots]
        new = [row for row in offers() if row.slot_id in ids and row.id not in self.seen]
        self.seen |= {row.id for row in new}
        for offer in new:
            assert not self.passed_over(offer), "somebody who stands before him could have had it"

    def passed_over(self, offer: WaitingOffer) -> list[WaitingEntry]:
        got = db.session.get_one(WaitingEntry, offer.entry_id)
        tried = {row.entry_id for row in offers() if row.slot_id == offer.slot_id}
        tried |= {row.entry_id for row in db.session.scalars(select(WaitingSkip)) if row.slot_id == offer.slot_id}
        order = (got.priority, got.arrived_at, got.id)
        here = self.rows(
            WaitingEntry, WaitingEntry.status == "waiting", WaitingEntry.department_id == got.department_id
        )
        return [row for row in here if row.id not in tried and (row.priority, row.arrived_at, row.id) < order]

    def rows(self, model: Any, *which: Any) -> list[Any]:
        ids = [slot.id for slot in self.slots]
        mine = (
            model.slot_id.in_(ids) if hasattr(model, "slot_id") else model.department_id == self.slots[0].department_id
        )
        found = select(model).where(mine, *which).order_by(model.id).execution_options(populate_existing=True)
        return list(db.session.scalars(found).unique())

    def check(self) -> None:
        """Places add up; an offer, a hold and a person offered to are the same number, one each."""
        db.session.rollback()
        for slot in self.slots:
            fd, taken, public, _ = counts(slot)
            live = self.rows(Appointment, Appointment.slot_id == slot.id, Appointment.status.not_in(WITHOUT_PLACE))
            assert (fd + public, taken) == (slot.capacity, len(live))
        held = self.rows(Appointment, Appointment.status == "held")
        now_open = [row for row in self.rows(WaitingOffer) if row.outcome is None]
        people = self.rows(WaitingEntry, WaitingEntry.status == "offered")
        assert sorted(row.appointment_id for row in now_open) == sorted(row.id for row in held)
        assert sorted(row.entry_id for row in now_open) == sorted(row.id for row in people)
        in_account = [row for row in self.rows(FreedPlace) if row.outcome == "offered"]
        assert sorted(row.id for row in in_account) == sorted(row.freed_place_id for row in now_open)

    def close(self, clock: Any) -> None:
        """Let both sessions pass; every number given back has a final account."""
        for moment in ("2026-03-06 15:01", "2026-03-07 15:01", "2026-03-08 13:00"):
            clock.set(moment)
            lapsed()
            while booking.release_next():
                pass
            offered()
            self.check()
        assert {row.outcome for row in self.rows(FreedPlace)} <= {"rebooked", "public", "expired"}
        while waiting.end_next(policy=POLICY):
            pass
        clock.set("2026-03-09 00:01")
        while waiting.end_next(policy=POLICY):
            pass
        assert not self.rows(WaitingEntry, WaitingEntry.open_key.is_not(None))


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(plan=[("cancel", 0), ("cancel", 0), ("jobs", 0)])
@given(plan=PLANS)
def test_whatever_happens_no_place_is_lost_and_the_order_is_kept(clock: Any, plan: list[tuple[str, int]]) -> None:
    clock.set("2026-03-02 10:00")
    clinic = Clinic()
    for step, n in plan:
        try:
            clinic.do(step, n, clock)
        except AppError:
            db.session.rollback()  # a refusal changes nothing; the check says so
        clinic.check()
    clinic.jobs()
    clinic.close(clock)


WRONG = {
    "last in line first": tuple(column.desc() for column in lines.ORDER),
    "arrival without priority": lines.ORDER[1:],
    "latest first within a priority": (WaitingEntry.priority, WaitingEntry.arrived_at.desc(), WaitingEntry.id.desc()),
}


@pytest.mark.parametrize("order", WRONG.values(), ids=WRONG)
def test_a_wrong_order_does_not_get_past_the_test_above(
    clock: Any, monkeypatch: pytest.MonkeyPatch, order: Any
) -> None:
    """The check has the power to find what it is there for: the very same test fails on a line served in a wrong order."""
    monkeypatch.setattr(lines, "ORDER", order)

    with pytest.raises(AssertionError, match="somebody who stands before him could have had it"):
        test_whatever_happens_no_place_is_lost_and_the_order_is_kept(clock=clock)
