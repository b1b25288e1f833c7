"""What an administrator may see of phone checks: those of his own organisation's panels."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, PhoneCheck, PhoneCheckStatus, PhoneResult, Resident, Team
from server.models import household as households

TABS = {"to_check": PhoneCheckStatus.TO_CHECK, "to_update": PhoneCheckStatus.TO_UPDATE}
MOST_OF_ONE = 30
SHARED_MOST = 5
"""One number may serve a family; more people than this who are none is odd (domain.md §3.5, C)."""
SHARED_LOOKED_AT = 60


@dataclass(frozen=True)
class Shared:
    """Who has one number besides somebody's own household; ``is_odd`` when they are too many."""

    others: int

    @property
    def is_odd(self) -> bool:
        """Whether more people have it than one number can serve."""
        return self.others > SHARED_MOST


def _own(by: AdminLogin) -> Select[PhoneCheck]:
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    return select(PhoneCheck).where(PhoneCheck.team_id.in_(teams))


def checks(which: str, cursor: str | None = None, *, by: AdminLogin) -> Page[PhoneCheck]:
    """Return the checks that wait for a call or a new number, oldest first; or those that are over, newest first."""
    if which in TABS:
        return page(_own(by).where(PhoneCheck.status == TABS[which]), (PhoneCheck.asked_at, PhoneCheck.id), cursor)
    over = _own(by).where(PhoneCheck.status.not_in(tuple(TABS.values())))
    return page(over, (PhoneCheck.asked_at, PhoneCheck.id), cursor, newest_first=True)


def check(check_id: str, *, by: AdminLogin) -> PhoneCheck:
    """Return one check. Raises NotFound."""
    found = db.session.scalar(_own(by).where(PhoneCheck.id == check_id))
    if found is None:
        raise NotFound()
    return found


def history(check: PhoneCheck) -> list[PhoneCheck]:
    """Return all checks of a resident's numbers, newest first."""
    found = select(PhoneCheck).where(PhoneCheck.resident_id == check.resident_id)
    return list(db.session.scalars(found.order_by(PhoneCheck.asked_at.desc(), PhoneCheck.id.desc()).limit(MOST_OF_ONE)))


def shared(resident: Resident) -> Shared:
    """Count who else has a resident's number and does not live with him; looks at 60 people at most."""
    if resident.phone_hash is None:
        return Shared(0)
    found = select(Resident.id).where(Resident.phone_hash == resident.phone_hash).limit(SHARED_LOOKED_AT)
    family = {resident.id, *households.members_of(resident.id, clock.today())}
    return Shared(len(set(db.session.scalars(found)) - family))


def counts(*, by: AdminLogin) -> dict[str, int]:
    """Return how many checks there are by what a call found, and ``waiting`` those nobody called yet."""
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    rows = select(PhoneCheck.result, func.count()).where(PhoneCheck.team_id.in_(teams)).group_by(PhoneCheck.result)
    found = {result or "waiting": count for result, count in db.session.execute(rows)}
    return {name: found.get(name, 0) for name in (*PhoneResult, "waiting")}
