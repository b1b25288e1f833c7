"""A team accepts or declines."""

from datetime import date, timedelta

from sqlalchemy import func, select

from server import clock
from server.actions.signing.refusals import RejectReason
from server.actions.signing.steps import S, renewal_start, take_place, tell_resident
from server.database import db, retried, transaction
from server.models import Agreement, Staff, audit, states
from server.models.actor import Actor
from server.models.agreement import CLOSED, IN_FORCE
from server.policy.dates import agreement_end
from server.policy.schema import Policy


@retried
def accept(agreement: Agreement, *, policy: Policy, by: Actor, staff: Staff) -> Agreement:
    """Accept a request for the team (L4): in force today, or the day after its predecessor ends.

    Accepting twice is accepting once. The cap is kept by one conditional UPDATE.

    Raises:
        CapExceeded, states.IllegalMove (e.g. withdrawn meanwhile), states.StaleState.
    Source:
        policy keys signing.term_months (end day), team.panel_cap (domain.md TM-07).
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        if agreement.status in (S.ACTIVE, S.SIGNED) and agreement.decided_by == staff.id:
            return agreement
        before = _predecessor(agreement)
        start_on = renewal_start(before, today) if before else _first_free_day(agreement.resident_id, today)
        if not (before is not None and before.status in IN_FORCE and before.team_id == agreement.team_id):
            take_place(agreement.team_id)
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
        audit.record("agreement_accepted", agreement, by=by, at=at)
        tell_resident(agreement, "agreement_decided", f"agreement_decided:{agreement.id}", at, result="已通过")
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
