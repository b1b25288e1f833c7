"""Change of team within the term: L17, with everything that hangs on a person."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server import policy as policies
from server.actions import signing
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    Appointment,
    ChangeReason,
    ChangeState,
    Conversation,
    Enrolment,
    Entitlement,
    FollowUp,
    Notification,
    PanelPlace,
    PhoneTask,
    Team,
    TeamChange,
)
from server.models.actor import Actor, ActorKind
from server.models.states import IllegalMove
from tests import make
from tests.actions.leaving import Life, life
from tests.actions.renewing import night, signed
from tests.actions.test_signing import BY, POLICY, SIGNATURE, events_of, panel

S = AgreementStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


@pytest.fixture
def one() -> Life:
    found = life(start_on=date(2026, 1, 1))
    make.saved_change(found.team, panel_count=1)
    return found


def ask(one: Life, to: Team, *, rules: Any = POLICY, signature: str | None = None, **changes: Any) -> TeamChange:
    values = {
        "reason": ChangeReason.NEARER,
        "note": "近一点",
        "text_sha256": signing.change_text(one.agreement, to, rules).sha256,
        "signature": signature,
    }
    return signing.request_change(one.agreement, to, policy=rules, by=BY, **(values | changes))[0]


def agree(change: TeamChange, team: Team, rules: Any = POLICY, **fields: Any) -> TeamChange:
    by = Actor(ActorKind.STAFF, team.lead.id)
    return signing.agree_change(change, team, policy=rules, by=by, staff=team.lead, **fields)


def refuse(change: TeamChange, team: Team, note: str = "名额已满") -> TeamChange:
    return signing.refuse_change(change, team, note=note, by=Actor(ActorKind.STAFF, team.lead.id), staff=team.lead)


def count(model: Any, *which: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*which)) or 0


def in_force(one: Life) -> Agreement:
    return db.session.scalars(select(Agreement).where(Agreement.active_key == one.resident.id)).one()


def test_asking_keeps_the_old_team_serving(one: Life) -> None:
    to = make.team()

    change = ask(one, to)

    assert (one.agreement.status, change.state, str(change.answer_by_on)) == (
        S.CHANGE_REQUESTED,
        ChangeState.WAITING,
        "2026-03-09",
    )
    assert (panel(one.team.id), panel(to.id)) == (1, 0)
    assert ask(one, to).id == change.id


@pytest.mark.parametrize("old_first", [True, False])
def test_only_both_leaders_move_him(one: Life, old_first: bool) -> None:
    to = make.team()
    change = ask(one, to)
    first, second = (one.team, to) if old_first else (to, one.team)

    agree(change, first)
    assert (one.agreement.status, change.state) == (S.CHANGE_REQUESTED, "waiting")
    agree(change, first)
    assert change.state == "waiting"
    agree(change, second)

    new = in_force(one)
    db.session.refresh(one.agreement)
    assert (one.agreement.status, str(one.agreement.end_on), str(one.agreement.agreed_end_on)) == (
        S.TRANSFERRED,
        "2026-03-01",
        "2026-12-31",
    )
    assert (new.team_id, new.status, str(new.start_on), str(new.end_on)) == (
        to.id,
        S.ACTIVE,
        "2026-03-02",
        "2026-12-31",
    )
    assert (new.predecessor_id, change.successor_id, change.state) == (one.agreement.id, new.id, "done")
    assert (panel(one.team.id), panel(to.id)) == (0, 1)
    assert count(PanelPlace, PanelPlace.resident_id == one.resident.id) == 1
    assert events_of(one.agreement)[-2:] == [("active", "change_requested"), ("change_requested", "transferred")]
    assert agree(change, second).state == "done"


def test_nothing_is_lost_and_nothing_doubled(one: Life) -> None:
    right = make.entitlement(agreement=one.agreement, promised=4, used=3)
    to = make.team()
    models = (Appointment, Conversation, Enrolment, FollowUp, PhoneTask, Entitlement)
    before = {model.__tablename__: count(model) for model in models}

    change = ask(one, to)
    agree(change, one.team, handover_note="每周一量一次")
    agree(change, to)

    assert {model.__tablename__: count(model) for model in models} == before
    for model in (Enrolment, FollowUp, PhoneTask, Conversation):
        assert set(db.session.scalars(select(model.team_id))) == {to.id}, model
    db.session.refresh(right)
    assert (right.agreement_id, right.used) == (in_force(one).id, 3)
    assert db.session.scalars(select(Appointment.status)).one() == "booked"
    assert change.handover_note == "每周一量一次"


@pytest.mark.parametrize("by_old", [True, False])
def test_either_leader_may_refuse_with_a_reason(one: Life, by_old: bool) -> None:
    to = make.team()
    change = ask(one, to)
    who = one.team if by_old else to
    with pytest.raises(signing.DecisionNoteNeeded):
        refuse(change, who, " ")

    refuse(change, who)

    db.session.refresh(one.agreement)
    assert (one.agreement.status, change.state, change.refused_by_team_id) == (S.ACTIVE, "refused", who.id)
    assert refuse(change, who).refusal_note == "名额已满"
    with pytest.raises(signing.ChangeOver):
        agree(change, to)


def test_the_resident_may_stay_after_all(one: Life) -> None:
    to = make.team()
    change = ask(one, to)

    signing.take_back_change(one.agreement, by=BY)
    signing.take_back_change(one.agreement, by=BY)

    db.session.refresh(change)
    assert (one.agreement.status, change.state) == (S.ACTIVE, "taken_back")
    with pytest.raises(signing.ChangeOver):
        agree(change, to)


def test_taking_back_what_was_never_asked_is_refused(one: Life) -> None:
    with pytest.raises(IllegalMove):
        signing.take_back_change(one.agreement, by=BY)


def test_who_cannot_ask(one: Life) -> None:
    to = make.team()
    with pytest.raises(signing.SameTeam):
        ask(one, one.team)
    with pytest.raises(signing.TeamClosed):
        ask(one, make.team(is_open=False))
    with pytest.raises(signing.CapExceeded):
        ask(one, make.team(panel_cap=1, panel_count=1))
    with pytest.raises(signing.TextChanged):
        ask(one, to, text_sha256="0" * 64)
    assert count(TeamChange) == 0


@pytest.mark.parametrize("status", [S.TERMINATION_REQUESTED, S.EXPIRED, S.PENDING_TEAM, S.SIGNED])
def test_only_what_is_in_force_can_change(status: AgreementStatus) -> None:
    agreement = make.agreement(status=status, start_on=date(2026, 1, 1))
    one = Life(agreement.resident, None, agreement.team, agreement, None)  # type: ignore[arg-type]

    with pytest.raises(IllegalMove):
        ask(one, make.team())


def test_days_are_inclusive_so_nobody_changes_on_his_first_day() -> None:
    agreement = make.agreement()
    one = Life(agreement.resident, None, agreement.team, agreement, None)  # type: ignore[arg-type]

    with pytest.raises(signing.TooEarlyToChange):
        ask(one, make.team())


def test_a_full_team_takes_nobody_and_the_wish_stays_open(one: Life) -> None:
    to = make.team(panel_cap=1)
    change = ask(one, to)
    make.saved_change(to, panel_count=1)
    agree(change, one.team)

    with pytest.raises(signing.CapExceeded):
        agree(change, to)

    db.session.rollback()
    db.session.refresh(change)
    db.session.refresh(one.agreement)
    assert (change.state, change.new_by, one.agreement.status) == ("waiting", None, S.CHANGE_REQUESTED)
    assert (panel(one.team.id), count(PanelPlace)) == (1, 1)


def test_where_the_region_wants_a_signature() -> None:
    rules = policies.load("qianjiang")
    agreement = make.agreement(start_on=date(2026, 1, 1))
    one = Life(agreement.resident, None, agreement.team, agreement, None)  # type: ignore[arg-type]
    to = make.team()
    assert signing.signature_needed(rules)
    assert not signing.signature_needed(POLICY)

    with pytest.raises(signing.SignatureInvalid):
        ask(one, to, rules=rules)
    change = ask(one, to, rules=rules, signature=SIGNATURE)
    agree(change, one.team, rules)
    agree(change, to, rules)

    assert in_force(one).signature == SIGNATURE


def test_where_a_change_begins_a_new_term(one: Life) -> None:
    renewal = POLICY.renewal.model_copy(update={"team_change_term": "new"})
    rules = POLICY.model_copy(update={"renewal": renewal})
    to = make.team()
    change = ask(one, to, rules=rules)
    agree(change, one.team, rules)
    agree(change, to, rules)

    new = in_force(one)

    assert (str(new.start_on), str(new.end_on)) == ("2026-03-02", "2027-03-01")
    assert "重新计算服务期" in new.text_body


def test_a_renewal_on_its_way_with_the_old_team_is_withdrawn(one: Life) -> None:
    renewal = make.agreement(resident=one.resident, team=one.team, status=S.PENDING_TEAM)
    to = make.team()

    change = ask(one, to)

    db.session.refresh(renewal)
    assert renewal.status == S.WITHDRAWN
    agree(change, one.team)
    agree(change, to)
    assert in_force(one).team_id == to.id


@pytest.mark.parametrize("status", [S.PENDING_TEAM, S.REJECTED, S.WITHDRAWN])
def test_a_renewal_that_came_to_nothing_does_not_stand_in_the_way(one: Life, status: AgreementStatus) -> None:
    renewal = make.agreement(resident=one.resident, team=one.team, status=status, predecessor_id=one.agreement.id)
    to = make.team()

    change = ask(one, to)
    agree(change, one.team)
    agree(change, to)

    db.session.refresh(renewal)
    assert (in_force(one).team_id, in_force(one).predecessor_id) == (to.id, one.agreement.id)
    assert renewal.predecessor_id is None


def test_an_agreement_that_ends_meanwhile_overtakes_the_wish(one: Life) -> None:
    change = ask(one, make.team())

    signing.close(one.agreement, signing.Event.MOVED, date(2026, 3, 2), by=BY)

    db.session.refresh(change)
    assert change.state == "overtaken"
    with pytest.raises(signing.ChangeOver):
        agree(change, one.team)


def test_it_expires_while_he_waits(one: Life, clock: Any) -> None:
    change = ask(one, make.team())
    clock.set("2027-01-01 00:10")

    assert signing.expire_next(POLICY)

    db.session.refresh(change)
    db.session.refresh(one.agreement)
    assert (one.agreement.status, change.state) == (S.EXPIRED, "overtaken")


def test_who_renewed_before_he_asked_goes_on_with_what_he_renewed(one: Life, clock: Any) -> None:
    clock.set("2026-11-02 10:00")
    renewal = make.agreement(
        resident=one.resident,
        team=one.team,
        status=S.SIGNED,
        predecessor_id=one.agreement.id,
        start_on=date(2027, 1, 1),
        end_on=date(2027, 12, 31),
    )
    clock.set("2026-12-30 10:00")
    change = ask(one, make.team())
    clock.set("2027-01-01 00:10")

    assert signing.expire_next(POLICY)
    assert not signing.expire_next(POLICY)

    for row in (change, renewal, one.agreement):
        db.session.refresh(row)
    assert (one.agreement.status, renewal.status, change.state) == (S.RENEWED, S.ACTIVE, "lapsed")
    assert [new for _, new in events_of(one.agreement)][-3:] == [S.CHANGE_REQUESTED, S.ACTIVE, S.RENEWED]
    told = select(Notification.facts).where(Notification.dedupe_key == f"change_decided:{change.id}")
    assert db.session.scalars(told).one()["result"] == "未答复"


def test_who_asked_for_another_team_still_goes_on_where_agreements_renew_themselves(clock: Any) -> None:
    """L13: only a wish to end it stands against that."""
    agreement = signed("erqi")
    rules = policies.load("erqi")
    clock.set(f"{agreement.end_on} 10:00")
    to = make.team()
    text = signing.change_text(agreement, to, rules).sha256
    reason = ChangeReason.NEARER
    change, _ = signing.request_change(
        agreement, to, reason=reason, note="", text_sha256=text, signature=SIGNATURE, policy=rules, by=BY
    )

    night(clock, agreement.end_on + timedelta(days=1))

    db.session.refresh(change)
    assert (agreement.status, change.state) == (S.AUTO_RENEWED_UNCONFIRMED, "lapsed")


def test_the_paper_says_who_and_until_when(one: Life) -> None:
    to = make.team()

    text = signing.change_text(one.agreement, to, POLICY)

    assert text.title == "变更家庭医生团队确认书"
    assert all(word in text.body for word in (one.team.name, to.name, one.agreement.number, "到2026年12月31日止"))
    assert one.agreement.text_sha256 in text.body
