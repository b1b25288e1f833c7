"""Errands about numbers, from the first sentence to the yes, and each refusal."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select, text

from server import clock
from server.actions import booking, messaging
from server.chatbot import Tier
from server.chatbot.intents import Intent
from server.chatbot.triage import Finding
from server.conversing.context import day
from server.database import db
from server.models import Appointment, AppointmentStatus, AuditEvent, BookingBlock, Slot, Specialist, WechatUser
from tests import make
from tests.actions.conversing import POLICY, Cast, as_resident, as_staff, conversation_of, said_in
from tests.conftest import Clock
from tests.conversing.chatting import Talk

A = AppointmentStatus
BOOK, CANCEL, MOVE, MINE = (
    Intent.BOOK_SPECIALIST,
    Intent.CANCEL_BOOKING,
    Intent.RESCHEDULE_BOOKING,
    Intent.MY_BOOKINGS,
)


def specialist() -> Specialist:
    made: Specialist = make.specialist(name="何主任", title="主任医师")
    return made


def bookings() -> list[Appointment]:
    return list(db.session.scalars(select(Appointment).order_by(Appointment.id)))


def audited(action: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def to_confirm(people: Cast, talk: Talk) -> str:
    """Book the first line of every list."""
    answer = talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))
    for _ in range(4):
        if "回复 1 确认" in answer:
            break
        answer = talk.says(people.lin_user, "1")
    return answer


def on(slot: Slot) -> str:
    """The slot's day as the chat says it."""
    return day(clock.local(slot.starts_at).date(), clock.today())


# ---------------------------------------------------------------- booking


def test_booking_in_the_chat(people: Cast, talk: Talk) -> None:
    slot = make.slot(specialist=specialist())

    answer = to_confirm(people, talk)

    assert "请核对：为您本人（林*月）预约" in answer
    assert f"{on(slot)}09:00" in answer and "（周" in answer and "心内科 何主任（主任医师）" in answer
    assert bookings() == []
    done = talk.says(people.lin_user, "要得")
    assert "预约成功" in done and f"{on(slot)}09:00" in done
    (made,) = bookings()
    assert (made.slot_id, made.status, made.channel) == (slot.id, A.BOOKED, "chat")
    assert (made.booker_kind, made.booker_id) == ("resident", people.lin_user.id)
    assert audited("appointment_booked") == 1
    assert conversation_of(people.lin_user).flow is None


def test_real_free_slots_are_offered_and_full_ones_not(people: Cast, talk: Talk) -> None:
    who = specialist()
    free = make.slot(specialist=who)
    make.slot(specialist=who, starts=free.starts_at + timedelta(days=1), capacity=2, taken=2)

    days = talk.says(people.lin_user, talk.means("约心内科", BOOK, department="心内科"))

    assert f"1 {on(free)} 还有5个号" in days and "\n2 " not in days


def test_a_day_and_a_doctor_in_the_first_sentence_lead_to_the_confirmation(people: Cast, talk: Talk) -> None:
    slot = make.slot(specialist=specialist())
    meant = clock.local(slot.starts_at).date().isoformat()

    answer = talk.says(
        people.lin_user, talk.means("周六挂心内的何主任", BOOK, department="心内科", date=meant, doctor="何主任")
    )

    assert "回复 1 确认" in answer and on(slot) in answer


def test_a_day_without_numbers_offers_those_that_have_some(people: Cast, talk: Talk) -> None:
    slot = make.slot(specialist=specialist())
    meant = (clock.local(slot.starts_at).date() + timedelta(days=1)).isoformat()

    answer = talk.says(people.lin_user, talk.means("约眼科", BOOK, department="心内科", date=meant))

    assert "没有可约的号" in answer and f"1 {on(slot)}" in answer


def test_the_same_yes_three_times_books_once(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)

    answers = {talk.says(people.lin_user, "好的", "same") for _ in range(3)}

    assert len(answers) == 1 and "预约成功" in answers.pop()
    assert len(bookings()) == 1


def test_wechat_repeating_the_callback_books_once(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)

    answers = [talk.writes(people.lin_user, "1", "service_account:msg:77") for _ in range(3)]

    assert len(set(answers)) == 1 and "预约成功" in str(answers[0])
    assert len(bookings()) == 1


