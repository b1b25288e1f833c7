"""Self-measured values in the workbench: what nobody looked at, and a resident's trend, on the record."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.actions import measurements
from server.database import db
from server.models import AuditEvent
from server.policy.measuring import Moment, Unit, glucose, pressure
from tests.actions.conversing import POLICY, Cast, as_resident, cast
from tests.conftest import Clock
from tests.handlers.workbench import browser as browsers


@pytest.fixture
def people(app: Any) -> Cast:
    return cast()


def record(people: Cast, reading: Any, client_id: str) -> None:
    who = people.lin_user.resident
    assert who is not None
    measurements.record(
        who, reading, client_id, measured_at=None, is_confirmed=False, is_own=True, source="page",
        by=as_resident(people.lin_user), policy=POLICY,
    )  # fmt: skip


def test_an_alarm_nobody_looks_at_stands_on_the_first_page_of_its_institution(
    client: FlaskClient, people: Cast, clock: Clock
) -> None:
    record(people, pressure(185, 95), "c1")
    clock.advance(minutes=16)
    measurements.escalate_next()
    mine = browsers.Browser(client, browsers.admin(people.team.organisation))

    assert "无人查看的自测危急值" in mine.get("/").text
    page = mine.get("/measurements?late=1").text
    assert "185/95" in page and "无人查看" in page and "林*月" in page and "林小月" not in page

    theirs = browsers.Browser(client, browsers.admin())
    assert "185/95" not in theirs.get("/measurements").text


def test_the_trend_is_drawn_with_its_reference_and_written_down(client: FlaskClient, people: Cast) -> None:
    for number, pair in enumerate(((128, 78), (152, 88))):
        record(people, pressure(*pair), f"c{number}")
    record(people, glucose("6.1", Unit.MMOL, Moment.FASTING), "g")
    who = people.lin_user.resident
    assert who is not None
    mine = browsers.Browser(client, browsers.admin(people.team.organisation))

    page = mine.get(f"/residents/{who.id}/measurements").text

    assert page.count("<svg") == 2 and page.count("<circle") == 5 and page.count("<rect") == 3
    assert [row.actor_kind for row in db.session.scalars(select(AuditEvent).where(AuditEvent.object_id == who.id))] == [
        "admin"
    ]
    stranger = browsers.Browser(client, browsers.admin())
    assert stranger.get(f"/residents/{who.id}/measurements").status_code == 404
