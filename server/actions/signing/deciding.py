"""A team accepts or declines."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.actions.signing import areas, places
from server.actions.signing.entitling import open_ledger
from server.actions.signing.following import counts
from server.actions.signing.period import days_of, is_in_force
from server.actions.signing.pricing import own_share_fen
from server.actions.signing.real_names import check_real_name
from server.actions.signing.refusals import (
    ExtensionNotConfirmed,
    NotPending,
    NotRenewable,
    RejectReason,
    TeamClosed,
    WitnessNeeded,
)
from server.actions.signing.steps import S, tell_resident
from server.database import db, retried, transaction
from server.errors import NotFound
from server.models import Agreement, EntryStatus, SignedBy, Staff, audit, community, refusal, states
from server.models.actor import Actor
from server.policy.schema import Policy


@retried
def accept(
    agreement: Agreement, *, policy: Policy, by: Actor, staff: Staff, confirms_extension: bool = False
) -> Agreement:
    """Accept a request for the team (L4): in force today, or the day after its predecessor ends.

    Accepting twice is accepting once. The caps are kept by conditional UPDATEs.

    Args:
        confirms_extension: the doctor, too, wants a longer term than the region's longest.
    Raises:
        CapExceeded, WitnessNeeded, RealNameNeeded, TeamClosed, OutOfArea, AddressNeeded, ExtensionNotConfirmed,
        FixedEndPassed, NotRenewable (the grace days are over),
        states.IllegalMove (e.g. withdrawn meanwhile), states.StaleState.
    Source:
        policy keys signing.cap_unit, signing.cap_hard (domain.md TM-07, TM-08); the days by the rules it was signed
        under (signing.effective_from, signing.end_rule).
    """
    mine = select(Agreement.id).where(Agreement.id == agreement.id).with_for_update()
    with transaction() as session:
        # two doctors who tap at once: the second one waits here, and then sees what the first one did
        session.execute(mine)
        session.refresh(agreement)
        if agreement.status in (S.ACTIVE, S.SIGNED, S.PENDING_PAYMENT) and agreement.decided_by == staff.id:
            return agreement
        _accept(agreement, policy=policy, by=by, staff=staff, confirms_extension=confirms_extension)
    return agreement


@retried
def accept_joint(
    joint_id: str, team_id: str, *, policy: Policy, by: Actor, staff: Staff, confirms_extension: bool = False
) -> list[Agreement]:
    """Accept all that one signature asked for, as one: all of them or none.

    Returns:
        The agreements, also those that were accepted before.
    Raises:
        As ``accept``; NotPending when nothing of it waits any more.
    """
    with transaction() as session:
        ids = session.scalars(
            select(Agreement.id)
            .where(Agreement.joint_id == joint_id, Agreement.team_id == team_id)
            .order_by(Agreement.id)
            .with_for_update()
        ).all()
        rows = [session.get_one(Agreement, row_id, populate_existing=True) for row_id in ids]
        if not rows:
            raise NotFound("没有找到这份申请")
        waiting = [row for row in rows if row.status == S.PENDING_TEAM]
        if not waiting and not any(row.decided_by == staff.id for row in rows):
            raise NotPending()
        for row in waiting:
            _accept(row, policy=policy, by=by, staff=staff, confirms_extension=confirms_extension)
    return [row for row in rows if row.decided_by is not None]


def _accept(agreement: Agreement, *, policy: Policy, by: Actor, staff: Staff, confirms_extension: bool) -> None:
    at = clock.now()
    if agreement.signed_by == SignedBy.MARK and agreement.second_witness_id is None:
        raise WitnessNeeded()
    if agreement.is_extended and not confirms_extension:
        raise ExtensionNotConfirmed(months=agreement.term_months)
    check_real_name(agreement.resident, policy, "acceptance")
    if agreement.team.closes_on is not None:
        raise TeamClosed()
    before = _predecessor(agreement)
    if before is None or before.team_id != agreement.team_id:  # whoever renews stays with his team, wherever he moved
        areas.check(agreement.resident, agreement.team, policy)
    start_on, _ = days_of(agreement, before, clock.local(at).date())
    if before is not None and not counts(before, start_on) and agreement.signature is None:
        raise NotRenewable()
    places.take(agreement.team_id, agreement.resident_id, policy)
    audit.record("agreement_accepted", agreement, by=by, at=at)
    if own_share_fen(agreement) > 0:
        _await_payment(agreement, policy, by=by, at=at, staff=staff)
    else:
        begin(agreement, by=by, at=at, decided_at=at, decided_by=staff.id)


def _await_payment(agreement: Agreement, policy: Policy, *, by: Actor, at: datetime, staff: Staff) -> None:
    """The place is his; the agreement begins when the desk has taken the own share."""
    until = clock.local(at).date() + timedelta(days=policy.signing.pay_within_days)
    states.move(
        agreement,
        S.PENDING_PAYMENT,
        by=by,
        at=at,
        decided_at=at,
        decided_by=staff.id,
        answer_by_on=until,
        promise_step=0,
    )
    tell_resident(agreement, "payment_due", f"payment_due:{agreement.id}:0", at, until=until.isoformat())


def begin(agreement: Agreement, *, by: Actor, at: datetime, **columns: Any) -> None:
    """Let an accepted agreement begin today, or when what is before it ends, in the caller's transaction."""
    today = clock.local(at).date()
    before = _predecessor(agreement)
    start_on, end_on = days_of(agreement, before, today)
    if before is not None and not counts(before, start_on):
        agreement.predecessor_id = agreement.renewal_mode = None  # signed in full: a first one, then
    # just after midnight the predecessor may still be in force: its end hands over
    to = S.SIGNED if start_on > today or is_in_force(before) else S.ACTIVE
    states.move(
        agreement,
        to,
        by=by,
        at=at,
        reason="extended" if agreement.is_extended else "",
        start_on=start_on,
        end_on=end_on,
        **columns,
        **agreement.keys_for(to),
    )
    refusal.settle(agreement.resident_id, EntryStatus.SIGNED, by=by, at=at)
    if agreement.community_id is not None:
        community.joined(agreement.id, agreement.community_id, agreement.resident.identity_hash, at)
    if to == S.ACTIVE:
        open_ledger(agreement)
    tell_resident(agreement, "agreement_decided", f"agreement_decided:{agreement.id}", at, result="已通过")


