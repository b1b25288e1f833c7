"""A doctor sees what is kept for his residents and books for one of them, who is told."""

from datetime import datetime, time, timedelta

import pytest
from flask.testing import FlaskClient

from server import clock as clocks
from server.database import db
from server.models import Appointment, Notification, RealNameState, Slot
from tests import make
from tests.handlers.problem import refused


@pytest.fixture
def doctor(client: FlaskClient) -> dict[str, str]:
    team = make.team()
    lin = make.resident(name="林秀英", real_name_state=RealNameState.VERIFIED)
    make.agreement(resident=lin, team=team)
    return {"resident": lin.id, **make.session_of(make.user(staff=team.lead))}


def headers(doctor: dict[str, str]) -> dict[str, str]:
    return {"Authorization": doctor["Authorization"]}


def tomorrow(**fields: object) -> Slot:
    starts = datetime.combine(clocks.today() + timedelta(days=2), time(9), clocks.SHANGHAI)
    return make.slot(starts=starts, release_at=clocks.now() + timedelta(hours=5), **fields)  # type: ignore[arg-type]


def test_what_is_left_and_what_goes_soon_by_hospital(client: FlaskClient, doctor: dict[str, str]) -> None:
    one, other = make.hospital(name="市中心医院"), make.hospital(name="县医院")
    make.slot(hospital=one, capacity=5, taken=1)
    tomorrow(hospital=one, capacity=3)
    make.slot(hospital=other, capacity=2)
    make.slot(hospital=make.hospital(name="满了"), capacity=1, taken=1)

    found = client.get("/api/doctor/numbers", headers=headers(doctor)).json

    assert [(row["name"], row["left"], row["soon"]) for row in found["items"]] == [
        ("市中心医院", 7, 3),
        ("县医院", 2, 0),
    ]
    assert found["items"][1]["first_at"] is None
    listed = client.get(f"/api/doctor/numbers/{one.id}", headers=headers(doctor)).json["items"]
    assert [row["places_left"] for row in listed] == [3, 4] and listed[0]["release_at"]


def test_booking_for_a_resident_tells_him_and_counts(client: FlaskClient, doctor: dict[str, str]) -> None:
    slot, path = make.slot(), f"/api/doctor/residents/{doctor['resident']}/appointments"

    first = client.post(path, json={"slot_id": slot.id}, headers=headers(doctor))
    again = client.post(path, json={"slot_id": slot.id}, headers=headers(doctor))

    assert (first.status_code, again.status_code) == (201, 200)
    made = db.session.query(Appointment).one()
    assert (made.channel, made.booker_kind, made.resident_id) == ("doctor", "staff", doctor["resident"])
    told = db.session.query(Notification).filter_by(kind="appointment_booked").one()
    assert told.resident_id == doctor["resident"]
    assert client.get("/api/doctor/numbers", headers=headers(doctor)).json["booked"] == 1


def test_another_teams_resident_is_nobodys(client: FlaskClient, doctor: dict[str, str]) -> None:
    stranger = make.agreement().resident_id

    answer = client.post(
        f"/api/doctor/residents/{stranger}/appointments", json={"slot_id": make.slot().id}, headers=headers(doctor)
    )

    refused(answer, 404, "not_found")
