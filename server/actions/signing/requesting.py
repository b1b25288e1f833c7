"""A resident asks to sign, or takes it back."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing import areas, evidence, places, signers
from server.actions.signing.fitting import check_package
from server.actions.signing.following import link, predecessor_of
from server.actions.signing.joining import carried, check_community
from server.actions.signing.manning import check_team
from server.actions.signing.period import agreed, settle
from server.actions.signing.real_names import check_real_name
from server.actions.signing.refusals import AgreementOverlap, TeamClosed, TextChanged
from server.actions.signing.rules import frozen
from server.actions.signing.steps import (
    UNSIGNED,
    S,
    announce,
    check_signature,
    document,
    new_request,
    withdraw_row,
)
from server.actions.signing.wish import Wish
from server.database import db, retried, transaction
from server.models import Agreement, Resident, states
from server.models.actor import Actor
from server.models.population import groups_of
from server.policy.schema import Policy

UNDECIDED = (*UNSIGNED, S.PENDING_TEAM, S.PENDING_PAYMENT)


def request(resident: Resident, wish: Wish, *, policy: Policy, by: Actor) -> tuple[Agreement, bool]:
    """Ask a team to sign, with text read, consents ticked and signature drawn (L1, L2).

    Near the end of an agreement, or within the grace days after it, this renews it with all formalities, with the same
    team or another one (L12, L16, AG-10).

    Returns:
        The agreement in PENDING_TEAM, and whether it is new: repeating the same request returns the first one.
    Raises:
        AgreementOverlap, TextChanged, ConsentMissing, SignatureInvalid, TeamClosed, PackageNotOffered, PackageNotForYou,
        PackagePriceWrong, TeamIncomplete, GuardianNeeded, SignerNotAllowed, TermTooShort, TermTooLong, TermNeedsExtension,
        FixedEndPassed, OutOfArea, AddressNeeded, NonlocalNotAllowed, CommunityClosed.
    Source:
        policy keys signing.term_months, signing.consents, signing.answer_within_days.
    """
    check_signature(wish.signature)
    policy_id = frozen(policy)
    try:
        return _request(resident, wish, policy=policy, policy_id=policy_id, by=by)
    except (IntegrityError, states.StaleState):
        # two taps at once: the other one was first
        return _same_request(resident, wish), False


@retried
def _request(resident: Resident, wish: Wish, *, policy: Policy, policy_id: str, by: Actor) -> tuple[Agreement, bool]:
    with transaction():
        return enter(resident, wish, policy=policy, policy_id=policy_id, by=by)


def enter(resident: Resident, wish: Wish, *, policy: Policy, policy_id: str, by: Actor) -> tuple[Agreement, bool]:
    """Do what ``request`` does, in the caller's transaction."""
    at = clock.now()
    today = clock.local(at).date()
    before = predecessor_of(resident)
    if db.session.scalar(_standing(resident, before)) is not None:
        return _same_request(resident, wish), False
    signed = signers.check(resident, wish, policy=policy, today=today)
    consents = signers.ticked(resident, wish, signed, policy, today)
    check_real_name(resident, policy, "request")
    stays = before is not None and before.team_id == wish.team.id
    if not stays:
        if not wish.team.takes_residents:
            raise TeamClosed()
        check_team(wish.team, policy)
    areas.check_origin(resident, today, policy)
    is_cross_area = areas.crosses(resident, wish.team) if stays else areas.check(resident, wish.team, policy)
    check_package(resident, wish.package, policy, groups_of([resident.id], today)[resident.id], on=today)
    period = agreed(policy, term_months=wish.term_months, is_extended=wish.is_extended, predecessor=before)
    check_community(resident, wish.community_id, signed.signed_by, policy)
    text = document(
        resident,
        wish.team,
        wish.package,
        policy,
        period=period,
        representative=signers.representative(signed, wish, policy),
    )
    if text.sha256 != wish.text_sha256:
        raise TextChanged()
    agreement = new_request(resident, wish.team, wish.package, text, policy, by=by, at=at)
    agreement.policy_id = policy_id
    settle(agreement, period)
    if before is not None:
        link(agreement, before)
        agreement.renewal_mode = "redo"
    agreement.consents = consents
    agreement.joint_id = wish.joint_id
    agreement.is_cross_area = is_cross_area
    agreement.community_id = wish.community_id or (carried(before, wish.team, policy) if before else None)
    signed.put_on(agreement)
    agreement.signature = wish.signature
    agreement.channel, agreement.device = wish.channel, wish.device
    announce(agreement, by=by, at=at)
    evidence.seal(agreement, policy=policy, by=by, at=at)
    return agreement, True


def check_free(resident: Resident) -> None:
    """Refuse to begin something beside an agreement in force or on its way. Raises AgreementOverlap."""
    if db.session.scalar(_standing(resident, predecessor_of(resident))) is not None:
        raise AgreementOverlap()


def _standing(resident: Resident, before: Agreement | None) -> Select[Any]:
    """What stands in the way: anything on its way or in force, but for what is renewed, and what is not signed yet."""
    on_its_way = (Agreement.open_key == resident.id) & Agreement.status.not_in(UNSIGNED)
    found = select(Agreement.id).where(on_its_way | (Agreement.active_key == resident.id))
    return found if before is None else found.where(Agreement.id != before.id)


def _same_request(resident: Resident, wish: Wish) -> Agreement:
    pending = db.session.scalar(select(Agreement).where(Agreement.open_key == resident.id))
    if pending is None or (pending.team_id, pending.package_id) != (wish.team.id, wish.package.id):
        raise AgreementOverlap()
    return pending


@retried
def withdraw(agreement: Agreement, *, by: Actor) -> Agreement:
    """Take back what is not decided: a draft, what staff began, a request, or one that is not paid for (L6).

    Raises:
        states.IllegalMove: it was decided. states.StaleState.
    """
    at = clock.now()
    with transaction():
        if agreement.status == S.WITHDRAWN:
            return agreement
        if agreement.status not in UNDECIDED:
            raise states.IllegalMove(old=str(agreement.status), new=str(S.WITHDRAWN))
        withdraw_row(agreement, by=by, at=at, reason="resident")
        places.give_back(agreement.team_id, agreement.resident_id)
    return agreement
