"""Errands about signing: what a chat can do it does, what needs a signature ends with the page, and each refusal."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock, policy
from server.chatbot.intents import Intent
from server.database import db
from server.models import Agreement, AgreementStatus, AuditEvent, AuthorityKind, Ending, Resident, TeamChange
from server.models.renewal import RenewalStep
from tests import make
from tests.actions.conversing import Cast, conversation_of
from tests.conversing.chatting import Talk

S = AgreementStatus


def of(people: Cast) -> Agreement:
    found = db.session.scalar(select(Agreement).where(Agreement.active_key == people.lin_user.resident_id))
    assert found is not None
    return found


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def audited(action: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def ends_in(people: Cast, days: int, **changes: Any) -> Agreement:
    row = of(people)
    make.saved_change(row, end_on=clock.today() + timedelta(days=days), **changes)
    return row


# ---------------------------------------------------------------- sign


def test_signing_ends_with_the_page_its_choice_filled(app: APIFlask, talk: Talk) -> None:
    team, package = make.team(), make.package()
    user = make.user(resident=make.resident())

    answer = talk.says(user, talk.means("我想签个家庭医生", Intent.SIGN_UP))
    while "/pages/" not in answer:
        answer = talk.says(user, "1")

    assert f"/pages/sign/sign?team={team.id}&package={package.id}" in answer
    assert "手写签名" in answer and team.name in answer
    assert count(Agreement) == 0


def test_who_is_signed_is_told_so(people: Cast, talk: Talk) -> None:
    answer = talk.says(people.lin_user, talk.means("我要签约", Intent.SIGN_UP))

    assert "同一时间只能签约一个团队" in answer and "/pages/agreement/list" in answer


def test_signing_for_a_child_leads_to_the_familys_page(people: Cast, talk: Talk) -> None:
    me, child = people.lin_user.resident, make.resident(name="林小宝")
    assert me is not None
    make.authority(me, child, AuthorityKind.MINOR, relation="52")
    make.package()

    answer = talk.says(people.lin_user, talk.means("给娃签一个", Intent.SIGN_UP, member="孩子"))
    while "/pages/" not in answer:
        answer = talk.says(people.lin_user, "1")

    assert "/pages/family/sign?team=" in answer


def test_signing_for_somebody_without_a_link_is_refused(app: APIFlask, talk: Talk) -> None:
    user = make.user(resident=make.resident())

    answer = talk.says(user, talk.means("给我爹签一个", Intent.SIGN_UP, member="父亲"))

    assert "不能替父亲办理" in answer


# ---------------------------------------------------------------- renew


def test_renewing_in_the_chat_where_two_taps_are_enough(people: Cast, talk: Talk) -> None:
    row = ends_in(people, 10)

    answer = talk.says(people.lin_user, talk.means("续签", Intent.RENEW))
    assert "请核对" in answer and people.team.name in answer and "（周" in answer
    assert f"/pages/renew/renew?id={row.id}" in answer
    assert count(RenewalStep) == 1 and count(Agreement) == 1
    done = talk.says(people.lin_user, "要得")
    again = talk.says(people.lin_user, "要得")

    assert "续签申请已提交" in done and "续签申请已提交" not in again
    successor = db.session.scalar(select(Agreement).where(Agreement.predecessor_id == row.id))
    assert successor is not None and successor.status == S.PENDING_TEAM
    assert audited("renewal_confirmed") == 1


def test_renewing_too_early_says_when(people: Cast, talk: Talk) -> None:
    ends_in(people, 300)

    answer = talk.says(people.lin_user, talk.means("续签", Intent.RENEW))

    assert "现在还不能续签" in answer and count(Agreement) == 1


def test_where_a_signature_is_wanted_renewing_ends_with_the_page(
    people: Cast, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ends_in(people, 10)
    monkeypatch.setattr("server.actions.signing.way_of", lambda agreement, team: "sign_confirm")

    answer = talk.says(people.lin_user, talk.means("续签", Intent.RENEW))

    assert "手写签名" in answer and f"/pages/renew/renew?id={row.id}" in answer
    assert conversation_of(people.lin_user).flow is None


def test_a_silent_renewal_is_confirmed_on_its_page(people: Cast, talk: Talk) -> None:
    row = ends_in(people, 300, status=S.AUTO_RENEWED_UNCONFIRMED, reconfirm_by_on=clock.today() + timedelta(days=20))

    answer = talk.says(people.lin_user, talk.means("续签", Intent.RENEW))

    assert f"/pages/renew/confirm?id={row.id}" in answer


def test_without_an_agreement_there_is_nothing_to_renew(app: APIFlask, talk: Talk) -> None:
    answer = talk.says(make.user(resident=make.resident()), talk.means("续签", Intent.RENEW))

    assert "没有查到您可以续签的协议" in answer


def ward(people: Cast) -> Resident:
    child = make.resident(name="林小宝", birth_on=clock.today() - timedelta(days=365 * 6))
    assert people.lin_user.resident is not None
    make.authority(people.lin_user.resident, child, AuthorityKind.MINOR)
    return child


def asks_for_him(people: Cast, talk: Talk) -> str:
    return talk.says(people.lin_user, talk.means("给娃儿续签", Intent.RENEW, member="孩子"))


def test_renewing_for_a_ward_ends_with_the_page_that_takes_the_signature_his_choice_filled(
    people: Cast, talk: Talk
) -> None:
    row = make.agreement(resident=ward(people), team=people.team)
    make.saved_change(row, end_on=clock.today() + timedelta(days=10))

    answer = asks_for_him(people, talk)

    assert "现在可以续签" in answer and "手写签名" in answer
    assert f"/pages/family/sign?team={row.team_id}&package={row.package_id}" in answer
    assert conversation_of(people.lin_user).flow is None


def test_what_cannot_be_renewed_for_a_ward_is_said(people: Cast, talk: Talk) -> None:
    child = ward(people)
    assert "没有查到" in asks_for_him(people, talk)
    row = make.agreement(resident=child, team=people.team)
    make.saved_change(row, end_on=clock.today() + timedelta(days=300))

    assert "现在还不能续签" in asks_for_him(people, talk)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (AuthorityKind.INCAPACITY, "/pages/renew/confirm?id={id}&ward=1"),
        (AuthorityKind.PROXY, "要由本人在自己的小程序里"),
    ],
)
def test_a_silent_renewal_is_confirmed_by_the_guardian_and_not_by_a_proxy(
    people: Cast, talk: Talk, kind: AuthorityKind, told: str
) -> None:
    father = make.resident(name="林大山", sex=1)
    assert people.lin_user.resident is not None
    make.authority(people.lin_user.resident, father, kind, relation="30")
    row = make.agreement(resident=father, team=people.team)
    make.saved_change(
        row,
        end_on=clock.today() + timedelta(days=300),
        status=S.AUTO_RENEWED_UNCONFIRMED,
        reconfirm_by_on=clock.today() + timedelta(days=20),
    )

    answer = talk.says(people.lin_user, talk.means("帮我爸续签", Intent.RENEW, member="父亲"))

    assert told.format(id=row.id) in answer
    assert ("/pages/" in answer) == (kind is AuthorityKind.INCAPACITY)


def test_renewing_for_somebody_without_a_link_is_refused(people: Cast, talk: Talk) -> None:
    assert "没有查到您和孩子的家庭或监护关系" in asks_for_him(people, talk)


# ---------------------------------------------------------------- end


def test_ending_asks_why_and_leads_to_the_signature(people: Cast, talk: Talk) -> None:
    row = of(people)

    asked = talk.says(people.lin_user, talk.means("我不想签了，要解约", Intent.TERMINATE))
    assert "搬离本地" in asked
    answer = talk.says(people.lin_user, "搬离本地")

    assert f"/pages/ending/ending?id={row.id}&reason=moved" in answer and "个工作日内答复" in answer
    assert count(Ending) == 0 and of(people).status == S.ACTIVE


def test_where_the_region_forbids_it_only_its_exceptions_are_offered(people: Cast, talk: Talk) -> None:
    region = next(name for name in policy.regions() if policy.load(name).termination.in_term == "not_allowed")
    make.saved_change(of(people), region=region, policy_id=None)

    answer = talk.says(people.lin_user, talk.means("解约", Intent.TERMINATE))

    rules = policy.load(region)
    assert "原则上不能解约" in answer or "不能解约" in answer
    assert rules.wording.complaint_phone in answer
    assert "对服务不满意" not in answer.partition("回复数字")[2]


def test_an_open_wish_to_end_is_shown_again(people: Cast, talk: Talk) -> None:
    make.saved_change(of(people), status=S.TERMINATION_REQUESTED)

    answer = talk.says(people.lin_user, talk.means("解约", Intent.TERMINATE))

    assert "正在等待答复" in answer and "/pages/agreement/detail" in answer


def test_a_delegate_does_not_end_an_agreement(people: Cast, talk: Talk) -> None:
    me, father = people.lin_user.resident, make.resident(name="林大山", sex=1)
    assert me is not None
    make.agreement(resident=father, team=people.team)
    make.authority(me, father, AuthorityKind.PROXY, relation="30")

    answer = talk.says(people.lin_user, talk.means("帮我爸解约", Intent.TERMINATE, member="父亲"))

    assert "不能替父亲办理" in answer


def test_a_guardian_ends_his_wards_on_the_wards_page(people: Cast, talk: Talk) -> None:
    me, child = people.lin_user.resident, make.resident(name="林小宝")
    assert me is not None
    row = make.agreement(resident=child, team=people.team)
    make.authority(me, child, AuthorityKind.MINOR, relation="52")

    talk.says(people.lin_user, talk.means("给娃解约", Intent.TERMINATE, member="孩子"))
    answer = talk.says(people.lin_user, "1")

    assert f"id={row.id}&reason=" in answer and "&ward=1" in answer


# ---------------------------------------------------------------- another team, one more member


@pytest.mark.parametrize("needed", [True, False])
def test_changing_team_is_done_here_where_no_signature_is_wanted(
    people: Cast, talk: Talk, monkeypatch: pytest.MonkeyPatch, needed: bool
) -> None:
    row = ends_in(people, 200, start_on=clock.today() - timedelta(days=30))
    mode = "sign_confirm" if needed else "explicit"
    changed = talk.policy.model_copy(
        update={"renewal": talk.policy.renewal.model_copy(update={"team_change_mode": mode})}
    )
    monkeypatch.setattr("server.access.rules.policy_for", lambda resident, policy: changed)

    asked = talk.says(people.lin_user, talk.means("想换个团队", Intent.CHANGE_TEAM))
    assert "1 搬家了" in asked  # there is one other team
    answer = talk.says(people.lin_user, "搬家了")
    if needed:
        assert f"/pages/change/change?id={row.id}&team=" in answer
        assert count(TeamChange) == 0
        return
    assert "请核对：从" in answer and count(TeamChange) == 0
    done = talk.says(people.lin_user, "中")

    assert "换团队申请已提交" in done and count(TeamChange) == 1


def test_changing_team_on_the_first_day_is_refused(people: Cast, talk: Talk) -> None:
    make.saved_change(of(people), start_on=clock.today())

    answer = talk.says(people.lin_user, talk.means("想换个团队", Intent.CHANGE_TEAM))

    assert "现在还不能换团队" in answer


def test_adding_a_member_leads_to_the_page_of_its_kind(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("把我娃加进来", Intent.ADD_MEMBER))
    answer = talk.says(people.lin_user, "2")

    assert "/pages/family/add?kind=minor" in answer


def test_a_member_without_a_household_hears_of_the_household_first(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, talk.means("加家人", Intent.ADD_MEMBER))
    answer = talk.says(people.lin_user, "1")

    assert "还没有建立家庭" in answer and "/pages/family/home" in answer


@pytest.mark.parametrize(
    "intent", [Intent.SIGN_UP, Intent.RENEW, Intent.TERMINATE, Intent.CHANGE_TEAM, Intent.ADD_MEMBER]
)
def test_nothing_about_a_contract_before_the_login(app: APIFlask, talk: Talk, intent: Intent) -> None:
    answer = talk.says(make.user(), talk.means("办这个", intent))

    assert "登记实名" in answer and "/pages/login/login" in answer