def test_two_different_yes_book_once(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    talk.says(people.lin_user, "要得")
    again = talk.says(people.lin_user, "好的")

    assert len(bookings()) == 1
    assert "预约成功" not in again


def test_a_slot_filled_meanwhile_offers_the_others(people: Cast, talk: Talk) -> None:
    who = specialist()
    first = make.slot(specialist=who, capacity=1, hours=1)
    make.slot(specialist=who, starts=first.starts_at + timedelta(hours=2), hours=1)
    answer = to_confirm(people, talk)
    assert "09:00" in answer
    other = make.resident()
    make.agreement(resident=other, team=people.team)
    booking.reserve(first.id, other, policy=POLICY, by=as_resident(people.zhou_user))

    answer = talk.says(people.lin_user, "是")

    assert "约满" in answer and "1 11:00" in answer
    talk.says(people.lin_user, "1")
    assert "预约成功" in talk.says(people.lin_user, "是")


def test_without_an_agreement_nothing_begins(app: APIFlask, talk: Talk) -> None:
    make.slot()
    user = make.user(resident=make.resident())

    answer = talk.says(user, talk.means("约个号", BOOK))

    assert "还没有生效的签约" in answer and "/pages/teams/list" in answer
    assert conversation_of(user).flow is None


def test_who_is_not_known_is_asked_to_log_in(app: APIFlask, talk: Talk) -> None:
    user = make.user()

    answer = talk.says(user, talk.means("约个号", BOOK))

    assert "登录" in answer and "/pages/login/login" in answer
    assert conversation_of(user).flow is None


def test_a_paused_resident_is_refused_as_on_the_page(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    assert people.lin_user.resident is not None
    make.saved(
        BookingBlock(
            resident_id=people.lin_user.resident.id, live_key=people.lin_user.resident.id, status="active", count=3,
            from_on=clock.today(), until_on=clock.today() + timedelta(days=30), policy_version="test",
        )
    )  # fmt: skip

    answer = talk.says(people.lin_user, "是")

    assert "暂停自己网上预约" in answer and "找医生" in answer
    assert bookings() == []


# ---------------------------------------------------------------- for somebody else


def test_booking_for_a_linked_parent_names_him(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    home = make.household(me)
    make.member(home, father, "51")
    make.agreement(resident=father, team=people.team)

    answer = talk.says(people.lin_user, talk.means("给我老汉儿挂心内科", BOOK, member="父亲", department="心内科"))
    while "回复 1 确认" not in answer:
        answer = talk.says(people.lin_user, "1")

    assert "父亲（林*山）" in answer
    talk.says(people.lin_user, "1")
    (made,) = bookings()
    assert made.resident_id == father.id


def test_without_a_link_it_says_how_to_get_one(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())

    answer = talk.says(people.lin_user, talk.means("给我妈挂号", BOOK, member="母亲"))

    assert "不能替母亲办理" in answer and "/pages/family/home" in answer
    assert conversation_of(people.lin_user).flow is None


def test_an_elder_without_a_name_may_be_the_writer_himself(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    home = make.household(me)

    alone = talk.says(people.lin_user, talk.means("给老人挂号", BOOK, member="老人"))
    assert "还没有登记家人" in alone and "/pages/family/home" in alone and "1 您本人" in alone
    talk.says(people.lin_user, "算了")
    make.member(home, father, "51")
    make.agreement(resident=father, team=people.team)
    asked = talk.says(people.lin_user, talk.means("给老人挂号", BOOK, member="老人"))

    assert "1 您本人" in asked and "2 父亲（林*山）" in asked and "还没有登记家人" not in asked


def test_a_link_that_ended_meanwhile_books_nothing(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    row = make.member(make.household(me), father, "51")
    make.agreement(resident=father, team=people.team)
    answer = talk.says(people.lin_user, talk.means("给爸约号", BOOK, member="父亲", department="心内科"))
    while "回复 1 确认" not in answer:
        answer = talk.says(people.lin_user, "1")
    make.saved_change(row, state="left", current_key=None, left_on=clock.today())

    talk.says(people.lin_user, "1")

    assert bookings() == []


# ---------------------------------------------------------------- cancelling, moving, looking


def booked(people: Cast, slot: Slot) -> Appointment:
    assert people.lin_user.resident is not None
    return booking.reserve(slot.id, people.lin_user.resident, policy=POLICY, by=as_resident(people.lin_user))[0]


def test_cancelling_asks_and_gives_the_place_back(people: Cast, talk: Talk) -> None:
    slot = make.slot(specialist=specialist())
    row = booked(people, slot)

    answer = talk.says(people.lin_user, talk.means("不想去看了，把号退了", CANCEL))

    assert on(slot) in answer and row.status == A.BOOKED
    assert "已取消" in talk.says(people.lin_user, "取消")
    db.session.refresh(row)
    assert row.status == A.CANCELLED
    assert audited("appointment_cancelled") == 1


def test_cancelling_one_of_two_asks_which(people: Cast, talk: Talk) -> None:
    first = booked(people, make.slot())
    second = booked(people, make.slot(starts=first.slot.starts_at + timedelta(days=2)))

    answer = talk.says(people.lin_user, talk.means("退号", CANCEL))
    assert "1 " in answer and "2 " in answer
    talk.says(people.lin_user, "第二个")
    talk.says(people.lin_user, "对头")

    db.session.refresh(first)
    db.session.refresh(second)
    assert (first.status, second.status) == (A.BOOKED, A.CANCELLED)


def test_cancelling_by_the_day_of_the_visit(people: Cast, talk: Talk) -> None:
    first = booked(people, make.slot())
    second = booked(people, make.slot(starts=first.slot.starts_at + timedelta(days=2)))
    meant = clock.local(second.slot.starts_at).date().isoformat()

    answer = talk.says(people.lin_user, talk.means("下周一那个号退了", CANCEL, date=meant))

    assert "回复 1 确认" in answer and on(second.slot) in answer and on(first.slot) not in answer


def test_cancelling_too_late_is_refused_with_the_page(people: Cast, talk: Talk, clock: Clock) -> None:
    row = booked(people, make.slot())
    clock.set(row.slot.starts_at - timedelta(hours=1))

    talk.says(people.lin_user, talk.means("退号", CANCEL))
    answer = talk.says(people.lin_user, "是")

    assert "已过取消时间" in answer and "/pages/appointments/list" in answer
    db.session.refresh(row)
    assert row.status == A.BOOKED


def test_nothing_to_cancel_says_so(people: Cast, talk: Talk) -> None:
    answer = talk.says(people.lin_user, talk.means("退号", CANCEL))

    assert "没有可以办理的预约" in answer


def test_choosing_another_time(people: Cast, talk: Talk) -> None:
    who = specialist()
    first = make.slot(specialist=who)
    later = make.slot(specialist=who, starts=first.starts_at + timedelta(days=1))
    row = booked(people, first)
    meant = clock.local(later.starts_at).date().isoformat()

    answer = talk.says(people.lin_user, talk.means("改到后一天", MOVE, date=meant))
    if "回复 1 确认" not in answer:
        answer = talk.says(people.lin_user, "1")

    assert f"从 {on(first)}" in answer and f"改到 {on(later)}" in answer
    assert "已改好" in talk.says(people.lin_user, "行")
    db.session.refresh(row)
    assert (row.slot_id, row.sequence) == (later.id, 1)


def test_the_number_one_has_is_no_other_time(people: Cast, talk: Talk) -> None:
    slot = make.slot(specialist=specialist())
    booked(people, slot)

    answer = talk.says(people.lin_user, talk.means("能不能改个时间", MOVE))

    assert "改到" not in answer and "没有可" in answer


def test_looking_at_ones_bookings_and_at_a_fathers_is_written_down(people: Cast, talk: Talk) -> None:
    slot = make.slot(specialist=specialist())
    booked(people, slot)
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    make.member(make.household(me), father, "51")

    mine = talk.says(people.lin_user, talk.means("我约了哪些号", MINE))
    his = talk.says(people.lin_user, talk.means("我爸约了哪些", MINE, member="父亲"))

    assert on(slot) in mine and "预约成功" in mine and "/pages/appointments/list" in mine
    assert "没有接下来的预约" in his
    assert audited("bookings_read") == 1


# ---------------------------------------------------------------- emergencies, doctors, time


def test_an_emergency_in_the_middle_comes_first_and_ends_the_errand(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)

    answer = talk.says(people.lin_user, talk.means("哎哟胸口痛得遭不住", Intent.EMERGENCY, tier=Tier.RED))

    assert answer.startswith("请立即拨打120")
    assert conversation_of(people.lin_user).flow is None
    assert "预约成功" not in talk.says(people.lin_user, "是")
    assert bookings() == []


def test_a_message_that_may_be_serious_keeps_the_errand_and_calls_the_doctor(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))

    answer = talk.says(people.lin_user, talk.means("1", tier=Tier.AMBER))

    assert "想哪一天去" in answer and "120" in answer
    assert conversation_of(people.lin_user).status == "waiting_doctor"
    answer = talk.says(people.lin_user, "第一个")
    assert "09:00" in answer


def test_a_doctor_who_took_over_silences_the_bot_and_ends_the_errand(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    messaging.take(conversation_of(people.lin_user), by=as_staff(people.chen))

    assert talk.says(people.lin_user, "是") == ""
    assert bookings() == []
    assert conversation_of(people.lin_user).flow is None


def test_a_doctor_who_spoke_and_left_ends_the_errand(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    row = conversation_of(people.lin_user)
    messaging.reply(row, "您好", "x", by=as_staff(people.chen), most=500)
    messaging.close(row, by=as_staff(people.chen))

    talk.says(people.lin_user, "是")

    assert bookings() == []


def test_the_state_is_sealed_and_survives_a_restart(people: Cast, talk: Talk, app: APIFlask) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    db.session.remove()

    raw = db.session.execute(text("SELECT flow FROM conversation")).scalar_one()
    assert "book_specialist" not in raw
    assert "预约成功" in talk.says(db.session.get_one(WechatUser, people.lin_user.id), "是")


def test_after_half_an_hour_a_yes_does_nothing(people: Cast, talk: Talk, clock: Clock) -> None:
    clock.set("2026-03-02 10:00")
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    clock.advance(minutes=31)

    answer = talk.says(people.lin_user, "是")

    assert "预约成功" not in answer
    assert bookings() == []


def test_another_errand_starts_and_the_first_is_over(people: Cast, talk: Talk) -> None:
    booked(people, make.slot(specialist=specialist()))
    to_confirm(people, talk)

    answer = talk.says(people.lin_user, talk.means("我约了哪些号", MINE))

    assert "接下来的预约" in answer
    assert conversation_of(people.lin_user).flow is None


def test_what_was_said_stands_in_the_conversation(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    talk.says(people.lin_user, "算了")

    senders = [sender for sender, _ in said_in(conversation_of(people.lin_user))]
    assert senders == ["resident", "bot"] * (len(senders) // 2)
    assert all(
        said.startswith("【智能助手】") for sender, said in said_in(conversation_of(people.lin_user)) if sender == "bot"
    )


def test_a_line_worked_out_from_an_old_state_is_refused(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    stale = messaging.Script("好", before='{"id":"old"}', after=None)

    with pytest.raises(messaging.FlowMoved):
        messaging.say(
            people.lin_user, "是", "stale", policy=POLICY, most=500, by=as_resident(people.lin_user), at=clock.now(),
            script=stale,
        )  # fmt: skip

    assert conversation_of(people.lin_user).flow is not None


def test_several_yes_at_once_book_once(app: APIFlask, people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    to_confirm(people, talk)
    user_id, answers, barrier = people.lin_user.id, [], threading.Barrier(3)

    def call(number: int) -> None:
        with app.app_context():
            who = db.session.get_one(WechatUser, user_id)
            barrier.wait()
            answers.append(talk.says(who, "是", f"yes{number}"))
            db.session.remove()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    assert len(answers) == 3
    assert sum("预约成功" in answer for answer in answers) == 1
    assert len(bookings()) == 1


def test_words_of_despair_keep_their_own_line(people: Cast, talk: Talk) -> None:
    make.slot(specialist=specialist())
    said = talk.means("活着没意思，帮我约个号吧", BOOK)
    sad = Finding(Tier.AMBER, 0.4, is_self_harm=True)
    talk.meant[said] = dataclasses.replace(talk.meant[said], finding=sad)

    assert "12356" in talk.says(people.lin_user, said)
