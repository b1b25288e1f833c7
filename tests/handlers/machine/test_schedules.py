"""A hospital's system sends sessions: made once, changed without taking a number from anybody."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.database import db
from server.models import Department, Hospital, MachineAnswer, Shift, Slot, Specialist
from tests import make
from tests.handlers.machine.calling import System, system
from tests.handlers.problem import refused, rows

PATH = "/machine/Schedule/0309-AM"


def slot(start: str = "09:00", end: str = "10:00", capacity: int = 5, **more: Any) -> dict[str, Any]:
    return {"start": f"2026-03-09T{start}:00+08:00", "end": f"2026-03-09T{end}:00+08:00", "capacity": capacity} | more


def schedule(*slots: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Schedule",
        "serviceCategory": "EXPERT",
        "specialty": "心内科",
        "actor": {"name": "王主任", "title": "主任医师"},
        "slot": list(slots) or [slot(), slot("10:00", "11:00")],
    } | more


@pytest.fixture
def his(client: FlaskClient) -> System:
    return system(client, name="市中心医院", level=3)


def put(his: System, body: dict[str, Any], key: str = "key-00001", path: str = PATH) -> Any:
    return his.call("PUT", path, body, idempotency=key)


def test_a_session_is_made_with_department_doctor_and_share(his: System) -> None:
    answer = put(his, schedule())

    assert answer.status_code == 201, answer.text
    assert answer.json["familyDoctorPercent"] == 30 and answer.json["familyDoctorCapacity"] == 3
    assert [one["capacity"] for one in answer.json["slot"]] == [5, 5]
    assert sum(one["familyDoctor"]["capacity"] for one in answer.json["slot"]) == 3
    assert his.call("GET", PATH).json == answer.json
    assert db.session.query(Specialist).one().name == "王主任"
    assert db.session.query(Department).one().name == "心内科"


def test_the_same_key_answers_the_same_and_does_nothing(his: System) -> None:
    first = put(his, schedule())
    before = rows()

    again = put(his, schedule())

    assert (again.status_code, again.json) == (201, first.json)
    assert {name: n for name, n in rows().items() if n != before[name]} == {
        "machine_nonce": before["machine_nonce"] + 1
    }


def test_another_request_under_the_key_is_refused(his: System) -> None:
    put(his, schedule())

    refused(put(his, schedule(slot(capacity=9))), 409, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "编号编号编号编号"])
def test_a_change_needs_a_key(his: System, key: str) -> None:
    headers = {"idempotency": key.encode().decode("latin-1")} if key else {}

    refused(his.call("PUT", PATH, schedule(), **headers), 400, "idempotency_key_needed")


def test_a_refusal_can_be_tried_again_under_its_key(his: System) -> None:
    refused(put(his, schedule(slot(capacity=0))), 400, "capacity_invalid")
    assert db.session.query(MachineAnswer).count() == 0

    assert put(his, schedule()).status_code == 201


def test_another_hospital_sees_nothing_of_it_and_may_use_the_name_itself(his: System, client: FlaskClient) -> None:
    put(his, schedule())
    other = system(client, name="县医院", level=2)

    refused(other.call("GET", PATH), 404, "not_found")
    refused(put(other, {"slot": [slot()]}, path=f"{PATH}/Slot"), 404, "not_found")
    assert put(other, schedule()).status_code == 201
    assert db.session.query(Shift).count() == 2


def test_numbers_grow_and_shrink_with_the_share_rounded_up(his: System) -> None:
    put(his, schedule())

    more = put(his, {"slot": [slot(capacity=10), slot("10:00", "11:00", 10)]}, "key-00002", f"{PATH}/Slot")
    assert (more.status_code, more.json["familyDoctorCapacity"]) == (200, 6)
    less = put(his, schedule(slot(capacity=2)), "key-00003")
    assert less.json["familyDoctorCapacity"] == 1
    assert [one["capacity"] for one in less.json["slot"]] == [2, 0]


def test_what_is_booked_stays(his: System) -> None:
    put(his, schedule(slot(capacity=10)))
    found = db.session.query(Slot).one()
    make.saved_change(found, fd_taken=3, public_taken=4)

    refused(put(his, schedule(slot(capacity=6)), "key-00002"), 409, "capacity_below_booked")
    fine = put(his, schedule(slot(capacity=7)), "key-00003").json["slot"][0]
    assert fine["familyDoctor"] == {"capacity": 3, "taken": 3} and fine["public"] == {"capacity": 4, "taken": 4}


def test_what_went_to_the_public_stays_there(his: System) -> None:
    put(his, schedule(slot(capacity=10)))
    found = db.session.query(Slot).one()
    make.saved_change(found, fd_capacity=0, public_capacity=10, given_over=3, released_at=found.release_at)

    grown = put(his, schedule(slot(capacity=12)), "key-00002").json["slot"][0]

    assert grown["familyDoctor"]["capacity"] == 0 and grown["public"]["capacity"] == 12


@pytest.mark.parametrize(
    ("slots", "code"),
    [
        ([slot("10:00", "09:00")], "shift_ends_early"),
        ([slot(), slot("09:30", "11:00")], "ranges_invalid"),
        ([slot(reserved=4)], "own_share_too_large"),
        ([slot(reserved=6)], "capacity_invalid"),
        ([slot(capacity=500), slot("10:00", "11:00")], "capacity_invalid"),
        ([slot() | {"start": "2026-03-01T09:00:00+08:00", "end": "2026-03-01T10:00:00+08:00"}], "shift_in_past"),
        ([slot() | {"start": "2027-03-01T09:00:00+08:00", "end": "2027-03-01T10:00:00+08:00"}], "shift_too_far"),
        ([slot() | {"end": "2026-03-09T10:00:00"}], "invalid_input"),
        ([slot() | {"capacity": True}], "invalid_input"),
        ([], "invalid_input"),
    ],
)
def test_ranges_that_cannot_be_are_refused_and_nothing_is_kept(his: System, slots: list[Any], code: str) -> None:
    before = rows()

    answer = put(his, schedule() | {"slot": slots})

    assert answer.json["code"] == code
    assert {name for name, n in rows().items() if n != before[name]} <= {"machine_nonce"}


def test_one_doctor_sits_once(his: System) -> None:
    put(his, schedule())

    refused(put(his, schedule(), "key-00002", "/machine/Schedule/other"), 409, "shift_overlaps")


def test_beds_have_no_doctor(his: System) -> None:
    body = schedule(serviceCategory="BED", actor=None, comment="心内科病床")

    assert put(his, body).json["actor"]["name"] == "心内科病床"
    assert db.session.query(Shift).one().specialist_id is None


@pytest.mark.parametrize("name", ["x y", "x" * 65, "号源"])
def test_odd_names_are_nobodys(his: System, name: str) -> None:
    assert put(his, schedule(), path=f"/machine/Schedule/{name}").status_code in (401, 404)


def test_hospital_row_stays(his: System) -> None:
    put(his, schedule())

    assert db.session.query(Hospital).count() == 1


def test_a_session_is_called_off_and_nobody_books_it(his: System) -> None:
    put(his, schedule())

    for key in ("key-00002", "key-00003"):
        answer = his.call("POST", f"{PATH}/suspend", idempotency=key)
        assert answer.status_code == 200 and answer.json["active"] is False
        assert {one["status"] for one in answer.json["slot"]} == {"busy-unavailable"}
