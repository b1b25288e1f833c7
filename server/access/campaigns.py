"""Reading campaigns: how far they are, and who is still to be signed."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Agreement, Area, Campaign, CampaignPhase, CampaignTarget, Resident


@dataclass(frozen=True)
class Progress:
    """People on a campaign's list; the dead are nobody's target any more."""

    total: int
    signed: int

    @property
    def pct(self) -> float | None:
        """Signed of all, None without anybody."""
        return round(100 * self.signed / self.total, 1) if self.total else None


def campaigns(cursor: str | None = None, *, by: AdminLogin) -> Page[Campaign]:
    """Return the institution's campaigns, the latest deadline first."""
    mine = select(Campaign).where(Campaign.organisation_id == by.organisation_id)
    return page(mine, (Campaign.deadline_on, Campaign.id), cursor, newest_first=True)


def campaign(campaign_id: str, *, by: AdminLogin) -> Campaign:
    """Return one of the institution's campaigns. Raises NotFound."""
    found = db.session.scalar(
        select(Campaign).where(Campaign.id == campaign_id, Campaign.organisation_id == by.organisation_id)
    )
    if found is None:
        raise NotFound()
    return found


def progress(found: Campaign) -> Progress:
    """Return how many people on a campaign's list are signed."""
    mine = (
        select(func.count(CampaignTarget.id))
        .join(Resident, Resident.id == CampaignTarget.resident_id)
        .where(CampaignTarget.campaign_id == found.id, Resident.died_on.is_(None))
    )
    signed = select(Agreement.id).where(Agreement.active_key == CampaignTarget.resident_id).exists()
    return Progress(db.session.scalar(mine) or 0, db.session.scalar(mine.where(signed)) or 0)


def remaining(found: Campaign, cursor: str | None = None) -> tuple[Page[CampaignTarget], dict[str, Resident]]:
    """Return who on a campaign's list has no agreement in force, and the people themselves by id."""
    signed = select(Agreement.id).where(Agreement.active_key == CampaignTarget.resident_id).exists()
    rows = (
        select(CampaignTarget)
        .join(Resident, Resident.id == CampaignTarget.resident_id)
        .where(CampaignTarget.campaign_id == found.id, Resident.died_on.is_(None), ~signed)
    )
    shown = page(rows, (CampaignTarget.id,), cursor)
    ids = [row.resident_id for row in shown.items]
    people = db.session.scalars(select(Resident).where(Resident.id.in_(ids)))
    return shown, {person.id: person for person in people}


def phase_of(found: Campaign, on: date) -> CampaignPhase | None:
    """Return the phase a day lies in."""
    return next((phase for phase in found.phases if phase.starts_on <= on <= phase.ends_on), None)


def area_choices(area_ids: list[str]) -> list[tuple[str, str]]:
    """Return areas for a drop-down list, by code."""
    rows = select(Area.id, Area.name).where(Area.id.in_(area_ids)).order_by(Area.code).limit(500)
    return [(row.id, row.name) for row in db.session.execute(rows)]
