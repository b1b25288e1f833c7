"""Areas: keeping them, who coordinates them, which team answers for them, and where somebody lives."""

import re
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import Area, Organisation, Resident, Team, TeamArea, audit
from server.models.actor import Actor
from server.models.area import codes_around, level_of

CODE = re.compile(r"\d{6}(\d{3}(\d{3}(\d{3})?)?)?", re.ASCII)
MOST_LINES = 2000


class AreasInvalid(Invalid):
    """Lines cannot be used; ``details["rows"]`` says which and why."""

    code, default_message = "areas_invalid", "有区域代码或名称需要修改，没有保存任何一行"


class AreaCoordinated(Conflict):
    """Another institution coordinates the area."""

    code, default_message = "area_coordinated", "该区域已由其他机构负责，请先请对方解除"


class AreaAssigned(Conflict):
    """The team answers for the area already."""

    code, default_message = "area_assigned", "该团队已负责这个区域"


@dataclass(frozen=True)
class Named:
    """One line of an import: a code and the name people use."""

    code: str
    name: str


@retried
def keep(lines: list[Named], *, by: Actor) -> int:
    """Add areas, and give known ones a new name; all lines or none.

    Codes are those of the statistics bureau: county 6 digits, township 9, village 12, villager group 15. What an area
    lies in must be known or stand among the lines.

    Returns:
        How many lines there were.
    Raises:
        AreasInvalid.
    """
    wanted = {line.code: line.name for line in lines}
    at = clock.now()
    if not 0 < len(lines) <= MOST_LINES:
        raise AreasInvalid(f"一次请提交1到{MOST_LINES}行")
    with transaction() as session:
        around = {code for line in lines if CODE.fullmatch(line.code) for code in codes_around(line.code)}
        known = {row.code: row for row in session.scalars(select(Area).where(Area.code.in_(around)))}
        wrong = {
            str(number): why
            for number, line in enumerate(lines, start=1)
            if (why := _wrong(line, known.keys() | wanted.keys()))
        }
        if wrong:
            raise AreasInvalid(rows=wrong)
        for code, name in wanted.items():
            if code in known:
                known[code].name = name
                continue
            row = Area(code=code, level=level_of(code), name=name)
            session.add(row)
            session.flush()
            audit.record("area_kept", row, by=by, at=at)
    return len(lines)


def _wrong(line: Named, known: set[str]) -> str | None:
    if not CODE.fullmatch(line.code):
        return "代码应是6、9、12或15位数字"
    if not 0 < len(line.name) <= 64:
        return "请填写名称，最多64个字"
    around = codes_around(line.code)
    if len(around) > 1 and around[-2] not in known:
        return f"缺少上级区域 {around[-2]}"
    return None


@retried
def coordinate(area: Area, organisation: Organisation, *, by: Actor) -> Area:
    """Note which primary institution coordinates an area (TM-12). Raises AreaCoordinated when another one does."""
    at = clock.now()
    with transaction() as session:
        taken = session.execute(
            update(Area)
            .where(Area.id == area.id, Area.organisation_id.is_(None) | (Area.organisation_id == organisation.id))
            .values(organisation_id=organisation.id)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise AreaCoordinated()
        session.refresh(area)
        audit.record("area_coordinated", area, by=by, at=at)
    return area


@retried
def release(area: Area, organisation: Organisation, *, by: Actor) -> Area:
    """Let an area go, for another institution to coordinate. Raises AreaCoordinated when it is not ours."""
    at = clock.now()
    with transaction() as session:
        area = session.get_one(Area, area.id, with_for_update=True, populate_existing=True)
        if area.organisation_id not in (None, organisation.id):
            raise AreaCoordinated()
        area.organisation_id = None
        audit.record("area_released", area, by=by, at=at)
    return area


def assign(team: Team, area: Area, *, by: Actor) -> TeamArea:
    """Let a team answer for an area and everything in it. Raises AreaAssigned."""
    try:
        return _assign(team, area, by=by)
    except IntegrityError as cause:
        raise AreaAssigned() from cause


@retried
def _assign(team: Team, area: Area, *, by: Actor) -> TeamArea:
    with transaction() as session:
        row = TeamArea(team_id=team.id, area_id=area.id)
        session.add(row)
        session.flush()
        audit.record("team_area_assigned", row, by=by, at=clock.now())
    return row


@retried
def unassign(row: TeamArea, *, by: Actor) -> None:
    """Take an area from a team; unassigning twice is unassigning once."""
    with transaction() as session:
        found = session.get(TeamArea, row.id, with_for_update=True, populate_existing=True)
        if found is not None:
            audit.record("team_area_unassigned", found, by=by, at=clock.now())
            session.delete(found)


@retried
def live_at(resident: Resident, area: Area, address: str, *, by: Actor) -> Resident:
    """Note where a resident lives.

    Args:
        address: street and house, at most 128 characters; kept sealed.
    """
    with transaction():
        row = db.session.get_one(Resident, resident.id, with_for_update=True, populate_existing=True)
        row.area_id, row.address = area.id, address or None
        audit.record("address_recorded", row, by=by, at=clock.now())
    return row
