"""Who leaves a team and why, and the way from there to other teams (TM-19); trainings of staff (TM-18)."""

import pytest
from sqlalchemy import select

from server.actions import teams
from server.database import db
from server.models import AdminLogin, AuditEvent, MemberRemoval, Membership, RemovalReason, Team, Training
from server.models.actor import Actor, ActorKind
from tests import make
from tests.handlers.workbench.browser import Browser

BY = Actor(ActorKind.ADMIN, "admin")


@pytest.fixture
def team(me: AdminLogin) -> Team:
    made = make.team(lead=make.staff(organisation=me.organisation_id))
    nurse = make.staff(organisation=me.organisation_id, name="李护士")
    make.saved(Membership(team_id=made.id, staff_id=nurse.id, role="nurse"))
    return made


def nurse_of(team: Team) -> Membership:
    return db.session.scalars(select(Membership).where(Membership.team_id == team.id, Membership.role == "nurse")).one()


def test_the_reason_is_kept_and_leads_to_the_transfer(browser: Browser, team: Team) -> None:
    member, page = nurse_of(team), f"/teams/{team.id}"
    form = f"{page}/members/{member.id}/remove"
    assert "把 李护士 移出" in browser.get(form).text

    assert "请选择" in browser.post(form, form, reason="").text
    unsaid = browser.post(form, form, reason="complaints", note=" ")
    assert unsaid.status_code == 400 and "请写明情况" in unsaid.text
    done = browser.follow(browser.post(form, form, reason="complaints", note="投诉 2026-03 号属实"))

    assert "原因已记录" in done.text and "投诉 2026-03 号属实" in done.text and "群众意见大" in done.text
    row = db.session.scalars(select(MemberRemoval)).one()
    assert (row.reason, row.role, row.staff.name) == (RemovalReason.COMPLAINTS, "nurse", "李护士")
    assert f"/transfers/new?team_id={team.id}&amp;reason=expelled" in done.text
    transfer = browser.get(f"/transfers/new?team_id={team.id}&reason=expelled").text
    assert '<option value="expelled" selected>' in transfer


def test_nothing_is_kept_of_who_stays(team: Team) -> None:
    with pytest.raises(teams.LeaderStays):
        lead = next(one for one in team.memberships if one.is_lead)
        teams.remove_member(lead, reason=RemovalReason.VIOLATION, note="处理决定", by=BY)

    assert db.session.scalars(select(MemberRemoval)).all() == []


def test_a_training_is_kept_once(browser: Browser, me: AdminLogin) -> None:
    person = make.staff(organisation=me.organisation_id)
    page, form = f"/staff/{person.id}/credential", f"/staff/{person.id}/trainings"
    said = {
        "held_on": "2026-02-20",
        "kind": "rotation",
        "topic": "全科医生转岗培训",
        "hours": "80",
        "organiser": "市卫生学校",
    }

    shown = browser.follow(browser.post(form, page, **said))
    browser.post(form, page, **said)

    assert "培训已登记" in shown.text and "全科医生转岗培训" in shown.text and "转岗或轮训" in shown.text
    row = db.session.scalars(select(Training)).one()
    assert (row.hours, row.organiser) == (80, "市卫生学校")
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "training_recorded")).all()) == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("held_on", "2026-03-03", "培训日期不能晚于今天"),
        ("hours", "0", "不能小于 1"),
        ("kind", "", "请选择"),
        ("topic", " ", "请填写"),
    ],
)
def test_a_training_that_cannot_be(browser: Browser, me: AdminLogin, field: str, value: str, says: str) -> None:
    person = make.staff(organisation=me.organisation_id)
    said = {"held_on": "2026-02-20", "kind": "online", "topic": "慢病管理", "hours": "2"} | {field: value}

    answer = browser.post(f"/staff/{person.id}/trainings", f"/staff/{person.id}/credential", **said)

    assert answer.status_code == 400 and says in answer.text
    assert db.session.scalars(select(Training)).all() == []


def test_staff_of_another_organisation_are_absent(browser: Browser) -> None:
    assert browser.post(f"/staff/{make.staff().id}/trainings").status_code == 404
