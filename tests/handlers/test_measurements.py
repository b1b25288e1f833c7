"""Self-measured values over HTTP: entering, seeing, whose, the team's list, and what is written down."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.database import db
from server.models import AuditEvent, Measurement
from tests import make
from tests.actions.conversing import Cast, cast

PRESSURE = {"client_id": "c1", "kind": "blood_pressure", "systolic": 185, "diastolic": 95}
GLUCOSE = {"client_id": "g1", "kind": "glucose", "glucose": "126", "unit": "mg/dL", "moment": "fasting"}


@pytest.fixture
def people(app: Any) -> Cast:
    return cast()


def test_t40_on_the_page_says_120_and_whom_to_call(client: FlaskClient, people: Cast) -> None:
    answer = client.post("/api/measurements", json=PRESSURE, headers=make.session_of(people.lin_user))

    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["is_emergency"] and "立即拨打120" in answer.json["advice"]
    assert (answer.json["team_phone"], answer.json["address"]) == (people.team.phone, people.team.organisation.address)
    assert client.post("/api/measurements", json=PRESSURE, headers=make.session_of(people.lin_user)).status_code == 200


def test_a_value_that_cannot_be_is_refused_in_words(client: FlaskClient, people: Cast) -> None:
    headers = make.session_of(people.lin_user)
    swapped = client.post("/api/measurements", json=PRESSURE | {"systolic": 80, "diastolic": 120}, headers=headers)
    half = client.post(
        "/api/measurements", json={"client_id": "x", "kind": "blood_pressure", "systolic": 120}, headers=headers
    )

    assert (swapped.status_code, swapped.json["code"]) == (400, "measurement_impossible")  # type: ignore[index]
    assert "填反" in swapped.json["title"]  # type: ignore[index]
    assert (half.status_code, half.json["code"]) == (400, "measurement_impossible")  # type: ignore[index]


def test_a_rare_value_wants_a_second_tap(client: FlaskClient, people: Cast) -> None:
    headers = make.session_of(people.lin_user)
    rare = PRESSURE | {"systolic": 230}

    asked = client.post("/api/measurements", json=rare, headers=headers)

    assert (asked.status_code, asked.json["code"]) == (409, "measurement_unusual")  # type: ignore[index]
    assert client.post("/api/measurements", json=rare | {"confirmed": True}, headers=headers).status_code == 201


def test_the_list_and_the_chart_show_canonical_values_and_what_was_typed(client: FlaskClient, people: Cast) -> None:
    headers = make.session_of(people.lin_user)
    client.post("/api/measurements", json=GLUCOSE, headers=headers)
    client.post("/api/measurements", json=PRESSURE, headers=headers)

    listed = client.get("/api/measurements?kind=glucose", headers=headers).json["items"]  # type: ignore[index]
    trend = client.get("/api/measurements/trend?kind=blood_pressure", headers=headers).json

    (one,) = listed
    assert (one["value"], one["unit"], one["entered"], one["moment_label"]) == ("7.0", "mmol/L", "126 mg/dL", "空腹")
    assert trend is not None
    assert [item["points"] for item in trend["items"]] == [[185.0, 95.0]]
    assert [band["high"] for band in trend["bands"]] == [150.0, 90.0]  # she is 69


def test_who_cares_for_somebody_enters_and_sees_his_values_and_nobody_else_does(
    client: FlaskClient, people: Cast
) -> None:
    lin, stranger = people.lin_user.resident, make.resident()
    assert lin is not None
    father = make.resident(name="林建国")
    make.agreement(resident=father, team=people.team)
    make.authority(lin, father)
    headers = make.session_of(people.lin_user)

    names = [one["name"] for one in client.get("/api/measurements/people", headers=headers).json["items"]]  # type: ignore[index]
    done = client.post("/api/measurements", json=PRESSURE | {"for_id": father.id}, headers=headers)

    assert names == [lin.name, "林建国"]
    assert done.status_code == 201
    assert db.session.scalars(select(Measurement)).one().resident_id == father.id
    his = make.session_of(make.user(resident=father))
    for path in ("/api/measurements", "/api/measurements/trend"):
        assert client.get(f"{path}?for_id={stranger.id}", headers=headers).status_code == 404
        assert client.get(f"{path}?for_id={lin.id}", headers=his).status_code == 404


def test_a_grown_member_of_the_household_is_not_seen_without_his_word(client: FlaskClient, people: Cast) -> None:
    lin, wife = people.lin_user.resident, make.resident(name="何芳")
    assert lin is not None
    make.member(make.household(lin), wife, "10")

    answer = client.get(f"/api/measurements?for_id={wife.id}", headers=make.session_of(people.lin_user))

    assert answer.status_code == 404


def test_the_team_sees_emergencies_first_and_its_looking_is_written_down(client: FlaskClient, people: Cast) -> None:
    other = make.resident()
    make.agreement(resident=other, team=people.team)
    high = PRESSURE | {"systolic": 152, "diastolic": 88}
    client.post("/api/measurements", json=high, headers=make.session_of(make.user(resident=other)))
    client.post("/api/measurements", json=PRESSURE, headers=make.session_of(people.lin_user))
    doctor = make.session_of(people.chen_user)

    rows = client.get("/api/doctor/measurements", headers=doctor).json["items"]  # type: ignore[index]
    home = client.get("/api/doctor/home", headers=doctor).json
    shown = client.get(f"/api/doctor/residents/{rows[0]['resident']['id']}/measurements", headers=doctor).json

    assert [(row["measurement"]["value"], row["is_emergency"], row["seen"]) for row in rows] == [
        ("185/95", True, False),
        ("152/88", False, False),
    ]
    assert home is not None and (home["measurements"], home["urgent_measurements"]) == (2, 1)
    assert shown is not None and shown["review"]["seen"] and len(shown["trend"]["items"]) == 1
    seen = select(AuditEvent.id).where(AuditEvent.action == "measurements_seen")
    assert len(db.session.scalars(seen).all()) == 3

    done = client.post(f"/api/doctor/measurements/{rows[0]['id']}/done", json={"outcome": "contacted"}, headers=doctor)
    again = client.post(f"/api/doctor/measurements/{rows[0]['id']}/done", json={"outcome": "visit"}, headers=doctor)

    assert (done.status_code, again.status_code) == (200, 409)
    assert done.json is not None and done.json["outcome_label"] == "已联系本人"
