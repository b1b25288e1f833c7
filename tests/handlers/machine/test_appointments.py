"""The hospital learns who comes, in the order of the changes, and answers."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from server import policy
from server.actions import booking
from server.database import db
from server.models import Appointment, AppointmentStatus, AuditEvent, Hospital, RealNameState, Resident, Slot
from server.models.actor import CLOCK
from tests import make
from tests.conftest import Clock
from tests.handlers.machine.calling import System, system
from tests.handlers.problem import refused

PATH = "/machine/Appointment"
RULES = policy.load("mianyang")


@pytest.fixture
def his(client: FlaskClient) -> System:
    return system(client, name="市中心医院", must_confirm=True)


@pytest.fixture
def lin(his: System) -> Resident:
    made = make.resident(name="林秀英", real_name_state=RealNameState.VERIFIED)
    make.agreement(resident=made)
    return made


@pytest.fixture
def book(his: System, lin: Resident) -> Callable[..., Appointment]:
    def booked(hospital: Hospital | None = None, slot: Slot | None = None) -> Appointment:
        slot = slot or make.slot(hospital=hospital or his.hospital)
        return booking.reserve(slot.id, lin, policy=RULES, by=CLOCK)[0]

    return booked


def items(his: System, since: str | None = None) -> tuple[list[dict[str, object]], str | None]:
    answer = his.call("GET", f"{PATH}?since={since}" if since else PATH)
    assert answer.status_code == 200, answer.text
    return answer.json["items"], answer.json["next"]


def test_a_change_is_told_once_it_is_settled_and_then_no_more(
    his: System, book: Callable[..., Appointment], clock: Clock
) -> None:
    made = book()
    assert items(his) == ([], None)
    clock.advance(seconds=11)

    first, cursor = items(his)

    assert [(one["id"], one["status"]) for one in first] == [(made.id, "pending")]
    assert first[0]["patient"]["name"] == "林秀英"  # type: ignore[index]
    assert items(his, cursor) == ([], cursor)
    booking.acknowledge(made, by=CLOCK)
    clock.advance(seconds=11)
    assert [one["status"] for one in items(his, cursor)[0]] == ["booked"]


def test_reading_names_is_recorded(his: System, book: Callable[..., Appointment], clock: Clock) -> None:
    made = book()
    clock.advance(seconds=11)

    items(his)

    seen = db.session.query(AuditEvent).filter_by(action="appointment_read_by_hospital").one()
    assert (seen.object_id, seen.actor_kind, seen.actor_id) == (made.id, "hospital", his.hospital.id)


def test_who_does_not_come_any_more_is_told_without_a_name(
    his: System, book: Callable[..., Appointment], clock: Clock
) -> None:
    booking.cancel(book(), policy=RULES, by=CLOCK)
    clock.advance(seconds=11)

    [one], _ = items(his)

    assert one["status"] == "cancelled" and "patient" not in one


def test_other_hospitals_bookings_are_nobodys(his: System, book: Callable[..., Appointment], clock: Clock) -> None:
    made = book(make.hospital(name="县医院"))
    clock.advance(seconds=11)

    assert items(his) == ([], None)
    for what, body in (("acknowledge", None), ("turn-down", {"reason": "停诊"})):
        refused(his.call("POST", f"{PATH}/{made.id}/{what}", body, idempotency="key-00001"), 404, "not_found")


def test_a_booking_that_moved_away_is_cancelled_here(
    his: System, book: Callable[..., Appointment], clock: Clock
) -> None:
    made = book()
    booking.acknowledge(made, by=CLOCK)
    clock.advance(seconds=11)
    _, cursor = items(his)
    there = make.slot(hospital=make.hospital(name="县医院"))
    booking.reschedule(made, there.id, policy=RULES, by=CLOCK)
    clock.advance(seconds=11)

    assert items(his, cursor)[0] == [
        {"resourceType": "Appointment", "id": made.id, "status": "cancelled", "reason": "moved"}
    ]


def test_acknowledging_twice_is_once(his: System, book: Callable[..., Appointment]) -> None:
    made = book()

    for key in ("key-00001", "key-00001", "key-00002"):
        answer = his.call("POST", f"{PATH}/{made.id}/acknowledge", idempotency=key)
        assert (answer.status_code, answer.json["status"]) == (200, "booked")
        assert "patient" not in answer.json
    assert db.session.get(Appointment, made.id).status == AppointmentStatus.BOOKED  # type: ignore[union-attr]


def test_turning_down_gives_the_place_back(his: System, book: Callable[..., Appointment]) -> None:
    made = book()

    answer = his.call("POST", f"{PATH}/{made.id}/turn-down", {"reason": "当天设备检修"}, idempotency="key-00001")

    assert answer.json["status"] == "cancelled"
    assert db.session.get(Slot, made.slot_id).fd_taken == 0  # type: ignore[union-attr]
    refused(his.call("POST", f"{PATH}/{made.id}/acknowledge", idempotency="key-00002"), 409, "illegal_move")


def test_a_made_up_cursor_is_refused(his: System) -> None:
    refused(his.call("GET", f"{PATH}?since=x"), 400, "cursor_invalid")


def test_the_desk_says_who_came_and_was_seen(client: FlaskClient, clock: Clock) -> None:
    desk = system(client, name="市中心医院", checks_in=True)
    who = make.resident(real_name_state=RealNameState.VERIFIED)
    make.agreement(resident=who)
    made = booking.reserve(make.slot(hospital=desk.hospital).id, who, policy=RULES, by=CLOCK)[0]

    refused(desk.call("POST", f"{PATH}/{made.id}/check-in", idempotency="key-00001"), 409, "check_in_wrong_day")
    clock.set("2026-03-07 08:30")
    refused(desk.call("POST", f"{PATH}/{made.id}/seen", idempotency="key-00002"), 409, "illegal_move")
    arrived = desk.call("POST", f"{PATH}/{made.id}/check-in", idempotency="key-00003")
    assert arrived.json["status"] == "arrived", arrived.text
    assert desk.call("POST", f"{PATH}/{made.id}/seen", idempotency="key-00004").json["status"] == "fulfilled"
    assert desk.call("POST", f"{PATH}/{made.id}/seen", idempotency="key-00005").json["status"] == "fulfilled"


def test_a_no_show_is_corrected_by_the_hospital(client: FlaskClient, clock: Clock) -> None:
    desk = system(client, name="市中心医院", checks_in=True)
    who = make.resident(real_name_state=RealNameState.VERIFIED)
    make.agreement(resident=who)
    made = booking.reserve(make.slot(hospital=desk.hospital).id, who, policy=RULES, by=CLOCK)[0]
    clock.set("2026-03-07 13:00")
    while booking.mark_no_show_next(RULES):
        pass

    answer = desk.call("POST", f"{PATH}/{made.id}/correct", {"reason": "窗口漏登记"}, idempotency="key-00001")

    assert answer.json["status"] == "fulfilled", answer.text
