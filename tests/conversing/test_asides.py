"""What comes between: a question in the middle of an errand, a picture, a digit nobody asked for, a wish while waiting."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock, conversing
from server.actions import messaging
from server.chatbot.intents import Intent
from server.chatbot.triage import Tier
from server.database import db
from server.models import Agreement, AgreementStatus, AuditEvent, Measurement, WechatUser
from tests import make
from tests.actions.conversing import POLICY, Cast, as_staff, conversation_of, said_in
from tests.conftest import Clock
from tests.conversing.chatting import Talk

BOOK, TERM, HOURS = Intent.BOOK_SPECIALIST, Intent.MY_CONTRACT, Intent.CLINIC_INFO


def sends(who: WechatUser, kind: str) -> str | None:
    """Send something that is no text to the service account."""
    account = who.account("service_account")
    assert account is not None
    return messaging.receive(
        app="service_account", openid=account.openid, unionid=None, dedupe_key=f"service_account:msg:{kind}", text="",
        kind=kind, at=clock.now(), policy=POLICY, most=500,
    )  # fmt: skip


def waits(people: Cast, talk: Talk) -> None:
    """Let Lin wait for her team about something that is no emergency."""
    assert "已转给" in talk.says(people.lin_user, "找医生")
    assert conversation_of(people.lin_user).status == "waiting_doctor"


# ---------------------------------------------------------------- in the middle of an errand


def test_a_question_in_the_middle_is_answered_and_the_errand_goes_on(people: Cast, talk: Talk) -> None:
    make.slot()
    talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))

    answer = talk.says(people.lin_user, talk.means("你们几点下班呀", HOURS))

    assert answer.count("【智能助手】") == 1
    assert people.team.hours in answer and "“预约专家号”还没办完" in answer and answer.endswith("1 心内科")
    assert "想哪一天去" in talk.says(people.lin_user, "1")


def test_a_question_at_the_confirmation_is_neither_yes_nor_no(people: Cast, talk: Talk) -> None:
    make.slot()
    for text in (talk.means("帮我约个专家号", BOOK), "1", "1", "1"):
        shown = talk.says(people.lin_user, text)
    assert "回复 1 确认" in shown

    answer = talk.says(people.lin_user, talk.means("你们几点下班呀", HOURS))

    assert people.team.hours in answer and "回复 1 确认" in answer
    assert "预约成功" in talk.says(people.lin_user, "1")


def test_a_question_that_names_a_day_is_not_taken_for_the_day(people: Cast, talk: Talk) -> None:
    make.slot()
    for text in (talk.means("帮我约个专家号", BOOK), "1"):
        talk.says(people.lin_user, text)

    answer = talk.says(people.lin_user, talk.means("你们周六上班吗", HOURS, date="2026-03-07"))

    assert people.team.hours in answer and "“预约专家号”还没办完" in answer and "想哪一天去" in answer


def test_who_wants_no_more_and_asks_something_else_is_not_held(people: Cast, talk: Talk) -> None:
    make.slot()
    talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))

    answer = talk.says(people.lin_user, talk.means("不约了，我的签约哪天到期", TERM))

    assert people.team.name in answer and "还没办完" not in answer
    assert conversation_of(people.lin_user).flow is None


@pytest.mark.parametrize("kind", ["sticker", "image", "voice", "location", "link", "video"])
def test_what_is_no_text_leaves_the_errand_open(people: Cast, talk: Talk, kind: str) -> None:
    make.slot()
    talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))

    answer = sends(people.lin_user, kind)

    assert answer is not None and answer.startswith("【智能助手】收到") and "“预约专家号”还没办完" in answer
    is_handed_on = kind not in ("sticker", "link")
    assert conversation_of(people.lin_user).status == ("waiting_doctor" if is_handed_on else "bot")
    assert "想哪一天去" in talk.says(people.lin_user, "1")


def test_the_day_is_asked_about_without_the_numbers_that_are_left(people: Cast, talk: Talk) -> None:
    make.slot()
    talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))
    assert "还有" in talk.says(people.lin_user, "1")

    answer = talk.says(people.lin_user, "1")

    assert "个号，心内科还有这些号" not in answer and "）心内科" not in answer
    assert "），心内科还有这些号" in answer


def taps(who: WechatUser, key: str) -> str | None:
    """Tap a button of the service account's menu."""
    account = who.account("service_account")
    assert account is not None
    return conversing.tap(
        openid=account.openid, unionid=None, dedupe_key=f"service_account:event:{key}", key=key, at=clock.now(),
        policy=POLICY,
    )  # fmt: skip


def test_a_tap_on_the_menu_leaves_the_errand_open(people: Cast, talk: Talk) -> None:
    make.slot()
    talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))

    answer = taps(people.lin_user, "menu_contract")

    assert answer is not None and people.team.name in answer and "“预约专家号”还没办完" in answer
    assert "想哪一天去" in talk.says(people.lin_user, "1")