@retried
def witness(agreement: Agreement, *, by: Actor, staff: Staff) -> Agreement:
    """Say that one was there when somebody who cannot write put his mark; witnessing twice is witnessing once.

    Raises:
        NotPending: it is no mark, was decided, or has its two witnesses.
    Source:
        domain.md §6.3: witnessed mark with a second staff witness.
    """
    with transaction() as session:
        session.execute(select(Agreement.id).where(Agreement.id == agreement.id).with_for_update())
        session.refresh(agreement)
        if staff.id in (agreement.witness_id, agreement.second_witness_id):
            return agreement
        is_open = agreement.status == S.PENDING_TEAM and agreement.signed_by == SignedBy.MARK
        if not is_open or agreement.second_witness_id is not None:
            raise NotPending()
        if agreement.witness_id is None:
            agreement.witness_id = staff.id
        else:
            agreement.second_witness_id = staff.id
        session.flush()
        audit.record("agreement_witnessed", agreement, by=by, at=clock.now())
    return agreement


def _predecessor(agreement: Agreement) -> Agreement | None:
    if agreement.predecessor_id is None:
        return None
    return db.session.get(Agreement, agreement.predecessor_id, populate_existing=True)


@retried
def reject(agreement: Agreement, *, reason: RejectReason, note: str, by: Actor, staff: Staff) -> Agreement:
    """Decline a request with a reason the resident reads (L5). Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if agreement.status == S.REJECTED and agreement.decided_by == staff.id:
            return agreement
        states.move(
            agreement,
            S.REJECTED,
            by=by,
            at=at,
            reason=reason,
            reject_code=reason,
            reject_note=note or None,
            decided_at=at,
            decided_by=staff.id,
            **agreement.keys_for(S.REJECTED),
        )
        audit.record("agreement_rejected", agreement, by=by, at=at)
        tell_resident(agreement, "agreement_decided", f"agreement_decided:{agreement.id}", at, result="未通过")
    return agreement
