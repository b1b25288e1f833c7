"""Renewal: when it may be asked for, asking for it, and the notices before the end."""

from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing import evidence
from server.actions.signing.fitting import on_offer
from server.actions.signing.refusals import AgreementOverlap, NotRenewable
from server.actions.signing.rules import frozen
from server.actions.signing.steps import S, announce, check_signature, document, new_request, tell_resident
from server.database import db, retried, transaction
from server.models import Agreement
from server.models.actor import Actor
from server.policy.schema import Policy


def can_renew(agreement: Agreement, policy: Policy, today: date) -> bool:
    """Whether a renewal may be asked for today: in the window before the end, or within the grace days after it."""
    if agreement.end_on is None or agreement.status not in (S.ACTIVE, S.EXPIRED) or agreement.resident.died_on:
        return False
    opens = agreement.end_on - timedelta(days=policy.renewal.open_before_days)
    closes = agreement.end_on + timedelta(days=policy.renewal.grace_days)
    return opens <= today <= closes


def renew(agreement: Agreement, *, signature: str | None = None, policy: Policy, by: Actor) -> tuple[Agreement, bool]:
    """Ask for a successor with the same team and package (L16); renewing twice returns the first successor.

    Args:
        signature: PNG as a data URL; needed where the region's renewal.mode is "sign_confirm".
    Returns:
        The successor in PENDING_TEAM, and whether it is new.
    Raises:
        NotRenewable, AgreementOverlap, PackageNotOffered, SignatureInvalid.
    Source:
        policy keys renewal.mode, renewal.open_before_days, renewal.grace_days.
    """
    if signature is not None or policy.renewal.mode == "sign_confirm":
        check_signature(signature or "")
    policy_id = frozen(policy)
    try:
        return _renew(agreement, signature=signature, policy=policy, policy_id=policy_id, by=by)
    except IntegrityError:
        successor = db.session.scalar(select(Agreement).where(Agreement.predecessor_id == agreement.id))
        if successor is None:
            raise AgreementOverlap() from None
        return successor, False


@retried
def _renew(
    agreement: Agreement, *, signature: str | None, policy: Policy, policy_id: str, by: Actor
) -> tuple[Agreement, bool]:
    at = clock.now()
    with transaction() as session:
        successor = session.scalar(select(Agreement).where(Agreement.predecessor_id == agreement.id))
        if successor is not None and successor.status not in (S.REJECTED, S.WITHDRAWN):
            return successor, False
        if not can_renew(agreement, policy, clock.local(at).date()):
            raise NotRenewable()
        package = on_offer(agreement.package, clock.local(at).date())
        if successor is not None:  # a rejected one no longer stands in the way
            successor.predecessor_id = None
            session.flush()
        resident, team = agreement.resident, agreement.team
        text = document(resident, team, package, policy, predecessor=agreement)
        successor = new_request(resident, team, package, text, policy, by=by, at=at)
        successor.predecessor_id = agreement.id
        successor.policy_id = policy_id
        successor.term_months = policy.signing.term_months
        successor.consents = list(agreement.consents)
        successor.signature = signature
        announce(successor, by=by, at=at)
        evidence.seal(successor, policy=policy, by=by, at=at, carries=agreement)
    return successor, True


@retried
def offer_next_renewal(policy: Policy) -> bool:
    """Tell one resident that his agreement ends soon (N-12), each step once, without him opening anything.

    Returns:
        Whether there was one. A late run tells only the step that counts today.
    Source:
        policy key renewal.notice_days.
    """
    at = clock.now()
    today = clock.local(at).date()
    days = sorted(policy.renewal.notice_days, reverse=True)
    with transaction() as session:
        for step, before in enumerate(days):
            found = session.scalar(
                select(Agreement)
                .where(
                    Agreement.status == S.ACTIVE,
                    Agreement.notice_step == step,
                    Agreement.end_on <= today + timedelta(days=before),
                )
                .order_by(Agreement.end_on)
                .limit(1)
            )
            if found is not None:
                _offer(found, days, today, at)
                return True
    return False


def _offer(agreement: Agreement, days: list[int], today: date, at: datetime) -> None:
    assert agreement.end_on is not None
    left = (agreement.end_on - today).days
    reached = sum(1 for before in days if left <= before)
    claimed = db.session.execute(
        update(Agreement)
        .where(
            Agreement.id == agreement.id,
            Agreement.status == S.ACTIVE,
            Agreement.notice_step == agreement.notice_step,
        )
        .values(notice_step=reached)
        .execution_options(synchronize_session=False)
    )
    # a successor the team rejected renews nothing
    renewed = select(Agreement.id).where(Agreement.predecessor_id == agreement.id, Agreement.status != S.REJECTED)
    if claimed.rowcount == 1 and left >= 0 and db.session.scalar(renewed) is None:  # type: ignore[attr-defined]
        key = f"renewal_offer:{agreement.id}:{agreement.end_on}:{days[reached - 1]}"
        tell_resident(agreement, "renewal_offer", key, at, days_left=str(left))
