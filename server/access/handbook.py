"""What stands in a resident's service handbook (服务手册): all that belongs to his agreement in force, in one reading."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from server.access import composition, rights
from server.access.rights import Service
from server.database import db
from server.models import Agreement, Entitlement, HouseholdMember, Resident, ServiceRecord, TeamSupport
from server.models import household as households

YEAR = timedelta(days=365)
SERVICES_MOST = 60


@dataclass(frozen=True)
class Handbook:
    """The agreement with its items, the people around it, and what was done in the last year, newest first."""

    agreement: Agreement
    items: list[Entitlement]
    services: list[Service]
    family: list[HouseholdMember]
    supports: list[TeamSupport]


def handbook_of(agreement: Agreement, today: date) -> Handbook:
    """Return the handbook of an agreement in force."""
    resident = agreement.resident
    home = households.household_of(resident.id)
    return Handbook(
        agreement=agreement,
        items=rights.entitlements(agreement, today),
        services=[one for one in rights.with_answers(_served(resident, today)) if not one.taken_back],
        family=list(home.joined) if home else [],
        supports=composition.supports(agreement.team_id),
    )


def _served(resident: Resident, today: date) -> list[ServiceRecord]:
    """What was done for him in the last 365 days, conversations left out."""
    mine = select(ServiceRecord).where(
        ServiceRecord.resident_id == resident.id,
        ServiceRecord.served_on > today - YEAR,
        ServiceRecord.reverses_id.is_(None),
        ServiceRecord.kind != "consultation",
    )
    newest = mine.order_by(ServiceRecord.served_on.desc(), ServiceRecord.id.desc()).limit(SERVICES_MOST)
    return list(db.session.scalars(newest))
