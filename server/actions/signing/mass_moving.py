"""The day of a mass transfer: one resident per step, each in one transaction, so that it goes on where it stopped (L18)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from server import clock
from server.actions.signing.cascade import end_service, live
from server.actions.signing.mass import next_target
from server.actions.signing.moving import Move, may_move, move, paper
from server.actions.signing.refusals import CapExceeded
from server.actions.signing.steps import S, tell_lead_of, tell_resident
from server.database import db, first, retried, transaction
from server.models import Agreement, EntryState, MassTransfer, TransferEntry, audit, states
from server.models import transfer as transfers
from server.models.actor import CLOCK
from server.models.agreement import IN_FORCE
from server.policy.schema import Policy


def move_next(policy: Policy) -> bool:
    """Move one resident whose team closes today or closed before, end with one who wanted none, or finish the transfer.

    Returns:
        Whether there was something to do. A resident for whom no place is left stays with the old team and is shown to
        the administrators; the transfer ends when nobody is left.
    """
    found = _next_entry()
    if found is None:
        return _finish_next()
    try:
        return _settle(found)
    except CapExceeded:
        return _stick(found)


def _next_entry() -> str | None:
    """The next one on the list; who began only today is moved tomorrow, because days are inclusive."""
    today = clock.today()
    return db.session.scalar(
        select(TransferEntry.id)
        .join(MassTransfer, MassTransfer.id == TransferEntry.transfer_id)
        .join(Agreement, Agreement.id == TransferEntry.agreement_id)
        .where(
            MassTransfer.state == "planned",
            MassTransfer.move_on <= today,
            TransferEntry.state == EntryState.WAITING,
            Agreement.start_on < today,
        )
        .order_by(TransferEntry.transfer_id, TransferEntry.id)
        .limit(1)
    )


@retried
def _settle(entry_id: str) -> bool:
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        entry = session.get_one(TransferEntry, entry_id)
        agreement = session.get_one(Agreement, entry.agreement_id)
        live(agreement.resident_id)
        session.refresh(agreement)
        session.refresh(entry)
        if entry.state != EntryState.WAITING:
            return True
        if agreement.status not in IN_FORCE or not may_move(agreement, today):
            transfers.settle_entry(entry.id, EntryState.GONE, at=at)
        elif entry.choice == "end" or agreement.status == S.TERMINATION_REQUESTED:
            _end(entry, agreement, today, at)
        elif not _has_target(entry):
            transfers.settle_entry(entry.id, EntryState.STUCK, at=at)
        else:
            _move(entry, agreement, at)
    return True


def _has_target(entry: TransferEntry) -> bool:
    """Whether a team is planned for him; whoever was stuck gets one now, if there is one."""
    if entry.to_team_id is None:
        entry.to_team_id = next_target(entry.transfer_id)
        db.session.flush()
        db.session.refresh(entry)
    return entry.to_team_id is not None


def _move(entry: TransferEntry, agreement: Agreement, at: datetime) -> None:
    assert entry.to_team is not None
    text = paper(agreement, entry.to_team, "handed_over", "rest", why=entry.transfer.reason_label)
    how = Move(to=entry.to_team, text=text, channel="mass_transfer")

    def done(successor: Agreement) -> None:
        transfers.settle_entry(entry.id, EntryState.MOVED, at=at, successor_id=successor.id)

    move(agreement, how, by=CLOCK, at=at, settle=done)


def _end(entry: TransferEntry, agreement: Agreement, today: date, at: datetime) -> None:
    """He wanted none of the teams, or had asked to end it: the old team served until yesterday."""
    transfers.settle_entry(entry.id, EntryState.ENDED, at=at)
    reason = "objected_to_transfer"
    if agreement.status in (S.CHANGE_REQUESTED, S.AUTO_RENEWED_UNCONFIRMED):
        states.move(agreement, S.ACTIVE, by=CLOCK, at=at, reason=reason)
    if agreement.status == S.ACTIVE:  # it ends because he asked for it
        states.move(agreement, S.TERMINATION_REQUESTED, by=CLOCK, at=at, reason=reason)
    last_on = today - timedelta(days=1)
    end_service(agreement.resident_id, S.TERMINATED, last_on, by=CLOCK, at=at, reason=reason)
    key = f"agreement_ended:{agreement.id}"
    tell_resident(agreement, "agreement_ended", key, at, item="签约服务", result="已终止")


@retried
def _stick(entry_id: str) -> bool:
    """The team filled up meanwhile: another target takes him, or somebody must look."""
    at = clock.now()
    with transaction() as session:
        entry = session.get_one(TransferEntry, entry_id, populate_existing=True)
        if entry.state == EntryState.WAITING:
            other = next_target(entry.transfer_id)
            if other is not None and other != entry.to_team_id:
                entry.to_team_id, entry.choice = other, ""
                session.flush()
            else:
                transfers.settle_entry(entry.id, EntryState.STUCK, at=at)
                audit.record("transfer_stuck", entry, by=CLOCK, at=at)
    return True


@retried
def _finish_next() -> bool:
    """Close one team of which nobody is left to serve."""
    at = clock.now()
    with transaction() as session:
        left = select(Agreement.id).where(
            Agreement.team_id == MassTransfer.from_team_id, Agreement.status.in_((*IN_FORCE, S.SIGNED))
        )
        due = select(MassTransfer.id).where(
            MassTransfer.state == "planned", MassTransfer.move_on <= clock.local(at).date()
        )
        planned = first(MassTransfer, due.where(~left.exists()).order_by(MassTransfer.id))
        if planned is None:
            return False
        planned.state, planned.open_key, planned.ended_at = "done", None, at
        session.flush()
        audit.record("transfer_done", planned, by=CLOCK, at=at)
        for target in planned.targets:
            if target.assigned:
                key = f"transfer_received:{planned.id}:{target.team_id}"
                tell_lead_of(target.team, planned, "transfer_received", key, at, number=str(target.assigned))
    return True
