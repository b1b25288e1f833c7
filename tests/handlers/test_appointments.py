"""/api/hospitals, /api/slots, /api/appointments: a place is booked once, or the reason is said."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock as clocks
from server.database import db
from server.models import Agreement, Appointment, Pool, Resident, Slot, SlotStatus
from tests import make
from tests.conftest import Clock
from tests.handlers.problem import refused, rows

Book = Callable[[str], TestResponse]


@pytest.fixture
def lin(client: FlaskClient) -> Resident:
    """A resident with an agreement in force."""
    resident = make.resident()
    make.agreement(resident=resident)
    return resident


@pytest.fixture
def headers(lin: Resident) -> dict[str, str]:
    return make.session_of(make.user(resident=lin))


@pytest.fixture
def book(client: FlaskClient, headers: dict[str, str]) -> Book:
    return lambda slot_id: client.post("/api/appointments", json={"slot_id": slot_id}, headers=headers)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


def taken(slot: Slot) -> int:
    db.session.rollback()
    found = db.session.get(Slot, slot.id, populate_existing=True)
    assert found is not None
    return found.fd_taken


def agreement_of(resident: Resident) -> str:
    found = db.session.scalar(select(Agreement.id).where(Agreement.active_key == resident.id))
    assert found is not None
    return found


def test_hospitals_say_how_many_places_are_left(client: FlaskClient, headers: dict[str, str]) -> None:
    slot = make.slot(capacity=5, taken=2)
    hospital = slot.shift.specialist.hospital
    make.slot(hospital=hospital, capacity=3, starts=at("2026-03-09 09:00"))
    make.slot(hospital=hospital, capacity=9, pool=Pool.PUBLIC)
    make.slot(hospital=hospital, capacity=9, status=SlotStatus.SUSPENDED)
    make.slot(hospital=hospital, capacity=9, starts=at("2026-03-02 09:00"))

    (shown,) = client.get("/api/hospitals", headers=headers).json["items"]

    assert (shown["id"], shown["places_left"], shown["level"]) == (hospital.id, 6, 3)


def test_slots_are_soonest_first_and_say_why_not(client: FlaskClient, headers: dict[str, str]) -> None:
    late = make.slot(starts=at("2026-03-09 09:00"))
    hospital = late.shift.specialist.hospital
    full = make.slot(hospital=hospital, capacity=2, taken=2, starts=at("2026-03-08 09:00"))
    today = make.slot(hospital=hospital, starts=at("2026-03-02 14:00"))
    make.slot(starts=at("2026-03-08 09:00"))

    items = client.get(f"/api/slots?hospital_id={hospital.id}", headers=headers).json["items"]

    assert [item["id"] for item in items] == [today.id, full.id, late.id]
    assert [item["bookable"] for item in items] == [False, False, True]
    assert items[1]["why_not"] == "该时段已约满，请另选时间"
    assert "已停止预约" in items[0]["why_not"]


def test_booking_answers_with_everything_needed_on_the_day(book: Book) -> None:
    slot = make.slot(starts=at("2026-03-07 09:00"))

    answer = book(slot.id)

    assert answer.status_code == 201
    made = answer.json
    assert (made["status"], made["number"], made["department"]) == ("booked", 1, "心内科")
    assert (made["starts_at"], made["cancel_before_at"]) == ("2026-03-07T09:00:00+08:00", "2026-03-06T15:00:00+08:00")
    assert (made["can_cancel"], "身份证" in made["hint"]) == (True, True)
    assert taken(slot) == 1


def test_a_double_tap_books_once_and_says_the_same(book: Book) -> None:
    slot = make.slot(capacity=1)

    first, second = book(slot.id), book(slot.id)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert (taken(slot), rows()["appointment"]) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"capacity": 2, "taken": 2}, "slot_full"),
        ({"capacity": 0}, "slot_full"),
        ({"starts": "2026-03-01 09:00"}, "slot_past"),
        ({"starts": "2026-03-02 11:00"}, "slot_past"),
        ({"starts": "2026-05-30 09:00"}, "slot_too_far"),
        ({"status": SlotStatus.SUSPENDED}, "slot_closed"),
        ({"released": True}, "slot_closed"),
        ({"pool": Pool.PUBLIC}, "slot_closed"),
    ],
)
def test_a_slot_that_cannot_be_booked_says_why(book: Book, fields: dict[str, Any], code: str) -> None:
    slot = make.slot(**(fields | ({"starts": at(fields["starts"])} if "starts" in fields else {})))
    before, places = rows(), taken(slot)

    refused(book(slot.id), 409, code)

    assert (rows(), taken(slot)) == (before, places)


@pytest.mark.parametrize("slot_id", ["x", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "😀", "\x00", "' OR 1=1 --"])
def test_an_id_that_is_none_is_not_found(book: Book, slot_id: str) -> None:
    refused(book(slot_id), 404, "not_found")


@pytest.mark.parametrize("slot_id", [None, 1, [], {}, "x" * 27])
def test_what_is_no_id_is_invalid(book: Book, slot_id: Any) -> None:
    assert refused(book(slot_id), 422, "invalid_input")["details"] == {"fields": ["slot_id"]}


def test_booking_needs_an_agreement_in_force(client: FlaskClient) -> None:
    slot = make.slot()
    headers = make.session_of(make.user(resident=make.resident()))

    refused(client.post("/api/appointments", json={"slot_id": slot.id}, headers=headers), 409, "no_active_agreement")

    assert taken(slot) == 0


def test_caps_and_overlaps_per_person(book: Book) -> None:
    for day in (7, 9, 11):
        assert book(make.slot(starts=at(f"2026-03-{day:02} 09:00")).id).status_code == 201

    refused(book(make.slot(starts=at("2026-03-11 10:00")).id), 409, "appointments_overlap")
    refused(book(make.slot(starts=at("2026-03-12 09:00")).id), 409, "too_many_appointments")


def test_cancelling_gives_the_place_back(client: FlaskClient, headers: dict[str, str], book: Book) -> None:
    slot = make.slot(capacity=1)
    made = book(slot.id).json["id"]
    url = f"/api/appointments/{made}/cancel"

    cancelled, again = client.post(url, headers=headers), client.post(url, headers=headers)

    assert (cancelled.status_code, cancelled.json["status"], cancelled.json["can_cancel"]) == (200, "cancelled", False)
    assert again.json == cancelled.json
    assert taken(slot) == 0
    assert book(slot.id).status_code == 201


def test_cancelling_too_late_is_refused(client: FlaskClient, headers: dict[str, str], book: Book, clock: Clock) -> None:
    slot = make.slot(starts=at("2026-03-07 09:00"))
    made = book(slot.id).json["id"]
    clock.set("2026-03-06 15:00")

    problem = refused(client.post(f"/api/appointments/{made}/cancel", headers=headers), 409, "cancel_too_late")

    assert "电话" in problem["title"]
    assert taken(slot) == 1


def test_my_appointments_are_newest_first_only_mine_and_in_pages(
    client: FlaskClient, headers: dict[str, str], lin: Resident, book: Book
) -> None:
    slots = [make.slot(starts=at("2026-03-04 09:00") + timedelta(days=3 * index)) for index in range(4)]
    made = [book(slot.id).json["id"] for slot in slots]
    for number in range(2, 22):
        past = Appointment(
            slot_id=slots[0].id,
            resident_id=lin.id,
            agreement_id=agreement_of(lin),
            status="cancelled",
            number=number,
            booked_at=clocks.now(),
            cancelled_at=clocks.now(),
        )
        make.saved(past)

    first = client.get("/api/appointments", headers=headers).json
    second = client.get(f"/api/appointments?cursor={first['next']}", headers=headers).json

    ids = [row["id"] for row in first["items"] + second["items"]]
    assert (len(first["items"]), len(ids), second["next"]) == (20, 24, None)
    assert ids == sorted(ids, reverse=True)
    assert ids[-4:] == made[::-1]
    stranger = make.session_of(make.user(resident=make.resident()))
    assert client.get("/api/appointments", headers=stranger).json["items"] == []
