"""How an agreement goes on: each region in its own way, none silently but one (AG-10 … AG-13, C-02, L12 … L16)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.access import evidence as evidence_access
from server.actions import signing
from server.database import db
from server.models import (
    Agreement,
    AgreementEvent,
    AgreementStatus,
    AuthorityKind,
    EndingReason,
    FeeLine,
    Notification,
    RenewalAct,
    renewal,
)
from server.models.evidence import EntryKind
from server.models.states import IllegalMove
from tests import make
from tests.actions.renewing import DOCTOR, RESIDENT, accept, night, renew, sign, signed, told
from tests.actions.test_signing import SIGNATURE
from tests.conftest import Clock

S = AgreementStatus
END = date(2027, 3, 1)
"""Last day of a year's agreement of these tests; erqi's three years end on 2029-03-01."""
ERQI_END = date(2029, 3, 1)


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def days_to_end(clock: Clock, agreement: Agreement, days: int) -> None:
    assert agreement.end_on is not None
    clock.set(f"{agreement.end_on - timedelta(days=days)} 10:00")


def test_counts_as_renewed_if_the_new_start_is_within_the_grace_days(clock: Clock) -> None:
    """domain.md §6.5: signed 2026-03-02 for a year, new start ≤ 2027-03-31."""
    agreement = signed("mianyang")
    night(clock, END + timedelta(days=1))
    assert agreement.status == S.EXPIRED
    clock.set("2027-03-31 10:00")

    successor = accept(renew(agreement))

    assert (successor.status, successor.start_on) == (S.ACTIVE, date(2027, 3, 31))
    assert successor.predecessor_id == agreement.id


def test_what_is_asked_on_the_last_grace_day_must_be_answered_on_it(clock: Clock) -> None:
    agreement = signed("mianyang")
    night(clock, END + timedelta(days=1))
    clock.set("2027-03-31 10:00")
    successor = renew(agreement)
    assert successor.answer_by_on == date(2027, 3, 31)

    clock.set("2027-04-01 00:01")
    with pytest.raises(signing.NotRenewable):
        accept(successor)
    night(clock, date(2027, 4, 1) + timedelta(days=policies.load("mianyang").signing.overdue_grace_days))
    assert successor.status == S.WITHDRAWN


def test_a_full_signing_in_the_grace_days_counts_as_renewal_with_any_team(clock: Clock) -> None:
    """L16, AG-10."""
    agreement = signed("mianyang")
    night(clock, END + timedelta(days=1))
    clock.set("2027-03-10 10:00")

    successor = accept(sign("mianyang", resident=agreement.resident, team=make.team()))

    assert successor.predecessor_id == agreement.id
    assert successor.start_on == date(2027, 3, 10)


def test_a_full_signing_that_is_accepted_after_the_grace_days_is_a_first_one(clock: Clock) -> None:
    agreement = signed("mianyang")
    night(clock, END + timedelta(days=1))
    clock.set("2027-03-31 10:00")
    later = sign("mianyang", resident=agreement.resident, team=make.team())
    assert later.predecessor_id == agreement.id

    clock.set("2027-04-01 00:01")
    accept(later)

    assert (later.status, later.predecessor_id) == (S.ACTIVE, None)


def test_another_team_may_be_chosen_for_the_day_after_the_end(clock: Clock) -> None:
    """L12 with AG-10: the old team serves to the last day, the new one from the next; places follow."""
    old, new = make.team(), make.team()
    agreement = signed("mianyang", team=old)
    days_to_end(clock, agreement, 20)

    successor = accept(renew(agreement, team=new))
    assert (successor.status, successor.start_on) == (S.SIGNED, END + timedelta(days=1))
    assert (agreement.status, agreement.team_id) == (S.ACTIVE, old.id)

    night(clock, END + timedelta(days=1))
    assert (agreement.status, successor.status) == (S.RENEWED, S.ACTIVE)
    db.session.expire_all()
    assert (old.panel_count, new.panel_count) == (0, 1)


def test_a_full_signing_before_the_window_overlaps_and_within_it_follows(clock: Clock) -> None:
    agreement = signed("mianyang")
    days_to_end(clock, agreement, 91)
    with pytest.raises(signing.AgreementOverlap):
        sign("mianyang", resident=agreement.resident)

    days_to_end(clock, agreement, 90)
    successor = sign("mianyang", resident=agreement.resident)

    assert (successor.predecessor_id, successor.renewal_mode) == (agreement.id, "redo")
    assert "自2027年3月2日起至2028年3月1日止" in successor.text_body


def test_one_region_wants_a_signature_and_accepts_all_formalities(clock: Clock) -> None:
    """AG-12."""
    agreement, other = signed("qianjiang"), signed("qianjiang")
    days_to_end(clock, agreement, 20)
    for wish in ({}, {"team": make.team()}, {"signature": "data:image/png;base64,AAAA"}):
        with pytest.raises(signing.SignatureInvalid):
            renew(agreement, **wish)

    successor = renew(agreement, signature=SIGNATURE)
    assert (successor.renewal_mode, successor.signature) == ("sign_confirm", SIGNATURE)
    assert sign("qianjiang", resident=other.resident, team=other.team).renewal_mode == "redo"


def test_a_region_that_wants_all_formalities_takes_no_short_way(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = signed("mianyang")
    rules = policies.load("mianyang")
    redo = rules.model_copy(update={"renewal": rules.renewal.model_copy(update={"mode": "redo"})})
    monkeypatch.setattr("server.actions.signing.renewing.rules_of", lambda agreement: redo)
    days_to_end(clock, agreement, 20)

    with pytest.raises(signing.SigningNeeded):
        renew(agreement)
    assert sign("mianyang", resident=agreement.resident, team=agreement.team).predecessor_id == agreement.id


def test_two_taps_leave_what_was_read_and_when(clock: Clock) -> None:
    agreement = signed("mianyang")
    days_to_end(clock, agreement, 20)
    policy = policies.load("mianyang")

    offer = signing.show_renewal(agreement, signing.Renewal(device="phone"), policy=policy, by=RESIDENT)
    signing.show_renewal(agreement, signing.Renewal(), policy=policy, by=RESIDENT)
    clock.advance(minutes=2)
    successor = renew(agreement, text_sha256=offer.text.sha256)

    steps = renewal.steps_of(agreement.id)
    assert [(step.act, step.text_body, step.device) for step in steps] == [(RenewalAct.SHOWN, offer.text.body, "phone")]
    assert successor.text_body == offer.text.body
    shown = renewal.shown_at(successor)
    assert shown is not None and shown < successor.requested_at
    chain = evidence_access.chain_of(successor)
    assert chain is not None
    kept = {"mode": "explicit", "predecessor": agreement.id, "shown_at": shown.isoformat()}
    assert chain.first["renewal"] == kept


def test_a_text_that_changed_between_the_taps_must_be_read_again(clock: Clock) -> None:
    agreement = signed("mianyang")
    days_to_end(clock, agreement, 20)

    with pytest.raises(signing.TextChanged):
        renew(agreement, text_sha256="0" * 64)


def test_a_term_of_three_years_is_offered_again(clock: Clock) -> None:
    agreement = signed("fujian", term_months=36)
    days_to_end(clock, agreement, 20)

    assert renew(agreement).term_months == 36
    assert renew(agreement).end_on == date(2032, 3, 1)


@pytest.mark.parametrize("region", [name for name in policies.regions() if name not in ("erqi", "changyinsha_special")])
def test_nowhere_else_is_anything_renewed_silently(clock: Clock, region: str) -> None:
    """C-02."""
    agreement = signed(region)
    assert agreement.end_on is not None

    night(clock, agreement.end_on + timedelta(days=1))

    assert agreement.status == S.EXPIRED
    assert db.session.scalar(select(Agreement.id).where(Agreement.status == S.AUTO_RENEWED_UNCONFIRMED)) is None


def went_on(clock: Clock, **fields: Any) -> Agreement:
    agreement = signed("erqi", **fields)
    night(clock, ERQI_END + timedelta(days=1))
    return agreement


def test_l13_one_region_renews_silently_and_tells_both(clock: Clock) -> None:
    team = make.team()
    make.user(staff=team.lead)

    agreement = went_on(clock, team=team)

    assert agreement.status == S.AUTO_RENEWED_UNCONFIRMED
    assert (agreement.start_on, agreement.end_on) == (date(2029, 3, 2), date(2032, 3, 1))
    assert agreement.reconfirm_by_on == date(2029, 5, 31)
    assert told("reconfirm_due") == told("reconfirm_waiting") == ["2029-03-02"]
    (step,) = renewal.steps_of(agreement.id)
    assert (step.act, step.before_from_on, step.before_until_on) == (RenewalAct.WENT_ON, date(2026, 3, 2), ERQI_END)


def test_a_silent_renewal_freezes_the_fee_of_its_new_term(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for an explicit one, by what is known of the person on the day; the years go on counting."""
    rules = policies.load("mianyang")
    silent = rules.model_copy(update={"renewal": rules.renewal.model_copy(update={"mode": "auto_reconfirm"})})
    monkeypatch.setattr("server.actions.signing.reconfirming.rules_of", lambda agreement: silent)
    who = make.resident(insurance="resident")
    package = make.package(accounts={"resident": "outpatient_pool", "employee": "personal_account"})
    agreement = signed("mianyang", resident=who, package=package)
    make.saved_change(who, insurance="employee")
    assert agreement.end_on is not None

    night(clock, agreement.end_on + timedelta(days=1))

    lines = db.session.scalars(
        select(FeeLine).where(FeeLine.agreement_id == agreement.id, FeeLine.payer == "insurance")
    )
    assert agreement.status == S.AUTO_RENEWED_UNCONFIRMED
    assert sorted((line.year, line.account, line.amount_fen) for line in lines) == [
        (1, "outpatient_pool", 300),
        (2, "personal_account", 300),
    ]


