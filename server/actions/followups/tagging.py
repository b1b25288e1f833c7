"""Whoever a group makes one to be looked after is enrolled by itself, in small steps (domain.md §4)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.followups.enrolling import ENDED_BY_STAFF, begin
from server.actions.followups.refusals import NothingToPlan
from server.actions.followups.windows import is_windowed
from server.database import db, retried, transaction
from server.models import Agreement, Enrolment, PopulationTag, Programme, evidence, population
from server.models import enrolment as enrolments
from server.models.actor import CLOCK
from server.policy import populations, programmes
from server.policy.schema import FollowUps, Policy

STEP = 500
"""Tags looked at in one step; only those that are missing are written, each in a transaction of its own."""
BY_REGION = "special"
"""Special households are visited where the region says so, see ``visiting``; elsewhere their doctor enrols them."""
PAIRS = sorted(
    f"{group}:{programme}"
    for group, hanging in populations.PROGRAMMES.items()
    for programme in hanging
    if programme != BY_REGION
)


def enrol_tagged_next(policy: Policy, after: str) -> str | None:
    """Look at the next five hundred tags of a group, and enrol those under contract who are not in its programme yet.

    Whom staff took out of a programme is not taken in again while he belongs to the group.

    Args:
        after: what the step before returned, "" for the first one.
    Returns:
        Where to go on, None at the end.
    """
    group, programme, tag_id = after.split(":") if after else (*PAIRS[0].split(":"), "")
    today = clock.today()
    here = select(PopulationTag.id).where(
        PopulationTag.group == group, PopulationTag.id > tag_id, population.counting(today)
    )
    ids = db.session.scalars(here.order_by(PopulationTag.id).limit(STEP)).all()
    for one in db.session.scalars(_missing(ids, Programme(programme))).all():
        _enrol_one(one, Programme(programme), today, policy.followups)
    db.session.rollback()
    if ids:
        return f"{group}:{programme}:{ids[-1]}"
    following = [pair for pair in PAIRS if pair > f"{group}:{programme}"]
    return f"{min(following)}:" if following else None


def _missing(tag_ids: Sequence[str], programme: Programme) -> Select[str]:
    """Those of some tags whose people are served, and neither in the programme nor taken out of it by staff."""
    same = (Enrolment.resident_id == PopulationTag.resident_id) & (Enrolment.programme == programme)
    by_staff = (Enrolment.ended_reason == ENDED_BY_STAFF) & (Enrolment.ended_on >= PopulationTag.valid_from)
    return (
        select(PopulationTag.id)
        .join(Agreement, Agreement.active_key == PopulationTag.resident_id)
        .where(PopulationTag.id.in_(tag_ids), ~exists().where(same, Enrolment.open_key.is_not(None) | by_staff))
        .order_by(PopulationTag.id)
    )


def _enrol_one(tag_id: str, programme: Programme, today: date, numbers: FollowUps) -> None:
    with suppress(IntegrityError, NothingToPlan):  # somebody else was first, or his windows are over
        _enrol(tag_id, programme, today, numbers)


@retried
def _enrol(tag_id: str, programme: Programme, today: date, numbers: FollowUps) -> None:
    at = clock.now()
    with transaction() as session:
        tag = session.get_one(PopulationTag, tag_id)
        agreement = session.scalar(
            select(Agreement).where(Agreement.active_key == tag.resident_id).with_for_update(of=Agreement)
        )
        too_young = tag.group in populations.BY_ENROLLING and tag.resident.age_on(today) < numbers.htn_min_age
        if agreement is None or too_young:
            return
        if not all(evidence.stands(agreement.id, key) for key in ("health_data", "minor_data")):
            return
        begin(
            agreement, programme, first_day(programme, today, numbers),
            enrolments.begun(programme, tag.valid_from) | enrolments.facts_from(tag.detail),
            staff_id=None, by=CLOCK, at=at, numbers=numbers,
        )  # fmt: skip


def first_day(programme: Programme, today: date, numbers: FollowUps) -> date:
    """Return from when on somebody is looked after whom nobody gave a day: the first visit comes within 14 days (C)."""
    is_routine = not is_windowed(programmes.load(programme, today))
    return today + timedelta(days=numbers.uncontrolled_next_days) if is_routine else today
