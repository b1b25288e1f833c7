"""What an administrator may see of agreements that end early: those of his own organisation's teams."""

from sqlalchemy import Select, func, select

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Agreement, Ending, EndingKind, Team

MOST_OF_ONE = 20


def _own(by: AdminLogin) -> Select[Ending]:
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    return select(Ending).join(Agreement, Agreement.id == Ending.agreement_id).where(Agreement.team_id.in_(teams))


def endings(which: str, cursor: str | None = None, *, by: AdminLogin) -> Page[Ending]:
    """Return open terminations (""), open proposals of ``void``, by promised day; or what was ``decided``, newest first."""
    if which == "decided":
        done = _own(by).where(Ending.outcome.is_not(None))
        return page(done, (Ending.decided_at, Ending.id), cursor, newest_first=True)
    kind = EndingKind.VOID if which == "void" else EndingKind.TERMINATION
    return page(_own(by).where(Ending.kind == kind, Ending.outcome.is_(None)), (Ending.decide_by_on, Ending.id), cursor)


def counts(*, by: AdminLogin) -> tuple[int, int]:
    """Return how many wishes wait for a decision, and how many of them longer than promised."""
    waits = _own(by).where(Ending.outcome.is_(None))
    late = waits.where(Ending.decide_by_on < clock.today())
    return _count(waits), _count(late)


def _count(rows: Select[Ending]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.with_only_columns(Ending.id).subquery())) or 0


def termination(ending_id: str, *, by: AdminLogin) -> Ending:
    """Return a resident's wish to end an agreement. Raises NotFound."""
    return _one(ending_id, EndingKind.TERMINATION, by)


def void(ending_id: str, *, by: AdminLogin) -> Ending:
    """Return a proposal to declare an agreement void. Raises NotFound."""
    return _one(ending_id, EndingKind.VOID, by)


def _one(ending_id: str, kind: EndingKind, by: AdminLogin) -> Ending:
    found = db.session.scalar(_own(by).where(Ending.id == ending_id, Ending.kind == kind))
    if found is None:
        raise NotFound()
    return found


def of_agreement(agreement: Agreement) -> list[Ending]:
    """Return all wishes to end an agreement, newest first."""
    found = select(Ending).where(Ending.agreement_id == agreement.id)
    return list(db.session.scalars(found.order_by(Ending.requested_at.desc(), Ending.id.desc()).limit(MOST_OF_ONE)))
