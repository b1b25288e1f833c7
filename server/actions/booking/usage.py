"""Telling administrators and hospitals which family-doctor numbers are little used: once a week, read by somebody (N-25)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from server import clock
from server.database import retried, transaction
from server.models import AdminLogin, ReferralDesk, Team, UseNotice, audit
from server.models.actor import CLOCK, Actor


@dataclass(frozen=True)
class LowUse:
    """A hospital's week."""

    hospital_id: str
    offered: int
    used: int


@retried
def tell_low_use(week_on: date, low: Collection[LowUse]) -> int:
    """Leave a notice of each hospital for the institutions with teams, and of its own one for each hospital's desk.

    A week is told of once, however often this runs. Only organisations in which somebody signs in are told.

    Args:
        week_on: the Monday of the week.
    Returns:
        How many notices are new.
    """
    at, told = clock.now(), 0
    with transaction() as session:
        signed_in = select(AdminLogin.organisation_id)
        teams = select(Team.organisation_id).where(Team.is_open, Team.organisation_id.in_(signed_in)).distinct()
        institutions = set(session.scalars(teams))
        for one in low:
            desk = select(ReferralDesk.organisation_id).where(ReferralDesk.hospital_id == one.hospital_id)
            at_desk = session.scalars(desk.where(ReferralDesk.organisation_id.in_(signed_in)))
            its_own = {organisation_id for organisation_id in at_desk if organisation_id}
            known = select(UseNotice.organisation_id).where(
                UseNotice.hospital_id == one.hospital_id, UseNotice.week_on == week_on
            )
            for organisation_id in sorted((institutions | its_own) - set(session.scalars(known))):
                row = UseNotice(
                    organisation_id=organisation_id,
                    hospital_id=one.hospital_id,
                    week_on=week_on,
                    offered=one.offered,
                    used=one.used,
                    created_at=at,
                )
                session.add(row)
                session.flush()
                audit.record("low_use_told", row, by=CLOCK, at=at)
                told += 1
    return told


@retried
def note_low_use_read(notice: UseNotice, *, by: Actor) -> None:
    """Somebody has read it; it stands before nobody of his organisation any more. Twice is once."""
    at = clock.now()
    with transaction() as session:
        session.refresh(notice)
        if notice.read_at is None:
            notice.read_at, notice.read_by = at, by.id
            audit.record("low_use_read", notice, by=by, at=at)
