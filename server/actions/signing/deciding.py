"""A team accepts or declines."""

from datetime import date, timedelta

from sqlalchemy import func, select

from server import clock
from server.actions.signing import places
from server.actions.signing.entitling import open_ledger
from server.actions.signing.refusals import NotPending, RejectReason, WitnessNeeded
from server.actions.signing.steps import S, renewal_start, tell_resident
from server.database import db, retried, transaction
from server.errors import NotFound
from server.models import Agreement, EntryStatus, SignedBy, Staff, audit, refusal, states
from server.models.actor import Actor
from server.models.agreement import CLOSED
from server.policy.dates import agreement_end
from server.policy.schema import Policy


@retried
def accept(agreement: Agreement, *, policy: Policy, by: Actor, staff: Staff) -> Agreement:
    """Accept a request for the team (L4): in force today, or the day after its predecessor ends.

    Accepting twice is accepting once. The caps are kept by conditional UPDATEs.

    Raises:
        CapExceeded, WitnessNeeded, states.IllegalMove (e.g. withdrawn meanwhile), states.StaleState.
    Source:
        policy keys signing.term_months (end day), signing.cap_unit, signing.cap_hard (domain.md TM-07, TM-08).
    """
    with transaction():
        if agreement.status in (S.ACTIVE, S.SIGNED) and agreement.decided_by == staff.id:
            return agreement
        _accept(agreement, policy=policy, by=by, staff=staff)
    return agreement


@retried
def accept_joint(joint_id: str, team_id: str, *, policy: Policy, by: Actor, staff: Staff) -> list[Agreement]:
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
            _accept(row, policy=policy, by=by, staff=staff)
    return [row for row in rows if row.decided_by is not None]


def _accept(agreement: Agreement, *, policy: Policy, by: Actor, staff: Staff) -> None:
    at = clock.now()
    today = clock.local(at).date()
    if agreement.signed_by == SignedBy.MARK and agreement.second_witness_id is None:
        raise WitnessNeeded()
    before = _predecessor(agreement)
    start_on = renewal_start(before, today) if before else _first_free_day(agreement.resident_id, today)
    places.take(agreement.team_id, agreement.resident_id, policy)
    to = S.SIGNED if start_on > today else S.ACTIVE
    states.move(
        agreement,
        to,
        by=by,
        at=at,
        start_on=start_on,
        end_on=agreement_end(start_on, agreement.term_months or policy.signing.term_months),
        decided_at=at,
        decided_by=staff.id,
        **agreement.keys_for(to),
    )
    refusal.settle(agreement.resident_id, EntryStatus.SIGNED, by=by, at=at)
    if to == S.ACTIVE:
        open_ledger(agreement)
    audit.record("agreement_accepted", agreement, by=by, at=at)
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


def _first_free_day(resident_id: str, today: date) -> date:
    """Today; tomorrow for somebody whose agreement was ended today, because its last day is inclusive."""
    ended = select(func.max(Agreement.end_on)).where(Agreement.resident_id == resident_id)
    last_on = db.session.scalar(ended.where(Agreement.status.in_(CLOSED)))
    return max(today, last_on + timedelta(days=1)) if last_on else today


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
