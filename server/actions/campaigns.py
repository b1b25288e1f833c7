"""Campaigns (专项活动): whom an institution wants to sign by a day, in dated phases; the list is made step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access import coverage
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import Area, Campaign, CampaignPhase, CampaignTarget, Organisation, Resident
from server.models.actor import Actor
from server.models.audit import record
from server.models.population import groups_of

STEP_ROWS = 300


class CampaignDatesInvalid(Invalid):
    """Phases overlap, end before they begin, or end after the last day."""

    code, default_message = "campaign_dates_invalid", "阶段日期有误：每个阶段结束不早于开始，前后不重叠，不晚于截止日期"


class CampaignExists(Conflict):
    """The institution has a campaign of this name."""

    code, default_message = "campaign_exists", "已有同名的专项活动"


class CampaignArea(Invalid):
    """Another institution's area, or none at all."""

    code, default_message = "campaign_area", "请选择本机构责任区域内的地方"


@dataclass(frozen=True)
class Phase:
    """A dated phase; the last day is inclusive."""

    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Plan:
    """A campaign as it is set up. ``groups`` empty: everybody; ``area_id`` None: the whole institution."""

    name: str
    groups: tuple[str, ...]
    area_id: str | None
    phases: tuple[Phase, ...]
    deadline_on: date
    target_pct: int


@retried
def create(organisation: Organisation, plan: Plan, *, by: Actor) -> Campaign:
    """Set up a campaign; its target list is made by the job in the minutes after.

    Raises:
        CampaignDatesInvalid, CampaignExists, CampaignArea.
    """
    _check(plan.phases, plan.deadline_on)
    if plan.area_id is not None and plan.area_id not in coverage.own_areas(organisation.id):
        raise CampaignArea()
    try:
        return _create(organisation, plan, by)
    except IntegrityError:
        raise CampaignExists() from None


def _create(organisation: Organisation, plan: Plan, by: Actor) -> Campaign:
    at = clock.now()
    with transaction() as session:
        campaign = Campaign(
            organisation_id=organisation.id,
            name=plan.name,
            group_codes=list(plan.groups),
            area_id=plan.area_id,
            starts_on=plan.phases[0].starts_on,
            deadline_on=plan.deadline_on,
            target_pct=plan.target_pct,
            last_resident_id="",
            created_at=at,
        )
        session.add(campaign)
        session.flush()
        for phase in plan.phases:
            session.add(
                CampaignPhase(
                    campaign_id=campaign.id, name=phase.name, starts_on=phase.starts_on, ends_on=phase.ends_on
                )
            )
        record("campaign_created", campaign, by=by, at=at)
    return campaign


def _check(phases: Sequence[Phase], deadline_on: date) -> None:
    if not phases or any(phase.ends_on < phase.starts_on for phase in phases):
        raise CampaignDatesInvalid()
    if any(later.starts_on <= earlier.ends_on for earlier, later in zip(phases, phases[1:], strict=False)):
        raise CampaignDatesInvalid()
    if phases[-1].ends_on > deadline_on:
        raise CampaignDatesInvalid()


@retried
def fill_next() -> bool:
    """Put the next people a campaign is for on its list; where it stopped is kept.

    Returns:
        Whether a list is still being made.
    """
    at = clock.now()
    with transaction() as session:
        campaign = session.scalar(
            select(Campaign).where(Campaign.filled_at.is_(None)).order_by(Campaign.id).limit(1).with_for_update()
        )
        if campaign is None:
            return False
        people = _next_people(campaign)
        if not people:
            campaign.filled_at = at
            return True
        campaign.last_resident_id = people[-1]
        wanted = set(campaign.group_codes)
        tags = groups_of(people, clock.local(at).date())
        for resident_id in people:
            if not wanted or wanted & tags[resident_id]:
                session.add(CampaignTarget(campaign_id=campaign.id, resident_id=resident_id))
    return True


def _next_people(campaign: Campaign) -> list[str]:
    areas = coverage.own_areas(campaign.organisation_id)
    if campaign.area_id is not None:
        code = db.session.scalar(select(Area.code).where(Area.id == campaign.area_id)) or ""
        inside = set(db.session.scalars(select(Area.id).where(Area.code.startswith(code))))
        areas = [area for area in areas if area in inside]
    found = select(Resident.id).where(
        Resident.id > campaign.last_resident_id, Resident.area_id.in_(areas), Resident.died_on.is_(None)
    )
    return list(db.session.scalars(found.order_by(Resident.id).limit(STEP_ROWS)))