def test_a_tap_on_the_menu_is_answered_while_the_team_is_awaited(people: Cast, talk: Talk) -> None:
    waits(people, talk)

    assert people.team.name in (taps(people.lin_user, "menu_contract") or "")


# ---------------------------------------------------------------- a digit


def test_a_digit_after_an_errand_has_ended_begins_nothing(people: Cast, talk: Talk) -> None:
    make.slot()
    for text in (talk.means("帮我约个专家号", BOOK), "1", "1", "1", "1"):
        done = talk.says(people.lin_user, text)
    assert "预约成功" in done

    answer = talk.says(people.lin_user, "1")

    assert "没有要选的" in answer and "1 我要签约" in answer and "0 找医生" in answer
    assert "已有生效" in talk.says(people.lin_user, "第一个")  # now it picks from the menu that was shown


def test_a_digit_for_a_list_that_is_too_old_picks_nothing(people: Cast, talk: Talk, clock: Clock) -> None:
    make.slot()
    talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))
    clock.advance(hours=2)

    assert "没有要选的" in talk.says(people.lin_user, "1")


def test_the_menus_digit_alone_is_known_by_heart(people: Cast, talk: Talk) -> None:
    assert "接下来的预约" in talk.says(people.lin_user, "5")


def test_a_digit_after_a_greeting_picks_from_the_three_lines_shown(people: Cast, talk: Talk) -> None:
    answer = talk.says(people.lin_user, "你好")

    assert answer.splitlines()[-4:] == ["1 我的签约", "2 预约专家号", "3 下次随访", "或回复“找医生”"]
    assert "/pages/followups/list" in talk.says(people.lin_user, "3")  # 3 of the whole menu would be the agreement


def test_who_has_no_team_is_offered_to_sign(people: Cast, talk: Talk) -> None:
    stranger = make.user(resident=make.resident())

    answer = talk.says(stranger, "你好")

    assert answer.splitlines()[-4:-1] == ["1 我要签约", "2 服务包和费用", "3 团队联系方式"]


# ---------------------------------------------------------------- while the team is awaited


def test_who_waits_for_the_team_may_still_book(people: Cast, talk: Talk) -> None:
    make.slot()
    waits(people, talk)

    asked = talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))
    for text in ("1", "1", "1", "1"):
        done = talk.says(people.lin_user, text)

    assert "请问要约哪个科室" in asked and "预约成功" in done
    assert conversation_of(people.lin_user).status == "waiting_doctor"


def test_who_waits_for_the_team_is_told_when_his_agreement_ends(people: Cast, talk: Talk) -> None:
    waits(people, talk)

    assert people.team.name in talk.says(people.lin_user, talk.means("我还有几天到期", TERM))
    assert "已转达" in talk.says(people.lin_user, talk.means("医生什么时候回我嘛", Intent.TALK_HUMAN))


def test_a_wish_that_begins_like_one_is_served_while_waiting(people: Cast, talk: Talk) -> None:
    waits(people, talk)

    assert "想退订哪一种" in talk.says(people.lin_user, talk.means("我要退订", Intent.UNSUBSCRIBE, sure=0.6))


def test_what_is_not_clear_while_waiting_is_for_the_team(people: Cast, talk: Talk) -> None:
    make.slot()
    waits(people, talk)

    assert "已转达" in talk.says(people.lin_user, talk.means("那个号", BOOK, sure=0.3))
    assert talk.says(people.lin_user, "1") == ""
    assert conversation_of(people.lin_user).flow is None


@pytest.mark.parametrize("words", ["麻烦医生看一下我约的号对不对", "帮我看下我约的号"])
def test_what_is_said_to_the_doctor_while_waiting_is_for_him(people: Cast, talk: Talk, words: str) -> None:
    waits(people, talk)

    assert "已转达" in talk.says(people.lin_user, talk.means(words, Intent.MY_BOOKINGS))


def test_who_waits_in_an_emergency_is_served_nothing_else(people: Cast, talk: Talk) -> None:
    make.slot()
    talk.says(people.lin_user, talk.means("胸口痛得遭不住", Intent.EMERGENCY, tier=Tier.RED))

    answer = talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK))

    assert "已转达" in answer and "120" in answer and "科室" not in answer


def test_a_doctor_who_has_taken_it_is_alone_with_the_resident(people: Cast, talk: Talk) -> None:
    make.slot()
    waits(people, talk)
    messaging.take(conversation_of(people.lin_user), by=as_staff(people.chen))

    assert talk.says(people.lin_user, talk.means("帮我约个专家号", BOOK)) == ""
    assert [sender for sender, _ in said_in(conversation_of(people.lin_user))][-1] == "resident"


