"""Closing and booking at the same moment, from many threads: never a booking without an agreement, never a lost place."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock
from server.actions import booking, signing
from server.database import db
from server.errors import AppError
from server.models import (
    Agreement,
    AgreementStatus,
    Appointment,
    AppointmentStatus,
    Ending,
    Resident,
    Slot,
    Team,
)
from tests import make
from tests.actions.leaving import ADMIN, DOCTOR, POLICY, RESIDENT, SECOND, ask
from tests.actions.test_signing import SIGNATURE

ROUNDS = 6


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def at_once(app: APIFlask, steps: list[Callable[[], object]]) -> list[str]:
    """Take all steps at the same moment, each with a session of its own. Returns "" or the refusal's code for each."""
    gate = threading.Barrier(len(steps))

    def take(step: Callable[[], object]) -> str:
        with app.app_context():
            try:
                gate.wait(timeout=30)
                step()
            except AppError as error:
                return error.code
            finally:
                db.session.remove()
        return ""

    with ThreadPoolExecutor(len(steps)) as people:
        return list(people.map(take, steps))


def booked(resident_id: str) -> int:
    db.session.rollback()
    which = (Appointment.resident_id == resident_id) & (Appointment.status == AppointmentStatus.BOOKED)
    return db.session.scalar(select(func.count()).select_from(Appointment).where(which)) or 0


def taken(slots: list[str]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.sum(Slot.fd_taken)).where(Slot.id.in_(slots))) or 0


def slots_on(days: tuple[int, ...]) -> list[str]:
    starts = [datetime.combine(clock.today() + timedelta(days=day), time(9), clock.SHANGHAI) for day in days]
    return [make.slot(starts=start, capacity=2).id for start in starts]


def book(slot_id: str, resident_id: str) -> Callable[[], object]:
    def step() -> object:
        return booking.reserve(slot_id, db.session.get_one(Resident, resident_id), policy=POLICY, by=RESIDENT)

    return step


def close(agreement_id: str) -> Callable[[], object]:
    def step() -> object:
        agreement = db.session.get_one(Agreement, agreement_id)
        return signing.close(agreement, signing.Event.DEATH, clock.today(), by=DOCTOR)

    return step


def test_closing_while_the_resident_books_leaves_no_booking_and_loses_no_place(app: APIFlask) -> None:
    for _ in range(ROUNDS):
        agreement = make.agreement(team=make.team(panel_count=1))
        slots = slots_on((4, 6, 8))

        outcomes = at_once(app, [close(agreement.id), *(book(slot_id, agreement.resident_id) for slot_id in slots)])

        assert outcomes[0] == ""
        assert set(outcomes[1:]) <= {"", "no_active_agreement"}
        assert (booked(agreement.resident_id), taken(slots)) == (0, 0)


def test_closing_while_the_resident_cancels_gives_the_place_back_once(app: APIFlask) -> None:
    for _ in range(ROUNDS):
        agreement = make.agreement(team=make.team(panel_count=1))
        (slot_id,) = slots_on((4,))
        appointment_id = booking.reserve(slot_id, agreement.resident, policy=POLICY, by=RESIDENT)[0].id
        other = make.agreement().resident
        booking.reserve(slot_id, other, policy=POLICY, by=RESIDENT)

        def cancel(which: str = appointment_id) -> object:
            return booking.cancel(db.session.get_one(Appointment, which), policy=POLICY, by=RESIDENT)

        outcomes = at_once(app, [close(agreement.id), cancel])

        assert outcomes[0] == ""
        assert outcomes[1] in ("", "stale_state", "illegal_move")
        assert (booked(agreement.resident_id), booked(other.id), taken([slot_id])) == (0, 1, 1)


def test_ten_closings_at_once_give_one_place_back(app: APIFlask) -> None:
    team = make.team(panel_count=5)
    agreement = make.agreement(team=team)

    outcomes = at_once(app, [close(agreement.id)] * 10)

    assert set(outcomes) == {""}
    db.session.rollback()
    assert db.session.scalar(select(Team.panel_count).where(Team.id == team.id)) == 4


def test_two_administrators_decide_differently_at_once(app: APIFlask) -> None:
    for _ in range(ROUNDS):
        agreement = make.agreement(team=make.team(panel_count=1))
        wish_id = ask(agreement).id

        def decide(approve: bool, by: Any, which: str = wish_id) -> Callable[[], object]:
            def step() -> object:
                wish = db.session.get_one(Ending, which)
                return signing.decide_termination(wish, approve=approve, note="核实过", by=by)

            return step

        outcomes = at_once(app, [decide(True, ADMIN), decide(False, SECOND)])

        assert sorted(outcomes) == ["", "stale_state"]
        db.session.rollback()
        status = db.session.scalar(select(Agreement.status).where(Agreement.id == agreement.id))
        assert status == ("terminated" if outcomes[0] == "" else "active")


def test_a_request_written_while_a_death_is_registered_does_not_stay(app: APIFlask) -> None:
    """Somebody whose last agreement expired asks anew at the very moment."""
    for _ in range(ROUNDS):
        old = make.agreement(status=AgreementStatus.EXPIRED, start_on=clock.today() - timedelta(days=400))
        team, package = make.team(), make.package()
        text = signing.document(old.resident, team, package, POLICY).sha256

        def sign(
            resident_id: str = old.resident_id, with_team: Team = team, what: Any = package, sha: str = text
        ) -> object:
            return signing.request(
                db.session.get_one(Resident, resident_id),
                signing.Wish(
                    db.session.merge(with_team, load=False),
                    db.session.merge(what, load=False),
                    sha,
                    tuple(POLICY.signing.consents),
                    SIGNATURE,
                ),
                policy=POLICY,
                by=RESIDENT,
            )

        death, _ = at_once(app, [close(old.id), sign])

        db.session.rollback()
        waits = db.session.scalar(select(Agreement.id).where(Agreement.open_key == old.resident_id))
        assert (death, waits) == ("", None)