def test_l13_a_request_to_end_it_stops_it(clock: Clock) -> None:
    agreement = signed("erqi")
    days_to_end(clock, agreement, 3)
    signing.request_termination(agreement, reason=EndingReason.OTHER, note="", signature=SIGNATURE, by=RESIDENT)

    night(clock, ERQI_END + timedelta(days=1))

    assert agreement.status == S.EXPIRED


def test_l13_whoever_renewed_himself_is_not_renewed_again(clock: Clock) -> None:
    agreement = signed("erqi")
    days_to_end(clock, agreement, 20)
    successor = accept(renew(agreement))

    night(clock, ERQI_END + timedelta(days=1))

    assert (agreement.status, successor.status) == (S.RENEWED, S.ACTIVE)


@pytest.mark.parametrize("order", [(RESIDENT, DOCTOR), (DOCTOR, RESIDENT)])
def test_l14_both_confirm_and_it_is_in_force(clock: Clock, order: tuple[Any, Any]) -> None:
    agreement = went_on(clock)

    signing.confirm(agreement, by=order[0])
    signing.confirm(agreement, by=order[0])
    assert agreement.status == S.AUTO_RENEWED_UNCONFIRMED
    signing.confirm(agreement, by=order[1])
    signing.confirm(agreement, by=order[1])

    assert (agreement.status, agreement.reconfirm_by_on) == (S.ACTIVE, None)
    assert (agreement.start_on, agreement.end_on) == (date(2029, 3, 2), date(2032, 3, 1))
    chain = evidence_access.chain_of(agreement)
    assert chain is not None
    said = [entry.facts["act"] for entry in chain.entries if entry.kind == EntryKind.RENEWAL]
    assert set(said) == {RenewalAct.RESIDENT_CONFIRMED, RenewalAct.TEAM_CONFIRMED}
    acts = {step.act: step for step in renewal.steps_of(agreement.id)}
    assert set(acts) == {RenewalAct.WENT_ON, RenewalAct.RESIDENT_CONFIRMED, RenewalAct.TEAM_CONFIRMED}
    assert "自2029年3月2日起至2032年3月1日止" in (acts[RenewalAct.RESIDENT_CONFIRMED].text_body or "")


