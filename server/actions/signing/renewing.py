"""Renewal: in which way a region lets somebody renew, what he reads first, and asking for it."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing import evidence, signers
from server.actions.signing.fitting import check_package, on_offer
from server.actions.signing.following import GIVEN_UP, can_renew, link, successor_of
from server.actions.signing.joining import carried
from server.actions.signing.manning import check_team
from server.actions.signing.period import Period, agreed, settle
from server.actions.signing.refusals import (
    AgreementOverlap,
    GuardianNeeded,
    NotRenewable,
    SigningNeeded,
    TeamClosed,
    TextChanged,
)
from server.actions.signing.rules import frozen, rules_of
from server.actions.signing.steps import announce, check_signature, document, new_request
from server.database import retried, transaction
from server.models import Agreement, RenewalAct, ServicePackage, Team, audit, renewal
from server.models.actor import Actor
from server.models.population import groups_of
from server.policy import texts
from server.policy.schema import Policy
from server.policy.terms import term_problem

REDO = "redo"


@dataclass(frozen=True)
class Renewal:
    """What somebody asks for when he renews; what is not said stays as it is."""

    team: Team | None = None
    package: ServicePackage | None = None
    term_months: int | None = None
    is_extended: bool = False
    signature: str | None = None
    """PNG as a data URL, at most 200 kB; where the region wants one."""
    text_sha256: str | None = None
    """Hash of the text that was shown at the first tap, 64 hex characters."""
    device: str = ""


@dataclass(frozen=True)
class Offer:
    """What somebody reads before he renews."""

    way: str
    """explicit, sign_confirm or redo (policy renewal.mode)."""
    team: Team
    package: ServicePackage
    text: texts.Document
    period: Period


def way_of(agreement: Agreement, team: Team) -> str:
    """Return the simplest way in which an agreement may be renewed with a team: explicit, sign_confirm or redo.

    Where renewal happens silently, whoever renews earlier himself does so explicitly. All formalities again are always
    possible (``request``).

    Source:
        the rules it was signed under: renewal.mode, renewal.alternatives, renewal.team_change_mode.
    """
    rules = rules_of(agreement).renewal
    if team.id != agreement.team_id:
        return _by_hand(rules.team_change_mode)
    ways = {_by_hand(mode) for mode in (rules.mode, *rules.alternatives)}
    return next(way for way in ("explicit", "sign_confirm", REDO) if way in ways)


def _by_hand(mode: str) -> str:
    return "explicit" if mode == "auto_reconfirm" else mode


def offer(agreement: Agreement, wish: Renewal, *, policy: Policy) -> Offer:
    """Return what somebody would agree to by renewing now.

    Args:
        policy: the rules under which he would sign today.
    Raises:
        NotRenewable, GuardianNeeded, TeamClosed, TeamIncomplete, PackageNotOffered, PackageNotForYou, PackagePriceWrong,
        TermTooShort, TermTooLong, TermNeedsExtension, FixedEndPassed.
    """
    if not can_renew(agreement, clock.today()):
        raise NotRenewable()
    today, team = clock.today(), wish.team or agreement.team
    if signers.needs_guardian(agreement.resident, today):
        raise GuardianNeeded()
    if team.id != agreement.team_id:
        if not team.takes_residents:
            raise TeamClosed()
        check_team(team, policy)
    if wish.package is None or wish.package.id == agreement.package_id:
        package = on_offer(agreement.package, today)
    else:
        package, who = wish.package, agreement.resident
        check_package(who, package, policy, groups_of([who.id], today)[who.id], on=today)
    months = _months(agreement, wish, policy)
    period = agreed(policy, term_months=months, is_extended=wish.is_extended, predecessor=agreement)
    text = document(agreement.resident, team, package, policy, period=period)
    return Offer(way_of(agreement, team), team, package, text, period)


def _months(agreement: Agreement, wish: Renewal, policy: Policy) -> int | None:
    """The term asked for, else the one that ends where the region still offers it."""
    same = agreement.term_months
    if wish.term_months is not None or same is None:
        return wish.term_months
    return same if term_problem(policy.signing, same) is None else None


@retried
def show(agreement: Agreement, wish: Renewal, *, policy: Policy, by: Actor) -> Offer:
    """Return an offer, and keep that it was read: the first of the two taps. Raises as ``offer``."""
    at = clock.now()
    with transaction():
        made = offer(agreement, wish, policy=policy)
        term = (made.period.start_on or clock.local(at).date(), made.period.end_on)
        renewal.note(
            agreement,
            RenewalAct.SHOWN,
            term=term,
            by=by,
            at=at,
            text=made.text.body,
            sha256=made.text.sha256,
            device=wish.device,
        )
    return made


def renew(agreement: Agreement, wish: Renewal | None = None, *, policy: Policy, by: Actor) -> tuple[Agreement, bool]:
    """Ask for a successor (L12, L16), the second of two taps; renewing twice returns the first successor.

    Args:
        policy: the rules under which the resident would sign today; whether and how he may renew is said by the rules
            he signed under.
    Returns:
        The successor in PENDING_TEAM, and whether it is new.
    Raises:
        NotRenewable, GuardianNeeded, SigningNeeded, SignatureInvalid, TextChanged, AgreementOverlap, and as ``offer``.
    Source:
        policy keys renewal.mode, renewal.team_change_mode, renewal.open_before_days, renewal.grace_days.
    """
    signers.check_able(agreement, clock.today())
    wish = wish or Renewal()
    way = way_of(agreement, wish.team or agreement.team)
    if way == REDO:
        raise SigningNeeded()
    if wish.signature is not None or way == "sign_confirm":
        check_signature(wish.signature or "")
    policy_id = frozen(policy)
    try:
        return _renew(agreement, wish, way, policy=policy, policy_id=policy_id, by=by)
    except IntegrityError:
        successor = successor_of(agreement)
        if successor is None:
            raise AgreementOverlap() from None
        return successor, False


@retried
def _renew(
    agreement: Agreement, wish: Renewal, way: str, *, policy: Policy, policy_id: str, by: Actor
) -> tuple[Agreement, bool]:
    at = clock.now()
    with transaction():
        successor = successor_of(agreement)
        if successor is not None and successor.status not in GIVEN_UP:
            return successor, False
        made = offer(agreement, wish, policy=policy)
        if wish.text_sha256 is not None and wish.text_sha256 != made.text.sha256:
            raise TextChanged()
        successor = new_request(agreement.resident, made.team, made.package, made.text, policy, by=by, at=at)
        successor.policy_id = policy_id
        settle(successor, made.period)
        successor.consents = list(agreement.consents)
        successor.own_consent_due = agreement.own_consent_due
        successor.community_id = carried(agreement, made.team, policy)
        successor.signature = wish.signature
        successor.device = wish.device
        successor.renewal_mode = way
        link(successor, agreement)
        announce(successor, by=by, at=at)
        audit.record("renewal_confirmed", successor, by=by, at=at)
        evidence.seal(successor, policy=policy, by=by, at=at, carries=agreement)
    return successor, True
