"""Back to the team: sent by the hospital, received, and closed with the first contact."""

from datetime import timedelta

from server import clock
from server.actions.booking.referring import telling
from server.actions.booking.referring.discharging import plan_contact
from server.actions.booking.referring.refusals import ReferralReasonInvalid, SummaryNeeded
from server.database import retried, transaction
from server.models import Agreement, FollowUp, FollowUpStatus, Referral, ReferralStatus, audit, states
from server.models.actor import Actor
from server.policy import referring as rules
from server.policy.schema import Policy

S = ReferralStatus


@retried
def send_down(referral: Referral, reason: str, summary: str, *, policy: Policy, by: Actor) -> Referral:
    """Send a patient back to his team with what it should know. Twice is once.

    Raises:
        ReferralReasonInvalid, SummaryNeeded, states.IllegalMove, states.StaleState.
    Source:
        policy keys referral.down_reasons, referral.down_accept_days.
    """
    if reason not in policy.referral.down_reasons:
        raise ReferralReasonInvalid()
    if not summary.strip():
        raise SummaryNeeded()
    at = clock.now()
    with transaction():
        if referral.status == S.DOWN_SENT:
            return referral
        states.move(
            referral,
            S.DOWN_SENT,
            by=by,
            at=at,
            down_reason_code=reason,
            down_summary=summary.strip(),
            due_at=at + timedelta(days=policy.referral.down_accept_days),
        )
        audit.record("referral_down_sent", referral, by=by, at=at)
        telling.tell_down(referral, at)
    return referral


@retried
def receive_down(referral: Referral, *, policy: Policy, by: Actor) -> Referral:
    """The team takes him over; the first contact is planned unless a discharge planned it. Twice is once.

    Where that contact was made already, the referral is closed.

    Raises:
        states.IllegalMove, states.StaleState.
    """
    at = clock.now()
    with transaction() as session:
        if referral.status in (S.DOWN_ACCEPTED, S.CLOSED):
            return referral
        followup = session.get(FollowUp, referral.followup_id) if referral.followup_id else None
        if followup is None or followup.status not in (FollowUpStatus.PLANNED, FollowUpStatus.DONE):
            agreement = session.get_one(Agreement, referral.agreement_id)
            due_on = rules.contact_by(clock.local(at).date(), policy.referral)
            followup = plan_contact(session, agreement, due_on, by=by, at=at)
        due_at = clock.midnight(followup.due_on + timedelta(days=1))
        states.move(referral, S.DOWN_ACCEPTED, by=by, at=at, due_at=due_at, followup_id=followup.id)
        telling.hush(referral, "down_to_accept")
        audit.record("referral_down_accepted", referral, by=by, at=at)
        if followup.status == FollowUpStatus.DONE:
            states.move(referral, S.CLOSED, by=by, at=at, due_at=None)
            audit.record("referral_closed", referral, by=by, at=at)
    return referral
