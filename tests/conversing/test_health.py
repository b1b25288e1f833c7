"""Errands about health: values of oneself and of one's wards, what is coming, and wishes the team decides."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock
from server.chatbot.intents import Intent
from server.database import db
from server.models import AuditEvent, AuthorityKind, ConversationStatus, Measurement, Programme
from tests import make
from tests.actions.conversing import Cast, conversation_of, notices
from tests.conversing.chatting import Talk

BP, SUGAR = Intent.REPORT_BP, Intent.REPORT_GLUCOSE


def values() -> list[Measurement]:
    return list(db.session.scalars(select(Measurement).order_by(Measurement.id)))


def audited(action: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def test_a_pressure_is_asked_for_confirmed_and_kept_with_trend_and_reference(people: Cast, talk: Talk) -> None:
    assert people.lin_user.resident is not None
    make.measurement(people.lin_user.resident, measured_at=clock.now() - timedelta(days=1))

    asked = talk.says(people.lin_user, talk.means("我要报个血压", BP))
    assert "135/85" in asked
    shown = talk.says(people.lin_user, talk.means("132 84", bp={"sys": 132, "dia": 84}))
    assert "要把血压132/84记作您本人（林*月）刚测的数值吗" in shown
    assert len(values()) == 1
    done = talk.says(people.lin_user, "要得")

    assert "已记下" in done and "参考" in done and "比上次" in done and "平均" in done
    assert (values()[-1].values["systolic"], values()[-1].source) == (132, "chat")


def test_the_same_yes_keeps_a_value_once(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("我要报个血压", BP))
    talk.says(people.lin_user, talk.means("132 84", bp={"sys": 132, "dia": 84}))
    for _ in range(3):
        talk.writes(people.lin_user, "是", "service_account:msg:8")

    assert len(values()) == 1


def test_an_impossible_value_is_asked_for_again(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("我要报个血压", BP))

    answer = talk.says(people.lin_user, talk.means("85比135", bp={"sys": 85, "dia": 135}))

    assert "高压应大于低压" in answer and "例如 135/85" in answer
    assert values() == []


def test_a_rare_value_is_shown_with_a_warning(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("报血糖", SUGAR))

    answer = talk.says(
        people.lin_user, talk.means("2.9", glucose={"value": 2.9, "unit": "mmol/L", "timing": "fasting"})
    )

    assert "很少见" in answer and "120" in answer and values() == []


def test_ones_own_clear_value_is_kept_at_once_with_its_trend(people: Cast, talk: Talk) -> None:
    answer = talk.says(people.lin_user, talk.means("今早在屋头量的血压128/78", BP, bp={"sys": 128, "dia": 78}))

    assert answer.startswith("【智能助手】已记下您的血压128/78") and "参考" in answer  # not how to report one
    assert len(values()) == 1


def test_a_wards_value_is_kept_under_the_ward(people: Cast, talk: Talk) -> None:
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    make.authority(me, father, AuthorityKind.INCAPACITY, relation="30")

    shown = talk.says(people.lin_user, talk.means("我爸血压150/92", BP, member="父亲", bp={"sys": 150, "dia": 92}))
    assert "父亲（林*山）" in shown
    done = talk.says(people.lin_user, "是")

    assert "超出参考范围" in done
    assert [row.resident_id for row in values()] == [father.id]


def test_a_household_members_value_needs_more_than_the_household(people: Cast, talk: Talk) -> None:
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    make.member(make.household(me), father, "51")

    answer = talk.says(people.lin_user, talk.means("我爸血压150/92", BP, member="父亲", bp={"sys": 150, "dia": 92}))

    assert "不能替父亲办理" in answer
    assert values() == []


def test_the_next_followup_names_day_and_weekday_and_no_disease(people: Cast, talk: Talk) -> None:
    me = people.lin_user.resident
    assert me is not None
    make.followup(resident=me, due_on=clock.today() + timedelta(days=3))

    answer = talk.says(people.lin_user, talk.means("哪天来随访", Intent.NEXT_FOLLOWUP))

    assert "3月5日（周四）" in answer and "高血压" not in answer and "/pages/followups/list" in answer


def test_two_followups_that_read_the_same_are_one_line(people: Cast, talk: Talk) -> None:
    me = people.lin_user.resident
    assert me is not None
    for programme in (Programme.HTN, Programme.DM):
        make.followup(resident=me, programme=programme, due_on=clock.today() + timedelta(days=3))

    answer = talk.says(people.lin_user, talk.means("哪天来随访", Intent.NEXT_FOLLOWUP))

    assert answer.count("3月5日（周四）") == 1 and "健康随访（2项）" in answer


def test_a_wards_followup_is_shown_and_written_down(people: Cast, talk: Talk) -> None:
    me, child = people.lin_user.resident, make.resident(name="林小宝")
    assert me is not None
    make.authority(me, child, AuthorityKind.MINOR, relation="52")

    answer = talk.says(people.lin_user, talk.means("娃娃啥时候体检", Intent.CHECKUP_VACCINE, member="孩子"))

    assert "没有查到" in answer
    assert audited("followups_read") == 1


def test_a_refill_goes_to_the_team_after_the_yes(people: Cast, talk: Talk) -> None:
    asked = talk.says(people.lin_user, talk.means("药吃完了想续", Intent.REFILL))
    assert "药名" in asked
    shown = talk.says(people.lin_user, "那个白色的降压药")
    assert "由医生决定" in shown and conversation_of(people.lin_user).status == ConversationStatus.BOT
    done = talk.says(people.lin_user, "要得")

    assert "已转给" in done and "那个白色的降压药" in done
    assert conversation_of(people.lin_user).status == ConversationStatus.WAITING_DOCTOR
    assert len(notices("message_waiting")) == 1


def test_a_home_visit_is_passed_on_and_never_promised(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("能不能上门看看", Intent.HOME_VISIT))
    shown = talk.says(people.lin_user, "老人走不动，周三下午都在家")
    done = talk.says(people.lin_user, "是")

    assert "能不能上门" in shown and "按当地规定" in shown
    assert "免费" not in shown + done and "已转给" in done
    assert conversation_of(people.lin_user).status == ConversationStatus.WAITING_DOCTOR


@pytest.mark.parametrize("intent", [Intent.REFILL, Intent.HOME_VISIT])
def test_without_an_agreement_there_is_no_team_to_ask(app: APIFlask, talk: Talk, intent: Intent) -> None:
    user = make.user(resident=make.resident())

    answer = talk.says(user, talk.means("想办这个", intent))

    assert "还没有生效的签约" in answer
    assert conversation_of(user).flow is None


def test_a_ward_of_another_team_is_sent_to_his_own(people: Cast, talk: Talk) -> None:
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    other = make.team()
    make.agreement(resident=father, team=other)
    make.authority(me, father, AuthorityKind.INCAPACITY, relation="30")

    answer = talk.says(people.lin_user, talk.means("给我爸续药", Intent.REFILL, member="父亲"))

    assert other.name in answer and other.phone in answer
    assert "转不过去" in answer and other.organisation.name in answer


def test_records_are_pages(people: Cast, talk: Talk) -> None:
    answer = talk.says(people.lin_user, talk.means("我的健康档案在哪看", Intent.HEALTH_RECORD))

    assert "/pages/handbook/handbook" in answer and "/pages/measure/list" in answer
