"""Mass transfer (整体移交): a team closes, and its residents go to others on a day of which they hear ahead (L18, TM-19)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing.refusals import (
    NoticeTooShort,
    PlacesTooFew,
    TargetInvalid,
    TeamClosed,
    TransferOver,
    TransferPlanned,
)
from server.actions.signing.steps import S, tell_resident, withdraw_row
from server.database import db, retried, transaction
from server.models import (
    Agreement,
    EntryState,
    MassTransfer,
    Team,
    TransferEntry,
    TransferReason,
    TransferTarget,
    audit,
)
from server.models import transfer as transfers
from server.models.actor import CLOCK, Actor
from server.models.agreement import IN_FORCE
from server.policy.schema import Policy

BATCH_ROWS = 50
NOT_BEGUN = (S.DRAFT, S.PENDING_RESIDENT, S.PENDING_TEAM, S.PENDING_PAYMENT)


@dataclass(frozen=True)
class Target:
    """A team that takes residents, and at most how many."""

    team: Team
    places: int


@dataclass(frozen=True)
class Preview:
    """What a mass transfer would mean today."""

    residents: int
    places: int
    """What the chosen teams would take together."""
    earliest_on: date
    """The first day that leaves the residents the time the region wants."""


def earliest_move(policy: Policy, today: date) -> date:
    """Return the first day on which residents told today may be moved. Source: policy key teams.transfer_notice_days."""
    return today + timedelta(days=policy.teams.transfer_notice_days)


def preview_transfer(team: Team, targets: list[Target], policy: Policy) -> Preview:
    """Count before anything is decided; one indexed count, whatever the table's size."""
    residents = _in_force(team.id)
    return Preview(residents, sum(target.places for target in targets), earliest_move(policy, clock.today()))


@retried
def plan_transfer(
    team: Team, targets: list[Target], *, reason: TransferReason, move_on: date, policy: Policy, by: Actor
) -> MassTransfer:
    """Close a team to newcomers and plan the day on which others take over; a job lists and tells its residents.

    Whoever has not begun with this team is told at once, by the same job, to choose another one.

    Raises:
        TransferPlanned: one is on its way. NoticeTooShort, TargetInvalid, PlacesTooFew.
    Source:
        domain.md L18; policy key teams.transfer_notice_days.
    """
    at = clock.now()
    today = clock.local(at).date()
    if move_on < earliest_move(policy, today):
        raise NoticeTooShort(
            f"须提前{policy.teams.transfer_notice_days}天通知居民", earliest_on=str(earliest_move(policy, today))
        )
    try:
        with transaction() as session:
            session.execute(select(Team.id).where(Team.id == team.id).with_for_update())
            session.refresh(team)
            if team.closes_on is not None:
                raise TransferPlanned()
            for target in targets:
                _check_target(team, target)
            if not targets or sum(target.places for target in targets) < _in_force(team.id):
                raise PlacesTooFew()
            team.is_open, team.closes_on = False, move_on
            planned = MassTransfer(
                team=team,
                reason=reason,
                state="planned",
                open_key=team.id,
                told_on=today,
                move_on=move_on,
                created_at=at,
                created_by=by.id,
            )
            session.add(planned)
            session.flush()
            for position, target in enumerate(targets):
                row = TransferTarget(
                    transfer_id=planned.id, team_id=target.team.id, position=position, places=target.places
                )
                session.add(row)
            session.flush()
            audit.record("transfer_planned", planned, by=by, at=at)
    except IntegrityError as cause:
        raise TransferPlanned() from cause
    return planned


def _check_target(team: Team, target: Target) -> None:
    if target.team.id == team.id or target.places < 1:
        raise TargetInvalid()
    if not target.team.takes_residents or target.team.lead is None:
        raise TeamClosed()
    if target.places > target.team.places_left:
        raise PlacesTooFew(f"{target.team.name}只剩{target.team.places_left}个名额")


