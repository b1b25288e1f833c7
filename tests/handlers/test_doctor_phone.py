"""/api/doctor/residents/{id}/phone: a doctor with a reason gets the full number, and it is on record."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.database import db
from server.models import AgreementStatus, AuditEvent, Conversation, PhoneTask, Resident, Staff, Team, WechatUser
from tests import make
from tests.actions.pushing import queued
from tests.handlers.problem import refused, without_request_id
from tests.handlers.routes import ABSENT


def ask(client: FlaskClient, resident_id: str, staff: Staff) -> TestResponse:
    headers = make.session_of(make.user(staff=staff, openids=False))
    return client.post(f"/api/doctor/residents/{resident_id}/phone", headers=headers)


def reveals() -> list[AuditEvent]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "phone_revealed")))


def agreed(status: AgreementStatus) -> Callable[[Resident, Team], None]:
    return lambda resident, team: make.agreement(resident=resident, team=team, status=status)


def to_call(status: str) -> Callable[[Resident, Team], None]:
    def task(resident: Resident, team: Team) -> None:
        note = queued(resident_id=resident.id)
        done = clock.now() if status == "done" else None
        whom = {"team_id": team.id, "resident_id": resident.id, "notification_id": note.id}
        about = {"reason": "no_wechat", "about": "followup_due", "created_at": clock.now()}
        make.saved(PhoneTask(status=status, done_at=done, **whom, **about))

    return task


def user_of(resident: Resident) -> WechatUser:
    found = db.session.scalar(select(WechatUser).where(WechatUser.resident_id == resident.id))
    db.session.rollback()
    assert found
    return found


def talking(status: str) -> Callable[[Resident, Team], None]:
    def conversation(resident: Resident, team: Team) -> None:
        user = make.user(resident=resident)
        at = {"created_at": clock.now(), "last_message_at": clock.now()}
        key = None if status == "closed" else user.id
        make.saved(Conversation(user_id=user.id, open_key=key, status=status, team_id=team.id, short_no=1, **at))

    return conversation


REASONS = {
    "in force": agreed(AgreementStatus.ACTIVE),
    "signed": agreed(AgreementStatus.SIGNED),
    "asked": agreed(AgreementStatus.PENDING_TEAM),
    "task": to_call("open"),
    "waiting": talking("waiting_doctor"),
}
NO_REASONS = {
    "declined": agreed(AgreementStatus.REJECTED),
    "expired": agreed(AgreementStatus.EXPIRED),
    "called": to_call("done"),
    "closed": talking("closed"),
    "with the bot": talking("bot"),
    "never met": lambda resident, team: None,
}


@pytest.mark.parametrize("reason", REASONS)
def test_the_team_with_a_reason_gets_the_number_on_record(client: FlaskClient, reason: str) -> None:
    team, resident = make.team(), make.resident(phone="13912345678")
    REASONS[reason](resident, team)

    answer = ask(client, resident.id, team.lead)

    assert (answer.status_code, answer.json) == (200, {"phone": "13912345678"})
    assert answer.headers["Cache-Control"] == "no-store"
    (event,) = reveals()
    assert (event.actor_kind, event.actor_id) == ("staff", team.lead.id)
    assert (event.object_kind, event.object_id) == ("resident", resident.id)
    assert "13912345678" not in str([getattr(event, column.name) for column in AuditEvent.__table__.columns])


@pytest.mark.parametrize("reason", REASONS)
def test_another_team_cannot_tell_the_resident_from_an_absent_one(client: FlaskClient, reason: str) -> None:
    resident, stranger = make.resident(), make.staff()
    REASONS[reason](resident, make.team())
    make.team(lead=stranger)
    headers = make.session_of(make.user(staff=stranger))

    others = client.post(f"/api/doctor/residents/{resident.id}/phone", headers=headers)
    absent = client.post(f"/api/doctor/residents/{ABSENT}/phone", headers=headers)

    refused(others, 404, "not_found")
    assert without_request_id(others) == without_request_id(absent)
    assert reveals() == []


@pytest.mark.parametrize("reason", NO_REASONS)
def test_without_a_reason_now_the_own_team_does_not_either(client: FlaskClient, reason: str) -> None:
    team, resident = make.team(), make.resident()
    NO_REASONS[reason](resident, team)

    refused(ask(client, resident.id, team.lead), 404, "not_found")

    assert reveals() == []


def test_staff_without_a_team_may_not_ask(client: FlaskClient) -> None:
    agreement = make.agreement()

    refused(ask(client, agreement.resident_id, make.staff()), 403, "not_allowed")

    assert reveals() == []


def test_a_resident_without_a_number_is_said_so_and_not_recorded(client: FlaskClient) -> None:
    team = make.team()
    agreement = make.agreement(team=team, resident=make.resident(phone=None))

    problem = refused(ask(client, agreement.resident_id, team.lead), 409, "phone_unknown")

    assert problem["title"] == "这位居民没有登记电话"
    assert reveals() == []


def test_only_doctors_learn_whose_conversation_it_is(client: FlaskClient) -> None:
    team, resident = make.team(), make.resident()
    REASONS["waiting"](resident, team)
    doctor = make.session_of(make.user(staff=team.lead))
    own = make.session_of(user_of(resident))

    (shown,) = client.get("/api/doctor/conversations", headers=doctor).json["items"]
    one = client.get(f"/api/doctor/conversations/{shown['id']}", headers=doctor).json["conversation"]

    assert shown["resident_id"] == one["resident_id"] == resident.id
    assert client.get("/api/messages", headers=own).json["conversation"]["resident_id"] is None
