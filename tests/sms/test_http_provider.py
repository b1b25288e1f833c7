"""Text messages over real HTTP to the sandbox: signature, outcomes, repetition; and as the last channel before the phone."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as now
from server import policy
from server.actions import notifications
from server.config import Settings, Sms
from server.database import db
from server.models import NoticeSetting, NotificationStatus, PhoneTask
from server.pushing import Outcome
from server.sms import NoSms, SmsSender, sender_for
from tests import make
from tests.actions.pushing import Line, fresh, queued, reachable_resident
from wechat_sandbox import sms as provider
from wechat_sandbox.serving import Sandbox

POLICY = policy.load("mianyang")
PHONE = "13800000000"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as served:
        yield served


def settings_of(sandbox: Sandbox, **changes: Any) -> Sms:
    values = {
        "provider": "http",
        "url": f"{sandbox.url}{provider.PATH}",
        "app_id": provider.APP_ID,
        "secret": provider.SECRET,
        "sign": "家庭医生",
        "connect_timeout_seconds": 1.0,
        "read_timeout_seconds": 10.0,
    }
    return Sms.model_validate(values | changes)


@pytest.fixture
def sms(sandbox: Sandbox, app: APIFlask) -> SmsSender:
    return sender_for(settings_of(sandbox))


def texts(sandbox: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.control.get("/sandbox/sms")
    return found


def trouble(sandbox: Sandbox, kind: str, **fields: Any) -> None:
    sandbox.control.post("/sandbox/faults", {"path": provider.PATH, "kind": kind, "count": 1, **fields})


def test_a_signed_order_arrives_with_the_signature_in_front(sandbox: Sandbox, sms: SmsSender) -> None:
    pushed = sms.send(PHONE, "健康随访：\n请查看", "N1")

    assert (pushed.outcome, pushed.provider_ref) == (Outcome.OK, "sms1")
    assert [(text["phone"], text["text"]) for text in texts(sandbox)] == [(PHONE, "【家庭医生】健康随访： 请查看")]


def test_the_same_order_again_is_sent_once(sandbox: Sandbox, sms: SmsSender) -> None:
    outcomes = [sms.send(PHONE, "健康随访", "N1").outcome for _ in range(2)]

    assert (outcomes, len(texts(sandbox))) == ([Outcome.OK, Outcome.OK], 1)


@pytest.mark.parametrize(
    ("kind", "fields", "outcome"),
    [
        ("errcode", {"errcode": 2002}, Outcome.RETRY),
        ("errcode", {"errcode": 3001}, Outcome.PERMANENT),
        ("errcode", {"errcode": 3002}, Outcome.NO_CONSENT),
        ("errcode", {"errcode": 4002}, Outcome.OVER_QUOTA),
        ("errcode", {"errcode": 9999}, Outcome.RETRY),
        ("http", {"status": 502}, Outcome.UNKNOWN),
        ("http", {"status": 503}, Outcome.RETRY),
        ("drop_before", {}, Outcome.UNKNOWN),
        ("drop_after", {}, Outcome.UNKNOWN),
    ],
)
def test_every_trouble_has_its_outcome(
    sandbox: Sandbox, sms: SmsSender, kind: str, fields: dict[str, Any], outcome: Outcome
) -> None:
    trouble(sandbox, kind, **fields)

    assert sms.send(PHONE, "健康随访", "N1").outcome is outcome


def test_who_does_not_answer_may_have_sent_it(app: APIFlask, sandbox: Sandbox) -> None:
    impatient = sender_for(settings_of(sandbox, read_timeout_seconds=0.5))
    trouble(sandbox, "timeout", seconds=30.0)  # until the sandbox ends

    assert impatient.send(PHONE, "健康随访", "N1").outcome is Outcome.UNKNOWN


def test_nobody_there_is_tried_again(app: APIFlask, sandbox: Sandbox) -> None:
    gone = sender_for(settings_of(sandbox, url="http://127.0.0.1:9/sms"))

    assert gone.send(PHONE, "健康随访", "N1").outcome is Outcome.RETRY


def test_a_wrong_secret_and_a_wrong_account_are_told_by_the_check(
    app: APIFlask, sandbox: Sandbox, sms: SmsSender
) -> None:
    assert sms.check().outcome is Outcome.OK
    assert sender_for(settings_of(sandbox, secret="another")).check().errcode == 2002
    assert sender_for(settings_of(sandbox, app_id="another")).check().errcode == 2001
    assert texts(sandbox) == []


def test_a_clock_too_far_off_is_refused(sandbox: Sandbox, sms: SmsSender) -> None:
    sandbox.control.post("/sandbox/clock", {"advance_seconds": 600})

    assert sms.check().errcode == 2003


def test_neither_number_nor_text_is_logged(sandbox: Sandbox, sms: SmsSender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in ("errcode", "http", "drop_before"):
        trouble(sandbox, kind, **({"errcode": 3001} if kind == "errcode" else {}))
        sms.send(PHONE, "很私密的话", "N1")

    assert PHONE not in caplog.text
    assert "私密" not in caplog.text


def test_the_journal_shows_no_number(sandbox: Sandbox, sms: SmsSender) -> None:
    sms.send(PHONE, "健康随访", "N1")

    assert PHONE not in str(sandbox.control.get("/sandbox/journal"))


def test_without_a_provider_nothing_is_sent() -> None:
    assert (NoSms().is_on, NoSms().send(PHONE, "x", "N1").outcome) == (False, Outcome.PERMANENT)


# ---------------------------------------------------------------- as a channel


@pytest.fixture
def deliver_all(app: APIFlask, settings: Settings, sms: SmsSender) -> Any:
    def run(line: Line | None = None) -> None:
        while notifications.deliver_next(line or Line(), settings, POLICY, sms):  # type: ignore[arg-type]
            pass

    return run


def test_who_has_no_wechat_gets_an_sms(sandbox: Sandbox, deliver_all: Any) -> None:
    row = queued(resident_id=make.resident(phone=PHONE).id)

    deliver_all()

    row = fresh(row)
    assert (row.status, row.channel, row.provider_ref) == (NotificationStatus.SENT, "sms", "sms1")
    assert [text["phone"] for text in texts(sandbox)] == [PHONE]


def test_wechat_goes_first_and_a_notice_not_worth_a_call_is_not_worth_an_sms(
    sandbox: Sandbox, deliver_all: Any
) -> None:
    resident, _, _ = reachable_resident()
    first = queued(resident_id=resident.id)
    facts = {"hospital": "市中心医院", "department": "眼科", "starts_at": "2026-03-03T09:00:00+08:00"}
    booked = queued("appointment_booked", resident_id=make.resident(phone=PHONE).id, facts=facts)

    deliver_all()

    assert fresh(first).channel == "service_template:notice"
    assert fresh(booked).status == NotificationStatus.FAILED
    assert texts(sandbox) == []


def test_a_lost_answer_is_repeated_and_arrives_once(sandbox: Sandbox, deliver_all: Any, clock: Any) -> None:
    trouble(sandbox, "drop_after")
    row = queued(resident_id=make.resident(phone=PHONE).id)

    deliver_all()
    clock.advance(seconds=31)
    deliver_all()

    assert (fresh(row).status, len(texts(sandbox))) == (NotificationStatus.SENT, 1)


@pytest.mark.parametrize(("code", "column"), [(3001, "bad_phone_hash"), (3002, "sms_allowed")])
def test_a_refused_sms_is_a_call_and_no_sms_again(sandbox: Sandbox, deliver_all: Any, code: int, column: str) -> None:
    trouble(sandbox, "errcode", errcode=code)
    resident, team = make.resident(phone=PHONE), make.team()
    rows = []
    for _ in range(2):
        rows.append(queued(resident_id=resident.id, team_id=team.id))
        deliver_all()

    assert [fresh(row).status for row in rows] == [NotificationStatus.FAILED] * 2
    assert len(db.session.scalars(select(PhoneTask)).all()) == 2
    assert getattr(db.session.scalars(select(NoticeSetting)).one(), column) in (False, resident.phone_hash)
    assert texts(sandbox) == []


def test_who_said_no_to_sms_is_phoned(sandbox: Sandbox, deliver_all: Any) -> None:
    resident = make.resident(phone=PHONE)
    make.saved(NoticeSetting(resident_id=resident.id, sms_allowed=False, opted_out=[], updated_at=now.now()))
    row = queued(resident_id=resident.id, team_id=make.team().id)

    deliver_all()

    assert (fresh(row).status, texts(sandbox)) == (NotificationStatus.FAILED, [])
