"""Discharges from a hospital's own system: signed, told twice kept once, nobody else's business."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from server import clock
from server.database import db
from server.models import Discharge, FollowUp
from tests import make
from tests.handlers.machine.calling import System, system

WHERE = "/machine/discharges"


@pytest.fixture
def his(client: FlaskClient) -> System:
    return system(client, name="绵阳市中心医院")


def body(number: str, **fields: Any) -> dict[str, Any]:
    today = clock.today().isoformat()
    told = {"diagnosis": "冠心病", "drugs": "阿司匹林", "needs": "监测血压", "discharged_on": today}
    return {"patient": {"document_type": "01", "number": number}} | told | fields


def test_a_discharge_is_kept_once_with_the_contact_it_plans(his: System) -> None:
    who = make.agreement().resident
    told = body(who.identity_number, down_reason="recovery")

    answers = [his.call("POST", WHERE, told, idempotency="message-1") for _ in range(2)]
    other = his.call("POST", WHERE, told | {"needs": "低盐"}, idempotency="message-1")

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json == answers[1].json
    assert (other.status_code, other.json["code"]) == (409, "message_key_reused")
    (row,) = db.session.scalars(select(Discharge))
    (planned,) = db.session.scalars(select(FollowUp))
    assert (row.followup_id, row.source, row.hospital_id) == (planned.id, "machine", his.hospital.id)
    assert answers[0].json["contact_by_on"] == planned.due_on.isoformat()


def test_what_somebody_has_is_not_readable_in_the_database(his: System) -> None:
    who = make.agreement().resident
    his.call("POST", WHERE, body(who.identity_number), idempotency="message-1")

    kept = db.session.execute(text("SELECT diagnosis, drugs, needs FROM discharge")).one()

    assert not any("冠心" in value or "阿司" in value or "血压" in value for value in kept)


@pytest.mark.parametrize("number", ["510799199912319999", "nonsense"])
def test_whom_nobody_serves_here_and_who_is_unknown_look_the_same(his: System, number: str) -> None:
    unsigned = make.resident()

    answers = [
        his.call("POST", WHERE, body(who), idempotency=f"message-{n}")
        for n, who in enumerate((number, unsigned.identity_number))
    ]

    assert [answer.json["code"] for answer in answers] == ["not_under_contract"] * 2


def test_the_hospitals_own_number_of_the_message_is_needed(his: System) -> None:
    who = make.agreement().resident

    for key in ("", "short", "with spaces in it"):
        answer = his.call("POST", WHERE, body(who.identity_number), idempotency=key)
        assert (answer.status_code, answer.json["code"]) == (400, "message_key_needed")


def test_an_unsigned_request_gets_nowhere(his: System, client: FlaskClient) -> None:
    who = make.agreement().resident

    answer = client.post(WHERE, json=body(who.identity_number), headers={"Idempotency-Key": "message-1"})

    assert (answer.status_code, db.session.scalars(select(Discharge)).all()) == (401, [])
