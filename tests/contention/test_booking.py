"""200 people tap at the same moment for 20 places: exactly 20 get one, whatever the database.

The suite runs a few rounds; all hundred: ``BOOKING_ROUNDS=100 python -m pytest tests/contention/test_booking.py``.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from server import clock
from server.database import db
from server.models import Appointment, AppointmentEvent, Notification, Slot
from tests import make
from tests.contention.people import residents
from tests.contention.serving import Call, Web, counted

PEOPLE, PLACES, NUMBERS = 200, 5, 20
ROUNDS = int(os.environ.get("BOOKING_ROUNDS", "4"))


def count(statement: object) -> int:
    db.session.rollback()
    return db.session.scalar(statement) or 0  # type: ignore[call-overload, no-any-return]


def booked(slot_id: str) -> int:
    return count(
        select(func.count())
        .select_from(Appointment)
        .where(Appointment.slot_id == slot_id, Appointment.status == "booked")
    )


def taken(slot_id: str) -> int:
    return count(select(Slot.fd_taken).where(Slot.id == slot_id))


def holders(slot_id: str) -> int:
    """How many different people hold a place."""
    found = select(func.count(Appointment.resident_id.distinct()))
    return count(found.where(Appointment.slot_id == slot_id, Appointment.status == "booked"))


def everybody_books(web: Web, slot: Slot, people: list[tuple[str, str, str]]) -> list[Call]:
    return [Call("/api/appointments", token, {"slot_id": slot.id}) for token, _, _ in people]


def test_a_slot_is_never_oversold(web: Web) -> None:
    """And the last number can be sold, again too when somebody gives one back."""
    team, package = make.team(), make.package()
    for _ in range(ROUNDS):
        slot, people = make.slot(capacity=NUMBERS), residents(PEOPLE, team, package)

        answers = web.at_once(everybody_books(web, slot, people))

        assert counted(answers) == Counter({(201, ""): NUMBERS, (409, "slot_full"): PEOPLE - NUMBERS})
        assert (taken(slot.id), booked(slot.id), holders(slot.id)) == (NUMBERS, NUMBERS, NUMBERS)
        given = sorted(answer.body["number"] for answer in answers if answer.status == 201)
        assert given == list(range(1, NUMBERS + 1))

        winner = next(place for place, answer in enumerate(answers) if answer.status == 201)
        losers = [person for person, answer in zip(people, answers, strict=True) if answer.status == 409][:NUMBERS]
        cancel = Call(f"/api/appointments/{answers[winner].body['id']}/cancel", people[winner][0])
        assert web.post(cancel).status == 200
        again = web.at_once(everybody_books(web, slot, losers))
        assert counted(again) == Counter({(201, ""): 1, (409, "slot_full"): NUMBERS - 1})
        assert (taken(slot.id), booked(slot.id), holders(slot.id)) == (NUMBERS, NUMBERS, NUMBERS)
    booked_ever = ROUNDS * (NUMBERS + 1)
    born = select(func.count()).select_from(AppointmentEvent).where(AppointmentEvent.new == "booked")
    assert count(born) == booked_ever
    told = select(func.count()).select_from(Notification).where(Notification.kind == "appointment_booked")
    assert count(told) == booked_ever
    assert web.busy_workers() >= 2


def test_looking_before_taking_would_oversell(serve: Callable[..., Web]) -> None:
    """The negative control: the same load sells too much when the check is not the booking."""
    web = serve("tests.contention.naive:create_app()")
    team, package = make.team(), make.package()
    most = 0
    for _ in range(4):
        slot, people = make.slot(capacity=PLACES), residents(PEOPLE, team, package)
        web.at_once(everybody_books(web, slot, people))
        most = max(most, booked(slot.id))
        if most > PLACES:
            break

    assert most > PLACES


def test_twenty_taps_of_one_finger_book_once(web: Web) -> None:
    ((token, _, _),) = residents(1, make.team(), make.package())
    slot = make.slot(capacity=1)

    answers = web.at_once([Call("/api/appointments", token, {"slot_id": slot.id})] * 20)

    assert counted(answers) == Counter({(201, ""): 1, (200, ""): 19})
    assert len({answer.body["id"] for answer in answers}) == 1
    assert (taken(slot.id), booked(slot.id)) == (1, 1)


def test_caps_per_person_hold_when_all_taps_come_at_once(web: Web) -> None:
    """Seven clinics on seven days, one person, all at once: three and not one more."""
    ((token, _, _),) = residents(1, make.team(), make.package())
    slots = [make.slot(starts=_nine_in(days)) for days in (5, 6, 7, 8, 9, 10, 11)]

    answers = web.at_once([Call("/api/appointments", token, {"slot_id": slot.id}) for slot in slots])

    assert counted(answers) == Counter({(201, ""): 3, (409, "too_many_appointments"): 4})
    assert sum(taken(slot.id) for slot in slots) == 3


def _nine_in(days: int) -> datetime:
    return datetime.combine(clock.today() + timedelta(days=days), time(9), clock.SHANGHAI)


def test_cancelling_and_booking_at_once_keep_the_count(web: Web) -> None:
    team, package = make.team(), make.package()
    slot = make.slot(capacity=PLACES)
    first_people, others = residents(PLACES, team, package), residents(40, team, package)
    first = web.at_once(everybody_books(web, slot, first_people))

    cancels = [
        Call(f"/api/appointments/{answer.body['id']}/cancel", holder[0])
        for answer, holder in zip(first, first_people, strict=True)
    ]
    answers = web.at_once(cancels * 2 + everybody_books(web, slot, others))

    ends, books = counted(answers[: 2 * PLACES]), counted(answers[2 * PLACES :])
    assert set(ends) <= {(200, ""), (409, "stale_state"), (409, "illegal_move")}
    assert ends[200, ""] >= PLACES
    assert set(books) <= {(201, ""), (409, "slot_full")}
    assert taken(slot.id) == booked(slot.id) == books[201, ""] <= PLACES
