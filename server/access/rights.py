"""Entitlements and services: a resident sees his own, a doctor those of the residents his teams serve."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from server import clock
from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    AdminLogin,
    Agreement,
    CardEntry,
    CardHolder,
    Entitlement,
    HealthCard,
    Resident,
    ServiceAnswer,
    ServiceRecord,
    Staff,
    Team,
)


@dataclass(frozen=True)
class Service:
    """One record with what became of it."""

    record: ServiceRecord
    answer: ServiceAnswer | None
    taken_back: bool
    item: str = ""
    """The item of the package it was given under."""


def in_force(resident_id: str) -> Agreement | None:
    """Return the agreement under which somebody is served now."""
    return db.session.scalar(select(Agreement).where(Agreement.active_key == resident_id))


def entitlements(agreement: Agreement, day: date) -> list[Entitlement]:
    """Return what an agreement promises on a day, in the package's order: this year's items and those of the term."""
    statement = select(Entitlement).where(
        Entitlement.agreement_id == agreement.id, Entitlement.from_on <= day, Entitlement.until_on >= day
    )
    return list(db.session.scalars(statement.order_by(Entitlement.position, Entitlement.year)))


def services(resident: Resident, cursor: str | None) -> Page[ServiceRecord]:
    """Return what was done for a resident under his agreements, newest first; conversations are not in it."""
    mine = _records().where(
        ServiceRecord.resident_id == resident.id,
        ServiceRecord.reverses_id.is_(None),
        ServiceRecord.kind != "consultation",
    )
    return page(mine, (ServiceRecord.served_on, ServiceRecord.id), cursor, newest_first=True)


def with_answers(records: list[ServiceRecord]) -> list[Service]:
    """Return some records with what their resident said and whether they were taken back; three queries for a page."""
    ids = [row.id for row in records]
    said = {
        row.record_id: row for row in db.session.scalars(select(ServiceAnswer).where(ServiceAnswer.record_id.in_(ids)))
    }
    gone = set(db.session.scalars(select(ServiceRecord.reverses_id).where(ServiceRecord.reverses_id.in_(ids))))
    promised = {row.entitlement_id for row in records if row.entitlement_id}
    names = select(Entitlement.id, Entitlement.name).where(Entitlement.id.in_(promised))
    items = {str(key): str(name) for key, name in db.session.execute(names)}
    return [Service(row, said.get(row.id), row.id in gone, items.get(row.entitlement_id or "", "")) for row in records]


def own_service(service_id: str, resident: Resident) -> ServiceRecord:
    """Return one of a resident's own services. Raises NotFound, also for somebody else's."""
    return _one(_records().where(ServiceRecord.id == service_id, ServiceRecord.resident_id == resident.id))


def served(resident_id: str, staff: Staff) -> Agreement:
    """Return the agreement in force of a resident whom one of the doctor's teams serves. Raises NotFound."""
    mine = select(Agreement).where(Agreement.active_key == resident_id, Agreement.team_id.in_(team_ids(staff)))
    found = db.session.scalar(mine)
    if found is None:
        raise NotFound("没有找到这位居民")
    return found


def promised(entitlement_id: str, staff: Staff) -> Entitlement:
    """Return an item of an agreement of one of the doctor's teams. Raises NotFound."""
    mine = select(Entitlement).join(Agreement, Agreement.id == Entitlement.agreement_id)
    found = db.session.scalar(mine.where(Entitlement.id == entitlement_id, Agreement.team_id.in_(team_ids(staff))))
    if found is None:
        raise NotFound("没有找到这项权益")
    return found


def latest(agreement: Agreement, rows: int = 10) -> list[ServiceRecord]:
    """Return the latest services under an agreement."""
    mine = _records().where(
        ServiceRecord.agreement_id == agreement.id,
        ServiceRecord.reverses_id.is_(None),
        ServiceRecord.kind != "consultation",
    )
    return list(db.session.scalars(mine.order_by(ServiceRecord.served_on.desc(), ServiceRecord.id.desc()).limit(rows)))


