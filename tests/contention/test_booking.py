"""200 people tap at the same moment for 5 places: exactly 5 get one, whatever the database."""

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

PEOPLE, PLACES, ROUNDS = 200, 5, 4


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
    return count(select(Slot.taken).where(Slot.id == slot_id))


def everybody_books(web: Web, slot: Slot, people: list[tuple[str, str, str]]) -> list[Call]:
    return [Call("/api/appointments", token, {"slot_id": slot.id}) for token, _, _ in people]


def test_a_slot_is_never_oversold(web: Web) -> None:
    team, package = make.team(), make.package()
    for _ in range(ROUNDS):
        slot, people = make.slot(capacity=PLACES), residents(PEOPLE, team, package)

        answers = web.at_once(everybody_books(web, slot, people))

        assert counted(answers) == Counter({(201, ""): PLACES, (409, "slot_full"): PEOPLE - PLACES})
        assert (taken(slot.id), booked(slot.id)) == (PLACES, PLACES)
        given = sorted(answer.body["number"] for answer in answers if answer.status == 201)
        assert given == list(range(1, PLACES + 1))
    assert count(select(func.count()).select_from(AppointmentEvent)) == ROUNDS * PLACES
    told = select(func.count()).select_from(Notification).where(Notification.kind == "appointment_booked")
    assert count(told) == ROUNDS * PLACES
    assert web.busy_workers() >= 2


def test_looking_before_taking_would_oversell(serve: Callable[..., Web]) -> None:
    """The negative control: the same load sells too much when the check is not the booking."""
    web = serve("tests.contention.naive:create_app()")
    team, package = make.team(), make.package()
    most = 0
    for _ in range(ROUNDS):
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
    holders, others = residents(PLACES, team, package), residents(40, team, package)
    first = web.at_once(everybody_books(web, slot, holders))

    cancels = [
        Call(f"/api/appointments/{answer.body['id']}/cancel", holder[0])
        for answer, holder in zip(first, holders, strict=True)
    ]
    answers = web.at_once(cancels * 2 + everybody_books(web, slot, others))

    ends, books = counted(answers[: 2 * PLACES]), counted(answers[2 * PLACES :])
    assert set(ends) <= {(200, ""), (409, "stale_state"), (409, "illegal_move")}
    assert ends[200, ""] >= PLACES
    assert set(books) <= {(201, ""), (409, "slot_full")}
    assert taken(slot.id) == booked(slot.id) == books[201, ""] <= PLACES
