"""The demo county's areas, licences of its staff, and people of several groups; the places inside it are made up."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.access import composition
from server.access.areas import area_by_code
from server.actions import areas, credentials, populations, teams
from server.actions.areas import Named
from server.actions.credentials import CredentialDetails, SupportDetails
from server.actions.populations import Told
from server.cli.demo_places import place_of
from server.database import db
from server.models import Licence, Membership, Organisation, Resident, Role, Staff, Team
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy.parts.kinds import Group
from server.policy.schema import Policy

INSIDE = [
    ("001", "城北街道（演示）"),
    ("001001", "北街社区"),
    ("001001001", "第一网格"),
    ("001001002", "第二网格"),
    ("001002", "建设社区"),
    ("002", "城南街道（演示）"),
    ("002001", "南河社区"),
]
LICENCES = {
    Role.FAMILY_DOCTOR: CredentialDetails(Licence.CLINICAL, scope="全科医学专业", is_gp=True, gives_tcm=True),
    Role.NURSE: CredentialDetails(Licence.NURSE, scope="护理"),
    Role.PUBLIC_HEALTH: CredentialDetails(Licence.PUBLIC_HEALTH, scope="公共卫生"),
}
SUPPORT = SupportDetails("市中心医院（演示）", 3, "全科医学科", "罗建平", "0816-2200199")
MORE = {"maternal_child": ("蒋丽", "妇幼保健医师", Role.MATERNAL_CHILD)}
"""Who joins where the region wants more people in a team."""
IMPORTER, CERTIFIER = (Actor(ActorKind.SYSTEM, f"demo-{part}") for part in ("importer", "certifier"))
NUMBER_OF_MEMBER = "510799195003150016"
LISTED = [populations.Line("吴桂兰", "51079919700101006X")]


def seed(centre: Organisation, team: Team, policy: Policy) -> None:
    """Draw the areas, record the licences, and put the first team's residents into groups."""
    county, name = place_of(policy.region).county
    areas.keep([Named(county, name), *(Named(county + code, place) for code, place in INSIDE)], by=CLOCK)
    street = area_by_code(f"{county}001")
    areas.coordinate(street, centre, by=CLOCK)
    areas.assign(team, street, by=CLOCK)
    _licences(centre, policy)
    if policy.combination.level3_max:
        credentials.add_support(team, SUPPORT, rules=policy.combination, by=CLOCK)
    _groups(centre, f"{county}001001001", policy)


def _licences(centre: Organisation, policy: Policy) -> None:
    rows = select(Staff, Membership.role).join(Membership, Membership.staff_id == Staff.id)
    for staff, role in db.session.execute(rows.where(Staff.organisation_id == centre.id)).all():
        if role in LICENCES:
            credentials.keep(staff, LICENCES[Role(role)], rules=policy.teams, by=CLOCK)
    for team in db.session.scalars(select(Team).where(Team.organisation_id == centre.id)).unique().all():
        for code in composition.missing(team.id, policy.teams).split():
            if code in MORE:
                name, title, role = MORE[code]
                staff = teams.add_staff(centre, name=name, title=title, by=CLOCK)
                teams.add_member(team, staff, role, rules=policy.teams, by=CLOCK)


def _groups(centre: Organisation, home: str, policy: Policy) -> None:
    while populations.derive_next(policy):
        pass
    batch = populations.import_list(centre, Group.LOW_INCOME, "民政局低保名单（演示）", LISTED, by=IMPORTER)
    populations.decide(batch, approve=True, by=CERTIFIER)
    member = db.session.scalar(
        select(Resident).where(Resident.identity_hash == Resident.hash_of("01", NUMBER_OF_MEMBER))
    )
    assert member is not None
    areas.live_at(member, area_by_code(home), "北街6号", by=CLOCK)
    told = Told(diagnosed_on=clock.today() - timedelta(days=400), institution="市中心医院（演示）")
    populations.add(member, Group.DM, told, by=CLOCK)
