"""What an administrator may see of money and of teams that are handed over: his own organisation's."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    AdminLogin,
    Agreement,
    AgreementStatus,
    ChangeState,
    EntryState,
    MassTransfer,
    Payment,
    PaymentKind,
    Team,
    TeamChange,
    TransferEntry,
)

CHOICES = 200
BATCH_ROWS = 500


def _own_teams(by: AdminLogin) -> Select[str]:
    return select(Team.id).where(Team.organisation_id == by.organisation_id)


def unpaid(cursor: str | None = None, *, by: AdminLogin) -> Page[Agreement]:
    """Return agreements whose own share the desk waits for, the first last day in front."""
    mine = Agreement.team_id.in_(_own_teams(by))
    rows = select(Agreement).where(mine, Agreement.status == AgreementStatus.PENDING_PAYMENT)
    return page(rows, (Agreement.answer_by_on, Agreement.id), cursor)


def payments(which: str, cursor: str | None = None, *, by: AdminLogin) -> Page[Payment]:
    """Return refunds that are ``due``, or everything that was paid and given back (``all``), newest first."""
    mine = select(Payment).join(Agreement, Agreement.id == Payment.agreement_id)
    mine = mine.where(Agreement.team_id.in_(_own_teams(by)))
    if which == "due":
        return page(mine.where(Payment.kind == PaymentKind.REFUND, Payment.state == "due"), (Payment.id,), cursor)
    return page(mine, (Payment.id,), cursor, newest_first=True)


def refund(payment_id: str, *, by: AdminLogin) -> Payment:
    """Return one refund. Raises NotFound."""
    mine = select(Payment).join(Agreement, Agreement.id == Payment.agreement_id)
    found = db.session.scalar(
        mine.where(Agreement.team_id.in_(_own_teams(by)), Payment.id == payment_id, Payment.kind == PaymentKind.REFUND)
    )
    if found is None:
        raise NotFound()
    return found


def transfers(cursor: str | None = None, *, by: AdminLogin) -> Page[MassTransfer]:
    """Return the organisation's mass transfers, newest first."""
    rows = select(MassTransfer).where(MassTransfer.from_team_id.in_(_own_teams(by)))
    return page(rows, (MassTransfer.id,), cursor, newest_first=True)


def transfer(transfer_id: str, *, by: AdminLogin) -> MassTransfer:
    """Return one mass transfer. Raises NotFound."""
    found = db.session.scalar(
        select(MassTransfer).where(MassTransfer.id == transfer_id, MassTransfer.from_team_id.in_(_own_teams(by)))
    )
    if found is None:
        raise NotFound()
    return found


def entries(planned: MassTransfer, cursor: str | None = None, state: str = "") -> Page[TransferEntry]:
    """Return the residents on a list, in one state or all."""
    rows = select(TransferEntry).where(TransferEntry.transfer_id == planned.id)
    if state:
        rows = rows.where(TransferEntry.state == state)
    return page(rows, (TransferEntry.id,), cursor)


def counts(planned: MassTransfer) -> dict[str, int]:
    """Return how many residents are in each state."""
    rows = select(TransferEntry.state, func.count()).where(TransferEntry.transfer_id == planned.id)
    found = {str(state): int(number) for state, number in db.session.execute(rows.group_by(TransferEntry.state))}
    return {str(state): found.get(str(state), 0) for state in EntryState}


def every_entry(planned: MassTransfer) -> Iterator[TransferEntry]:
    """Return the whole list, read in batches: it is as long as a team's panel at most."""
    after = ""
    while True:
        rows = db.session.scalars(
            select(TransferEntry)
            .where(TransferEntry.transfer_id == planned.id, TransferEntry.id > after)
            .order_by(TransferEntry.id)
            .limit(BATCH_ROWS)
        ).all()
        yield from rows
        if len(rows) < BATCH_ROWS:
            return
        after = rows[-1].id


def targets(team: Team) -> list[Team]:
    """Return the teams that could take residents of a closing one, those of the same organisation first."""
    rows = select(Team).where(Team.is_open, Team.lacks == "", Team.closes_on.is_(None), Team.id != team.id)
    near = Team.organisation_id == team.organisation_id
    found = db.session.scalars(rows.order_by(near.desc(), Team.name, Team.id).limit(CHOICES))
    return [one for one in found.unique() if one.places_left > 0 and one.lead is not None]


def target(team_id: str) -> Team:
    """Return a team that could take residents. Raises NotFound."""
    found = db.session.get(Team, team_id)
    if found is None:
        raise NotFound()
    return found


def late_changes(*, by: AdminLogin) -> int:
    """Return how many wishes for another team nobody answered in time."""
    late = (TeamChange.state == ChangeState.WAITING) & (TeamChange.answer_by_on < clock.today())
    rows = select(func.count(TeamChange.id)).where(late, TeamChange.from_team_id.in_(_own_teams(by)))
    return db.session.scalar(rows) or 0


def waiting_counts(*, by: AdminLogin) -> tuple[int, int, int]:
    """Return how many own shares are unpaid, refunds due, and residents for whom no team has a place."""
    mine = Agreement.team_id.in_(_own_teams(by))
    owed = select(func.count(Agreement.id)).where(mine, Agreement.status == AgreementStatus.PENDING_PAYMENT)
    due = (
        select(func.count(Payment.id))
        .join(Agreement, Agreement.id == Payment.agreement_id)
        .where(mine, Payment.kind == PaymentKind.REFUND, Payment.state == "due")
    )
    stuck = (
        select(func.count(TransferEntry.id))
        .join(MassTransfer, MassTransfer.id == TransferEntry.transfer_id)
        .where(MassTransfer.from_team_id.in_(_own_teams(by)), TransferEntry.state == EntryState.STUCK)
    )
    first, second, third = (db.session.scalar(rows) or 0 for rows in (owed, due, stuck))
    return first, second, third