@pytest.mark.parametrize("who", [None, RESIDENT, DOCTOR])
def test_l14_not_both_within_ninety_days_and_it_expires(clock: Clock, who: Any) -> None:
    team = make.team()
    agreement = went_on(clock, team=team)
    if who is not None:
        signing.confirm(agreement, by=who)

    night(clock, date(2029, 5, 31))
    assert agreement.status == S.AUTO_RENEWED_UNCONFIRMED
    night(clock, date(2029, 6, 1))

    assert (agreement.status, agreement.end_on) == (S.EXPIRED, date(2029, 5, 31))
    assert agreement.agreed_end_on == date(2032, 3, 1)
    db.session.expire_all()
    assert team.panel_count == 0
    assert [step.act for step in renewal.steps_of(agreement.id)][-1] == RenewalAct.LAPSED


def test_whoever_cannot_sign_himself_neither_renews_nor_confirms(clock: Clock) -> None:
    """domain.md §6.3: a guardian signs in full, for as long as somebody has one."""
    agreement, running = went_on(clock), signed("mianyang")
    days_to_end(clock, running, 20)
    for one in (agreement, running):
        kind = AuthorityKind.INCAPACITY
        make.authority(make.resident(), one.resident, kind, valid_to=clocks.today() + timedelta(days=30))

    with pytest.raises(signing.GuardianNeeded):
        renew(running)
    with pytest.raises(signing.GuardianNeeded):
        signing.confirm(agreement, by=RESIDENT)


