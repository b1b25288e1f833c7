"""How residents say how they want to be told, what they and their team see of it, and whom nobody reaches."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock
from server.access import reachability
from server.database import db, transaction
from server.models import AdminLogin, AuditEvent, AuthorityKind, NoticeSetting, Notification, NotificationStatus
from tests import make
from tests.actions.pushing import queued


def settings(**changes: Any) -> dict[str, Any]:
    return {"off": [], "sms_allowed": True} | changes


def moved(row: Notification, status: str, **columns: Any) -> None:
    with transaction() as session:
        found = session.get_one(Notification, row.id)
        found.status = NotificationStatus(status)
        for name, value in columns.items():
            setattr(found, name, value)


def test_without_a_word_everything_is_on(client: FlaskClient) -> None:
    user = make.user(resident=make.resident(phone="13800000000"))

    found = client.get("/api/notice-settings", headers=make.session_of(user)).json

    assert {topic["code"]: topic["is_on"] for topic in found["topics"]} == {
        "followup": True, "visit": True, "renewal": True, "card": True,
    }  # fmt: skip
    assert (found["sms_allowed"], found["phone_masked"], found["muted_until"], found["contacts"]) == (
        True, "138****0000", None, [],
    )  # fmt: skip


def test_what_is_saved_is_kept_and_written_down(client: FlaskClient) -> None:
    user = make.user(resident=make.resident())
    today = clock.today()
    until = today + timedelta(days=7)
    body = settings(off=["card"], sms_allowed=False, muted_from=today.isoformat(), muted_until=until.isoformat())
    headers = make.session_of(user)

    first = client.post("/api/notice-settings", json=body, headers=headers)
    again = client.get("/api/notice-settings", headers=headers)

    assert (first.status_code, first.json) == (200, again.json)
    assert [topic["code"] for topic in again.json["topics"] if not topic["is_on"]] == ["card"]
    assert (again.json["sms_allowed"], again.json["muted_until"]) == (False, until.isoformat())
    assert "notice_settings_saved" in set(db.session.scalars(select(AuditEvent.action)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"off": ["appointment"]}, "invalid"),
        ({"muted_from": "2026-03-02"}, "invalid"),
        ({"muted_from": "2026-02-01", "muted_until": "2026-03-01"}, "mute_invalid"),
        ({"muted_from": "2026-03-05", "muted_until": "2026-03-04"}, "mute_invalid"),
        ({"muted_from": "2026-03-02", "muted_until": "2026-05-31"}, "mute_invalid"),
        ({"contact_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "contact_not_at_home"),
        ({"more": 1}, "invalid_input"),
    ],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, change: dict[str, Any], code: str) -> None:
    user = make.user(resident=make.resident())

    answer = client.post("/api/notice-settings", json=settings(**change), headers=make.session_of(user))

    assert answer.json["code"] == code
    assert db.session.scalars(select(NoticeSetting)).all() == []


def test_only_an_adult_of_the_household_may_be_the_contact(client: FlaskClient) -> None:
    me = make.resident()
    home = make.household(me)
    son = make.resident(name="张大山")
    child = make.resident(birth_on=clock.today().replace(year=clock.today().year - 9, day=1))
    make.member(home, son, "20")
    make.member(home, child, "41")
    headers = make.session_of(make.user(resident=me))

    found = client.get("/api/notice-settings", headers=headers).json
    assert [(contact["id"], contact["name_masked"]) for contact in found["contacts"]] == [(son.id, "张*山")]

    assert (
        client.post("/api/notice-settings", json=settings(contact_id=son.id), headers=headers).json["contact_id"]
        == son.id
    )
    refused = client.post("/api/notice-settings", json=settings(contact_id=child.id), headers=headers)
    assert refused.json["code"] == "contact_not_at_home"
    assert client.post("/api/notice-settings", json=settings(), headers=headers).json["contact_id"] is None


# ---------------------------------------------------------------- what became of it


def test_a_resident_sees_why_something_did_not_come(client: FlaskClient) -> None:
    resident = make.resident()
    headers = make.session_of(make.user(resident=resident))
    rows = {name: queued(resident_id=resident.id) for name in ("off", "late", "night", "gone", "over")}
    moved(rows["off"], "cancelled", reason="opted_out")
    moved(rows["late"], "failed", reason="too_old")
    moved(rows["gone"], "delivered")
    moved(rows["over"], "cancelled")

    items = {item["id"]: item for item in client.get("/api/reminders", headers=headers).json["items"]}

    assert rows["over"].id not in items
    assert items[rows["off"].id]["why"] == "您关闭了这类提醒，所以没有发送"
    assert items[rows["late"].id]["why"] == "系统延误过久，没有再发送"
    assert items[rows["late"].id]["channel_label"] == ""
    assert "一天最多两条" in items[rows["night"].id]["why"]
    assert items[rows["gone"].id]["why"] == ""


def test_what_travelled_together_is_shown_one_by_one(client: FlaskClient) -> None:
    resident = make.resident()
    headers = make.session_of(make.user(resident=resident))
    one = queued(resident_id=resident.id)
    digest = queued("digest", resident_id=resident.id, facts={"count": 2, "phone": "0816-3333333"})
    moved(digest, "failed", reason="no_channel", channel="sms")
    moved(one, "merged", merged_into=digest.id)

    (item,) = client.get("/api/reminders", headers=headers).json["items"]

    assert (item["id"], item["status_label"], item["channel_label"]) == (one.id, "已合并发送", "短信")
    assert "电话" in item["why"]


def test_what_was_told_to_a_guardian_is_seen_by_both(client: FlaskClient) -> None:
    child, guardian = make.resident(), make.resident()
    row = queued(resident_id=guardian.id, about_id=child.id)

    for who in (child, guardian):
        (item,) = client.get("/api/reminders", headers=make.session_of(make.user(resident=who))).json["items"]
        assert (item["id"], item["about_family"]) == (row.id, True)


def test_a_team_sees_the_delivery_log_of_its_own_residents_on_the_record(client: FlaskClient) -> None:
    agreement = make.agreement(status="active")
    row = queued(resident_id=agreement.resident_id)
    moved(row, "failed", reason="no_wechat")
    doctor = make.session_of(make.user(staff=agreement.team.lead))
    stranger = make.session_of(make.user(staff=make.team().lead))

    found = client.get(f"/api/doctor/residents/{agreement.resident_id}/notices", headers=doctor).json

    assert [(item["id"], item["reason"]) for item in found["items"]] == [(row.id, "未绑定微信")]
    assert "notices_shown" in set(db.session.scalars(select(AuditEvent.action)))
    assert client.get(f"/api/doctor/residents/{agreement.resident_id}/notices", headers=stranger).status_code == 404


# ---------------------------------------------------------------- who cannot be reached


def reached(admin: Any, *, sms_is_on: bool = False) -> list[str]:
    db.session.rollback()
    found = reachability.unreachable(None, clock.today(), sms_is_on=sms_is_on, by=admin)
    assert reachability.unreachable_count(clock.today(), sms_is_on=sms_is_on, by=admin) == len(found.items)
    return [row.resident_id for row in found.items]


def admin_of(agreement: Any) -> Any:
    return make.saved(
        AdminLogin(
            organisation_id=agreement.team.organisation_id,
            created_at=clock.now(),
            username=f"admin-{agreement.id}",
            name="李主任",
            password_hash="x",
        )
    )


def due_soon(**fields: Any) -> Any:
    """Somebody whose agreement ends in ten days, and his administrator."""
    today = clock.today()
    agreement = make.agreement(
        status="active", start_on=today - timedelta(days=300), end_on=today + timedelta(days=10), **fields
    )
    return agreement, admin_of(agreement)


def test_who_has_no_wechat_is_unreachable_until_an_sms_may_go(app: APIFlask) -> None:
    agreement, admin = due_soon()

    assert reached(admin) == [agreement.resident_id]
    assert reached(admin, sms_is_on=True) == []
    make.saved(
        NoticeSetting(resident_id=agreement.resident_id, sms_allowed=False, opted_out=[], updated_at=clock.now())
    )
    assert reached(admin, sms_is_on=True) == [agreement.resident_id]


def test_a_follower_or_an_accept_or_a_reachable_guardian_is_enough(app: APIFlask) -> None:
    agreement, admin = due_soon()
    user = make.user(resident=agreement.resident, follows=False)
    assert reached(admin) == [agreement.resident_id]

    consent = make.push_consent(user, "followup", left=1)
    assert reached(admin) == []
    make.saved_change(db.session.merge(consent), one_time_left=0)
    assert reached(admin) == [agreement.resident_id]

    agent = make.resident()
    make.user(resident=agent)
    make.authority(agent, agreement.resident, AuthorityKind.PROXY)
    assert reached(admin) == []


def test_who_has_nothing_to_hear_or_is_another_centres_is_not_listed(app: APIFlask) -> None:
    today = clock.today()
    calm = make.agreement(status="active", start_on=today, end_on=today + timedelta(days=300))
    due_soon()

    assert reached(admin_of(calm)) == []


def test_what_runs_out_is_asked_for(client: FlaskClient) -> None:
    agreement, _ = due_soon()
    user = make.user(resident=agreement.resident)
    headers = make.session_of(user)

    assert client.get("/api/push-consents/running-out", headers=headers).json == {"template_ids": ["sbx_renewal"]}
    make.push_consent(user, "renewal", left=1)
    assert client.get("/api/push-consents/running-out", headers=headers).json == {"template_ids": []}
