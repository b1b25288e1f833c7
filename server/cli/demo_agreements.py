"""Agreements the demo's people signed in the past: every column as signing itself would have left it."""

from datetime import date, datetime, time

from sqlalchemy.orm import Session

from server import clock
from server.actions import signing
from server.actions.signing.pricing import freeze_fee
from server.actions.signing.rules import frozen
from server.models import Agreement, AgreementStatus, CapUnit, Resident, ServicePackage, Team, place
from server.policy.dates import agreement_end
from server.policy.schema import Policy


def signed(
    resident: Resident, team: Team, package: ServicePackage, policy: Policy, signature: str, *, start_on: date
) -> Agreement:
    """Return an agreement that began on ``start_on`` for the region's usual term, not kept yet; outside a transaction.

    Args:
        signature: a PNG data URL.
    """
    months = policy.signing.term_months
    text, policy_id = signing.document(resident, team, package, policy), frozen(policy)
    return Agreement(
        number=f"{start_on:%Y%m%d}-{resident.id[-8:]}",
        resident_id=resident.id,
        team_id=team.id,
        package_id=package.id,
        status=AgreementStatus.ACTIVE,
        active_key=resident.id,
        requested_at=datetime.combine(start_on, time(9), clock.SHANGHAI),
        answer_by_on=start_on,
        decided_at=datetime.combine(start_on, time(10), clock.SHANGHAI),
        decided_by=team.lead.id if team.lead else None,
        start_on=start_on,
        end_on=agreement_end(start_on, months),
        term_months=months,
        policy_id=policy_id,
        region=policy.region,
        policy_version=policy.version,
        text_body=text.body,
        text_sha256=text.sha256,
        consents=list(policy.signing.consents),
        signature=signature,
        channel="miniprogram",
    )


def keep_running(session: Session, agreement: Agreement, policy: Policy) -> None:
    """Keep an agreement that is in force: its fee, and its place in the team."""
    session.add(agreement)
    session.flush()
    freeze_fee(agreement)
    unit, hard = CapUnit(policy.signing.cap_unit), policy.signing.cap_hard
    taken = place.take(agreement.team_id, agreement.resident_id, unit=unit, hard=hard)
    assert taken


def keep_ended(session: Session, agreement: Agreement) -> None:
    """Keep an agreement that ran out with its last day: its fee, no place any more."""
    agreement.status, agreement.active_key = AgreementStatus.EXPIRED, None
    session.add(agreement)
    session.flush()
    freeze_fee(agreement)