def test_n14_whoever_has_not_confirmed_is_told_on_day_0_15_45_and_80(clock: Clock) -> None:
    team = make.team()
    make.user(staff=team.lead)
    agreement = went_on(clock, team=team)
    began = date(2029, 3, 2)
    for day in range(1, 90):
        if day == 20:
            signing.confirm(agreement, by=DOCTOR)
        night(clock, began + timedelta(days=day))

    assert told("reconfirm_due") == [str(began + timedelta(days=days)) for days in (0, 15, 45, 80)]
    assert told("reconfirm_waiting") == [str(began), str(began + timedelta(days=15))]


def test_a_silent_renewal_may_be_declined_and_ends_that_day(clock: Clock) -> None:
    agreement = went_on(clock)
    clock.set("2029-03-20 10:00")

    signing.decline(agreement, by=RESIDENT)
    signing.decline(agreement, by=RESIDENT)

    assert (agreement.status, agreement.end_on) == (S.EXPIRED, date(2029, 3, 20))
    with pytest.raises(IllegalMove):
        signing.confirm(agreement, by=RESIDENT)
    follower = accept(sign("erqi", resident=agreement.resident))
    assert follower.start_on == date(2029, 3, 21)


def test_what_went_on_once_goes_on_again_after_its_new_term(clock: Clock) -> None:
    agreement = went_on(clock)
    for who in (RESIDENT, DOCTOR):
        signing.confirm(agreement, by=who)

    night(clock, date(2032, 3, 2))

    assert agreement.status == S.AUTO_RENEWED_UNCONFIRMED
    assert (agreement.start_on, agreement.resident_confirmed_at) == (date(2032, 3, 2), None)


def test_a_calendar_that_stood_still_leaves_all_the_days_to_confirm(clock: Clock) -> None:
    agreement = signed("erqi")

    night(clock, ERQI_END + timedelta(days=100))

    assert agreement.start_on == date(2029, 3, 2)
    assert agreement.reconfirm_by_on == ERQI_END + timedelta(days=190)


