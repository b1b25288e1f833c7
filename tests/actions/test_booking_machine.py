"""Whatever happens in whatever order, places are never created and never lost.

Hypothesis holds, confirms, reserves, moves, cancels, lets time pass, calls clinics off and runs the jobs; after each step
every slot adds up, and what was refused has changed nothing.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from server import clock as clocks
from server import policy as policies
from server.actions import booking
from server.database import db
from server.errors import AppError
from server.models import Appointment, FreedPlace, Pool, Resident, Shift, Slot
from server.models.actor import Actor, ActorKind
from server.models.appointment import WITHOUT_PLACE
from tests import make

POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
JOBS = (
    booking.expire_holds_next,
    booking.release_next,
    booking.suspend_next,
    booking.finish_next,
    lambda: booking.mark_no_show_next(POLICY),
)
WHICH = st.integers(min_value=0, max_value=99)
STARTS = ("2026-03-04 09:00", "2026-03-04 14:00", "2026-03-06 09:00", "2026-03-07 09:00")


class Numbers(RuleBasedStateMachine):
    """Four small clinics and five people."""

    clock: Any

    def __init__(self) -> None:
        super().__init__()
        self.clock.set("2026-03-02 10:00")
        self.now = clocks.now()
        self.slots: list[str] = []
        self.people: list[str] = []
        self.places: dict[str, int] = {}

    @initialize()
    def open_clinics(self) -> None:
        hospital = make.hospital(checks_in=True)
        for text in STARTS:
            starts = datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)
            slot = make.slot(hospital=hospital, capacity=2, public=3, starts=starts)
            self.slots.append(slot.id)
            self.places[slot.id] = slot.capacity
        self.people = [make.agreement(resident=make.resident()).resident_id for _ in range(5)]

    # ------------------------------------------------------------ what people do

    @rule(who=WHICH, where=WHICH, is_hold=st.booleans())
    def take(self, who: int, where: int, is_hold: bool) -> None:
        step = booking.hold if is_hold else booking.reserve
        self._try(lambda: step(self._slot(where), self._person(who), policy=POLICY, by=BY))

    @precondition(lambda self: self._mine())
    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        self._try(lambda: booking.confirm(self._pick(which), policy=POLICY, by=BY))

    @precondition(lambda self: self._mine())
    @rule(which=WHICH, late=st.booleans())
    def cancel(self, which: int, late: bool) -> None:
        self._try(lambda: booking.cancel(self._pick(which), policy=POLICY, by=BY, late=late))

    @precondition(lambda self: self._mine())
    @rule(which=WHICH, where=WHICH)
    def move(self, which: int, where: int) -> None:
        self._try(lambda: booking.reschedule(self._pick(which), self._slot(where), policy=POLICY, by=BY))

    @precondition(lambda self: self._mine())
    @rule(which=WHICH)
    def arrive(self, which: int) -> None:
        self._try(lambda: booking.check_in(self._pick(which), by=BY))

    # ------------------------------------------------------------ what hospital and calendar do

    @rule(where=WHICH)
    def call_off(self, where: int) -> None:
        shift = db.session.scalar(select(Shift).join(Slot).where(Slot.id == self._slot(where)))
        self._try(lambda: booking.suspend(shift, by=BY))

    @rule(minutes=st.sampled_from((5, 11, 60, 5 * 60, 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.clock.set(f"{clocks.local(self.now):%Y-%m-%d %H:%M:%S}")

    @rule(which=st.sampled_from(range(len(JOBS))))
    def job_runs(self, which: int) -> None:
        while JOBS[which]():
            pass

    # ------------------------------------------------------------ what must always hold

    @invariant()
    def every_slot_adds_up(self) -> None:
        for slot in self._rows():
            held = self._held(slot.id)
            assert slot.fd_capacity + slot.public_capacity + slot.other_capacity == self.places[slot.id]
            assert (slot.fd_taken, slot.public_taken) == (held[Pool.FAMILY_DOCTOR], held[Pool.PUBLIC])
            assert 0 <= slot.fd_taken <= slot.fd_capacity and 0 <= slot.public_taken <= slot.public_capacity
            assert slot.fd_capacity + slot.given_over == 2

    @invariant()
    def nobody_is_in_two_places_at_once(self) -> None:
        taken = select(Appointment.resident_id, Slot.starts_at).join(Slot)
        pairs = db.session.execute(
            taken.where(Appointment.slot_id.in_(self.slots), Appointment.status.not_in(WITHOUT_PLACE))
        ).all()
        assert len(set(pairs)) == len(pairs)

    def _try(self, step: Any) -> None:
        """Take a step; when it is refused, nothing has changed."""
        before = self._picture()
        try:
            step()
        except AppError:
            db.session.rollback()
            assert self._picture() == before

    def _picture(self) -> list[Any]:
        rows = [(s.id, s.status, s.fd_capacity, s.fd_taken, s.public_capacity, s.public_taken) for s in self._rows()]
        mine = [(a.id, a.status, a.slot_id, a.number, a.sequence) for a in self._mine()]
        return [rows, mine, self._freed()]

    def _rows(self) -> list[Slot]:
        found = select(Slot).where(Slot.id.in_(self.slots)).order_by(Slot.id).execution_options(populate_existing=True)
        return list(db.session.scalars(found))

    def _held(self, slot_id: str) -> Counter[str]:
        statement = select(Appointment.pool, func.count()).where(
            Appointment.slot_id == slot_id, Appointment.status.not_in(WITHOUT_PLACE)
        )
        rows = db.session.execute(statement.group_by(Appointment.pool))
        return Counter({str(row.pool): row[1] for row in rows})

    def _freed(self) -> int:
        statement = select(func.count()).select_from(FreedPlace).where(FreedPlace.slot_id.in_(self.slots))
        return db.session.scalar(statement) or 0

    def _mine(self) -> list[Appointment]:
        found = select(Appointment).where(Appointment.resident_id.in_(self.people)).order_by(Appointment.id)
        return list(db.session.scalars(found.execution_options(populate_existing=True)))

    def _pick(self, which: int) -> Appointment:
        mine = self._mine()
        return mine[which % len(mine)]

    def _slot(self, which: int) -> str:
        return self.slots[which % len(self.slots)]

    def _person(self, which: int) -> Resident:
        return db.session.get_one(Resident, self.people[which % len(self.people)])


def test_places_are_never_created_or_lost(app: Any, clock: Any) -> None:
    Numbers.clock = clock
    careful = settings(
        max_examples=20,
        stateful_step_count=30,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # shrinking what writes to a database takes minutes
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Numbers, settings=careful)
