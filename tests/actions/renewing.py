"""Signing and renewing under any region's rules, for tests."""

from datetime import date
from typing import Any

from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.actions import signing
from server.database import db
from server.models import Agreement, Notification, Resident
from server.models.actor import Actor, ActorKind
from tests import make
from tests.actions.test_signing import SIGNATURE
from tests.conftest import Clock

RESIDENT = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
DOCTOR = Actor(ActorKind.STAFF, "doctor", "127.0.0.1")


def sign(
    region: str, *, resident: Resident | None = None, team: Any = None, package: Any = None, **wish: Any
) -> Agreement:
    """Ask for an agreement under a region's rules."""
    policy = policies.load(region)
    resident, team, package = resident or make.resident(), team or make.team(), package or make.package()
    if policy.groups.applies_to and not any(one.role == "specialist" for one in team.memberships):
        make.hospital_doctor(team)  # TM-05
    before = signing.predecessor_of(resident)
    term = {name: wish[name] for name in ("term_months", "is_extended") if name in wish}
    text = signing.document(resident, team, package, policy, predecessor=before, **term)
    asked = signing.Wish(team, package, text.sha256, tuple(policy.signing.consents), SIGNATURE, **wish)
    return signing.request(resident, asked, policy=policy, by=RESIDENT)[0]


def accept(agreement: Agreement, **more: Any) -> Agreement:
    """Accept it as the team's leader, by the region's rules."""
    policy = policies.load(agreement.region)
    return signing.accept(agreement, policy=policy, by=DOCTOR, staff=agreement.team.lead, **more)


def signed(region: str, **wish: Any) -> Agreement:
    """An agreement in force from today under a region's rules."""
    return accept(sign(region, **wish))


def renew(agreement: Agreement, region: str | None = None, **wish: Any) -> Agreement:
    """Ask for what follows an agreement."""
    policy = policies.load(region or agreement.region)
    return signing.renew(agreement, signing.Renewal(**wish), policy=policy, by=RESIDENT)[0]


def night(clock: Clock, day: date) -> None:
    """Let the daily jobs about agreements of a day run, in their order."""
    policy = policies.load("mianyang")
    clock.set(f"{day} 00:05")
    for step in (signing.activate_next, signing.expire_next, signing.lapse_next, signing.withdraw_overdue_next):
        while step(policy):
            pass
    clock.set(f"{day} 09:00")
    while signing.offer_next_renewal(policy):
        pass


def told(kind: str) -> list[str]:
    """When notices of a kind were queued, as days, in order."""
    rows = db.session.scalars(select(Notification).where(Notification.kind == kind).order_by(Notification.created_at))
    return [str(clocks.local(row.created_at).date()) for row in rows]
