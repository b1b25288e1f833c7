"""Silent renewal and what must follow it: both sides confirm again, or it expires (L13, L14, AG-11)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from server import clock
from server.actions.signing import places, signers
from server.actions.signing.cascade import live, release_expired
from server.actions.signing.following import day_after
from server.actions.signing.period import period_of
from server.actions.signing.pricing import freeze_next_term
from server.actions.signing.refusals import TextChanged
from server.actions.signing.reminding import tell_about_end
from server.actions.signing.renewing import Offer
from server.actions.signing.rules import rules_of
from server.actions.signing.steps import S, document, tell_lead
from server.database import first, retried, transaction
from server.models import Agreement, RenewalAct, Resident, audit, renewal, states
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy import texts
from server.policy.schema import Policy
from server.policy.terms import last_day

AUTO = "auto_reconfirm"


def goes_on(agreement: Agreement) -> bool:
    """Whether an agreement renews itself at its end: only where the region's paper says so, and nobody asked to end it.

    Source:
        the rules it was signed under: renewal.mode.
    """
    return agreement.status == S.ACTIVE and renews_itself(agreement)


def renews_itself(agreement: Agreement) -> bool:
    """Whether the rules it was signed under let it renew itself. Source: policy key renewal.mode."""
    return rules_of(agreement).renewal.mode == AUTO


def go_on(agreement: Agreement, at: datetime) -> None:
    """Let an agreement that has ended go on for another term, to be confirmed by both (L13), in the caller's transaction.

    Both get all the days to confirm, even when the calendar runs late.

    Source:
        the rules it was signed under: renewal.reconfirm_within_days, signing.term_months.
    """
    assert agreement.start_on is not None and agreement.end_on is not None
    rules, before = rules_of(agreement), (agreement.start_on, agreement.end_on)
    start_on = day_after(agreement)
    end_on = last_day(rules.signing, start_on, agreement.term_months or rules.signing.term_months)
    within = timedelta(days=rules.renewal.reconfirm_within_days)
    states.move(
        agreement,
        S.AUTO_RENEWED_UNCONFIRMED,
        by=CLOCK,
        at=at,
        reason="went_on",
        start_on=start_on,
        end_on=end_on,
        renewal_mode=AUTO,
        reconfirm_by_on=max(start_on, clock.local(at).date()) + within,
        resident_confirmed_at=None,
        team_confirmed_at=None,
        next_notice_on=None,
        ledger_until_on=None,
        **agreement.keys_for(S.AUTO_RENEWED_UNCONFIRMED),
    )
    renewal.note(agreement, RenewalAct.WENT_ON, term=(start_on, end_on), before=before, by=CLOCK, at=at)
    freeze_next_term(agreement)
    audit.record("agreement_went_on", agreement, by=CLOCK, at=at)
    tell_about_end(agreement, at)


def text_of(agreement: Agreement) -> texts.Document:
    """Return what both confirm: rights, duties and all else, with the days of the new term (AG-11)."""
    rules, period = rules_of(agreement), period_of(agreement)
    return document(agreement.resident, agreement.team, agreement.package, rules, period=period)


@retried
def show_reconfirmation(agreement: Agreement, *, by: Actor, device: str = "") -> Offer:
    """Return what has to be confirmed, and keep that the resident read it.

    Raises:
        states.IllegalMove: it does not wait to be confirmed.
    """
    at = clock.now()
    with transaction():
        if agreement.status != S.AUTO_RENEWED_UNCONFIRMED:
            raise states.IllegalMove(old=str(agreement.status), new=str(S.ACTIVE))
        assert agreement.start_on is not None
        text, term = text_of(agreement), (agreement.start_on, agreement.end_on)
        renewal.note(
            agreement,
            RenewalAct.SHOWN,
            term=term,
            by=by,
            at=at,
            text=text.body,
            sha256=text.sha256,
            device=device,
        )
    return Offer("explicit", agreement.team, agreement.package, text, period_of(agreement))


@retried
def confirm(
    agreement: Agreement,
    *,
    by: Actor,
    text_sha256: str | None = None,
    device: str = "",
    guardian: Resident | None = None,
) -> Agreement:
    """Confirm a silent renewal, as the resident or as a member of his team (L14); the second of both brings it into force.

    Confirming twice is confirming once.

    Args:
        by: a member of staff confirms for the team, anybody else for the resident.
        text_sha256: hash of the text that was shown, where the caller showed one.
        guardian: who confirms for a resident who cannot sign himself.
    Raises:
        GuardianNeeded, SignerNotAllowed, TextChanged, states.IllegalMove: it does not wait to be confirmed.
    """
    at = clock.now()
    for_team = by.kind == ActorKind.STAFF
    with transaction():
        live(agreement.resident_id)
        mine, other = agreement.resident_confirmed_at, agreement.team_confirmed_at
        if for_team:
            mine, other = other, mine
        if mine is not None and agreement.status in (S.ACTIVE, S.AUTO_RENEWED_UNCONFIRMED):
            return agreement
        if agreement.status != S.AUTO_RENEWED_UNCONFIRMED:
            raise states.IllegalMove(old=str(agreement.status), new=str(S.ACTIVE))
        if not for_team:
            signers.check_speaks(agreement, guardian, clock.local(at).date())
        text = text_of(agreement)
        if text_sha256 is not None and text_sha256 != text.sha256:
            raise TextChanged()
        act = RenewalAct.TEAM_CONFIRMED if for_team else RenewalAct.RESIDENT_CONFIRMED
        assert agreement.start_on is not None
        term = (agreement.start_on, agreement.end_on)
        renewal.note(agreement, act, term=term, by=by, at=at, text=text.body, sha256=text.sha256, device=device)
        setattr(agreement, "team_confirmed_at" if for_team else "resident_confirmed_at", at)
        audit.record("renewal_confirmed", agreement, by=by, at=at)
        if other is not None:
            _bring_into_force(agreement, by=by, at=at)
    return agreement


def _bring_into_force(agreement: Agreement, *, by: Actor, at: datetime) -> None:
    kept = agreement.keys_for(S.ACTIVE)
    states.move(
        agreement, S.ACTIVE, by=by, at=at, reason="reconfirmed", reconfirm_by_on=None, next_notice_on=None, **kept
    )


@retried
def decline(agreement: Agreement, *, by: Actor, guardian: Resident | None = None) -> Agreement:
    """Stop a silent renewal as the resident: it ends today. Declining twice is declining once.

    Args:
        guardian: who says no for a resident who cannot sign himself.
    Raises:
        GuardianNeeded, SignerNotAllowed, states.IllegalMove: it does not wait to be confirmed.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        live(agreement.resident_id)
        if agreement.status == S.EXPIRED and agreement.renewal_mode == AUTO and agreement.end_on == today:
            return agreement
        if agreement.status != S.AUTO_RENEWED_UNCONFIRMED:
            raise states.IllegalMove(old=str(agreement.status), new=str(S.EXPIRED))
        signers.check_speaks(agreement, guardian, today)
        _end(agreement, today, RenewalAct.DECLINED, "declined", by=by, at=at)
        audit.record("renewal_declined", agreement, by=by, at=at)
        tell_lead(agreement, "agreement_ended_for_team", at)
    return agreement


