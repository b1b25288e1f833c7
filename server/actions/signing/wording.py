"""The words that are filled into an agreement's text: who, where, what, for how much (domain.md AG-08, SG-11, SG-12)."""

import string
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from server import masking
from server.database import db
from server.models import (
    Area,
    Credential,
    Household,
    Membership,
    Resident,
    ServicePackage,
    Staff,
    Team,
    TeamSupport,
    household,
)
from server.policy import relations, texts
from server.policy.schema import Policy

UNKNOWN = "（未登记）"
HOSPITAL_LEVELS = (2, 3)
SEX = {1: "男", 2: "女"}


def facts(resident: Resident, team: Team, package: ServicePackage, policy: Policy) -> dict[str, str]:
    """Return the words for the placeholders of the region's template; only what it asks for is looked up."""
    wanted = placeholders(policy.records.template)
    support = support_of(team, policy) if "support" in wanted else None
    known: dict[str, Callable[[], str]] = {
        "resident": lambda: resident.name,
        "identity": lambda: masking.identity_number(resident.identity_number),
        "resident_phone": lambda: masking.phone(resident.phone) if resident.phone else UNKNOWN,
        "resident_address": lambda: address_of(resident) or UNKNOWN,
        "organisation": lambda: team.organisation.name,
        "address": lambda: team.organisation.address,
        "team": lambda: team.name,
        "lead": lambda: team.lead.name if team.lead else "",
        "phone": lambda: team.phone,
        "support": lambda: support.institution if support else UNKNOWN,
        "support_lead": lambda: (support.specialist if support else "") or UNKNOWN,
        "support_phone": lambda: (support.phone if support else "") or UNKNOWN,
        "package": lambda: package.name,
        "summary": lambda: package.summary,
        "items": lambda: items_label(package),
        "price": lambda: price_label(package),
        "fee_note": lambda: policy.wording.fee_note,
        "complaint_phone": lambda: policy.wording.complaint_phone,
        "members": lambda: members_label(resident, package, policy),
    }
    return {name: word() for name, word in known.items() if name in wanted}


def placeholders(template: str) -> set[str]:
    """Return the names of a template's placeholders."""
    lines = texts.template(template)["paragraphs"]
    return {field for line in lines for _, field, _, _ in string.Formatter().parse(line) if field}


def items_label(package: ServicePackage) -> str:
    """Return the services of a package with their frequency, in one line."""
    return "；".join(f"{item.name}（{item.frequency_label}）" for item in package.items) or "见服务手册"


def price_label(package: ServicePackage) -> str:
    """Return the price for people; the only place where fen become yuan in a text."""
    total, own = package.price_fen / 100, package.self_pay_fen / 100
    return f"每人每年{total:.2f}元，其中居民个人支付{own:.2f}元"


def address_of(resident: Resident) -> str:
    """Return where somebody lives, town, village and group first; empty when nobody told."""
    area = db.session.get(Area, resident.area_id) if resident.area_id else None
    names: list[str] = []
    if area is not None:
        around = select(Area.name).where(Area.code.in_(area.codes_around)).order_by(Area.code)
        names = list(db.session.scalars(around))
    home = household.household_of(resident.id) if not resident.address else None
    return "".join((*names, resident.address or (home.address if home else "")))


@dataclass(frozen=True)
class Support:
    """Who stands behind a team in an agreement; empty where nobody told."""

    institution: str
    level: int
    office: str = ""
    specialist: str = ""
    phone: str = ""


def support_of(team: Team, policy: Policy) -> Support | None:
    """Return who stands behind a team in its agreements: the designated hospital, or the supporting institution.

    Where the agreement names a specialist and none is written beside the institution, it is the hospital's doctor who
    is a member of the team.

    Source:
        policy keys combination.hospitals, combination.specialist_named (SG-24, AG-07).
    """
    rows = select(TeamSupport).where(TeamSupport.team_id == team.id)
    if policy.combination.hospitals == "designated":
        rows = rows.where(TeamSupport.level.in_(HOSPITAL_LEVELS))
    named = db.session.scalar(rows.order_by(TeamSupport.level, TeamSupport.id).limit(1))
    found = Support(named.institution, named.level, named.office, named.specialist, named.phone) if named else None
    if policy.combination.specialist_named and (found is None or not found.specialist):
        return _by_member(team, found)
    return found


def _by_member(team: Team, known: Support | None) -> Support | None:
    """Complete what is known by the hospital's doctor of the team, when he is of the same hospital."""
    doctors = (
        select(Staff.name, Credential.employer, Credential.hospital_level)
        .join(Credential, Credential.staff_id == Staff.id)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.team_id == team.id, Credential.hospital_level.is_not(None))
    )
    for name, employer, level in db.session.execute(doctors.order_by(Credential.hospital_level, Membership.id)):
        if known is None:
            return Support(employer, level or 0, specialist=name)
        if employer == known.institution:
            return Support(known.institution, known.level, known.office, name, known.phone)
    return known


def members_label(resident: Resident, package: ServicePackage, policy: Policy) -> str:
    """Return the members of the household, the fields in the order of the forms; just the signer without one.

    The last column is the package, or the physical condition where the whole household has one package (SG-11, SG-12);
    each member's own agreement says his, because what an adult's health is like is his own to tell.
    """
    home = household.household_of(resident.id)
    per_member = policy.signing.package_per_member
    last = package.name if per_member else f"身体状况{_condition(resident, home) or UNKNOWN}"
    others = "服务包按本人协议" if per_member else "身体状况按本人协议"
    if home is None:
        return f"1. 本人，{resident.name}，{_person(resident.sex, resident.birth_on)}，{last}"
    lines = []
    for number, member in enumerate(home.joined, start=1):
        is_signer = member.resident_id == resident.id
        relation = "本人" if is_signer else relations.label(member.relation)
        what = last if is_signer else others
        lines.append(f"{number}. {relation}，{member.name}，{_person(member.sex, member.birth_on)}，{what}")
    return "；".join(lines)


def _condition(resident: Resident, home: Household | None) -> str:
    own = (member for member in home.joined if member.resident_id == resident.id) if home else ()
    found = next(iter(own), None)
    return (found.physical_condition if found else None) or ""


def _person(sex: int, birth_on: object) -> str:
    year, month = str(birth_on).split("-")[:2]
    return f"{SEX.get(sex, '未说明')}，{year}年{int(month)}月"
