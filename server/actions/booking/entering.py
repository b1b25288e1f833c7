"""Sessions of an approved file become shifts and slots, some rows at a time."""

import logging
from collections.abc import Sequence
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.access import import_rows, import_sessions
from server.access.import_rows import DataRow, Verdict
from server.actions.booking import sessions, supply
from server.actions.booking.sessions import Plan
from server.database import db, retried, transaction
from server.models import ImportBatch, ImportRow, ImportStatus, RowOutcome, SlotKind, Specialist, audit, states
from server.models.actor import CLOCK
from server.policy.backfill import Purpose
from server.policy.schema import Policy

logger = logging.getLogger(__name__)

GROUP_ROWS = 250


def enter_next(policy: Policy, rows: int = GROUP_ROWS) -> bool:
    """Enter the next rows of an approved file of sessions, in one transaction with the note of how far the file is.

    Each row is judged again; when the database refuses the group, its rows are entered one by one.

    Returns:
        False when no file is being entered.
    """
    found = db.session.execute(
        select(ImportBatch.id, ImportBatch.rows_run)
        .where(ImportBatch.status == ImportStatus.RUNNING, ImportBatch.kind == Purpose.SHIFTS)
        .order_by(ImportBatch.reviewed_at)
        .limit(1)
    ).first()
    if found is None:
        return False
    step = partial(_enter, found.id, policy=policy)
    try:
        step(found.rows_run, rows)
    except IntegrityError as cause:
        logger.warning("Rows of import %s are entered one by one", found.id, exc_info=cause)
        for index in range(found.rows_run, found.rows_run + rows):
            if not _enter_alone(step, index):
                break
    return True


def _enter_alone(step: "partial[bool]", index: int) -> bool:
    try:
        return step(index, 1)
    except IntegrityError:
        return step(index, 1, is_taken=True)


@retried
def _enter(batch_id: str, seen: int, most: int, *, policy: Policy, is_taken: bool = False) -> bool:
    at = clock.now()
    with transaction() as session:
        batch = session.get_one(ImportBatch, batch_id, populate_existing=True)
        rows = import_rows.rows_from(batch, seen, most)
        if not rows or not _advance(session, batch_id, seen, len(rows)):
            return False
        ready = _ready(session, batch_id, rows)
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
        if results:
            session.execute(update(ImportRow), results)
        if seen + len(rows) >= batch.rows_read:
            states.move(batch, ImportStatus.DONE, by=CLOCK, at=at, finished_at=at)
            audit.record("import_finished", batch, by=CLOCK, at=at)
    return True


def _advance(session: Session, batch_id: str, seen: int, count: int) -> bool:
    statement = (
        update(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.status == ImportStatus.RUNNING, ImportBatch.rows_run == seen)
        .values(rows_run=seen + count)
        .execution_options(synchronize_session=False)
    )
    return bool(session.execute(statement).rowcount == 1)  # type: ignore[attr-defined]


def _ready(session: Session, batch_id: str, rows: Sequence[DataRow]) -> dict[int, str]:
    found = select(ImportRow.row_index, ImportRow.id).where(
        ImportRow.batch_id == batch_id,
        ImportRow.row_index.between(rows[0].index, rows[-1].index),
        ImportRow.outcome == RowOutcome.READY,
    )
    return {row.row_index: row.id for row in session.execute(found)}


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