@retried
def cancel_transfer(planned: MassTransfer, *, by: Actor) -> MassTransfer:
    """Call it off before the day: the team goes on, and whoever was told is told that nothing changes.

    Raises:
        TransferOver: it has begun, or was cancelled.
    """
    at = clock.now()
    with transaction() as session:
        session.execute(select(MassTransfer.id).where(MassTransfer.id == planned.id).with_for_update())
        session.refresh(planned)
        if planned.state == "cancelled":
            return planned
        if planned.state != "planned" or planned.move_on <= clock.local(at).date():
            raise TransferOver()
        planned.state, planned.open_key, planned.ended_at = "cancelled", None, at
        planned.team.is_open, planned.team.closes_on = True, None
        session.flush()
        audit.record("transfer_cancelled", planned, by=by, at=at)
    return planned


@retried
def tell_cancelled_next(policy: Policy) -> bool:
    """Tell some residents of a cancelled transfer that they stay with their team."""
    at = clock.now()
    with transaction() as session:
        rows = session.scalars(
            select(TransferEntry)
            .join(MassTransfer, MassTransfer.id == TransferEntry.transfer_id)
            .where(MassTransfer.state == "cancelled", TransferEntry.state == EntryState.WAITING)
            .order_by(TransferEntry.transfer_id, TransferEntry.id)
            .limit(BATCH_ROWS)
        ).all()
        for entry in rows:
            if transfers.settle_entry(entry.id, EntryState.GONE, at=at):
                agreement = session.get_one(Agreement, entry.agreement_id)
                tell_resident(agreement, "transfer_cancelled", f"transfer_cancelled:{entry.id}", at)
    return bool(rows)


@retried
def list_transfer_next(policy: Policy) -> bool:
    """Put some residents of closing teams on their list, each with the team planned for him, and tell each once.

    Residents whose agreement begins after the plan was made are listed as soon as it does.

    Returns:
        Whether there was somebody.
    """
    at = clock.now()
    with transaction() as session:
        for planned in session.scalars(_planned()).unique():
            listed = select(TransferEntry.id).where(
                TransferEntry.transfer_id == planned.id, TransferEntry.agreement_id == Agreement.id
            )
            found = session.scalars(
                select(Agreement)
                .where(Agreement.team_id == planned.from_team_id, Agreement.status.in_(IN_FORCE), ~listed.exists())
                .order_by(Agreement.id)
                .limit(BATCH_ROWS)
            ).all()
            for agreement in found:
                _list(planned, agreement, at)
            if found or _dismiss(planned, at):
                return True
    return False


def _list(planned: MassTransfer, agreement: Agreement, at: datetime) -> None:
    target_id = next_target(planned.id)
    entry = TransferEntry(
        transfer_id=planned.id,
        agreement_id=agreement.id,
        resident_id=agreement.resident_id,
        to_team_id=target_id,
        state=EntryState.WAITING if target_id else EntryState.STUCK,
        told_at=at,
    )
    db.session.add(entry)
    db.session.flush()
    tell_resident(
        agreement, "transfer_planned", f"transfer_planned:{entry.id}", at, move_on=planned.move_on.isoformat()
    )


