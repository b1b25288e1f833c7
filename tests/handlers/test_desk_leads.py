"""From a message to a booking or a referral at the desk: the phone's checks, records and refusals; who may, and who not."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock as clocks
from server.actions import messaging
from server.actions.booking import referring
from server.database import db, transaction
from server.handlers.desk.record import drawn
from server.models import (
    Appointment,
    AuditEvent,
    Conversation,
    Department,
    MeasurementReview,
    Message,
    RealNameState,
    Referral,
    Slot,
    Staff,
)
from tests import make
from tests.actions.conversing import POLICY, Cast, as_staff, cast, conversation_of, receive
from tests.actions.referring import SIGNED
from tests.handlers.desk_browser import DESK, Desk, at, desk_of, form_token

FORMS = ("followup", "booking", "referral")


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    made = cast()
    with transaction():
        made.lin_user.resident.real_name_state = RealNameState.VERIFIED
    return made


@pytest.fixture
def talk(people: Cast) -> Conversation:
    people.lin_says("想看心内科")
    people.lin_says("找医生")
    return conversation_of(people.lin_user)


@pytest.fixture
def desk(client: FlaskClient, people: Cast) -> Desk:
    return desk_of(client, people.chen_user)


def follow(desk: Desk, answer: Any) -> str:
    """The page after a form, as a browser shows it."""
    assert answer.status_code == 303, re.findall(r'id="error">([^<]*)', answer.text)
    return str(desk.client.get(answer.location).text)


def audited(action: str) -> list[str]:
    return list(db.session.scalars(select(AuditEvent.actor_id).where(AuditEvent.action == action)))


# ---------------------------------------------------------------- a number


def book(desk: Desk, talk: Conversation, slot: Slot, **fields: Any) -> Any:
    return desk.post(at(talk, "/bookings"), page=at(talk, "/booking"), slot_id=slot.id, **fields)


def test_a_number_is_booked_and_the_conversation_says_which(talk: Conversation, desk: Desk, people: Cast) -> None:
    slot = make.slot(hospital=make.hospital(name="市中心医院"))
    page = desk.get(at(talk, "/booking")).text
    assert "想看心内科" not in page and "找医生" in page and "余 5" in page and "林小月" not in page

    told = follow(desk, book(desk, talk, slot))

    assert re.search(r"已预约：2026-03-07 周六 09:00 市中心医院 心内科 王主任\d+，居民会收到通知", told)
    made = db.session.scalars(select(Appointment)).one()
    assert (made.resident_id, made.channel) == (people.lin_user.resident_id, "doctor")
    assert audited("entitlements_seen") == [people.chen.id]
    assert "已有预约：2026-03-07" in desk.get(at(talk, "/booking")).text


def test_booking_twice_books_once(talk: Conversation, desk: Desk) -> None:
    slot = make.slot()

    for _ in range(2):
        assert book(desk, talk, slot).status_code == 303

    assert db.session.query(Appointment).count() == 1


def test_a_refused_number_is_explained_and_the_draft_stays(talk: Conversation, desk: Desk) -> None:
    slot, taken = make.slot(), make.slot(capacity=1, taken=1)

    answer = book(desk, talk, taken, draft="您好，")
    assert answer.status_code == 409 and "约满" in answer.text and 'name="draft" value="您好，"' in answer.text

    assert slot.id in answer.text and db.session.query(Appointment).count() == 0
    nothing = desk.post(at(talk, "/bookings"), page=at(talk, "/booking"), slot_id="")
    assert nothing.status_code == 400 and "号源：请填写" in nothing.text


def test_hospital_and_department_are_a_click_each(talk: Conversation, desk: Desk) -> None:
    one, other = make.slot(hospital=make.hospital(name="甲医院")), make.slot(hospital=make.hospital(name="乙医院"))
    eye = make.slot(specialist=make.specialist(hospital=one.shift.hospital, department=_department(one, "眼科")))

    def opened(**fields: str) -> str:
        return str(desk.post(at(talk, "/booking"), page=at(talk, "/booking"), **fields).text)

    assert other.id in opened(hospital=other.hospital_id) and one.id not in opened(hospital=other.hospital_id)
    page = opened(at=one.hospital_id, department=eye.department_id)
    assert eye.id in page and f'value="{one.id}"' not in page


def _department(slot: Slot, name: str) -> Any:
    return make.saved(Department(hospital_id=slot.hospital_id, name=name, floor="2楼", bring=""))


# ---------------------------------------------------------------- a referral


@pytest.fixture
def hospital(people: Cast) -> Any:
    made = make.hospital(name="市中心医院")
    make.support(people.team, made)
    return made


def refer(desk: Desk, talk: Conversation, hospital: Any, **fields: Any) -> Any:
    digest = referring.words_for(hospital.name, talk.team.name)[1] if talk.team else ""
    values = {
        "hospital_id": hospital.id, "reason_code": "diagnosis", "summary": "居民说：头晕", "text_sha256": digest,
        "client_id": "r1", "consent": "app",
    }  # fmt: skip
    return desk.post(at(talk, "/referrals"), page=at(talk, "/referral"), **values | fields)


def test_a_referral_begins_with_the_message_and_goes_to_his_phone(
    talk: Conversation, desk: Desk, hospital: Any, people: Cast
) -> None:
    slot = make.slot(hospital=hospital)
    page = desk.get(at(talk, "/referral")).text
    assert ">居民说：找医生</textarea>" in page and "协作医院" in page and slot.id in page and "本人同意" in page

    for _ in range(2):
        told = follow(desk, refer(desk, talk, hospital, slot_id=slot.id))

    row = db.session.scalars(select(Referral)).one()
    assert f"转诊单 {row.number}：市中心医院，已发到居民手机，等他同意" in told
    assert (row.status, row.resident_id, row.summary) == ("draft", people.lin_user.resident_id, "居民说：头晕")
    assert row.appointment is not None and row.appointment.status == "held"
    assert audited("referral_written") == [people.chen.id]


@pytest.mark.parametrize(
    ("fields", "method"),
    [({"consent": "signature", "proof": SIGNED}, "signature"), ({"consent": "verbal", "is_urgent": "true"}, "verbal")],
)
def test_who_sits_there_signs_and_in_an_emergency_says_yes(
    talk: Conversation, desk: Desk, hospital: Any, fields: Any, method: str
) -> None:
    told = follow(desk, refer(desk, talk, hospital, **fields))

    row = db.session.scalars(select(Referral)).one()
    assert (row.status, row.consent_method) == ("submitted", method) and "等医院答复" in told


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"reason_code": ""}, 400, "请选择转诊原因"),
        ({"summary": " "}, 400, "请写明病情摘要"),
        ({"consent": "verbal"}, 409, "口头同意只用于紧急转诊"),
        ({"consent": "signature"}, 409, "转诊须经居民本人同意"),
        ({"consent": "signature", "proof": SIGNED, "text_sha256": "0" * 64}, 409, "同意书有变化"),
        ({"hospital_id": "0" * 26}, 404, "没有找到这家医院"),
    ],
)
def test_a_refused_referral_keeps_what_was_written(
    talk: Conversation, desk: Desk, hospital: Any, fields: Any, status: int, why: str
) -> None:
    answer = refer(desk, talk, hospital, **{"summary": "头晕两天", "draft": "您好，"} | fields)

    assert answer.status_code == status and why in answer.text and 'name="draft" value="您好，"' in answer.text
    assert ">头晕两天</textarea>" in answer.text or fields.get("summary")
    assert 'value="r1"' in answer.text and db.session.query(Referral).count() == 0


def test_another_hospital_is_a_click_and_outside_the_list_it_wants_a_reason(
    talk: Conversation, desk: Desk, hospital: Any
) -> None:
    far = make.hospital(name="远方医院")
    page = desk.post(at(talk, "/referral"), page=at(talk, "/referral"), to=far.id, summary="头晕两天").text
    assert "为什么转到名单外的医院" in page and ">头晕两天</textarea>" in page

    refused = refer(desk, talk, far)
    assert refused.status_code == 400 and "不在团队的协作医院名单里" in refused.text
    follow(desk, refer(desk, talk, far, outside_reason="只有这家有这个专科"))


def test_a_direct_admission_is_reported_here_too(talk: Conversation, desk: Desk, hospital: Any) -> None:
    fields = {"client_id": "e1", "hospital_name": "市中心医院", "admitted_on": "2026-03-02", "diagnosis": "阑尾炎"}

    def report(**more: str) -> Any:
        return desk.post(at(talk, "/emergencies"), page=at(talk, "/referral"), **fields | more)

    later = report(admitted_time="23:59")
    assert later.status_code == 400 and "不能晚于现在" in later.text and 'value="阑尾炎"' in later.text
    assert report(admitted_time="").status_code == 400

    told = follow(desk, report(admitted_time="08:00"))

    row = db.session.scalars(select(Referral)).one()
    assert "已登记急诊住院：市中心医院，资料请在时限内补齐" in told and row.status == "admitted"
    assert row.admitted_at and clocks.local(row.admitted_at).strftime("%H:%M") == "08:00"


# ---------------------------------------------------------------- who may


def test_what_content_safety_holds_back_is_not_taken_along(
    talk: Conversation, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "server.access.conversations.held_back", lambda messages, at: {one.id: "内容已隐藏" for one in messages}
    )

    page = desk.get(at(talk, "/referral")).text

    assert "找医生" not in page and "内容已隐藏" in page


def test_a_message_of_another_conversation_is_not_shown(talk: Conversation, desk: Desk, people: Cast) -> None:
    other = make.resident(name="王大山")
    make.agreement(resident=other, team=people.team)
    user = make.user(resident=other)
    receive(user, "这是我的话")
    theirs = db.session.scalar(select(Message.id).where(Message.conversation_id == conversation_of(user).id))

    for form in FORMS:
        assert "这是我的话" not in desk.get(at(talk, f"/{form}?message={theirs}")).text


def test_who_only_stands_in_answers_and_does_no_more(
    talk: Conversation, people: Cast, client: FlaskClient, hospital: Any
) -> None:
    colleague = make.staff(name="代医生", organisation_id=people.chen.organisation_id)
    make.team(lead=colleague)
    messaging.transfer(talk, colleague, "他更熟悉", policy=POLICY, by=as_staff(people.chen))
    desk = desk_of(client, make.user(staff=colleague))

    page = desk.get(at(talk)).text
    assert "不由您的团队签约服务" in page and "/followup" not in page
    for form in (*FORMS, "record"):
        assert desk.get(at(talk, f"/{form}")).status_code == 404
    token = form_token(desk.get(at(talk)))
    for path in ("bookings", "referrals", "services", "emergencies"):
        answer = desk.client.post(f"{DESK}{at(talk, f'/{path}')}", data={"form_token": token})
        assert answer.status_code == 404 and "不由您的团队签约服务" in answer.text, path


def test_a_locked_doctor_opens_and_does_nothing(talk: Conversation, desk: Desk, people: Cast, hospital: Any) -> None:
    slot, token = make.slot(), form_token(desk.get(at(talk)))
    with transaction() as session:
        session.get_one(Staff, people.chen.id).locked_at = clocks.now()

    for form in (*FORMS, "record"):
        assert desk.get(at(talk, f"/{form}")).status_code == 303
    sent = {"form_token": token, "slot_id": slot.id}
    assert desk.client.post(f"{DESK}{at(talk, '/bookings')}", data=sent).status_code == 303

    assert db.session.query(Appointment).count() == 0


def test_a_form_of_another_site_books_nothing(talk: Conversation, desk: Desk) -> None:
    slot = make.slot()

    answer = desk.client.post(f"{DESK}{at(talk, '/bookings')}", data={"form_token": "0" * 64, "slot_id": slot.id})

    assert answer.status_code == 403 and db.session.query(Appointment).count() == 0


# ---------------------------------------------------------------- the short record


def test_the_short_record_stands_beside_the_conversation_and_is_a_look(
    talk: Conversation, desk: Desk, people: Cast
) -> None:
    lin = people.lin_user.resident
    make.measurement(lin, measured_at=clocks.now() - timedelta(days=2))
    value = make.measurement(lin, value='{"systolic": 152, "diastolic": 92, "entered": "152/92"}', verdict="high")
    review = make.measurement_review(value, people.team)
    make.followup(resident=lin, team=people.team)
    book(desk, talk, make.slot())

    token = form_token(desk.get(at(talk)))
    page = desk.client.post(f"{DESK}{at(talk, '/record')}", data={"form_token": token, "text": "您好，"}).text

    assert "152/92" in page and "前1次平均 128/78" in page and page.count("<polyline") == 2
    assert "基础服务包" in page and "高血压随访 03-02" in page and "2026-03-07 周六 09:00 心内科" in page
    assert ">您好，</textarea>" in page and "林小月" not in page
    assert people.chen.id in audited("measurements_seen") and people.chen.id in audited("entitlements_seen")
    assert db.session.get_one(MeasurementReview, review.id, populate_existing=True).seen_at is not None


def test_nothing_of_the_record_is_read_before_it_is_asked_for(talk: Conversation, desk: Desk, people: Cast) -> None:
    make.measurement(people.lin_user.resident)

    page = desk.get(at(talk)).text

    assert "128/78" not in page and "居民情况" in page and audited("measurements_seen") == []
    assert "没有自测" not in desk.get(at(talk, "/record")).text


def test_a_line_stays_within_its_picture() -> None:
    assert drawn([[120.0, 80.0]]) == []
    assert drawn([[100.0], [100.0]]) == ["6.0,58.0 274.0,58.0"]
    assert drawn([[150.0, 90.0], [90.0, 60.0]]) == ["6.0,6.0 274.0,40.7", "6.0,40.7 274.0,58.0"]
