"""The physical condition of a household's members, and the form that has a column for it (SG-12)."""

from typing import Any

import pytest
from sqlalchemy import select, text

from server import policy as policies
from server.actions import conditions, signing
from server.database import db
from server.models import AuditEvent, HouseholdMember, Resident
from tests import make
from tests.actions.families import BY, STAFF, Family, family

SPECIAL, GENERAL = policies.load("changyinsha_special"), policies.load("changyinsha")


@pytest.fixture(autouse=True)
def _app(app: Any, clock: Any) -> None:
    """Before the day on which special households' agreements end."""
    clock.set("2017-04-20 10:00")


@pytest.fixture
def home() -> Family:
    return family()


def line(who: Resident) -> HouseholdMember:
    return db.session.scalars(select(HouseholdMember).where(HouseholdMember.current_key == who.id)).one()


def members(who: Resident, policy: Any = SPECIAL) -> str:
    document = signing.document(who, make.team(), make.package(), policy)
    return next(one for one in document.paragraphs if "接受签约服务的家庭成员" in one)


def test_the_form_says_ones_own_condition_and_leaves_the_others_theirs(home: Family) -> None:
    conditions.write(line(home.head), "高血压，右腿行动不便", me=home.head, by=BY)
    conditions.write(line(home.wife), "2型糖尿病", me=home.wife, by=BY)

    mine, hers = members(home.head), members(home.wife)

    assert "本人，张大山，男，1980年5月，身体状况高血压，右腿行动不便" in mine
    assert "糖尿病" not in mine and "李小红，女，1982年5月，身体状况按本人协议" in mine
    assert "身体状况2型糖尿病" in hers and "右腿" not in hers
    assert "身体状况（未登记）" in members(home.father)


def test_where_each_member_chooses_a_package_it_is_the_package(home: Family) -> None:
    conditions.write(line(home.head), "高血压", me=home.head, by=BY)

    assert "高血压" not in members(home.head, GENERAL) and "基础服务包" in members(home.head, GENERAL)


def test_who_may_write_it(home: Family) -> None:
    with pytest.raises(conditions.ConditionOfOther):
        conditions.write(line(home.wife), "糖尿病", me=home.head, by=BY)
    with pytest.raises(conditions.ConditionOfOther):
        conditions.write(line(home.son), "哮喘", me=home.wife, by=BY)  # she does not head the household
    with pytest.raises(conditions.ConditionTooLong):
        conditions.write(line(home.head), "长" * 101, me=home.head, by=BY)

    assert conditions.write(line(home.son), "哮喘", me=home.head, by=BY).physical_condition == "哮喘"
    assert conditions.write(line(home.wife), " 糖尿病 ", me=None, by=STAFF).physical_condition == "糖尿病"
    assert conditions.write(line(home.son), " ", me=home.head, by=BY).physical_condition is None


def test_it_is_sealed_and_on_record(home: Family) -> None:
    row = conditions.write(line(home.head), "高血压", me=home.head, by=BY)
    conditions.write(row, "高血压", me=home.head, by=BY)

    raw = db.session.scalars(text("SELECT physical_condition FROM household_member")).all()
    assert not [value for value in raw if value and "高血压" in value]
    kept = select(AuditEvent).where(AuditEvent.action == "member_condition_written")
    assert len(db.session.scalars(kept).all()) == 1
