"""Booking for oneself and for the family: hold and confirm, another time, the card for the day, late cancels, appeal."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock as clocks
from server.database import db
from server.models import Appointment, AuditEvent, BookingBlock, Slot, WechatUser
from tests import make
from tests.handlers.problem import refused

Headers = dict[str, str]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


@pytest.fixture
def daughter(app: Any) -> Any:
    """A signed resident who heads a household; her mother joined it and is signed, too."""
    return make.agreement().resident


@pytest.fixture
def mother(daughter: Any) -> Any:
    found = make.agreement(resident=make.resident(name="林秀英")).resident
    home = make.household(daughter)
    make.member(home, found, "52")
    return found


@pytest.fixture
def headers(daughter: Any) -> Headers:
    return make.session_of(make.user(resident=daughter))


def taken(slot: Slot) -> int:
    db.session.rollback()
    return db.session.get_one(Slot, slot.id, populate_existing=True).fd_taken


def test_a_place_is_held_and_confirmed(client: FlaskClient, headers: Headers) -> None:
    slot = make.slot(capacity=1)

    held = client.post("/api/appointments/hold", json={"slot_id": slot.id}, headers=headers)
    again = client.post("/api/appointments/hold", json={"slot_id": slot.id}, headers=headers)
    booked = client.post(f"/api/appointments/{held.json['id']}/confirm", headers=headers)

    assert (held.status_code, again.status_code) == (201, 200)
    assert held.json["status"] == "held" and held.json["hold_until_at"].startswith("2026-03-02T10:10")
    assert (booked.json["status"], booked.json["hold_until_at"], taken(slot)) == ("booked", None, 1)


def test_a_hold_is_let_go(client: FlaskClient, headers: Headers) -> None:
    slot = make.slot(capacity=1)
    held = client.post("/api/appointments/hold", json={"slot_id": slot.id}, headers=headers).json

    let_go = client.post(f"/api/appointments/{held['id']}/cancel", headers=headers)

    assert (let_go.json["status"], taken(slot)) == ("cancelled", 0)


def test_a_daughter_books_for_her_mother(client: FlaskClient, headers: Headers, daughter: Any, mother: Any) -> None:
    slot = make.slot()
    people = client.get("/api/bookable-people", headers=headers).json["items"]
    assert [(one["id"], one["is_me"]) for one in people] == [(daughter.id, True), (mother.id, False)]

    made = client.post("/api/appointments", json={"slot_id": slot.id, "for_id": mother.id}, headers=headers)

    assert made.status_code == 201
    assert made.json["person"] == {"id": mother.id, "name": "林秀英"}
    assert db.session.get_one(Appointment, made.json["id"]).resident_id == mother.id
    hers = client.get(f"/api/appointments?for_id={mother.id}", headers=headers).json["items"]
    assert [one["id"] for one in hers] == [made.json["id"]]
    assert client.get("/api/appointments", headers=headers).json["items"] == []
    assert client.get(f"/api/appointments/{made.json['id']}", headers=headers).status_code == 200
    assert client.post(f"/api/appointments/{made.json['id']}/cancel", headers=headers).json["status"] == "cancelled"


def test_nobody_books_for_a_stranger_or_looks_at_his_bookings(client: FlaskClient, headers: Headers) -> None:
    slot, stranger = make.slot(), make.agreement().resident

    refused(
        client.post("/api/appointments", json={"slot_id": slot.id, "for_id": stranger.id}, headers=headers),
        404,
        "not_found",
    )
    refused(client.get(f"/api/appointments?for_id={stranger.id}", headers=headers), 404, "not_found")
    assert taken(slot) == 0


def test_who_left_the_household_is_a_stranger(client: FlaskClient, headers: Headers, mother: Any) -> None:
    row = db.session.query(make.HouseholdMember).filter_by(resident_id=mother.id).one()
    make.saved_change(row, state="left", current_key=None, left_on=clocks.today())

    slot = make.slot()

    refused(
        client.post("/api/appointments", json={"slot_id": slot.id, "for_id": mother.id}, headers=headers),
        404,
        "not_found",
    )


def test_another_time(client: FlaskClient, headers: Headers) -> None:
    old, new = make.slot(starts=at("2026-03-07 09:00")), make.slot(starts=at("2026-03-09 09:00"))
    mine = client.post("/api/appointments", json={"slot_id": old.id}, headers=headers).json

    moved = client.post(f"/api/appointments/{mine['id']}/move", json={"slot_id": new.id}, headers=headers).json

    assert (moved["id"], moved["starts_at"][:10]) == (mine["id"], "2026-03-09")
    assert (taken(old), taken(new)) == (0, 1)


def test_the_card_says_where_and_what_to_bring_and_has_the_code(client: FlaskClient, headers: Headers) -> None:
    mine = client.post("/api/appointments", json={"slot_id": make.slot().id}, headers=headers).json

    card = client.get(f"/api/appointments/{mine['id']}", headers=headers).json

    assert (card["floor"], card["bring"], card["can_move"]) == ("门诊楼3楼", "以前的心电图", True)
    assert card["code"].startswith(mine["id"] + ".") and card["qr"].startswith("data:image/png;base64,")


def test_the_calendar_entry_keeps_its_name_and_counts_changes(client: FlaskClient, headers: Headers) -> None:
    mine = client.post(
        "/api/appointments", json={"slot_id": make.slot(starts=at("2026-03-07 09:00")).id}, headers=headers
    ).json
    path = f"/api/appointments/{mine['id']}/calendar.ics"

    first = client.get(path, headers=headers)
    client.post(
        f"/api/appointments/{mine['id']}/move",
        json={"slot_id": make.slot(starts=at("2026-03-09 09:00")).id},
        headers=headers,
    )
    second = client.get(path, headers=headers).text
    client.post(f"/api/appointments/{mine['id']}/cancel", headers=headers)
    third = client.get(path, headers=headers).text

    assert first.mimetype == "text/calendar"
    assert all(len(line) <= 75 for line in first.data.split(b"\r\n"))
    assert f"UID:{mine['id']}@family-doctor" in first.text and f"UID:{mine['id']}@family-doctor" in third
    assert "SEQUENCE:0" in first.text and "DTSTART:20260307T010000Z" in first.text
    assert "SEQUENCE:1" in second and "DTSTART:20260309T010000Z" in second
    assert "SEQUENCE:2" in third and "METHOD:CANCEL" in third
    assert "心内科" not in first.text.replace("\r\n ", "")


def test_a_late_cancel_is_asked_for_by_its_name(client: FlaskClient, headers: Headers, clock: Any) -> None:
    mine = client.post(
        "/api/appointments", json={"slot_id": make.slot(starts=at("2026-03-07 09:00")).id}, headers=headers
    ).json

    clock.set("2026-03-06 18:00")
    refused(client.post(f"/api/appointments/{mine['id']}/cancel", headers=headers), 409, "cancel_too_late")
    late = client.post(f"/api/appointments/{mine['id']}/cancel-late", headers=headers).json

    assert (late["status"], late["can_cancel_late"]) == ("late_cancelled", False)


def test_slots_are_found_by_department_need_and_day(client: FlaskClient, headers: Headers) -> None:
    wanted = make.slot(kind="EXAM", starts=at("2026-03-07 09:00"))
    hospital = wanted.shift.hospital
    make.slot(hospital=hospital, kind="EXPERT", starts=at("2026-03-07 14:00"))
    make.slot(hospital=hospital, kind="EXAM", starts=at("2026-03-08 09:00"))
    make.slot(kind="EXAM", starts=at("2026-03-07 09:00"))

    found = client.get(
        f"/api/slots?department_id={wanted.department_id}&kind=EXAM&day=2026-03-07", headers=headers
    ).json["items"]
    offered = client.get(f"/api/hospitals/{hospital.id}/departments", headers=headers).json["items"]

    assert [(one["id"], one["kind_label"]) for one in found] == [(wanted.id, "检查")]
    assert [one["id"] for one in offered] == [wanted.department_id]


def test_a_pause_is_shown_and_objected_to(client: FlaskClient, headers: Headers, daughter: Any) -> None:
    assert client.get("/api/booking-block", headers=headers).json == {"block": None}
    refused(client.post("/api/booking-block/appeal", json={"text": "那天摔倒了"}, headers=headers), 409, "appeal_over")
    make.saved(
        BookingBlock(
            resident_id=daughter.id, live_key=daughter.id, status="active", from_on=clocks.today(),
            until_on=clocks.today().replace(month=5), count=3, policy_version="1",
        )
    )  # fmt: skip

    refused(client.post("/api/appointments", json={"slot_id": make.slot().id}, headers=headers), 409, "booking_blocked")
    shown = client.get("/api/booking-block", headers=headers).json["block"]
    assert (shown["count"], shown["can_appeal"], shown["appeal_until_on"]) == (3, True, "2026-03-09")
    answer = client.post("/api/booking-block/appeal", json={"text": "那天摔倒了"}, headers=headers).json["block"]
    assert (answer["can_appeal"], answer["appeal"]) == (False, "那天摔倒了")


# ---------------------------------------------------------------- who read it is written down


def read(action: str) -> list[str]:
    """Of whom something was read, oldest first."""
    db.session.rollback()
    rows = select(AuditEvent.object_id).where(AuditEvent.action == action).order_by(AuditEvent.id)
    return list(db.session.scalars(rows))


def test_reading_a_relatives_bookings_is_written_down_and_reading_ones_own_is_not(
    client: FlaskClient, headers: Headers, daughter: Any, mother: Any
) -> None:
    hers = client.post("/api/appointments", json={"slot_id": make.slot().id, "for_id": mother.id}, headers=headers).json
    mine = client.post("/api/appointments", json={"slot_id": make.slot().id}, headers=headers).json

    for path in ("", f"/{mine['id']}", f"/{mine['id']}/calendar.ics"):
        assert client.get(f"/api/appointments{path}", headers=headers).status_code == 200
    assert read("bookings_read") == []

    for path in (f"?for_id={mother.id}", f"/{hers['id']}", f"/{hers['id']}/calendar.ics"):
        assert client.get(f"/api/appointments{path}", headers=headers).status_code == 200
    assert read("bookings_read") == [mother.id] * 3
    user = db.session.scalars(select(AuditEvent.actor_id).where(AuditEvent.action == "bookings_read")).first()
    assert user == db.session.scalars(select(WechatUser.id).where(WechatUser.resident_id == daughter.id)).one()


def test_reading_where_a_relative_stands_in_line_is_written_down(
    client: FlaskClient, headers: Headers, daughter: Any, mother: Any
) -> None:
    department = make.specialist().department
    make.waiting(daughter, department)
    client.get("/api/waiting", headers=headers)
    assert read("waits_read") == []

    make.waiting(mother, department)
    assert len(client.get("/api/waiting", headers=headers).json["items"]) == 2
    assert read("waits_read") == [mother.id]