def test_n13_whoever_has_not_renewed_is_told_the_next_day_and_two_weeks_later(clock: Clock) -> None:
    agreement = signed("mianyang")
    for day in range(1, 40):
        night(clock, END + timedelta(days=day))

    assert told("agreement_expired") == [str(END + timedelta(days=1)), str(END + timedelta(days=15))]
    assert agreement.next_notice_on is None


def test_n13_whoever_signed_elsewhere_is_not_told_again(clock: Clock) -> None:
    agreement = signed("mianyang")
    night(clock, END + timedelta(days=1))
    accept(sign("mianyang", resident=agreement.resident))

    night(clock, END + timedelta(days=15))

    assert told("agreement_expired") == [str(END + timedelta(days=1))]


def test_n12_the_team_is_told_when_renewal_opens_and_where_it_shall_prompt_each_time(clock: Clock) -> None:
    days = {}
    for region in ("mianyang", "changyinsha"):
        clock.set("2026-03-02 10:00")
        team = make.team()
        make.user(staff=team.lead)
        signed(region, team=team)
        before = len(told("renewals_ahead"))
        for left in (91, 90, 30, 7, 1):
            night(clock, END - timedelta(days=left))
        days[region] = told("renewals_ahead")[before:]

    opens = str(END - timedelta(days=90))
    assert days["mianyang"] == [opens]
    assert days["changyinsha"] == [opens, *(str(END - timedelta(days=left)) for left in (30, 7, 1))]


def test_each_agreement_follows_its_own_frozen_days(clock: Clock) -> None:
    """A region that changes when it tells people does not reach who signed before."""
    before = signed("mianyang")
    rules = policies.load("mianyang")
    early = rules.model_copy(update={"renewal": rules.renewal.model_copy(update={"notice_days": [60]})})
    resident, team, package = make.resident(), make.team(), make.package()
    text = signing.document(resident, team, package, early)
    wish = signing.Wish(team, package, text.sha256, tuple(early.signing.consents), SIGNATURE)
    after = accept(signing.request(resident, wish, policy=early, by=RESIDENT)[0])

    night(clock, END - timedelta(days=60))
    night(clock, END - timedelta(days=30))

    rows = db.session.execute(
        select(Notification.subject_id, Notification.dedupe_key).where(Notification.kind == "renewal_offer")
    )
    assert {(subject, key.rpartition(":")[2]) for subject, key in rows} == {(after.id, "60"), (before.id, "30")}


def test_a_predecessor_still_in_force_after_midnight_hands_over(clock: Clock) -> None:
    agreement = signed("mianyang")
    days_to_end(clock, agreement, 1)
    successor = renew(agreement)
    clock.set(f"{END + timedelta(days=1)} 00:01")

    accept(successor)
    assert successor.status == S.SIGNED
    night(clock, END + timedelta(days=1))

    assert (agreement.status, successor.status) == (S.RENEWED, S.ACTIVE)


def test_what_was_asked_before_the_end_and_accepted_after_it_leaves_no_gap(clock: Clock) -> None:
    agreement = signed("mianyang")
    days_to_end(clock, agreement, 1)
    successor = renew(agreement)
    night(clock, END + timedelta(days=1))
    assert agreement.status == S.EXPIRED
    clock.set(f"{END + timedelta(days=4)} 10:00")

    accept(successor)

    assert (successor.status, successor.start_on) == (S.ACTIVE, END + timedelta(days=1))


def test_every_step_of_a_silent_renewal_leaves_an_event(clock: Clock) -> None:
    agreement = went_on(clock)
    signing.confirm(agreement, by=DOCTOR)
    signing.confirm(agreement, by=RESIDENT)

    rows = db.session.execute(
        select(AgreementEvent.old, AgreementEvent.new, AgreementEvent.reason)
        .where(AgreementEvent.subject_id == agreement.id)
        .order_by(AgreementEvent.id)
    )
    assert [tuple(row) for row in rows][-2:] == [
        ("active", "auto_renewed_unconfirmed", "went_on"),
        ("auto_renewed_unconfirmed", "active", "reconfirmed"),
    ]
