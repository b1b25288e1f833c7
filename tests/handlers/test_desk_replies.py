"""Ready-made replies at the desk computer: the leader keeps his team's, everybody his own, nobody another one's."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.access import desk as access
from server.actions import messaging
from server.database import db
from server.models import CannedReply, Staff
from server.models.actor import CLOCK
from tests import make
from tests.actions.conversing import Cast, as_staff, cast
from tests.handlers.desk_browser import Desk, desk_of

PAGE = "/canned"
TEAM = {"owner": "team", "title": "来门诊", "text": "请来{team}，电话 {phone}。"}


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    return cast()


@pytest.fixture
def desk(client: FlaskClient, people: Cast) -> Desk:
    return desk_of(client, people.chen_user)


def of(staff: Staff) -> list[tuple[str, str, str]]:
    db.session.rollback()
    return [(reply.owner, reply.title, reply.text) for reply in access.replies(staff)]


def test_a_leader_keeps_changes_and_removes_his_teams_and_his_own(desk: Desk, people: Cast) -> None:
    desk.post(PAGE, PAGE, **TEAM)
    desk.post(PAGE, PAGE, owner="own", title="停诊", text="{date}停诊。")
    assert of(people.chen) == [("team", TEAM["title"], TEAM["text"]), ("own", "停诊", "{date}停诊。")]

    row = db.session.scalars(select(CannedReply).where(CannedReply.title == "来门诊")).one().id
    wrong = desk.post(f"{PAGE}/{row}", PAGE, title="来门诊", text="请来{where}")
    assert wrong.status_code == 400 and "不认识 {where}" in wrong.text and "请来{where}</textarea>" in wrong.text
    desk.post(f"{PAGE}/{row}", PAGE, title="来看看", text="请来{team}。")
    assert of(people.chen)[0] == ("team", "来看看", "请来{team}。")
    desk.post(f"{PAGE}/{row}/remove", PAGE)
    assert of(people.chen) == [("own", "停诊", "{date}停诊。")]


def test_what_is_wrong_is_said_and_what_was_typed_stays(desk: Desk, people: Cast) -> None:
    answer = desk.post(PAGE, PAGE, **TEAM | {"text": "您好{nmae}"})

    assert answer.status_code == 400
    assert "不认识 {nmae}，可以用：{name}" in answer.text and "您好{nmae}</textarea>" in answer.text
    assert of(people.chen) == []


def test_who_does_not_lead_keeps_only_his_own(client: FlaskClient, people: Cast) -> None:
    nurse = make.colleague(people.team, name="李护士")
    messaging.keep_reply(people.team, "来门诊", "请来。", by=as_staff(people.chen))
    messaging.keep_reply(people.team.organisation, "全院", "您好。", by=CLOCK)
    desk = desk_of(client, make.user(staff=nurse))

    refused = desk.post(PAGE, PAGE, **TEAM)
    page = desk.get(PAGE).text

    assert refused.status_code == 403 and "只有团队长可以保存" in refused.text
    assert "来门诊" in page and "全院" in page and "修改</summary>" not in page
    for row in db.session.scalars(select(CannedReply)).all():
        assert desk.post(f"{PAGE}/{row.id}/remove", PAGE).status_code == 404
        assert desk.post(f"{PAGE}/{row.id}", PAGE, title="x", text="x").status_code == 404
