"""A list costs the same number of statements whatever its length: no query per row."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from server import clock
from server.models import AgreementStatus, Hospital, Pool
from tests import make

RESIDENT_LISTS = (
    "/api/teams",
    "/api/agreements",
    "/api/hospitals",
    "/api/slots?hospital_id={hospital}",
    "/api/referrals",
)
DOCTOR_LISTS = (
    "/api/doctor/agreements",
    "/api/doctor/agreements?status=active",
    "/api/doctor/residents",
    "/api/doctor/day",
    "/api/doctor/followups",
    "/api/doctor/referrals?tab=hospital",
    "/api/doctor/referral-slots?hospital_id={hospital}",
)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What the database was asked."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


def fill(rows: int, resident: Any, team: Any, package: Any, hospital: Any) -> None:
    for _ in range(rows):
        member = make.resident()
        signed = make.agreement(resident=member, team=team, package=package)
        make.referral(signed, status="admitted")
        make.referral(
            make.agreement(resident=resident, status=AgreementStatus.REJECTED),
            status="closed",
            down_reason_code="stable",
        )
        make.agreement(team=team, package=package, status=AgreementStatus.PENDING_TEAM)
        past = clock.today() - timedelta(days=800)
        make.agreement(resident=resident, team=team, package=package, status=AgreementStatus.EXPIRED, start_on=past)
        make.followup(resident=member, team=team)
        make.slot(hospital=hospital, pool=Pool.FAMILY_DOCTOR)
        make.team()


def test_no_list_asks_once_per_row(client: FlaskClient, statements: list[str]) -> None:
    lead = make.staff()
    team, package, resident = make.team(lead=lead), make.package(), make.resident()
    hospital = make.saved(Hospital(name="市中心医院", level=3, address="涪城区"))
    callers = {
        "resident": make.session_of(make.user(resident=resident)),
        "doctor": make.session_of(make.user(staff=lead)),
    }
    lists = [(path.format(hospital=hospital.id), "resident") for path in RESIDENT_LISTS]
    lists += [(path.format(hospital=hospital.id), "doctor") for path in DOCTOR_LISTS]

    def cost() -> dict[str, tuple[int, int]]:
        found = {}
        for path, who in lists:
            statements.clear()
            answer = client.get(path, headers=callers[who])
            assert answer.status_code == 200, path
            found[path] = (len(answer.json["items"]), len([s for s in statements if s.startswith("SELECT")]))
        return found

    fill(4, resident, team, package, hospital)
    few = cost()
    fill(8, resident, team, package, hospital)
    many = cost()

    assert {path: asked for path, (_, asked) in many.items()} == {path: asked for path, (_, asked) in few.items()}
    assert all(rows > few[path][0] for path, (rows, _) in many.items() if "hospitals" not in path)
