"""GET /api/doctor/day: every kind of work in one list, ordered, masked, audited, and nobody else's."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from server import clock
from server.database import db
from server.models import (
    AgreementStatus,
    AuditEvent,
    Conversation,
    FollowUpStatus,
    Membership,
    Notification,
    PhoneTask,
    Programme,
    ReferralCheck,
    Role,
    TeamChange,
)
from tests import make


@pytest.fixture
def doctor(client: FlaskClient) -> Any:
    """Doctor Chen, who leads his team: his headers and the team."""
    team = make.team()
    return make.session_of(make.user(staff=team.lead)), team


def message(team: Any, resident: Any, *, minutes: int, **fields: Any) -> Conversation:
    since = clock.now() - timedelta(minutes=minutes)
    who = make.user(resident=resident)
    values = {
        "user_id": who.id, "open_key": who.id, "status": "waiting_doctor", "team_id": team.id, "short_no": 1,
        "created_at": since, "last_message_at": since, "waiting_since_at": since,
    }  # fmt: skip
    made: Conversation = make.saved(Conversation(**(values | fields)))
    return made


def task(team: Any, resident: Any) -> PhoneTask:
    note = make.saved(
        Notification(
            kind="followup_due", dedupe_key=f"k:{resident.id}", resident_id=resident.id, team_id=team.id, subject_id="s",
            facts={}, created_at=clock.now(), next_attempt_at=clock.now(), status="failed", reason="no_wechat",
        )
    )  # fmt: skip
    made: PhoneTask = make.saved(
        PhoneTask(
            notification_id=note.id, team_id=team.id, resident_id=resident.id, reason="no_wechat", about="followup_due",
            created_at=clock.now(),
        )
    )  # fmt: skip
    return made


def kinds(answer: Any) -> list[str]:
    return [entry["kind"] for home in answer.json["items"] for entry in home["entries"]]


def entries(answer: Any) -> dict[str, dict[str, Any]]:
    return {entry["kind"]: entry for home in answer.json["items"] for entry in home["entries"]}


def everything(team: Any) -> None:
    today = clock.today()
    make.followup(team=team, due_on=today - timedelta(days=1))
    make.home_visit(make.followup(team=team, programme=Programme.HOME_VISIT, due_on=today + timedelta(days=15)))
    make.followup(team=team, due_on=today - timedelta(days=20), status=FollowUpStatus.MISSED)
    message(team, make.resident(), minutes=5, is_urgent=True)
    make.agreement(team=team, status=AgreementStatus.PENDING_TEAM)
    make.agreement(team=team, start_on=today - timedelta(days=355), end_on=today + timedelta(days=10))
    make.referral(
        make.agreement(team=team), status="down_sent", direction="down", down_reason_code="stable", due_at=clock.now()
    )
    task(team, make.resident())
    measured = make.resident()
    make.measurement_review(make.measurement(measured, verdict="emergency"), team, urgency=0)
    asked = make.followup(team=team, status="done", visited_on=today - timedelta(days=10))
    make.saved(
        ReferralCheck(
            followup_id=asked.id, resident_id=asked.resident_id, team_id=team.id, programme="htn", reason_code="1",
            due_on=today + timedelta(days=4),
        )
    )  # fmt: skip
    signed = make.agreement(team=team)
    make.dispute(make.service(agreement=signed))
    make.team_change(agreement=make.agreement(team=team))
    make.agreement(
        team=team,
        status=AgreementStatus.AUTO_RENEWED_UNCONFIRMED,
        reconfirm_by_on=today + timedelta(days=40),
        end_on=today + timedelta(days=300),
    )


def test_every_kind_of_work_stands_on_one_list(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    everything(team)

    answer = client.get("/api/doctor/day", headers=headers)

    assert sorted(kinds(answer)) == sorted(
        [
            "message", "followup", "visit", "missed", "referral", "signing", "renewal", "call", "dispute", "change",
            "reconfirm", "measured", "check",
        ]
    )  # fmt: skip
    assert (kinds(answer)[:2], answer.json["next"], answer.json["total"]) == (["measured", "message"], None, 13)
    found = entries(answer)
    assert found["message"]["priority"] == "马上处理"
    assert found["measured"]["why"] == "自测出现危急值，已等0分钟"
    assert found["check"]["why"] == "高血压随访后建议转诊：问问去了没有，4天后截止"
    assert found["followup"]["why"] == "高血压随访：第一次随访，已超期1天"
    assert found["visit"]["why"].endswith("上午 9:00—11:30，今天")
    assert found["renewal"]["why"] == "协议还有10天到期，还没有续签"
    assert found["call"]["why"] == "微信没有送达“健康随访提醒”，请电话告知"
    assert not answer.json["is_cut"]


def test_names_are_masked_and_last_results_are_audited(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    who = make.resident(name="林秀英")
    done = make.followup(
        team=team, resident=who, due_on=clock.today() - timedelta(days=14), status="done",
        visited_on=clock.today() - timedelta(days=14), outcome_class=2,
    )  # fmt: skip
    planned = {"enrolment_id": done.enrolment_id, "window_end_on": clock.today()}
    make.saved(
        type(done)(**planned, resident_id=who.id, team_id=team.id, programme="htn", due_on=clock.today()),
    )
    make.followup(team=team)

    answer = client.get("/api/doctor/day", headers=headers)

    (first, second) = answer.json["items"]
    assert first["entries"][0]["why"] == "高血压14天随访：上次控制不满意，今天截止"
    assert first["entries"][0]["priority"] == "今天必须完成"
    assert second["entries"][0]["why"] == "高血压随访：第一次随访，今天到期"
    assert first["title"] == "林*英"
    assert who.name not in answer.text
    assert who.phone not in answer.text
    seen = db.session.scalars(select(AuditEvent.object_id).where(AuditEvent.action == "measurements_seen"))
    assert list(seen) == [who.id]


def test_a_household_stands_together(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    head, wife = make.resident(name="张三"), make.resident(name="李四")
    home = make.household(head)
    make.member(home, wife, "10")
    make.followup(team=team, resident=head, due_on=clock.today() - timedelta(days=9))
    make.followup(team=team, due_on=clock.today() - timedelta(days=5))
    make.followup(team=team, resident=wife, due_on=clock.today() + timedelta(days=3))

    items = client.get("/api/doctor/day", headers=headers).json["items"]

    assert [len(item["entries"]) for item in items] == [2, 1]
    assert (items[0]["title"], items[0]["is_household"]) == ("张*、李*", True)


def test_pages_lose_nobody(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    for days in range(45):
        make.followup(team=team, due_on=clock.today() - timedelta(days=days % 11))
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        answer = client.get(f"/api/doctor/day?cursor={cursor}" if cursor else "/api/doctor/day", headers=headers)
        assert len(answer.json["items"]) <= 20
        found += [entry["id"] for home in answer.json["items"] for entry in home["entries"]]
        cursor = answer.json["next"]

    assert len(found) == len(set(found)) == 45


def test_a_made_up_cursor_is_refused(client: FlaskClient, doctor: Any) -> None:
    headers, _ = doctor
    for cursor in ("x", "W10=", "WzEsMiwzLDRd", "W3RydWUsICJhIiwgImIiLCAiYyJd"):
        answer = client.get(f"/api/doctor/day?cursor={cursor}", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (400, "cursor_invalid")


def test_another_teams_work_is_not_mine(client: FlaskClient, doctor: Any) -> None:
    headers, _ = doctor
    everything(make.team())

    assert client.get("/api/doctor/day", headers=headers).json["items"] == []


def test_only_the_leader_sees_what_was_missed_and_who_changes(client: FlaskClient, doctor: Any) -> None:
    _, team = doctor
    everything(team)
    nurse = make.staff(organisation_id=team.organisation_id)
    make.saved(Membership(team_id=team.id, staff_id=nurse.id, role=Role.NURSE))

    found = kinds(client.get("/api/doctor/day", headers=make.session_of(make.user(staff=nurse))))

    assert {"missed", "change"}.isdisjoint(found)
    assert {"message", "followup", "visit", "referral", "dispute"} <= set(found)


def test_what_is_done_or_far_away_is_not_on_the_list(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    today = clock.today()
    make.followup(team=team, due_on=today + timedelta(days=8))
    make.followup(team=team, due_on=today, status="cancelled")
    make.followup(team=team, due_on=today - timedelta(days=40), status="missed")
    make.agreement(team=team, end_on=today + timedelta(days=31))
    message(team, make.resident(), minutes=5, waiting_since_at=None, status="bot")

    assert client.get("/api/doctor/day", headers=headers).json["items"] == []
    assert db.session.scalar(select(TeamChange.id)) is None


def test_the_number_of_statements_does_not_grow_with_the_work(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    def cost() -> int:
        asked.clear()
        assert client.get("/api/doctor/day", headers=headers).status_code == 200
        return sum(statement.startswith("SELECT") for statement in asked)

    everything(team)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        few = cost()
        everything(team)
        everything(team)
        assert cost() == few <= 20
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_restricted_programme_is_seen_by_whoever_looks_after_it(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    planned = make.followup(team=team, programme=Programme.SMI)

    assert client.get("/api/doctor/day", headers=headers).json["items"] == []

    make.saved_change(planned.enrolment, staff_id=team.lead.id)
    assert kinds(client.get("/api/doctor/day", headers=headers)) == ["followup"]
