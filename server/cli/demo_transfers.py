"""The demo's people in front of a doctor, at the desk, and of a team that closes."""

from datetime import timedelta

from server import clock
from server.actions import registering, signing, teams
from server.cli import demo_agreements
from server.database import transaction
from server.models import Organisation, Resident, Role, ServicePackage, Staff, Team
from server.models.actor import CLOCK
from server.models.doctor import CapUnit
from server.models.transfer import TransferReason
from server.policy.schema import Policy

CLOSING = "城北第三家庭医生团队"
PEOPLE = (("许秀珍", "510799196605050156"), ("唐国强", "510799196605050260"))
BEGUN = ("罗玉梅", "510799196605050375")
BEGAN_DAYS_AGO = 100


def seed(centre: Organisation, ours: Team, other: Team, package: ServicePackage, policy: Policy, drawn: str) -> None:
    """A team that hands its two residents over to another one, and somebody for whom a signing was begun."""
    lead = ours.lead
    assert lead is not None
    closing = _team(centre, policy)
    for name, number in PEOPLE:
        _active(_person(name, number, lead), closing, package, policy, drawn)
    signing.plan_transfer(
        closing,
        [signing.Target(other, len(PEOPLE))],
        reason=TransferReason.DOCTOR_LEFT,
        move_on=signing.earliest_move(policy, clock.today()) + timedelta(days=1),
        policy=policy,
        by=CLOCK,
    )
    begun = _person(*BEGUN, lead)
    signing.begin_for(begun, signing.Draft(ours, package), policy=policy, by=CLOCK, staff=lead)


def _team(centre: Organisation, policy: Policy) -> Team:
    cap, unit = policy.signing.cap_hard, CapUnit(policy.signing.cap_unit)
    details = teams.TeamDetails(
        CLOSING, "负责医生即将离开，居民由其他团队接续。", "周一至周五 8:00-17:30", "0816-2200121", cap, True
    )
    team = teams.create(centre, details, most=cap, unit=unit, by=CLOCK)
    lead = teams.add_staff(centre, name="宋立平", title="副主任医师", by=CLOCK)
    teams.set_leader(teams.add_member(team, lead, Role.FAMILY_DOCTOR, by=CLOCK), by=CLOCK)
    return team


def _person(name: str, number: str, staff: Staff) -> Resident:
    return registering.register(
        name=name, document_type="01", number=number, phone="13800000009", by=CLOCK, staff=staff
    )


def _active(resident: Resident, team: Team, package: ServicePackage, policy: Policy, drawn: str) -> None:
    start_on = clock.today() - timedelta(days=BEGAN_DAYS_AGO)
    agreement = demo_agreements.signed(resident, team, package, policy, drawn, start_on=start_on)
    with transaction() as session:
        demo_agreements.keep_running(session, agreement, policy)