def agreement_of(record: ServiceRecord) -> Agreement | None:
    """Return the agreement under which a service was given."""
    return db.session.get(Agreement, record.agreement_id) if record.agreement_id else None


def team_service(service_id: str, staff: Staff) -> ServiceRecord:
    """Return a service that one of the doctor's teams gave. Raises NotFound."""
    return _one(_records().where(ServiceRecord.id == service_id, ServiceRecord.team_id.in_(team_ids(staff))))


def _records() -> Select[ServiceRecord]:
    return select(ServiceRecord).options(joinedload(ServiceRecord.staff))


def _one(statement: Select[ServiceRecord]) -> ServiceRecord:
    found = db.session.scalar(statement.where(ServiceRecord.reverses_id.is_(None)))
    if found is None:
        raise NotFound("没有找到这次服务")
    return found


# ---------------------------------------------------------------- disputes


def disputes(staff: Staff, cursor: str | None) -> Page[ServiceAnswer]:
    """Return what residents of the doctor's teams dispute, the earliest promised answer first."""
    return page(open_disputes(team_ids(staff)), (ServiceAnswer.answer_by_on, ServiceAnswer.id), cursor)


def dispute(dispute_id: str, staff: Staff) -> ServiceAnswer:
    """Return one dispute about a service of the doctor's teams. Raises NotFound."""
    found = db.session.scalar(
        select(ServiceAnswer).where(
            ServiceAnswer.id == dispute_id,
            ServiceAnswer.team_id.in_(team_ids(staff)),
            ServiceAnswer.verdict == "disputed",
        )
    )
    if found is None:
        raise NotFound("没有找到这条疑问")
    return found


def open_disputes(teams: list[str]) -> Select[ServiceAnswer]:
    """Disputes of some teams that nobody has answered."""
    return (
        select(ServiceAnswer)
        .where(ServiceAnswer.team_id.in_(teams), ServiceAnswer.verdict == "disputed", ServiceAnswer.outcome.is_(None))
        .options(joinedload(ServiceAnswer.record).joinedload(ServiceRecord.staff))
    )


def institution_disputes(cursor: str | None = None, *, by: AdminLogin) -> Page[ServiceAnswer]:
    """Return what residents of an organisation's teams dispute, the earliest promised answer first."""
    return page(open_disputes(_teams_of(by)), (ServiceAnswer.answer_by_on, ServiceAnswer.id), cursor)


def institution_dispute(dispute_id: str, *, by: AdminLogin) -> ServiceAnswer:
    """Return one dispute about a service of an organisation's teams. Raises NotFound."""
    mine = select(ServiceAnswer).where(ServiceAnswer.id == dispute_id, ServiceAnswer.verdict == "disputed")
    found = db.session.scalar(mine.where(ServiceAnswer.team_id.in_(_teams_of(by))))
    if found is None:
        raise NotFound()
    return found


def _teams_of(by: AdminLogin) -> list[str]:
    return list(db.session.scalars(select(Team.id).where(Team.organisation_id == by.organisation_id)))


def residents_of(ids: set[str]) -> dict[str, Resident]:
    """Return some residents by id; at most a page of them."""
    return {row.id: row for row in db.session.scalars(select(Resident).where(Resident.id.in_(ids)))}


# ---------------------------------------------------------------- health card


def card_of(resident: Resident) -> HealthCard | None:
    """Return the card that a resident may use now."""
    mine = select(HealthCard).join(CardHolder).where(CardHolder.open_key == resident.id)
    return db.session.scalar(mine.where(HealthCard.closed_at.is_(None), HealthCard.until_on >= clock.today()))


def card_entries(card: HealthCard, cursor: str | None) -> Page[CardEntry]:
    """Return the lines of a card, newest first."""
    return page(select(CardEntry).where(CardEntry.card_id == card.id), (CardEntry.id,), cursor, newest_first=True)
