"""From one team to another within the term: the old agreement ends, its successor begins, and nothing is lost (L17, L18)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server import clock, masking
from server.actions.signing import evidence, places
from server.actions.signing.cascade import live
from server.actions.signing.entitling import open_ledger
from server.actions.signing.following import make_way
from server.actions.signing.handover import carry_ledger, hand_over
from server.actions.signing.pricing import freeze_fee
from server.actions.signing.refusals import TooEarlyToChange
from server.actions.signing.rules import rules_of
from server.actions.signing.steps import S, tell_resident, withdraw_row
from server.database import db
from server.ids import new_id
from server.models import Agreement, AgreementStatus, Team, audit, ending, states
from server.models import notification as notifications
from server.models.actor import Actor
from server.models.agreement import IN_FORCE
from server.policy import texts
from server.policy.schema import Policy
from server.policy.terms import last_day


@dataclass(frozen=True)
class Move:
    """How somebody comes to another team."""

    to: Team
    text: texts.Document
    channel: str
    """"miniprogram" when he asked, "mass_transfer" when the institution did."""
    signature: str | None = None
    term: str = "rest"
    policy: Policy | None = None
    """The rules of a new term; None: those of the old agreement go on."""
    policy_id: str | None = None


def paper(agreement: Agreement, to: Team, how: str, term: str, *, months: int = 12, why: str = "") -> texts.Document:
    """Return what a resident reads about a change of team. It names no first day: that is when both teams agreed."""
    old, resident = agreement.team, agreement.resident
    facts = {
        "resident": resident.name,
        "identity": masking.identity_number(resident.identity_number),
        "number": agreement.number,
        "old_team": old.name,
        "old_organisation": old.organisation.name,
        "new_team": to.name,
        "new_organisation": to.organisation.name,
        "lead": to.lead.name if to.lead else "",
        "phone": to.phone,
        "package": agreement.package.name,
        "sha256": agreement.text_sha256,
        "end_on": texts.chinese(agreement.end_on) if agreement.end_on else "",
        "months": str(months),
        "why": why,
    }
    return texts.team_change(how, term, facts)


def may_move(agreement: Agreement, today: date) -> bool:
    """Tell whether it could be carried on by another team today: it must have begun before, because days are inclusive."""
    begun = agreement.start_on is not None and agreement.start_on < today
    return begun and agreement.end_on is not None and agreement.end_on >= today and agreement.status in IN_FORCE


def move(
    old: Agreement, how: Move, *, by: Actor, at: datetime, settle: Callable[[Agreement], None] = lambda _: None
) -> Agreement:
    """Let another team carry on an agreement in force from today on, in the caller's transaction.

    The old one ends yesterday as TRANSFERRED; the successor is in force today, holds the place in the new team, and takes
    over ledger, programmes, calls, conversation and bookings. What else was on its way for this person is withdrawn,
    because it names the old team.

    Args:
        settle: closes the wish this comes from, before all other open wishes are closed as overtaken.
    Raises:
        TooEarlyToChange: it began today. CapExceeded.
    """
    today = clock.local(at).date()
    others = live(old.resident_id)
    db.session.refresh(old)
    if not may_move(old, today):
        raise TooEarlyToChange()
    assert old.end_on is not None
    rules = how.policy or rules_of(old)
    for row in others:
        if row.status not in IN_FORCE:
            withdraw_row(row, by=by, at=at, reason="team_changed")
            places.give_back(row.team_id, row.resident_id)
    months = old.term_months
    end_on = old.end_on
    if how.term == "new" and how.policy is not None:
        months = how.policy.signing.term_months
        end_on = last_day(how.policy.signing, today, months)
    places.take(how.to.id, old.resident_id, rules)
    keys = old.keys_for(S.TRANSFERRED)
    yesterday = today - timedelta(days=1)
    states.move(old, S.TRANSFERRED, by=by, at=at, end_on=yesterday, agreed_end_on=old.end_on, **keys)
    places.give_back(old.team_id, old.resident_id)
    make_way(old)  # what was on its way was withdrawn above, what was refused before is over
    successor = _successor(old, how, months, today, end_on, by=by, at=at)
    db.session.add(successor)
    db.session.flush()
    states.born(successor, by=by, at=at, reason=how.channel)
    settle(successor)
    ending.overtake(old.id, by=by, at=at)
    notifications.cancel(subject_id=old.id, kinds=("renewal_offer",))
    if how.term == "new":
        freeze_fee(successor)
        open_ledger(successor)
    else:
        carry_ledger(old.id, successor.id)
    hand_over(old.resident_id, how.to.id, by=by, at=at)
    evidence.seal(successor, policy=rules, by=by, at=at, carries=old)
    audit.record("agreement_transferred", old, by=by, at=at)
    tell_resident(successor, "team_changed", f"team_changed:{successor.id}", at, old_team=old.team.name)
    return successor


def _successor(
    old: Agreement, how: Move, months: int | None, start_on: date, end_on: date, *, by: Actor, at: datetime
) -> Agreement:
    identifier = new_id()
    return Agreement(
        id=identifier,
        number=f"{start_on:%Y%m%d}-{identifier[-8:]}",
        resident=old.resident,
        team=how.to,
        package=old.package,
        status=AgreementStatus.ACTIVE,
        active_key=old.resident_id,
        predecessor_id=old.id,
        requested_at=at,
        answer_by_on=start_on,
        decided_at=at,
        decided_by=None,
        start_on=start_on,
        end_on=end_on,
        next_notice_on=old.next_notice_on if end_on == old.end_on else None,
        ledger_until_on=None if how.term == "new" else old.ledger_until_on,
        term_months=months,
        is_extended=old.is_extended,
        region=old.region,
        policy_id=how.policy_id or old.policy_id,
        policy_version=how.policy.version if how.policy else old.policy_version,
        text_body=how.text.body,
        text_sha256=how.text.sha256,
        consents=list(old.consents),
        signature=how.signature,
        signed_by=old.signed_by,
        signer_id=old.signer_id,
        authority_id=old.authority_id,
        own_consent_due=old.own_consent_due,
        own_consent_at=old.own_consent_at,
        opt_out_until_on=old.opt_out_until_on,
        channel=how.channel,
        client_address=by.source,
    )
