"""Critical follow-ups in the workbench: masked, restricted ones without name or reason, settled with a word."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from server import policy
from server.database import db
from server.models import AuditEvent, FollowUpAlarm, Programme
from tests import make
from tests.actions.test_followup_alarms import SMI
from tests.handlers.workbench import browser as browsers

POLICY = policy.load("mianyang")


def test_the_institution_sees_and_settles_what_its_teams_found(client: FlaskClient) -> None:
    row = make.followup(resident=make.resident(name="林小月"))
    make.visited(row, 185, 95, policy=POLICY)  # nobody can be reached: it is the administrator's at once
    me = browsers.admin(row.team.organisation)
    mine = browsers.Browser(client, me)

    assert "<b>1</b><span>需机构处理的危急随访</span>" in mine.get("/").text
    page = mine.get("/critical").text
    assert "林*月" in page and "随访发现危急情况" in page
    assert "林小月" not in page and not re.search(r"\b185\b", page) and "高血压" not in page
    seen = select(AuditEvent.actor_kind).where(AuditEvent.object_id == row.resident_id)
    assert "admin" in db.session.scalars(seen.where(AuditEvent.action == "measurements_seen")).all()

    alarm_id = db.session.scalar(select(FollowUpAlarm.id))
    refused = mine.post(f"/critical/{alarm_id}", page="/critical", state="reported", note=" ")
    assert "写明办理情况" in refused.text
    mine.follow(mine.post(f"/critical/{alarm_id}", page="/critical", state="reported", note="已报区卫健委"))

    assert "已报区卫健委" in mine.get("/critical?show=over").text
    assert "林*月" not in mine.get("/critical?show=open").text


def test_another_institution_sees_and_settles_nothing(client: FlaskClient) -> None:
    row = make.followup()
    make.visited(row, 185, 95, policy=POLICY)
    they = browsers.admin()
    theirs = browsers.Browser(client, they)

    assert "随访发现危急情况" not in theirs.get("/critical?show=open").text
    alarm_id = db.session.scalar(select(FollowUpAlarm.id))
    own = make.followup(team=make.team(organisation_id=they.organisation_id))
    make.visited(own, 185, 95, policy=POLICY)
    assert theirs.post(f"/critical/{alarm_id}", page="/critical", state="handled", note="x").status_code == 404


def test_of_a_restricted_programme_neither_name_nor_reason_is_shown(client: FlaskClient) -> None:
    row = make.followup(programme=Programme.SMI, resident=make.resident(name="林小月"))
    make.visited(row, None, None, policy=POLICY, values=SMI)
    mine = browsers.Browser(client, browsers.admin(row.team.organisation))

    page = mine.get("/critical").text

    assert "限定查看项目" in page and row.team.lead.name in page
    assert "林*月" not in page and "危险性" not in page and "精神" not in page
