"""How teams answer, at the workbench: figures, who waits too long, absences, ratings without names."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock as server_clock
from server.actions import messaging
from server.database import db
from server.models import Absence, TeamHours
from tests import make
from tests.actions.conversing import POLICY, Cast, as_resident, as_staff, cast, conversation_of, reply, say
from tests.conftest import Clock
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser


@pytest.fixture
def people(app: Any) -> Cast:
    return cast()


@pytest.fixture
def desk(client: FlaskClient, people: Cast) -> Browser:
    return Browser(client, browsers.admin(people.team.organisation))


@pytest.fixture
def other_desk(client: FlaskClient, people: Cast) -> Browser:
    return Browser(client, browsers.admin(people.zhou.organisation))


def wait_too_long(people: Cast, clock: Clock) -> None:
    say(people.lin_user, "找医生")
    clock.advance(hours=6, minutes=30)
    while messaging.escalate_next(POLICY):
        pass


def test_who_waits_longer_than_promised_stands_on_the_list_and_the_first_page(
    desk: Browser, people: Cast, clock: Clock
) -> None:
    assert "没有超时" in desk.get("/answers/late").text
    wait_too_long(people, clock)

    late = desk.get("/answers/late").text
    assert "林*月" in late
    assert people.team.phone in late
    assert "找医生" not in late.partition("<table")[2]
    assert "超过承诺时间未答复的居民" in desk.get("/").text
    assert "超时 1" in desk.get("/answers").text


def test_another_institution_sees_nothing_of_it(other_desk: Browser, people: Cast, clock: Clock) -> None:
    wait_too_long(people, clock)

    assert "没有超时" in other_desk.get("/answers/late").text


def test_figures_and_ratings_name_no_resident_and_no_doctor(desk: Browser, people: Cast) -> None:
    say(people.lin_user, "找医生")
    row = conversation_of(people.lin_user)
    reply(row, "您好", people.chen)
    messaging.close(row, by=as_staff(people.chen))
    messaging.rate(row, 2, "等太久了", by=as_resident(people.lin_user))

    page = desk.get("/answers/ratings").text

    assert "等太久了" in page
    assert "★★" in page
    assert "林" not in page.partition("<table")[2]
    assert "陈医生" not in page
    assert "100%" in desk.get("/answers").text


def test_a_teams_hours_are_set_and_what_cannot_be_read_is_refused(desk: Browser, people: Cast) -> None:
    path = f"/answers/hours/{people.team.id}"

    assert "08:00-11:30" in desk.follow(desk.post(path, "/answers", workday="08:00-11:30", restday="")).text
    assert "时段请写成" in desk.post(path, "/answers", workday="八点", restday="").text

    assert [row.until_minute for row in db.session.scalars(select(TeamHours))] == [690]


def test_an_absence_is_entered_refused_and_ended(desk: Browser, people: Cast) -> None:
    nurse = make.colleague(people.team, name="李护士")
    now = server_clock.now()
    times = {
        "from_at": f"{server_clock.local(now):%Y-%m-%dT%H:%M}",
        "until_at": f"{server_clock.local(now + timedelta(days=2)):%Y-%m-%dT%H:%M}",
    }
    form = {"staff_id": people.chen.id, "stand_in_id": nurse.id} | times

    assert "李护士代班" in desk.follow(desk.post("/answers/absences", "/answers/absences", **form)).text
    assert "已经登记了外出" in desk.post("/answers/absences", "/answers/absences", **form).text
    assert "结束时间要晚于" in desk.post("/answers/absences", "/answers/absences", **form | {"until_at": "x"}).text
    row = db.session.scalars(select(Absence)).one()
    desk.follow(desk.post(f"/answers/absences/{row.id}/end", "/answers/absences"))

    db.session.refresh(row)
    assert row.until_at <= server_clock.now()


def test_an_absence_of_another_institution_is_not_found(other_desk: Browser, people: Cast) -> None:
    now = server_clock.now()
    nurse = make.colleague(people.team)
    row = messaging.enter_absence(
        people.chen, nurse, from_at=now, until_at=now + timedelta(days=1), by=as_staff(people.chen)
    )

    assert other_desk.post(f"/answers/absences/{row.id}/end", "/answers/absences").status_code == 404
