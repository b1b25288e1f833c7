"""Signing for several people with one signature, and what each of them may do about it (domain.md §6.3)."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing import evidence, places, signers
from server.actions.signing.cascade import end_service, live
from server.actions.signing.refusals import (
    AgreementOverlap,
    ConsentMissing,
    GuardianNeeded,
    OnePackagePerHousehold,
    OptOutOver,
    SignerNotAllowed,
)
from server.actions.signing.requesting import enter
from server.actions.signing.rules import frozen, rules_of
from server.actions.signing.steps import S, check_signature, tell_resident, withdraw_row
from server.actions.signing.wish import Wish
from server.database import retried, transaction
from server.errors import Invalid
from server.ids import new_id
from server.models import Agreement, Resident, SignedBy, audit, states
from server.models.actor import Actor
from server.models.agreement import OPEN
from server.policy.schema import Policy

MOST = 20


@dataclass(frozen=True)
class Part:
    """One person of a joint request: who, what for him, and the rules that hold for him."""

    resident: Resident
    wish: Wish
    policy: Policy


def request_jointly(signer: Resident, parts: list[Part], *, by: Actor) -> tuple[list[Agreement], bool]:
    """Ask a team to sign for several people with one signature: one agreement each, all of them or none.

    Every other adult is told and may opt out; the consent to the processing of his health data stays his own to give.

    Returns:
        The agreements in the order of ``parts``, and whether any of them is new.
    Raises:
        As ``request``, with the name of whom it is about; OnePackagePerHousehold; Invalid: nobody, somebody twice, more
        than twenty, or more than one team.
    Source:
        policy keys signing.household_signer, signing.package_per_member, signing.opt_out_days.
    """
    _check(parts)
    joint_id = new_id()
    policy_ids = {part.policy.region: frozen(part.policy) for part in parts}
    ready = [replace(part, wish=replace(part.wish, signer=signer, joint_id=joint_id)) for part in parts]
    try:
        return _request(ready, policy_ids, by)
    except IntegrityError:  # two taps at once: the other one was first
        return _request(ready, policy_ids, by)


def _check(parts: list[Part]) -> None:
    people = {part.resident.id for part in parts}
    if not parts or len(parts) > MOST or len(people) < len(parts) or len({part.wish.team.id for part in parts}) > 1:
        raise Invalid(fields=["members"])
    for part in parts:
        check_signature(part.wish.signature)
    per_member = all(part.policy.signing.package_per_member for part in parts)
    if not per_member and len({part.wish.package.id for part in parts}) > 1:
        raise OnePackagePerHousehold()


@retried
def _request(parts: list[Part], policy_ids: dict[str, str], by: Actor) -> tuple[list[Agreement], bool]:
    made: list[Agreement] = []
    is_new = False
    at = clock.now()
    with transaction():
        for part in parts:
            try:
                policy_id = policy_ids[part.policy.region]
                row, added = enter(part.resident, part.wish, policy=part.policy, policy_id=policy_id, by=by)
            except (AgreementOverlap, GuardianNeeded, SignerNotAllowed) as refused:
                name = part.resident.name_masked
                raise type(refused)(f"{name}：{refused.message}", resident_id=part.resident.id) from refused
            if added and row.signed_by == SignedBy.HEAD:
                _tell_member(row, at)
            made.append(row)
            is_new = is_new or added
    return made, is_new


def _tell_member(agreement: Agreement, at: datetime) -> None:
    assert agreement.opt_out_until_on is not None
    until = agreement.opt_out_until_on.isoformat()
    tell_resident(agreement, "signed_for_you", f"signed_for_you:{agreement.id}", at, due_on=until)


def may_opt_out(agreement: Agreement) -> bool:
    """Whether somebody may still leave what the head signed for him."""
    until = agreement.opt_out_until_on
    return until is not None and clock.today() <= until and agreement.status in (*OPEN, S.ACTIVE, S.CHANGE_REQUESTED)


@retried
def opt_out(agreement: Agreement, *, by: Actor) -> Agreement:
    """Leave what the head signed for oneself: the own agreement is withdrawn or ends today, nobody else's is touched.

    Raises:
        OptOutOver: the days are over, or he signed himself.
    Source:
        policy key signing.opt_out_days (C).
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        live(agreement.resident_id)
        session.refresh(agreement)
        if agreement.status in (S.WITHDRAWN, S.TERMINATED) and agreement.opt_out_until_on is not None:
            return agreement
        if not may_opt_out(agreement):
            raise OptOutOver()
        if agreement.status in OPEN:
            withdraw_row(agreement, by=by, at=at, reason="opted_out")
            places.give_back(agreement.team_id, agreement.resident_id)
        else:
            if agreement.status == S.CHANGE_REQUESTED:
                states.move(agreement, S.ACTIVE, by=by, at=at, reason="opted_out")
            states.move(agreement, S.TERMINATION_REQUESTED, by=by, at=at, reason="opted_out")
            end_service(agreement.resident_id, S.TERMINATED, today, by=by, at=at, reason="opted_out")
        audit.record("agreement_opted_out", agreement, by=by, at=at)
    return agreement


@retried
def give_own_consent(agreement: Agreement, consents: list[str], *, by: Actor) -> Agreement:
    """Give oneself the consents that nobody could give for one; giving them twice is giving them once.

    Raises:
        ConsentMissing.
    Source:
        domain.md §6.3: consent to process each adult's health data must be his own; 个人信息保护法 第二十九条.
    """
    at = clock.now()
    with transaction() as session:
        live(agreement.resident_id)
        session.refresh(agreement)
        if not agreement.own_consent_due:
            return agreement
        needed = signers.own_consents(rules_of(agreement))
        missing = sorted(set(needed) - set(consents))
        if missing:
            raise ConsentMissing(missing=missing)
        evidence.add_consents(agreement, sorted(set(needed) - set(agreement.consents)), by=by, at=at)
        agreement.consents = sorted({*agreement.consents, *needed})
        agreement.own_consent_due, agreement.own_consent_at = False, at
        session.flush()
        audit.record("own_consent_given", agreement, by=by, at=at)
    return agreement
