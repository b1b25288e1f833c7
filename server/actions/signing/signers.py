"""Who may sign for whom (domain.md §6.3), and what follows for the agreement."""

from dataclasses import dataclass
from datetime import date, timedelta

from server.actions.signing.refusals import ConsentMissing, GuardianNeeded, SignerNotAllowed
from server.actions.signing.wish import Wish
from server.models import Agreement, AuthorityKind, Resident, SignedBy
from server.models import authority as authorities
from server.models import household as households
from server.policy import capacity
from server.policy.schema import Policy

SERVICE = "service_content"
MINOR_DATA = "minor_data"
"""The guardian's consent to the processing of the personal information of somebody under 14, a tick of its own."""


@dataclass(frozen=True)
class Signing:
    """By whom, on what ground, and what stays open: the columns of the agreement."""

    signed_by: SignedBy
    signer_id: str | None = None
    authority_id: str | None = None
    own_consent_due: bool = False
    opt_out_until_on: date | None = None

    def put_on(self, agreement: Agreement) -> None:
        """Write it into a new agreement."""
        agreement.signed_by, agreement.signer_id = self.signed_by, self.signer_id
        agreement.authority_id = self.authority_id
        agreement.own_consent_due, agreement.opt_out_until_on = self.own_consent_due, self.opt_out_until_on


def check(resident: Resident, wish: Wish, *, policy: Policy, today: date) -> Signing:
    """Return on what ground a wish for a resident is signed.

    Raises:
        GuardianNeeded: he cannot sign, and neither can the one who does. SignerNotAllowed.
    Source:
        domain.md §6.3; policy keys signing.household_signer, signing.units, signing.opt_out_days.
    """
    signer = wish.signer or resident
    if signer.id == resident.id:
        return _alone(resident, wish, today)
    _check_capable(signer, today)
    held = authorities.held_by(signer.id, resident.id, today)
    if held is not None:
        ground = SignedBy.PROXY if held.kind == AuthorityKind.PROXY else SignedBy.GUARDIAN
        if ground == SignedBy.PROXY and needs_guardian(resident, today):
            raise GuardianNeeded()
        return Signing(ground, signer.id, held.id)
    if needs_guardian(resident, today):
        raise GuardianNeeded()
    rules = policy.signing
    if rules.household_signer != "head_or_representative" or "household" not in rules.units:
        raise SignerNotAllowed()
    if signer.id not in households.members_of(resident.id, today):
        raise SignerNotAllowed()
    until = today + timedelta(days=rules.opt_out_days)
    return Signing(SignedBy.HEAD, signer.id, own_consent_due=True, opt_out_until_on=until)


def _alone(resident: Resident, wish: Wish, today: date) -> Signing:
    if capacity.is_minor(resident.birth_on, today):
        if not (wish.lives_on_own_earnings and capacity.may_declare_own_living(resident.birth_on, today)):
            raise GuardianNeeded()
    elif needs_guardian(resident, today):
        raise GuardianNeeded()
    return Signing(SignedBy.MARK if wish.is_mark else SignedBy.SELF)


def needs_guardian(resident: Resident, today: date) -> bool:
    """Whether somebody cannot sign himself: a minor, or an adult for whom a guardian was certified."""
    if capacity.is_minor(resident.birth_on, today):
        return True
    return bool(authorities.guardianships_of([resident.id], today))


def check_able(agreement: Agreement, today: date) -> None:
    """Refuse a step that somebody takes by himself who cannot sign: his guardian signs anew for him.

    Raises:
        GuardianNeeded.
    """
    who = agreement.resident
    signed_alone = agreement.signed_by == SignedBy.SELF and capacity.may_declare_own_living(who.birth_on, today)
    if needs_guardian(who, today) and not signed_alone:
        raise GuardianNeeded()


def check_speaks(agreement: Agreement, guardian: Resident | None, today: date) -> None:
    """Refuse an answer to what went on by itself from somebody who cannot give it: the resident, or else his guardian.

    Args:
        guardian: who answers for him; None when he does himself.
    Raises:
        GuardianNeeded.
    Source:
        domain.md §6.3: whoever cannot sign cannot confirm, either.
    """
    if guardian is None:
        check_able(agreement, today)
        return
    held = authorities.held_by(guardian.id, agreement.resident_id, today)
    if held is None or held.kind == AuthorityKind.PROXY:
        raise GuardianNeeded()
    _check_capable(guardian, today)


def _check_capable(signer: Resident, today: date) -> None:
    if signer.died_on is not None or needs_guardian(signer, today):
        raise SignerNotAllowed()


def consents_of(resident: Resident, signing: Signing, policy: Policy, today: date) -> list[str]:
    """Return the consents that must be ticked for a resident by whoever signs.

    A head ticks that the services were read; what is the member's own to allow is asked from him.
    """
    if signing.own_consent_due:
        return [SERVICE]
    keys = list(policy.signing.consents)
    if signing.signed_by == SignedBy.GUARDIAN and capacity.needs_guardians_data_consent(resident.birth_on, today):
        keys.append(MINOR_DATA)
    return keys


def representative(signing: Signing, wish: Wish, policy: Policy) -> tuple[str, str, int] | None:
    """Return who signs for a resident, for the text he is bound by; None when he signs himself."""
    if wish.signer is None or signing.signer_id is None:
        return None
    return str(signing.signed_by), wish.signer.name, policy.signing.opt_out_days


def own_consents(policy: Policy) -> list[str]:
    """Return the consents a member gives himself after somebody signed for him."""
    return [key for key in policy.signing.consents if key != SERVICE]


def ticked(resident: Resident, wish: Wish, signing: Signing, policy: Policy, today: date) -> list[str]:
    """Return what was ticked of what had to be. Raises ConsentMissing."""
    needed = consents_of(resident, signing, policy, today)
    missing = sorted(set(needed) - set(wish.consents))
    if missing:
        raise ConsentMissing(missing=missing)
    return sorted(needed)
