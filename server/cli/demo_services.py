"""Demo data of packages and services: the region's catalogue, a ledger with services, a dispute, a household with a card."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server import policy as policies
from server.actions import cards, catalogue, serving, signing
from server.actions.booking import supply
from server.database import db
from server.models import Agreement, Entitlement, Resident, ServicePackage, ServiceRecord, Team
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy.schema import Policy

ACCOUNTS = {"resident": "outpatient_pool", "employee": "personal_account"}
"""Out of which account the insurance pays for the demo's own packages."""
KINDS = {"面对面随访": "followup", "每月访视": "home_visit", "健康咨询和用药指导": "consultation"}
"""What the demo's own items count as."""


def with_card() -> str:
    """The profile whose households get a health card."""
    return next(name for name in policies.regions() if policies.load(name).health_card.value_fen)


def create_catalogue() -> None:
    """The packages of the household that is there to show the health card, whatever region the demo is in."""
    catalogue.create_for_region(policies.base_of(with_card()) or with_card(), by=CLOCK)


def four_ones() -> tuple[ServicePackage, Policy]:
    """The package of that household, and its rules as a plan of this year would have them: the papers' own has ended."""
    found = db.session.scalars(select(ServicePackage).where(ServicePackage.region == with_card())).one()
    rules = policies.load(with_card())
    this_year = rules.signing.model_copy(update={"fixed_end_on": clock.today() + timedelta(days=200)})
    return found, rules.model_copy(update={"signing": this_year})


def add(member: Resident, special: Resident, panel: list[Resident], team: Team) -> None:
    """What was promised and done: something to confirm, something disputed, a card that was used."""
    while signing.open_next_ledger():
        pass
    doctor = team.lead
    assert doctor is not None
    by = Actor(ActorKind.STAFF, doctor.id)
    _serve(member, "年度体检", 20, "在中心完成体检，结果已放入健康档案", team, by)
    _serve(member, "连续处方", 3, "核对用药，开具本月处方", team, by)
    disputed = _serve(panel[0], "健康咨询和用药指导", 5, "电话咨询用药", team, by)
    serving.dispute(disputed, "次数不对：那天没有接到电话", within_workdays=7, by=CLOCK)
    _serve(special, "常规检查", 10, "", team, by, detail="blood_routine")
    _serve(special, "个性化健康处方", 9, "每天步行三十分钟，少盐少油，每周测一次血压。", team, by, performer="何川")
    _card(special)


def _serve(
    who: Resident, item: str, days: int, note: str, team: Team, by: Actor, *, detail: str = "", performer: str = ""
) -> ServiceRecord:
    today = clock.today()
    mine = select(Entitlement).where(Entitlement.resident_id == who.id, Entitlement.name == item)
    row = db.session.scalars(mine.where(Entitlement.from_on <= today, Entitlement.until_on >= today)).one()
    served_on = today - timedelta(days=days)
    act = serving.Act(f"demo-{days}", served_on, "clinic", note=note, detail=detail, performer=performer)
    assert team.lead is not None
    record, _ = serving.record(row, act, staff=team.lead, by=by)
    return record


def _card(special: Resident) -> None:
    agreement = db.session.scalars(select(Agreement).where(Agreement.active_key == special.id)).one()
    hospital = supply.create_hospital("园区医院（演示）", level=2, address="园区路1号", by=CLOCK)
    card = cards.issue(agreement, hospital, policy=policies.load(with_card()), by=CLOCK)
    for number, fen in (("MZ20260001", 8650), ("MZ20260002", 12300)):
        cards.swipe(card, hospital, cards.Swipe(fen, number, clock.today(), special.id), by=CLOCK)