@retried
def lapse_next(policy: Policy) -> bool:
    """End one silent renewal that not both have confirmed in time (L14).

    Source:
        the day kept with it, from policy key renewal.reconfirm_within_days.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        late = select(Agreement.id).where(
            Agreement.status == S.AUTO_RENEWED_UNCONFIRMED, Agreement.reconfirm_by_on < today
        )
        agreement = first(Agreement, late.order_by(Agreement.reconfirm_by_on))
        if agreement is None:
            return False
        assert agreement.reconfirm_by_on is not None
        _end(agreement, agreement.reconfirm_by_on, RenewalAct.LAPSED, "lapsed", by=CLOCK, at=at)
        tell_about_end(agreement, at)
    return True


def _end(agreement: Agreement, last_on: date, act: RenewalAct, reason: str, *, by: Actor, at: datetime) -> None:
    assert agreement.start_on is not None and agreement.end_on is not None
    agreed = agreement.end_on
    renewal.note(agreement, act, term=(agreement.start_on, agreed), by=by, at=at)
    states.move(
        agreement,
        S.EXPIRED,
        by=by,
        at=at,
        reason=reason,
        end_on=last_on,
        agreed_end_on=agreed,
        reconfirm_by_on=None,
        next_notice_on=None,
        **agreement.keys_for(S.EXPIRED),
    )
    release_expired(agreement.resident_id, by=by, at=at)
    places.give_back(agreement.team_id, agreement.resident_id)
