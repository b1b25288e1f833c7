"""Notices of numbers that are little used: each week, to institutions and to the hospital itself, until somebody has read one."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from server.access import use_notices
from server.actions.booking import usage
from server.actions.booking.usage import LowUse
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, AuditEvent, Hospital, UseNotice
from server.models.actor import Actor, ActorKind
from tests import make
from tests.handlers.workbench import browser as browsers

WEEK = date(2026, 2, 23)


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def desk_of(hospital: Hospital) -> AdminLogin:
    """Somebody who signs in for a hospital."""
    login = browsers.admin()
    make.referral_desk(hospital, organisation_id=login.organisation_id)
    return login


def low(*hospitals: Hospital) -> list[LowUse]:
    return [LowUse(one.id, 10, 2) for one in hospitals]


def seen_by(login: AdminLogin) -> list[str]:
    db.session.rollback()
    return [row.hospital.name for row in use_notices.unread(by=login)]


def test_institutions_hear_of_all_and_a_hospital_of_itself_once_a_week() -> None:
    """N-25: A, H."""
    one, other = make.hospital(name="甲医院"), make.hospital(name="乙医院")
    centre, its_desk = browsers.admin(), desk_of(one)
    make.team(organisation_id=centre.organisation_id)
    make.team()  # of an institution in which nobody signs in

    assert usage.tell_low_use(WEEK, low(one, other)) == 3
    assert usage.tell_low_use(WEEK, low(one, other)) == 0

    assert sorted(seen_by(centre)) == ["乙医院", "甲医院"]
    assert seen_by(its_desk) == ["甲医院"]
    assert usage.tell_low_use(date(2026, 3, 2), low(other)) == 1
    assert [row.pct for row in db.session.scalars(select(UseNotice))] == [20] * 4


def test_read_by_one_it_stands_before_nobody_of_his_organisation() -> None:
    hospital = make.hospital(name="甲医院")
    centre, its_desk = browsers.admin(), desk_of(hospital)
    make.team(organisation_id=centre.organisation_id)
    usage.tell_low_use(WEEK, low(hospital))
    (notice,) = use_notices.unread(by=centre)
    with pytest.raises(NotFound):
        use_notices.notice(notice.id, by=its_desk)

    for _ in range(2):
        usage.note_low_use_read(notice, by=Actor(ActorKind.ADMIN, centre.id))

    assert (seen_by(centre), seen_by(its_desk)) == ([], ["甲医院"])
    read = select(AuditEvent.actor_id).where(AuditEvent.action == "low_use_read")
    assert list(db.session.scalars(read)) == [centre.id]


def test_a_good_week_is_not_spoken_of() -> None:
    make.team(organisation_id=browsers.admin().organisation_id)

    assert usage.tell_low_use(WEEK, []) == 0
