"""Made-up people whom the teams should still sign: a month's list with every state, a campaign, and where the region has
functional communities one with its roster.
"""

from datetime import date, timedelta

from sqlalchemy import select

from server import clock
from server.actions import campaigns, communities, signing
from server.actions.campaigns import Phase, Plan
from server.cli import demo_agreements
from server.database import db, transaction
from server.models import (
    Area,
    AreaLevel,
    Organisation,
    PopulationTag,
    RealNameState,
    Resident,
    ServicePackage,
    Staff,
    TagSource,
    TagStatus,
    Team,
    TeamArea,
    UnsignedEntry,
    population,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.models.refusal import ReasonCode, Signer
from server.policy.dates import add_months
from server.policy.identity import check_character
from server.policy.schema import Policy

TOWNSHIP, VILLAGE = ("510703099", "城北街道（演示）"), ("510703099001", "北街社区（演示）")
PEOPLE = [  # the old become ELDER by themselves: a job derives it
    ("蒋德明", date(1948, 5, 6), 1, ("HTN", "DM")),
    ("罗玉芬", date(1955, 9, 12), 2, ("DM",)),
    ("谢志强", date(1971, 2, 3), 1, ("HTN",)),
    ("唐小兰", date(1994, 7, 8), 2, ("MATERNAL",)),
    ("曹建华", date(1966, 11, 30), 1, ("DISABLED",)),
    ("袁桂英", date(1950, 1, 20), 2, ("HTN",)),
]
LAPSED = ("邓春梅", date(1978, 4, 4), 2, ())
ROSTER = "姓名,证件号码,手机号\n{lines}\n"


def seed(centre: Organisation, team: Team, package: ServicePackage, policy: Policy, drawn: str) -> None:
    """Bring the people and their list into being, once.

    Args:
        package: what the one signed whose agreement has run out.
        drawn: a signature as a PNG data URL.
    """
    home = _areas(centre, team)
    made = [_resident(number, *person, home) for number, person in enumerate(PEOPLE, start=1)]
    lapsed = _resident(len(PEOPLE) + 1, *LAPSED, home)
    _expired(lapsed, team, package, policy, drawn)
    while signing.list_next(policy):
        pass
    while signing.list_lapsed_next(policy):
        pass
    lead = team.lead
    assert lead is not None
    _results([entry for entry in map(_entry, made) if entry], team, lead, policy, drawn)
    _campaign(centre, policy)
    if policy.communities.kinds:
        _community(team, policy, drawn)


def _areas(centre: Organisation, team: Team) -> Area:
    with transaction() as session:
        township = Area(code=TOWNSHIP[0], level=AreaLevel.TOWNSHIP, name=TOWNSHIP[1], organisation_id=centre.id)
        village = Area(code=VILLAGE[0], level=AreaLevel.VILLAGE, name=VILLAGE[1])
        session.add_all([township, village])
        session.flush()
        session.add(TeamArea(team_id=team.id, area_id=township.id))
    return village


def _number(born: date, sex: int, number: int) -> str:
    digits = f"510799{born:%Y%m%d}{700 + 2 * number + sex % 2:03d}"
    return digits + check_character(digits)


def _resident(number: int, name: str, born: date, sex: int, groups: tuple[str, ...], home: Area) -> Resident:
    at, document = clock.now(), _number(born, sex, number)
    with transaction() as session:
        made = Resident(
            name=name,
            document_type="01",
            identity_number=document,
            identity_hash=Resident.hash_of("01", document),
            birth_on=born,
            sex=sex,
            phone=f"1380000010{number}",
            real_name_state=RealNameState.STAFF_SEEN,
            area_id=home.id,
            created_at=at,
        )
        session.add(made)
        session.flush()
        for group in groups:
            session.add(
                PopulationTag(
                    resident_id=made.id,
                    group=group,
                    status=TagStatus.CERTIFIED,
                    source=TagSource.STAFF,
                    entered_at=at,
                    entered_by="demo",
                    certified_at=at,
                    certified_by="demo",
                    valid_from=clock.today(),
                    open_key=population.open_key(made.id, group),
                )
            )
    return made


def _expired(resident: Resident, team: Team, package: ServicePackage, policy: Policy, drawn: str) -> None:
    """An agreement that ran out ten days ago without a successor."""
    start_on = add_months(clock.today() - timedelta(days=9), -policy.signing.term_months)
    agreement = demo_agreements.signed(resident, team, package, policy, drawn, start_on=start_on)
    with transaction() as session:
        demo_agreements.keep_ended(session, agreement)


def _entry(resident: Resident) -> UnsignedEntry | None:
    return db.session.scalar(select(UnsignedEntry).where(UnsignedEntry.live_key == resident.id))


def _results(entries: list[UnsignedEntry], team: Team, lead: Staff, policy: Policy, drawn: str) -> None:
    """The last ones were asked already, with different results; the first ones wait."""
    by = Actor(ActorKind.STAFF, lead.id, "demo")
    declines, away, asked = entries[-1], entries[-2], entries[-3]
    signing.note_contact(asked, by=by)
    signing.give_reason(
        away, ReasonCode.LOST_CONTACT, note="电话停机，邻居也不知去向", died_on=None, policy=policy, by=by
    )
    _, text = signing.notice_text(declines.resident, team, lead, policy)
    signing.inform(
        declines,
        team,
        text_sha256=text.sha256,
        signer=Signer.RESIDENT,
        signature=drawn,
        witness_name="",
        policy=policy,
        by=by,
        staff=lead,
    )


def _campaign(centre: Organisation, policy: Policy) -> None:
    today = clock.today()
    phases = (
        Phase("准备", today - timedelta(days=5), today - timedelta(days=1)),
        Phase("动员", today, today + timedelta(days=10)),
        Phase("实施", today + timedelta(days=11), today + timedelta(days=40)),
    )
    plan = Plan("重点人群集中签约（演示）", ("ELDER", "HTN", "DM"), None, phases, today + timedelta(days=45), 90)
    campaigns.create(centre, plan, by=CLOCK)


def _community(team: Team, policy: Policy, drawn: str) -> None:
    kind = policy.communities.kinds[0]
    details = communities.Details(kind, "新星电子厂（演示）", "工业园区1号", "孙主管", "13800000201")
    made = communities.register(team, details, policy=policy, by=CLOCK)
    if policy.communities.organisation_signs:
        communities.sign_frame(made, signer="钱经理", title="行政总监", signature=drawn, policy=policy, by=CLOCK)
    lines = "\n".join(f"{name},{_number(born, sex, 40)},13800000202" for name, born, sex, _ in PEOPLE[:3])
    communities.take_roster(made, ROSTER.format(lines=lines).encode(), policy=policy, by=CLOCK)
