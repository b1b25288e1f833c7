"""Sessions of an approved file become shifts and slots, some rows at a time."""

from functools import partial

from sqlalchemy.orm import Session

from server import clock
from server.access import import_rows, import_sessions
from server.access.import_rows import Verdict
from server.actions.booking import sessions, supply
from server.actions.booking.sessions import Plan
from server.database import retried, transaction
from server.models import ImportBatch, RowOutcome, SlotKind, Specialist, entering
from server.policy.backfill import Purpose
from server.policy.schema import Policy


def enter_next(policy: Policy, rows: int = entering.GROUP_ROWS) -> bool:
    """Enter the next rows of an approved file of sessions, in one transaction with the note of how far the file is.

    Each row is judged again; when the database refuses the group, its rows are entered one by one.

    Returns:
        False when no file is being entered.
    """
    step = partial(_enter, policy=policy)
    return entering.together_or_alone(Purpose.SHIFTS, lambda batch_id: partial(step, batch_id), rows)


@retried
def _enter(batch_id: str, seen: int, most: int, *, policy: Policy, is_taken: bool = False) -> bool:
    at = clock.now()
    with transaction() as session:
        batch = session.get_one(ImportBatch, batch_id, populate_existing=True)
        rows = import_rows.rows_from(batch, seen, most)
        if not rows or not entering.advance(batch_id, seen, len(rows)):
            return False
        ready = entering.approved(batch_id, rows[0].index, rows[-1].index)
        verdicts = import_sessions.judge(batch, [row for row in rows if row.index in ready], policy)
        good = [verdict for verdict in verdicts if verdict.outcome is RowOutcome.READY]
        for verdict in good if is_taken else ():
            verdict.refuse("doctor_busy")
        plans = [_plan(session, verdict) for verdict in good if verdict.outcome is RowOutcome.READY]
        session.flush()
        sessions.save(session, plans, policy.booking)
        results = [
            {"id": ready[verdict.row.index], "outcome": verdict.outcome, "codes": ",".join(verdict.codes)[:255]}
            for verdict in verdicts
        ]
        entering.settle(batch, seen + len(rows), results, at)
    return True


def _plan(session: Session, verdict: Verdict) -> Plan:
    row, hospital = verdict.session, verdict.hospital
    assert row is not None and hospital is not None and verdict.merge_key is not None
    department = supply.department_of(session, hospital.id, row.department)
    doctor: Specialist | None = None
    if row.doctor:
        doctor = supply.specialist_of(session, department, row.doctor, row.title)
    starts_at, ends_at = import_sessions.times_of(row)
    verdict.outcome = RowOutcome.ENTERED
    return Plan(
        hospital=hospital,
        department_id=department.id,
        specialist_id=doctor.id if doctor else None,
        kind=SlotKind(row.kind),
        label="" if doctor else row.label,
        parts=sessions.cut(starts_at, ends_at, row.capacity, other=row.other, minutes=row.minutes),
        origin_key=import_sessions.origin_key(verdict.merge_key),
    )
