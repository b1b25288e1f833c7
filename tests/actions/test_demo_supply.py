"""The demo's hospitals have weekly clinics, examinations and beds, whatever the region, and once."""

import pytest
from apiflask import APIFlask

from server import policy
from server.cli import demo_supply
from server.database import db
from server.models import Shift, ShiftException, ShiftPattern
from tests import make


@pytest.mark.parametrize("region", ["mianyang", "qianjiang", "fujian", "erqi", "changyinsha"])
def test_the_demo_lays_out_its_patterns_once(app: APIFlask, region: str) -> None:
    hospital = make.hospital(name="中心医院")
    department = demo_supply.supply.keep_department(
        hospital, demo_supply.CARDIOLOGY, floor="", bring="", by=demo_supply.CLOCK
    )
    make.specialist(hospital=hospital, department=department)

    for _ in range(2):
        demo_supply.seed(hospital.name, policy.load(region))

    assert db.session.query(ShiftPattern).count() == 5
    assert db.session.query(ShiftException).count() == 1
    assert {shift.kind for shift in db.session.query(Shift)} == {"GENERAL", "EXAM", "BED", "EXPERT"}
