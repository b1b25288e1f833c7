"""Whole errands with sentences as people say them, understood by the real understanding."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.database import db
from server.models import Appointment, AppointmentStatus, Measurement
from tests import make
from tests.actions.conversing import Cast, conversation_of
from tests.conversing.chatting import says


def test_a_booking_in_sichuan(people: Cast) -> None:
    slot = make.slot(specialist=make.specialist(name="何主任"))
    on = clock.local(slot.starts_at).date()

    *_, shown, done = says(people.lin_user, f"我想挂{on.month}月{on.day}号心内科的专家号", "1", "要得")

    assert "请核对" in shown and "预约成功" in done
    (made,) = db.session.scalars(select(Appointment))
    assert made.status == AppointmentStatus.BOOKED


def test_a_pressure_that_is_asked_for(people: Cast) -> None:
    *_, shown, done = says(people.lin_user, "我要报一下血压", "132 84", "中嘞")

    assert "132/84" in shown and "已记下" in done
    assert len(list(db.session.scalars(select(Measurement)))) == 1


def test_cancelling_and_changing_ones_mind(people: Cast) -> None:
    slot = make.slot()
    says(people.lin_user, "帮我约个专家号", "1", "1", "1", "是")
    row = db.session.scalars(select(Appointment)).one()

    shown, kept = says(people.lin_user, "把我约的号取消了", "算了还是去吧")
    assert "要取消" in shown and "先不办了" in kept
    *_, done = says(people.lin_user, "取消预约", "对头，取消")

    assert "已取消" in done
    db.session.refresh(row)
    assert (row.status, row.slot_id) == (AppointmentStatus.CANCELLED, slot.id)


def test_an_emergency_in_the_middle_of_a_booking(people: Cast) -> None:
    make.slot(starts=clock.now() + timedelta(days=3))

    *_, alarm = says(people.lin_user, "帮我约个专家号", "哎呀我胸口痛得很，气都喘不上来了")

    assert alarm.startswith("请立即拨打120")
    assert conversation_of(people.lin_user).flow is None
    assert conversation_of(people.lin_user).is_urgent


def test_half_a_pressure_is_asked_for_again_and_put_together(people: Cast) -> None:
    *_, half, shown = says(people.lin_user, "我要报一下血压", "高压一百三十二", "低压八十四")

    assert "高压和低压" in half
    assert "132/84" in shown
