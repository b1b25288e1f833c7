"""What an administrator sees of health cards: his organisation's, their ledgers, and the month's sums for form M4."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Agreement, CardEntry, HealthCard, Resident, Team
from server.models.agreement import IN_FORCE
from server.policy.dates import month_end


@dataclass(frozen=True)
class Month:
    """What was swiped in a month, reversals taken off (M4-16, M4-17)."""

    swipes: int
    amount_fen: int


def cards(cursor: str | None = None, *, by: AdminLogin) -> Page[HealthCard]:
    """Return the organisation's cards, newest first."""
    return page(_own(by), (HealthCard.id,), cursor, newest_first=True)


def card(card_id: str, *, by: AdminLogin) -> HealthCard:
    """Return one of the organisation's cards. Raises NotFound."""
    return _one(_own(by).where(HealthCard.id == card_id))


def entry(entry_id: str, card: HealthCard) -> CardEntry:
    """Return a line of a card. Raises NotFound."""
    found = db.session.scalar(select(CardEntry).where(CardEntry.id == entry_id, CardEntry.card_id == card.id))
    if found is None:
        raise NotFound()
    return found


def people(card: HealthCard) -> list[Resident]:
    """Return who of the household stands on a card."""
    ids = [holder.resident_id for holder in card.holders if holder.open_key]
    return list(db.session.scalars(select(Resident).where(Resident.id.in_(ids)).order_by(Resident.id)))


def reversed_ids(card: HealthCard) -> set[str]:
    """Return the lines of a card that were reversed."""
    found = select(CardEntry.reverses_id).where(CardEntry.card_id == card.id, CardEntry.reverses_id.is_not(None))
    return {str(line) for line in db.session.scalars(found)}


def agreement(number: str, *, by: AdminLogin) -> Agreement | None:
    """Return an agreement in force of the organisation by its number."""
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    mine = select(Agreement).where(Agreement.number == number.strip(), Agreement.team_id.in_(teams))
    return db.session.scalar(mine.where(Agreement.status.in_(IN_FORCE)))


def month(day: date, *, by: AdminLogin) -> Month:
    """Return the sums of the month of a day; a reversal counts in the month in which it was made."""
    within = (
        CardEntry.organisation_id == by.organisation_id,
        CardEntry.on_day >= day.replace(day=1),
        CardEntry.on_day <= month_end(day),
    )
    sums = select(CardEntry.kind, func.count(), func.sum(CardEntry.amount_fen)).where(*within).group_by(CardEntry.kind)
    found = {kind: (int(number), int(fen)) for kind, number, fen in db.session.execute(sums)}
    swiped, undone = found.get("swipe", (0, 0)), found.get("reversal", (0, 0))
    return Month(swiped[0] - undone[0], swiped[1] - undone[1])


def _own(by: AdminLogin) -> Select[HealthCard]:
    return select(HealthCard).where(HealthCard.organisation_id == by.organisation_id)


def _one(statement: Select[HealthCard]) -> HealthCard:
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found
