"""Reading long prescriptions: one's own and one's wards', a team's, and what is to be brought home."""

from datetime import date, timedelta

from sqlalchemy import select

from server.access import measurements
from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, MedicineDelivery, Prescription, Resident, Staff, Team
from server.models.prescription import OPEN


def of_client(client_key: str) -> Prescription | None:
    """Return what the same tap issued before."""
    return db.session.scalar(select(Prescription).where(Prescription.client_key == client_key))


def open_of(resident_id: str) -> Prescription | None:
    """Return the prescription that is not over."""
    return db.session.scalar(select(Prescription).where(Prescription.open_key == resident_id))


def of(resident: Resident, cursor: str | None) -> Page[Prescription]:
    """Return a person's prescriptions, the latest first."""
    statement = select(Prescription).where(Prescription.resident_id == resident.id)
    return page(statement, (Prescription.start_on, Prescription.id), cursor, newest_first=True)


def own(prescription_id: str, me: Resident) -> Prescription:
    """Return a prescription of mine or of somebody I sign for. Raises NotFound."""
    found = db.session.get(Prescription, prescription_id)
    if found is None:
        raise NotFound()
    if found.resident_id != me.id and found.resident_id not in {one.resident.id for one in measurements.people(me)}:
        raise NotFound()
    return found


def of_team(staff: Staff, today: date, days: int, cursor: str | None) -> Page[Prescription]:
    """Return what is open with a doctor's teams and ends within so many days, or waits to be signed; soonest first."""
    statement = select(Prescription).where(
        Prescription.team_id.in_(team_ids(staff)),
        Prescription.status.in_(OPEN),
        Prescription.end_on <= today + timedelta(days=days),
    )
    return page(statement, (Prescription.end_on, Prescription.id), cursor)


def one(prescription_id: str, staff: Staff) -> Prescription:
    """Return a prescription of one of the doctor's teams. Raises NotFound, also for other teams'."""
    wanted = (Prescription.id == prescription_id) & Prescription.team_id.in_(team_ids(staff))
    found = db.session.scalar(select(Prescription).where(wanted))
    if found is None:
        raise NotFound()
    return found


def delivery_of(prescription_id: str) -> MedicineDelivery | None:
    """Return what is planned or was brought for a prescription."""
    return db.session.scalar(select(MedicineDelivery).where(MedicineDelivery.prescription_id == prescription_id))


def deliveries_of(prescription_ids: list[str]) -> dict[str, MedicineDelivery]:
    """Return the deliveries of a page of prescriptions, by prescription."""
    rows = select(MedicineDelivery).where(MedicineDelivery.prescription_id.in_(prescription_ids))
    return {row.prescription_id: row for row in db.session.scalars(rows).unique()}


def deliveries(state: str, cursor: str | None, *, by: AdminLogin) -> Page[MedicineDelivery]:
    """Return what an administrator's teams bring home, soonest first; with state "delivered" the latest first."""
    mine = select(Team.id).where(Team.organisation_id == by.organisation_id)
    statement = select(MedicineDelivery).where(MedicineDelivery.team_id.in_(mine), MedicineDelivery.state == state)
    keys = (MedicineDelivery.planned_on, MedicineDelivery.id)
    return page(statement, keys, cursor, newest_first=state != "planned")


def delivery(delivery_id: str, *, by: AdminLogin) -> MedicineDelivery:
    """Return a delivery of one of an administrator's teams. Raises NotFound."""
    mine = select(Team.id).where(Team.organisation_id == by.organisation_id)
    wanted = (MedicineDelivery.id == delivery_id) & MedicineDelivery.team_id.in_(mine)
    found = db.session.scalar(select(MedicineDelivery).where(wanted))
    if found is None:
        raise NotFound()
    return found
