"""The monthly list of people who should be signed: made once a month, finished by signing, death, moving or a reason."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access import unsigned as access
from server.database import db, retried, transaction
from server.ids import new_id
from server.models import Agreement, AgreementStatus, Resident, UnsignedEntry, WorklistRun, states
from server.models import refusal as model
from server.models.actor import CLOCK
from server.models.agreement import IN_FORCE
from server.models.population import groups_of
from server.models.refusal import EntryStatus, Source
from server.policy.schema import Policy

STEP_ROWS = 300
LAPSED_DAYS = 30
"""How long after its end an agreement without a successor still brings its resident onto the list."""


def month_of(day: date) -> str:
    """Return the month of a list: 2026-03."""
    return f"{day:%Y-%m}"


def list_next(policy: Policy) -> bool:
    """Put the next people of key groups who have no agreement on this month's list (AG-22, SG-20).

    One pass over the residents by id, a few hundred a step; where it stopped is kept, so any process continues. People
    whose reason needs no new look yet are left out, as are those nobody answers for.

    Returns:
        Whether the pass goes on.
    Source:
        policy keys groups.key, refusal.review_after_months.
    """
    month = month_of(clock.today())
    try:
        return _list_next(month, policy)
    except IntegrityError:
        return _list_next(month, policy)  # two processes began the month at once


@retried
def _list_next(month: str, policy: Policy) -> bool:
    at = clock.now()
    with transaction() as session:
        run = session.scalar(select(WorklistRun).where(WorklistRun.month == month).with_for_update())
        if run is None:
            run = WorklistRun(month=month, last_resident_id="", made=0)
            session.add(run)
            session.flush()
        if run.finished_at is not None:
            return False
        residents = access.unsigned_after(run.last_resident_id, STEP_ROWS)
        if not residents:
            run.finished_at = at
            return False
        run.last_resident_id = residents[-1].id
        run.made += _list_key(residents, month, policy, at)
    return True


def _list_key(residents: list[Resident], month: str, policy: Policy, at: datetime) -> int:
    today = clock.local(at).date()
    order = {group: place for place, group in enumerate(access.key_groups(policy))}
    tags = groups_of([resident.id for resident in residents], today)
    ranks = {person: min((order[tag] for tag in found if tag in order), default=None) for person, found in tags.items()}
    key = [resident for resident in residents if ranks[resident.id] is not None]
    return _list(key, {person: rank for person, rank in ranks.items() if rank is not None}, month, Source.KEY, at)


def _list(people: Iterable[Resident], ranks: dict[str, int], month: str, source: Source, at: datetime) -> int:
    """Make the entries that are due; what was live before goes on in the new one."""
    people = list(people)
    ids = [resident.id for resident in people]
    listed = set(
        db.session.scalars(
            select(UnsignedEntry.resident_id).where(UnsignedEntry.resident_id.in_(ids), UnsignedEntry.month == month)
        )
    )
    left_out = listed | access.excused(ids, clock.local(at).date())
    homes, last = access.places_of(people), access.last_teams(ids)
    before = _live(ids)
    made = 0
    for resident in people:
        place = last.get(resident.id) or homes.get(resident.id)
        if place is None or resident.id in left_out:
            continue
        if resident.id in before:
            carried = EntryStatus.CARRIED
            states.move(before[resident.id], carried, by=CLOCK, at=at, **before[resident.id].key_for(carried))
        entry = UnsignedEntry(
            id=new_id(),
            resident_id=resident.id,
            month=month,
            organisation_id=place.organisation_id,
            team_id=place.team_id,
            area_id=resident.area_id,
            source=Source.LAPSED if resident.id in last and source == Source.KEY else source,
            priority=ranks[resident.id],
            status=EntryStatus.OPEN,
            live_key=resident.id,
            created_at=at,
        )
        db.session.add(entry)
        states.born(entry, by=CLOCK, at=at, reason=entry.source)
        made += 1
    return made


def _live(resident_ids: list[str]) -> dict[str, UnsignedEntry]:
    found = select(UnsignedEntry).where(UnsignedEntry.live_key.in_(resident_ids))
    return {row.resident_id: row for row in db.session.scalars(found).unique()}


@retried
def list_lapsed_next(policy: Policy) -> bool:
    """Put people whose agreement ended without a successor on the list of their last team (AG-13).

    Returns:
        Whether there were any.
    """
    at = clock.now()
    today = clock.local(at).date()
    month = month_of(today)
    order = {group: place for place, group in enumerate(access.key_groups(policy))}
    listed = select(UnsignedEntry.id).where(UnsignedEntry.resident_id == Resident.id, UnsignedEntry.month == month)
    with transaction() as session:
        found = (
            select(Resident.id)
            .join(Agreement, Agreement.resident_id == Resident.id)
            .where(
                Agreement.status == AgreementStatus.EXPIRED,
                Agreement.end_on >= today - timedelta(days=LAPSED_DAYS),
                *access.without_agreement(),
                ~listed.exists(),
                ~access.is_excused(today),
            )
            .limit(STEP_ROWS)
        )
        # on most nights there is nobody: ids first, which opens no row
        ids = list(dict.fromkeys(session.scalars(found)))
        if not ids:
            return False
        people = list(session.scalars(select(Resident).where(Resident.id.in_(ids)).order_by(Resident.id)))
        tags = groups_of([resident.id for resident in people], today)
        ranks = {
            person: min((order[tag] for tag in found if tag in order), default=len(order))
            for person, found in tags.items()
        }
        return _list(people, ranks, month, Source.LAPSED, at) > 0


@retried
def settle_batch(after: str) -> str | None:
    """Finish the entries of some people who signed elsewhere, died or moved to another institution's area meanwhile.

    Args:
        after: id of the last entry looked at, "" to begin.
    Returns:
        The id to go on from, None at the end.
    """
    at = clock.now()
    with transaction() as session:
        live = select(UnsignedEntry.id).join(Resident, Resident.id == UnsignedEntry.live_key)
        due = list(
            session.scalars(
                live.where(UnsignedEntry.id > after, _has_changed()).order_by(UnsignedEntry.id).limit(STEP_ROWS)
            )
        )
        if not due:
            return None
        rows = select(UnsignedEntry).where(UnsignedEntry.id.in_(due)).order_by(UnsignedEntry.id)
        entries = list(session.scalars(rows).unique())
        ids = [entry.resident_id for entry in entries]
        signed = set(
            session.scalars(
                select(Agreement.resident_id).where(
                    Agreement.resident_id.in_(ids), Agreement.status.in_((AgreementStatus.SIGNED, *IN_FORCE))
                )
            )
        )
        moved = [entry for entry in entries if entry.resident.area_id not in (None, entry.area_id)]
        homes = access.places_of([entry.resident for entry in moved])
        for entry in entries:
            to = _fate(entry, signed, homes)
            if to is not None:
                model.settle(entry.resident_id, to, by=CLOCK, at=at)
        return due[-1]


def _has_changed() -> ColumnElement[bool]:
    """The condition on live entries and their residents that makes them worth a look; most of them wait unchanged."""
    key = UnsignedEntry.live_key
    in_force = select(Agreement.id).where(Agreement.active_key == key).exists()
    signed = select(Agreement.id).where(Agreement.open_key == key, Agreement.status == AgreementStatus.SIGNED).exists()
    listed_elsewhere = or_(UnsignedEntry.area_id.is_(None), UnsignedEntry.area_id != Resident.area_id)
    moved = and_(Resident.area_id.is_not(None), listed_elsewhere)
    return or_(Resident.died_on.is_not(None), moved, in_force, signed)


def _fate(entry: UnsignedEntry, signed: set[str], homes: dict[str, access.Place]) -> EntryStatus | None:
    if entry.resident.died_on is not None:
        return EntryStatus.CLOSED_DEATH
    if entry.resident_id in signed:
        return EntryStatus.SIGNED
    home = homes.get(entry.resident_id)
    if home is not None and home.organisation_id != entry.organisation_id:
        return EntryStatus.CLOSED_MOVED
    return None
