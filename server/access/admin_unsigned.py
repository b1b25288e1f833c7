"""What an administrator sees of those who should be signed: the month's list, the reasons, informed notices."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Area, InformedNotice, Team, UnsignedEntry, UnsignedReason, WorklistRun
from server.models.refusal import EntryStatus

MONTHS = 24
CHOICES = 500


@dataclass(frozen=True)
class Line:
    """One team or village of a month's list: how many people are in which state."""

    name: str
    by_status: dict[str, int]

    @property
    def total(self) -> int:
        """Everybody."""
        return sum(self.by_status.values())


def months() -> list[str]:
    """Return the months that have a list, newest first."""
    return list(db.session.scalars(select(WorklistRun.month).order_by(WorklistRun.month.desc()).limit(MONTHS)))


def _of_month(month: str, by: AdminLogin) -> Select[UnsignedEntry]:
    return select(UnsignedEntry).where(
        UnsignedEntry.organisation_id == by.organisation_id, UnsignedEntry.month == month
    )


def entries(
    month: str,
    cursor: str | None = None,
    *,
    statuses: Collection[EntryStatus] = (),
    team_id: str | None = None,
    area_id: str | None = None,
    by: AdminLogin,
) -> Page[UnsignedEntry]:
    """Return a month's list of the organisation, those of the first groups in front."""
    rows = _of_month(month, by)
    if statuses:
        rows = rows.where(UnsignedEntry.status.in_(statuses))
    if team_id:
        rows = rows.where(UnsignedEntry.team_id == team_id)
    if area_id:
        rows = rows.where(UnsignedEntry.area_id == area_id)
    return page(rows, (UnsignedEntry.priority, UnsignedEntry.id), cursor)


def by_team(month: str, *, by: AdminLogin) -> list[Line]:
    """Return a month's counts by team and state; people without a team last."""
    return _lines(month, UnsignedEntry.team_id, _names(Team, by), "未分团队", by)


def by_area(month: str, *, by: AdminLogin) -> list[Line]:
    """Return a month's counts by village and state; people without a known home last."""
    return _lines(month, UnsignedEntry.area_id, None, "住址未登记", by)


def _lines(month: str, key: object, names: dict[str, str] | None, nobody: str, by: AdminLogin) -> list[Line]:
    rows = (
        select(key, UnsignedEntry.status, func.count())  # type: ignore[call-overload]
        .where(UnsignedEntry.organisation_id == by.organisation_id, UnsignedEntry.month == month)
        .group_by(key, UnsignedEntry.status)
    )
    found: dict[str | None, dict[str, int]] = {}
    for where, status, count in db.session.execute(rows):
        found.setdefault(where, {})[status] = count
    named = names if names is not None else area_names([where for where in found if where])
    ordered = sorted(found, key=lambda where: (where is None, named.get(where or "", "")))
    return [Line(named.get(where or "", nobody), found[where]) for where in ordered]


def _names(model: type[Team], by: AdminLogin) -> dict[str, str]:
    rows = select(model.id, model.name).where(model.organisation_id == by.organisation_id)
    return {row.id: row.name for row in db.session.execute(rows)}


def area_names(area_ids: Collection[str]) -> dict[str, str]:
    """Return the names of some areas, by id."""
    rows = select(Area.id, Area.name).where(Area.id.in_(area_ids))
    return {row.id: row.name for row in db.session.execute(rows)}


def area_choices(month: str, *, by: AdminLogin) -> list[tuple[str, str]]:
    """Return the villages that stand on a month's list, by name."""
    ids = _of_month(month, by).where(UnsignedEntry.area_id.is_not(None)).with_only_columns(UnsignedEntry.area_id)
    rows = select(Area.id, Area.name).where(Area.id.in_(ids)).order_by(Area.name, Area.id).limit(CHOICES)
    return [(row.id, row.name) for row in db.session.execute(rows)]


def reason_counts(*, by: AdminLogin) -> dict[str, int]:
    """Return how many people are unsigned for which reason now; deaths of the last records count by their entries."""
    rows = (
        select(UnsignedReason.code, func.count())
        .where(UnsignedReason.organisation_id == by.organisation_id, UnsignedReason.ended_at.is_(None))
        .group_by(UnsignedReason.code)
    )
    return {row.code: row[1] for row in db.session.execute(rows)}


def deaths(month: str, *, by: AdminLogin) -> int:
    """Count the people of a month's list who turned out to have died."""
    dead = _of_month(month, by).where(UnsignedEntry.status == EntryStatus.CLOSED_DEATH)
    return db.session.scalar(select(func.count()).select_from(dead.with_only_columns(UnsignedEntry.id).subquery())) or 0


def notices(cursor: str | None = None, *, by: AdminLogin) -> Page[InformedNotice]:
    """Return the organisation's informed notices, newest first."""
    rows = select(InformedNotice).where(InformedNotice.organisation_id == by.organisation_id)
    return page(rows, (InformedNotice.signed_at, InformedNotice.id), cursor, newest_first=True)


def notice(notice_id: str, *, by: AdminLogin) -> InformedNotice:
    """Return one informed notice of the organisation. Raises NotFound."""
    found = db.session.scalar(
        select(InformedNotice).where(
            InformedNotice.id == notice_id, InformedNotice.organisation_id == by.organisation_id
        )
    )
    if found is None:
        raise NotFound()
    return found