def next_target(transfer_id: str) -> str | None:
    """Take a place of the first target that has one left."""
    left = select(TransferTarget).where(
        TransferTarget.transfer_id == transfer_id, TransferTarget.assigned < TransferTarget.places
    )
    for target in db.session.scalars(left.order_by(TransferTarget.position)).unique():
        taken = db.session.execute(
            update(TransferTarget)
            .where(TransferTarget.id == target.id, TransferTarget.assigned < TransferTarget.places)
            .values(assigned=TransferTarget.assigned + 1)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount == 1:  # type: ignore[attr-defined]
            db.session.expire(target)
            return target.team_id
    return None


def _dismiss(planned: MassTransfer, at: datetime) -> bool:
    """Withdraw some of what has not begun with a closing team, and tell who waited to choose another one."""
    rows = db.session.scalars(
        select(Agreement)
        .where(Agreement.team_id == planned.from_team_id, Agreement.status.in_(NOT_BEGUN))
        .order_by(Agreement.id)
        .limit(BATCH_ROWS)
    ).all()
    for row in rows:
        withdraw_row(row, by=CLOCK, at=at, reason="team_closes")
        tell_resident(row, "agreement_decided", f"agreement_decided:{row.id}", at, result="未通过")
    return bool(rows)


@retried
def object_to_transfer(entry: TransferEntry, *, choice: str, team: Team | None, note: str, by: Actor) -> TransferEntry:
    """Say what a resident wants instead: to end, or another team he picks; or, with "", that he is content after all.

    He may change his mind until the day before the move.

    Raises:
        TransferOver: the day has come. TargetInvalid, TeamClosed: that team takes nobody.
    """
    at = clock.now()
    with transaction() as session:
        session.execute(select(TransferEntry.id).where(TransferEntry.id == entry.id).with_for_update())
        session.refresh(entry)
        planned = entry.transfer
        session.refresh(planned)
        is_open = entry.state in (EntryState.WAITING, EntryState.STUCK) and planned.state == "planned"
        if not is_open or planned.move_on <= clock.local(at).date():
            raise TransferOver()
        if choice == "other_team":
            if team is None or team.id == planned.from_team_id:
                raise TargetInvalid()
            if not team.takes_residents or team.places_left < 1:
                raise TeamClosed()
        _give_target_back(entry)
        entry.choice, entry.note, entry.chosen_at = choice, note.strip(), at
        if choice == "other_team" and team is not None:
            entry.to_team_id, entry.state = team.id, EntryState.WAITING
        elif choice == "end":
            entry.to_team_id, entry.state = None, EntryState.WAITING
        else:
            entry.to_team_id = next_target(planned.id)
            entry.state = EntryState.WAITING if entry.to_team_id else EntryState.STUCK
        session.flush()
        session.refresh(entry)
        audit.record("transfer_answered", entry, by=by, at=at)
    return entry


def _give_target_back(entry: TransferEntry) -> None:
    if entry.choice or entry.to_team_id is None:  # his own pick took no place of a target
        return
    db.session.execute(
        update(TransferTarget)
        .where(
            TransferTarget.transfer_id == entry.transfer_id,
            TransferTarget.team_id == entry.to_team_id,
            TransferTarget.assigned > 0,
        )
        .values(assigned=TransferTarget.assigned - 1)
        .execution_options(synchronize_session=False)
    )


@retried
def add_target(planned: MassTransfer, target: Target, *, by: Actor) -> MassTransfer:
    """Let one more team take residents, also after the day; whoever was stuck is planned again.

    Raises:
        TransferOver, TargetInvalid, TeamClosed, PlacesTooFew.
    """
    at = clock.now()
    with transaction() as session:
        session.execute(select(MassTransfer.id).where(MassTransfer.id == planned.id).with_for_update())
        session.refresh(planned)
        if planned.state != "planned":
            raise TransferOver()
        _check_target(planned.team, target)
        known = session.scalar(
            select(TransferTarget).where(
                TransferTarget.transfer_id == planned.id, TransferTarget.team_id == target.team.id
            )
        )
        if known is None:
            most = select(func.max(TransferTarget.position)).where(TransferTarget.transfer_id == planned.id)
            position = (session.scalar(most) or 0) + 1
            session.add(
                TransferTarget(transfer_id=planned.id, team_id=target.team.id, position=position, places=target.places)
            )
        else:
            known.places += target.places
        session.execute(
            update(TransferEntry)
            .where(TransferEntry.transfer_id == planned.id, TransferEntry.state == EntryState.STUCK)
            .values(state=EntryState.WAITING, to_team_id=None, choice="")
            .execution_options(synchronize_session=False)
        )
        session.flush()
        session.expire(planned)
        audit.record("transfer_target_added", planned, by=by, at=at)
    return planned


def _planned() -> Select[MassTransfer]:
    return select(MassTransfer).where(MassTransfer.state == "planned").order_by(MassTransfer.move_on, MassTransfer.id)


def _in_force(team_id: str) -> int:
    found = select(func.count(Agreement.id)).where(Agreement.team_id == team_id, Agreement.status.in_(IN_FORCE))
    return db.session.scalar(found) or 0