def test_who_writes_again_hears_that_it_is_not_lost(people: Cast, talk: Talk, clock: Clock) -> None:
    waits(people, talk)
    first = talk.says(people.lin_user, "麻烦医生看一下我的报告")
    at_once = talk.says(people.lin_user, "还有一张也看一下")
    clock.advance(minutes=11)

    later = talk.says(people.lin_user, "医生看到了吗")

    assert "已转达" in first and at_once == ""
    assert "还没来得及回复" in later and people.team.phone in later


def test_what_may_be_serious_while_waiting_gets_the_line_about_120(people: Cast, talk: Talk, clock: Clock) -> None:
    waits(people, talk)
    talk.says(people.lin_user, "麻烦医生看一下我的报告")
    clock.advance(minutes=3)

    answer = talk.says(people.lin_user, talk.means("脑壳有点昏", Intent.MEDICAL_ADVICE, tier=Tier.AMBER))

    assert "呼吸困难" in answer and "120" in answer


# ---------------------------------------------------------------- for somebody of the family, and for who has none


@pytest.mark.parametrize("intent", [Intent.CHANGE_TEAM, Intent.UNSUBSCRIBE, Intent.CHANGE_PHONE])
def test_what_one_does_only_for_oneself_is_not_done_to_oneself(people: Cast, talk: Talk, intent: Intent) -> None:
    answer = talk.says(people.lin_user, talk.means("帮我妈办一下", intent, member="母亲"))

    assert "只能办您本人的" in answer and "母亲" in answer
    assert conversation_of(people.lin_user).flow is None


def test_a_mothers_agreement_and_team_are_hers(people: Cast, talk: Talk) -> None:
    assert people.lin_user.resident is not None
    mother = make.resident(name="王秀兰", sex=2)
    make.member(make.household(people.lin_user.resident), mother, "52")
    make.authority(people.lin_user.resident, mother, make.AuthorityKind.PROXY)
    hers = make.agreement(resident=mother, team=make.team(name="城南第三团队", phone="0816-7777777"))

    told = talk.says(people.lin_user, talk.means("我妈的签约哪天到期", TERM, member="母亲"))
    card = talk.says(people.lin_user, talk.means("我妈的医生电话", Intent.TEAM_CARD, member="母亲"))

    assert "母亲（王*兰）" in told and hers.team.name in told and people.team.name not in told
    assert "0816-7777777" in card and people.team.phone not in card
    reads = select(func.count()).where(AuditEvent.action == "agreements_read", AuditEvent.object_id == mother.id)
    assert db.session.scalar(reads) == 2


def test_the_agreement_of_somebody_without_a_link_is_not_told(people: Cast, talk: Talk) -> None:
    told = talk.says(people.lin_user, talk.means("我妈的签约哪天到期", TERM, member="母亲"))

    assert "没有查到您和母亲" in told and people.team.name not in told


def test_who_had_an_agreement_is_told_when_it_ended(app: APIFlask, talk: Talk) -> None:
    lin, today = make.resident(), clock.today()
    make.agreement(
        resident=lin, status=AgreementStatus.EXPIRED, start_on=today - timedelta(days=400),
        end_on=today - timedelta(days=36),
    )  # fmt: skip

    answer = talk.says(make.user(resident=lin), talk.means("我的签约还在不在", TERM))

    assert "已经结束" in answer and "登记姓名" not in answer


# ---------------------------------------------------------------- in pieces


def test_a_pressure_in_two_messages(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("血压", Intent.REPORT_BP))
    assert "另一个数" in talk.says(people.lin_user, "150")
    talk.means("150/95", bp={"sys": 150, "dia": 95})

    assert "血压150/95" in talk.says(people.lin_user, "95")
    assert "已记下" in talk.says(people.lin_user, "是")
    assert db.session.scalar(select(func.count()).select_from(Measurement)) == 1


def test_a_complaint_with_nothing_to_choose_from_asks_for_the_words(people: Cast, talk: Talk) -> None:
    assert "请把情况写下来" in talk.says(people.lin_user, talk.means("我要投诉", Intent.COMPLAINT))

    assert "护士态度很差" in talk.says(people.lin_user, "护士态度很差")


@pytest.mark.parametrize(
    ("words", "intent"), [("护士态度很差", Intent.INFORM), ("上个月就没人来量血压", Intent.NEXT_FOLLOWUP)]
)
def test_words_instead_of_a_number_are_the_complaint(people: Cast, talk: Talk, words: str, intent: Intent) -> None:
    assert people.lin_user.resident is not None
    row = db.session.scalar(select(Agreement).where(Agreement.active_key == people.lin_user.resident.id))
    make.service(agreement=row)
    assert "其他事情" in talk.says(people.lin_user, talk.means("我要投诉", Intent.COMPLAINT))

    answer = talk.says(people.lin_user, talk.means(words, intent))

    assert "其他事情" in answer and words in answer and "回复 1 确认" in answer
