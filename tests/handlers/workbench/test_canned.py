"""Replies kept ready for everybody, at the workbench: by institution and team, variables checked, nobody else's."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.access import desk as access
from server.actions import messaging
from server.actions.messaging.desk import MOST_REPLIES
from server.database import db
from server.models import AuditEvent, CannedReply, Staff
from server.models.actor import CLOCK
from tests.actions.conversing import Cast, as_staff, cast
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser

PAGE = "/answers/canned"
FOR_ALL = {"owner": "all", "title": "收到", "text": "{name}您好，{doctor}收到了。"}


@pytest.fixture
def people(app: Any) -> Cast:
    return cast()


@pytest.fixture
def desk(client: FlaskClient, people: Cast) -> Browser:
    return Browser(client, browsers.admin(people.team.organisation))


def of(staff: Staff) -> list[tuple[str, str]]:
    """What a doctor may choose from, with its owner."""
    db.session.rollback()
    return [(reply.owner, reply.title) for reply in access.replies(staff)]


def kept() -> CannedReply:
    db.session.rollback()
    return db.session.scalars(select(CannedReply).execution_options(populate_existing=True)).one()


def test_the_institutions_reply_stands_first_for_all_its_doctors_and_a_teams_for_its_own(
    desk: Browser, people: Cast
) -> None:
    team = {"owner": people.team.id, "title": "来门诊", "text": "请来{team}，电话 {phone}。"}
    messaging.keep_reply(people.chen, "今天停诊", "{date}停诊。", by=as_staff(people.chen))

    assert "医生现在就能用" in desk.follow(desk.post(PAGE, PAGE, **team)).text
    page = desk.follow(desk.post(PAGE, PAGE, **FOR_ALL)).text

    assert "{name}您好" in page and "全机构" in page and people.team.name in page
    assert "今天停诊" not in page  # a doctor's own are his
    assert of(people.chen) == [("institution", "收到"), ("team", "来门诊"), ("own", "今天停诊")]
    assert ("institution", "收到") not in of(people.zhou)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (FOR_ALL | {"text": "您好{nmae}"}, "不认识 {nmae}，可以用：{name}"),
        (FOR_ALL | {"text": "您好{name"}, "不认识 多余的大括号"),
        (FOR_ALL | {"title": " "}, "请填写标题"),
        (FOR_ALL | {"text": "长" * 501}, "最多500个字"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    desk: Browser, people: Cast, form: dict[str, str], told: str
) -> None:
    page = desk.post(PAGE, PAGE, **form).text

    assert told in page
    assert form["text"] in page
    assert of(people.chen) == []


def test_there_is_an_end_to_them(desk: Browser, people: Cast) -> None:
    for number in range(MOST_REPLIES):
        messaging.keep_reply(people.team.organisation, f"第{number}条", "好的", by=CLOCK)

    assert f"最多保存{MOST_REPLIES}条" in desk.post(PAGE, PAGE, **FOR_ALL).text


def test_one_is_changed_and_taken_away(desk: Browser, people: Cast) -> None:
    desk.post(PAGE, PAGE, **FOR_ALL)
    address = f"{PAGE}/{kept().id}"

    wrong = desk.post(address, PAGE, title="收到", text="{who}您好").text
    assert "不认识 {who}" in wrong and "{who}您好</textarea>" in wrong
    assert kept().text == FOR_ALL["text"]
    desk.follow(desk.post(address, PAGE, title="已收到", text="{name}您好"))
    desk.post(address, PAGE, title="已收到", text="{name}您好")
    assert (kept().title, kept().text) == ("已收到", "{name}您好")
    desk.follow(desk.post(f"{address}/remove", PAGE))

    assert of(people.chen) == []
    assert desk.post(address, PAGE, title="已收到", text="您好").status_code == 404
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("canned%"))).all()
    assert sorted(actions) == ["canned_reply_changed", "canned_reply_removed", "canned_reply_saved"]


def test_another_institution_neither_sees_nor_changes_it(desk: Browser, people: Cast) -> None:
    messaging.keep_reply(people.zhou.organisation, "别处", "好的", by=CLOCK)
    messaging.keep_reply(people.chen, "自己的", "好的", by=as_staff(people.chen))

    assert "别处" not in desk.get(PAGE).text
    for row in db.session.scalars(select(CannedReply)).all():
        assert desk.post(f"{PAGE}/{row.id}/remove", PAGE).status_code == 404
    assert desk.post(PAGE, PAGE, **FOR_ALL | {"owner": people.zhou.team.id}).status_code == 404


def test_a_doctor_cannot_take_the_institutions_reply_away(people: Cast) -> None:
    reply = messaging.keep_reply(people.team.organisation, "收到", "好的", by=CLOCK)

    with pytest.raises(access.NotFound):
        access.own_reply(reply.id, people.chen)
