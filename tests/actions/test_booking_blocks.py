"""Visits nobody came to: marked after the session, corrected by the hospital, a pause from the third on, an appeal."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.actions import booking
from server.database import db
from server.models import (
    AppointmentStatus,
    BlockStatus,
    BookingBlock,
    Channel,
    MarkKind,
    NoShowMark,
    Notification,
    Resident,
)
from server.models.actor import Actor, ActorKind
from server.models.states import IllegalMove
from tests import make

POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
DESK = Actor(ActorKind.ADMIN, "desk")
S = AppointmentStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


def signed() -> Resident:
    return make.agreement(resident=make.resident()).resident  # type: ignore[no-any-return]


def reserve(resident: Resident, starts: str = "2026-03-07 09:00", **origin: Any) -> Any:
    slot = make.slot(hospital=make.hospital(checks_in=True), starts=at(starts))
    return booking.reserve(slot.id, resident, policy=POLICY, by=BY, origin=booking.Origin(**origin))[0]


def missed(resident: Resident, visit_on: date) -> NoShowMark:
    """A mark of an earlier visit."""
    starts = datetime.combine(visit_on, datetime.min.time(), clocks.SHANGHAI) + timedelta(hours=9)
    slot = make.slot(hospital=make.hospital(checks_in=True), starts=starts, taken=1)
    visit = make.appointment(slot, resident, status="no_show")
    fields = {"resident_id": resident.id, "appointment_id": visit.id, "kind": MarkKind.NO_SHOW}
    return make.saved(NoShowMark(**fields, visit_on=visit_on, at=starts))  # type: ignore[no-any-return]


def the_block() -> BookingBlock | None:
    return db.session.scalars(select(BookingBlock).execution_options(populate_existing=True)).one_or_none()


def told() -> list[str]:
    return sorted(n.kind for n in db.session.scalars(select(Notification)) if "block" in n.kind or "no_show" in n.kind)


def test_who_does_not_come_is_marked_half_an_hour_after_the_session(clock: Any) -> None:
    visit = reserve(signed())

    clock.set("2026-03-07 12:29")
    assert booking.mark_no_show_next(POLICY) is False
    clock.set("2026-03-07 12:30")
    assert booking.mark_no_show_next(POLICY) is True
    assert booking.mark_no_show_next(POLICY) is False

    db.session.refresh(visit)
    assert (visit.status, told(), the_block()) == (S.NO_SHOW, ["no_show_recorded"], None)


def test_who_checked_in_is_no_no_show(clock: Any) -> None:
    visit = reserve(signed())
    clock.set("2026-03-07 08:50")
    booking.check_in(booking.appointment_of(visit.check_in_code), by=DESK)
    booking.check_in(visit, by=DESK)
    clock.set("2026-03-07 13:00")

    assert booking.mark_no_show_next(POLICY) is False
    assert visit.status == S.CHECKED_IN


@pytest.mark.parametrize("broken", ["", "x", "{id}", "{id}.0000000000000000", "{id}.{code}x"])
def test_a_code_nobody_gave_is_refused(broken: str) -> None:
    visit = reserve(signed())
    code = broken.format(id=visit.id, code=visit.check_in_code.partition(".")[2])

    with pytest.raises(booking.CheckInCodeInvalid):
        booking.appointment_of(code)


def test_check_in_is_of_the_day(clock: Any) -> None:
    visit = reserve(signed())

    clock.set("2026-03-06 09:00")
    with pytest.raises(booking.CheckInWrongDay):
        booking.check_in(visit, by=DESK)


@pytest.mark.parametrize(("first", "blocked_until"), [(date(2025, 3, 3), date(2026, 5, 31)), (date(2025, 3, 2), None)])
def test_the_example_of_the_rule(clock: Any, first: date, blocked_until: date | None) -> None:
    """§5.3: the third recorded 2026-03-02, two before: the last blocked day is 05-30; exactly a year ago is outside."""
    clock.set("2026-02-27 10:00")
    resident = signed()
    missed(resident, first)
    missed(resident, date(2025, 9, 1))
    reserve(resident, "2026-03-02 09:00")

    clock.set("2026-03-02 12:30")
    assert booking.mark_no_show_next(POLICY) is True

    block = the_block()
    assert (block.until_on if block else None) == blocked_until
    assert told() == (["booking_blocked"] if blocked_until else ["no_show_recorded"])


def test_six_pause_for_longer(clock: Any) -> None:
    resident = signed()
    for month in (8, 9, 10, 11, 12):
        missed(resident, date(2025, month, 1))
    reserve(resident, "2026-03-07 09:00")
    clock.set("2026-03-07 12:30")
    booking.mark_no_show_next(POLICY)

    block = the_block()
    assert block is not None and (block.count, block.until_on - block.from_on) == (6, timedelta(days=180))


@pytest.fixture
def paused(clock: Any) -> Resident:
    """Somebody whose third missed visit was on 7 March 2026."""
    resident = signed()
    missed(resident, date(2025, 9, 1))
    missed(resident, date(2025, 10, 1))
    reserve(resident, "2026-03-07 09:00")
    clock.set("2026-03-07 12:30")
    booking.mark_no_show_next(POLICY)
    return resident


def test_a_pause_is_about_booking_online_only(paused: Resident) -> None:
    with pytest.raises(booking.BookingBlocked):
        reserve(paused, "2026-03-14 09:00")

    assert reserve(paused, "2026-03-15 09:00", channel=Channel.DOCTOR).status == S.BOOKED
    assert reserve(paused, "2026-03-16 09:00", channel=Channel.REFERRAL).status == S.BOOKED


def test_a_pause_ends_by_itself(paused: Resident, clock: Any) -> None:
    clock.set("2026-06-04 09:00")
    assert booking.end_block_next() is False
    with pytest.raises(booking.BookingBlocked):
        reserve(paused, "2026-06-10 09:00")

    clock.set("2026-06-05 00:00")
    assert reserve(paused, "2026-06-11 09:00").status == S.BOOKED
    assert booking.end_block_next() is True
    block = the_block()
    assert block is not None and (block.status, block.live_key) == (BlockStatus.ENDED, None)
    assert told() == ["booking_blocked", "booking_unblocked"]


def test_the_hospital_corrects_within_three_days_and_the_pause_goes(paused: Resident, clock: Any) -> None:
    (visit,) = [mark for mark in db.session.scalars(select(NoShowMark)) if mark.visit_on == date(2026, 3, 7)]
    appointment = db.session.get_one(make.Appointment, visit.appointment_id)

    clock.set("2026-03-10 12:00:01")
    with pytest.raises(booking.CorrectionOver):
        booking.correct_no_show(appointment, "已就诊", policy=POLICY, by=DESK)
    clock.set("2026-03-10 12:00")
    booking.correct_no_show(appointment, "已就诊", policy=POLICY, by=DESK)

    block = the_block()
    assert block is not None and (appointment.status, block.status) == (S.DONE, BlockStatus.LIFTED)
    assert reserve(paused, "2026-03-17 09:00").status == S.BOOKED


def test_an_appeal_is_answered_once_with_a_reason(paused: Resident, clock: Any) -> None:
    block = the_block()
    assert block is not None
    clock.set("2026-03-14 23:00")
    with pytest.raises(booking.AppealReasonNeeded):
        booking.appeal(block, " ", policy=POLICY, by=BY)
    booking.appeal(block, "当天下雨摔倒了", policy=POLICY, by=BY)
    with pytest.raises(booking.AppealOver):
        booking.appeal(block, "再说一次", policy=POLICY, by=BY)

    with pytest.raises(booking.AppealReasonNeeded):
        booking.decide_appeal(block, True, "", by=DESK)
    booking.decide_appeal(block, True, "情况属实", by=DESK)
    with pytest.raises(booking.AppealDecided):
        booking.decide_appeal(block, False, "再看", by=DESK)

    assert (block.status, block.decision_reason, block.decided_by) == (BlockStatus.LIFTED, "情况属实", "desk")
    assert [mark.void_reason for mark in db.session.scalars(select(NoShowMark).order_by(NoShowMark.visit_on))] == [
        "",
        "",
        "appeal",
    ]


def test_a_refused_appeal_leaves_the_pause(paused: Resident, clock: Any) -> None:
    block = the_block()
    assert block is not None
    booking.appeal(block, "忘记了", policy=POLICY, by=BY)
    booking.decide_appeal(block, False, "不属于特殊情况", by=DESK)

    assert block.status == BlockStatus.ACTIVE
    assert "block_appeal_refused" in told()


def test_after_seven_days_there_is_no_appeal(paused: Resident, clock: Any) -> None:
    block = the_block()
    assert block is not None
    clock.set("2026-03-15 00:00")

    with pytest.raises(booking.AppealOver):
        booking.appeal(block, "晚了", policy=POLICY, by=BY)


def test_three_late_cancels_in_thirty_days_count_as_one(clock: Any) -> None:
    resident = signed()
    for day in ("06", "14", "22"):
        visit = reserve(resident, f"2026-03-{day} 09:00")
        clock.set(f"2026-03-{int(day) - 1:02} 16:00")
        booking.cancel(visit, policy=POLICY, by=BY, late=True)
        marks = db.session.scalars(select(NoShowMark)).all()
        assert len(marks) == (1 if day == "22" else 0)
        clock.set(f"2026-03-{int(day) + 1:02} 10:00")
    assert marks[0].kind == MarkKind.LATE_CANCELS


def test_what_is_over_can_not_be_checked_in(clock: Any) -> None:
    visit = reserve(signed())
    booking.cancel(visit, policy=POLICY, by=BY)
    clock.set("2026-03-07 08:50")

    with pytest.raises(IllegalMove):
        booking.check_in(visit, by=DESK)
