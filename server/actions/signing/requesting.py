"""A resident asks to sign, or takes it back."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing.refusals import AgreementOverlap, ConsentMissing, PackageNotOffered, TeamClosed, TextChanged
from server.actions.signing.steps import S, announce, check_signature, document, new_request, withdraw_row
from server.database import db, retried, transaction
from server.models import Agreement, Resident, ServicePackage, Team, states
from server.models.actor import Actor
from server.policy.schema import Policy


def request(
    resident: Resident,
    team: Team,
    package: ServicePackage,
    *,
    text_sha256: str,
    consents: list[str],
    signature: str,
    policy: Policy,
    by: Actor,
) -> tuple[Agreement, bool]:
    """Ask a team to sign, with text read, consents ticked and signature drawn (L1, L2).

    Args:
        text_sha256: hash of the text that was shown. signature: PNG as a data URL, at most 200 kB.
    Returns:
        The agreement in PENDING_TEAM, and whether it is new: repeating the same request returns the first one.
    Raises:
        AgreementOverlap, TextChanged, ConsentMissing, SignatureInvalid, TeamClosed, PackageNotOffered.
    Source:
        policy keys signing.term_months, signing.consents, signing.answer_within_days.
    """
    check_signature(signature)
    if not set(policy.signing.consents) <= set(consents):
        raise ConsentMissing(missing=sorted(set(policy.signing.consents) - set(consents)))
    try:
        return _request(
            resident,
            team,
            package,
            text_sha256=text_sha256,
            consents=consents,
            signature=signature,
            policy=policy,
            by=by,
        )
    except IntegrityError:
        # two taps at once: the other one was first
        return _same_request(resident, team, package), False


@retried
def _request(
    resident: Resident,
    team: Team,
    package: ServicePackage,
    *,
    text_sha256: str,
    consents: list[str],
    signature: str,
    policy: Policy,
    by: Actor,
) -> tuple[Agreement, bool]:
    at = clock.now()
    with transaction() as session:
        if session.scalar(_standing(resident)) is not None:
            return _same_request(resident, team, package), False
        if not team.is_open:
            raise TeamClosed()
        if not package.is_offered:
            raise PackageNotOffered()
        text = document(resident, team, package, policy)
        if text.sha256 != text_sha256:
            raise TextChanged()
        agreement = new_request(resident, team, package, text, policy, by=by, at=at)
        agreement.consents = sorted(set(consents) & set(policy.signing.consents))
        agreement.signature = signature
        announce(agreement, by=by, at=at)
    return agreement, True


def _standing(resident: Resident) -> Select[Any]:
    return select(Agreement.id).where((Agreement.open_key == resident.id) | (Agreement.active_key == resident.id))


def _same_request(resident: Resident, team: Team, package: ServicePackage) -> Agreement:
    pending = db.session.scalar(select(Agreement).where(Agreement.open_key == resident.id))
    if pending is None or (pending.team_id, pending.package_id) != (team.id, package.id):
        raise AgreementOverlap()
    return pending


@retried
def withdraw(agreement: Agreement, *, by: Actor) -> Agreement:
    """Take back a request before the team answered (L6). Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if agreement.status == S.WITHDRAWN:
            return agreement
        if agreement.status != S.PENDING_TEAM:
            raise states.IllegalMove(old=str(agreement.status), new=str(S.WITHDRAWN))
        withdraw_row(agreement, by=by, at=at, reason="resident")
    return agreement
