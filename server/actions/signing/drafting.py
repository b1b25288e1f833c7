"""Drafts (草稿): left and taken up again by the resident, or begun by staff for him to read and sign (L1, L3)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing.fitting import check_package
from server.actions.signing.following import predecessor_of
from server.actions.signing.manning import check_team
from server.actions.signing.real_names import SURE, check_real_name
from server.actions.signing.refusals import AgreementOverlap, PackageNotOffered, RealNameNeeded, TeamClosed
from server.actions.signing.requesting import check_free
from server.actions.signing.steps import S, new_request, tell_resident, unsigned_of
from server.database import retried, transaction
from server.models import Agreement, Resident, ServicePackage, Staff, Team, audit, states
from server.models.actor import Actor
from server.models.population import groups_of
from server.policy import texts
from server.policy.schema import Policy

Step = Literal["read", "consent", "sign"]
NOTHING_READ = texts.Document("", ())
"""A draft freezes no text: what is read at signing does."""


@dataclass(frozen=True)
class Draft:
    """How far somebody has come. The signature is never kept in a draft."""

    team: Team
    package: ServicePackage
    term_months: int | None = None
    is_extended: bool = False
    consents: tuple[str, ...] = ()
    """Ticked so far."""
    step: Step = "read"


def save_draft(resident: Resident, draft: Draft, *, policy: Policy, by: Actor) -> tuple[Agreement, bool]:
    """Keep what a resident has entered so far; one draft per person, the newest choice counts.

    What staff began for this team and package is taken up as it is, with the ticks made so far.

    Returns:
        The agreement in DRAFT or PENDING_RESIDENT, and whether it is new.
    Raises:
        AgreementOverlap, TeamClosed, PackageNotOffered, RealNameNeeded, ResidentDeceased.
    Source:
        domain.md L1; policy keys signing.draft_days, signing.real_name_needed.
    """
    try:
        return _save(resident, draft, policy=policy, by=by)
    except IntegrityError:  # two at once: the other one is there now
        return _save(resident, draft, policy=policy, by=by)


@retried
def _save(resident: Resident, draft: Draft, *, policy: Policy, by: Actor) -> tuple[Agreement, bool]:
    at = clock.now()
    with transaction() as session:
        _check(resident, draft.team, draft.package, policy)
        known = unsigned_of(resident.id)
        agreement = new_request(resident, draft.team, draft.package, NOTHING_READ, policy, by=by, at=at)
        agreement.term_months, agreement.is_extended = draft.term_months, draft.is_extended
        agreement.consents = sorted(set(draft.consents) & set(policy.signing.consents))
        agreement.draft_step = draft.step
        if known is None:
            agreement.status = S.DRAFT
        if agreement.status == S.DRAFT:
            agreement.answer_by_on = clock.local(at).date() + timedelta(days=policy.signing.draft_days)
        session.add(agreement)
        session.flush()
        if known is None:
            states.born(agreement, by=by, at=at)
            audit.record("agreement_drafted", agreement, by=by, at=at)
    return agreement, known is None


@retried
def begin_for(resident: Resident, draft: Draft, *, policy: Policy, by: Actor, staff: Staff) -> tuple[Agreement, bool]:
    """Begin a signing for a resident who then reads and signs himself (L3); beginning the same twice is beginning once.

    A draft of his own gives way: he is there, and has chosen.

    Raises:
        AgreementOverlap, TeamClosed, TeamIncomplete, PackageNotOffered, PackageNotForYou, PackagePriceWrong,
        ResidentDeceased; RealNameNeeded: his document
        was not seen.
    Source:
        domain.md L3, SG-18; policy key signing.draft_days.
    """
    at = clock.now()
    if resident.real_name_state not in SURE:
        raise RealNameNeeded()
    with transaction() as session:
        known = unsigned_of(resident.id)
        same = known is not None and (known.team_id, known.package_id) == (draft.team.id, draft.package.id)
        if known is not None and known.status == S.PENDING_RESIDENT:
            if same:
                return known, False
            raise AgreementOverlap()
        _check(resident, draft.team, draft.package, policy)
        on = clock.local(at).date()
        check_package(resident, draft.package, policy, groups_of([resident.id], on)[resident.id], on=on)
        before = predecessor_of(resident)
        if before is None or before.team_id != draft.team.id:
            check_team(draft.team, policy)
        agreement = new_request(resident, draft.team, draft.package, NOTHING_READ, policy, by=by, at=at)
        agreement.term_months, agreement.is_extended = draft.term_months, draft.is_extended
        agreement.consents, agreement.begun_by = [], staff.id
        if known is None:
            agreement.status = S.DRAFT
            session.add(agreement)
        session.flush()
        if known is None:
            states.born(agreement, by=by, at=at)
        until = clock.local(at).date() + timedelta(days=policy.signing.draft_days)
        states.move(agreement, S.PENDING_RESIDENT, by=by, at=at, answer_by_on=until, promise_step=0, draft_step=None)
        audit.record("agreement_begun", agreement, by=by, at=at)
        key = f"signature_waiting:{agreement.id}:0"
        tell_resident(agreement, "signature_waiting", key, at, until=until.isoformat())
    return agreement, True


def _check(resident: Resident, team: Team, package: ServicePackage, policy: Policy) -> None:
    check_free(resident)
    check_real_name(resident, policy, "request")
    if not team.takes_residents:
        raise TeamClosed()
    if not package.is_offered:
        raise PackageNotOffered()
