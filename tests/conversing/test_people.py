"""Errands about people and the service: card, complaint, phone, reminders, referral."""

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import policy as policies
from server.chatbot.intents import Intent
from server.database import db
from server.models import AuditEvent, ConversationStatus, ServiceAnswer
from server.models.notice_setting import setting_of
from tests import make
from tests.actions.conversing import Cast, conversation_of
from tests.conversing.chatting import Talk


def test_the_teams_card(people: Cast, talk: Talk) -> None:
    answer = talk.says(people.lin_user, talk.means("我的医生电话多少", Intent.TEAM_CARD))

    assert people.team.name in answer and people.team.phone in answer and "陈医生" in answer
    assert f"/pages/teams/detail?id={people.team.id}" in answer


def test_a_stranger_asking_for_a_phone_gets_the_usual_answer(app: APIFlask, talk: Talk) -> None:
    answer = talk.says(make.user(), talk.means("你们电话多少", Intent.TEAM_CARD))

    assert "登记实名" not in answer and answer


def test_a_complaint_is_passed_on_with_the_regions_route(people: Cast, talk: Talk) -> None:
    asked = talk.says(people.lin_user, talk.means("我要投诉", Intent.COMPLAINT))
    assert "电话" in asked
    talk.says(people.lin_user, "1")
    shown = talk.says(people.lin_user, "打了三次电话都没人接")
    assert "打了三次电话都没人接" in shown
    assert conversation_of(people.lin_user).status == ConversationStatus.BOT
    done = talk.says(people.lin_user, "是")

    assert "已转给" in done and "电话" in done
    assert conversation_of(people.lin_user).status == ConversationStatus.WAITING_DOCTOR


def test_a_complaint_about_a_service_is_registered_like_on_the_page(people: Cast, talk: Talk) -> None:
    from server.models import Agreement

    assert people.lin_user.resident is not None
    row = db.session.scalar(select(Agreement).where(Agreement.active_key == people.lin_user.resident.id))
    record = make.service(agreement=row)

    asked = talk.says(people.lin_user, talk.means("我要投诉", Intent.COMPLAINT))
    assert "1 " in asked and "2 其他事情" in asked
    talk.says(people.lin_user, "1")
    talk.says(people.lin_user, "那天没有人来过")
    for _ in range(2):
        talk.says(people.lin_user, "是的")

    (answer,) = db.session.scalars(select(ServiceAnswer))
    assert (answer.record_id, answer.verdict, answer.reason) == (record.id, "disputed", "那天没有人来过")


def test_never_mind_while_writing_a_complaint(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("我要投诉", Intent.COMPLAINT))
    talk.says(people.lin_user, "1")

    assert "先不办了" in talk.says(people.lin_user, "算了")
    assert conversation_of(people.lin_user).status == ConversationStatus.BOT


def test_the_phone_number_is_changed_on_its_page(people: Cast, talk: Talk) -> None:
    answer = talk.says(people.lin_user, talk.means("我换号码了", Intent.CHANGE_PHONE))

    assert "/pages/login/login?change=phone" in answer
    assert people.lin_user.resident is not None
    assert str(people.lin_user.resident.phone) not in answer


def test_unsubscribing_one_topic_leaves_the_others(people: Cast, talk: Talk) -> None:
    assert people.lin_user.resident is not None
    me = people.lin_user.resident.id

    asked = talk.says(people.lin_user, talk.means("别再发提醒了", Intent.UNSUBSCRIBE))
    assert "1 健康随访和体检提醒" in asked and "以上全部" in asked
    shown = talk.says(people.lin_user, "3")
    assert "签约到期和续签提醒" in shown and setting_of(me) is None
    done = talk.says(people.lin_user, "对头")

    assert "已退订" in done
    row = setting_of(me)
    assert row is not None and (row.opted_out, row.sms_allowed) == (["renewal"], True)
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "notice_settings_saved")) == 1
    again = talk.says(people.lin_user, talk.means("还要退订", Intent.UNSUBSCRIBE))
    assert "签约到期" not in again


def test_who_turned_everything_off_is_told_so(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("都别发了", Intent.UNSUBSCRIBE))
    talk.says(people.lin_user, "以上全部")
    talk.says(people.lin_user, "是")

    assert "都已经退订" in talk.says(people.lin_user, talk.means("退订提醒", Intent.UNSUBSCRIBE))


def test_a_wish_for_a_referral_goes_to_the_team(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("想转到大医院看", Intent.ASK_REFERRAL))
    shown = talk.says(people.lin_user, "想去市里看眼睛")
    assert "由医生决定" in shown
    done = talk.says(people.lin_user, "要得")

    assert "已转给" in done
    assert conversation_of(people.lin_user).status == ConversationStatus.WAITING_DOCTOR


@pytest.mark.parametrize(
    ("region", "intent", "rule", "document"),
    [
        ("changyinsha", Intent.ASK_REFERRAL, "要在24小时内补办转诊手续", "现农政发〔2017〕13号（2017年）"),
        ("mianyang", Intent.ASK_REFERRAL, "起付线只补差额", "绵卫发〔2017〕21号（2017年）"),
        ("fujian", Intent.REFILL, "一次可以开4到12周的药", "闽卫基层〔2022〕91号（2022年）"),
        ("qianjiang", Intent.HOME_VISIT, "不作承诺", "黔江区卫生健康委员会2021年8月28日通知（2021年）"),
        ("erqi", Intent.TERMINATE, "没到期也可以向签约机构申请解约", "二七卫计〔2016〕110号（2016年）"),
    ],
)
def test_an_errand_begins_with_what_the_region_allows(
    region: str, intent: Intent, rule: str, document: str, people: Cast, talk: Talk
) -> None:
    talk.policy = policies.load(region)

    first = talk.says(people.lin_user, talk.means("这件事我想办一下", intent))
    second = talk.says(people.lin_user, "就这样说的")

    assert rule in first
    assert f"依据：{document}" in first.splitlines()
    assert rule not in second


def test_a_referral_under_way_is_shown_with_its_page(people: Cast, talk: Talk) -> None:
    from server.models import Agreement

    row = db.session.scalar(select(Agreement).where(Agreement.active_key == people.lin_user.resident_id))
    assert row is not None
    made = make.referral(row)

    answer = talk.says(people.lin_user, talk.means("我的转诊到哪了", Intent.ASK_REFERRAL))

    assert f"/pages/referral/referral?id={made.id}" in answer


def test_without_a_team_a_referral_cannot_be_asked_for(app: APIFlask, talk: Talk) -> None:
    answer = talk.says(make.user(resident=make.resident()), talk.means("转诊", Intent.ASK_REFERRAL))

    assert "还没有生效的签约" in answer
