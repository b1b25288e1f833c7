"""The hospital's desk: codes, the day's list, corrections, answers, appeals."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.actions import booking
from server.database import db
from server.models import Agreement, Appointment, BookingBlock
from server.models.actor import Actor, ActorKind
from tests import make
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser

POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")


def visit(days: int = 5, **fields: Any) -> Appointment:
    starts = datetime.combine(clocks.today() + timedelta(days=days), time(14), clocks.SHANGHAI)
    slot = make.slot(starts=starts, hospital=make.hospital(checks_in=True, **fields))
    resident = make.agreement(resident=make.resident(name="林秀英")).resident
    return booking.reserve(slot.id, resident, policy=POLICY, by=BY)[0]


def status(one: Appointment) -> str:
    db.session.rollback()
    return str(db.session.get_one(Appointment, one.id, populate_existing=True).status)


def test_a_scanned_code_checks_in(client: Any, clock: Any) -> None:
    one = visit()
    clock.set("2026-03-07 13:30")
    browser = Browser(client, browsers.admin())

    answer = browser.post("/arrivals", "/arrivals", code=one.check_in_code)

    assert "林*英 已取号，第 1 号" in browser.follow(answer).text
    assert status(one) == "checked_in"
    assert browser.post("/arrivals", "/arrivals", code="x.y").status_code == 400


def test_the_list_of_the_day_is_masked_and_checks_in(browser: Browser, client: Any, clock: Any) -> None:
    one = visit()
    day = f"/arrivals?hospital_id={one.slot.hospital_id}&day=2026-03-07"
    shown = browser.get(day).text
    assert "林*英" in shown and "林秀英" not in shown and "取号</button></form>" not in shown  # not today

    clock.set("2026-03-07 13:30")
    browser = Browser(client, browsers.admin())
    browser.follow(browser.post(f"/arrivals/{one.id}/check-in", day))

    assert status(one) == "checked_in"
    assert "已取号" in browser.get(day).text


def test_a_no_show_is_corrected_with_a_reason(client: Any, clock: Any) -> None:
    one = visit()
    clock.set("2026-03-07 18:00")
    browser = Browser(client, browsers.admin())
    assert booking.mark_no_show_next(POLICY)
    day = f"/arrivals?hospital_id={one.slot.hospital_id}&day=2026-03-07"

    assert browser.post(f"/arrivals/{one.id}/correct", day, reason=" ").status_code == 400
    browser.follow(browser.post(f"/arrivals/{one.id}/correct", day, reason="已就诊", day="2026-03-07"))

    assert status(one) == "done"


@pytest.mark.parametrize(("answer", "then"), [("yes", "booked"), ("no", "cancelled")])
def test_what_waits_for_the_hospital_is_answered(browser: Browser, answer: str, then: str) -> None:
    one = visit(must_confirm=True)
    day = f"/arrivals?hospital_id={one.slot.hospital_id}&day=2026-03-07"
    assert "等医院确认" in browser.get(day).text

    browser.follow(browser.post(f"/arrivals/{one.id}/answer", day, answer=answer, reason="当天停号"))

    assert status(one) == then


def appealed() -> BookingBlock:
    resident = make.agreement(resident=make.resident(name="林秀英")).resident
    fields = {"live_key": resident.id, "from_on": clocks.today(), "until_on": clocks.today() + timedelta(days=90)}
    block = make.saved(BookingBlock(resident_id=resident.id, status="active", count=3, policy_version="1", **fields))
    return booking.appeal(block, "那天下雨摔倒了", policy=POLICY, by=BY)


@pytest.mark.parametrize(("granted", "then"), [("true", "lifted"), ("false", "active")])
def test_an_appeal_is_answered(client: Any, granted: str, then: str) -> None:
    block = appealed()
    team = db.session.scalars(select(Agreement).where(Agreement.active_key == block.resident_id)).one().team
    own = Browser(client, browsers.admin(team.organisation))
    assert "那天下雨摔倒了" in own.get("/appeals").text

    assert own.post(f"/appeals/{block.id}", "/appeals", granted=granted, reason="").status_code == 400
    own.follow(own.post(f"/appeals/{block.id}", "/appeals", granted=granted, reason="情况属实"))

    found = db.session.get_one(BookingBlock, block.id, populate_existing=True)
    assert (found.status, found.decision_reason) == (then, "情况属实")


def test_another_institution_sees_no_appeal(client: Any) -> None:
    block = appealed()
    other = Browser(client, browsers.admin())

    assert "那天下雨摔倒了" not in other.get("/appeals").text
    assert other.post(f"/appeals/{block.id}", "/arrivals", granted="true", reason="x").status_code == 404
