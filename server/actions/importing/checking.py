"""The dry run (预检): each row is judged and the verdict written down. Nobody is entered."""

import json
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from server import clock
from server.access import import_ledgers, import_rows, import_sessions
from server.access.import_rows import DataRow, Verdict
from server.database import db, retried, transaction
from server.ids import new_id
from server.models import ImportBatch, ImportRow, ImportStatus, RowOutcome, states
from server.models.actor import CLOCK
from server.policy.backfill import Purpose
from server.policy.schema import Policy

CHECK_ROWS = 250
FINE = (RowOutcome.READY, RowOutcome.SAME)


@retried
def check_next(policy: Policy) -> bool:
    """Judge the next rows of a file that is being checked. Returns False when no file is."""
    at = clock.now()
    with transaction() as session:
        batch = session.scalar(
            select(ImportBatch)
            .where(ImportBatch.status == ImportStatus.CHECKING)
            .order_by(ImportBatch.uploaded_at)
            .limit(1)
        )
        if batch is None:
            return False
        seen = batch.rows_checked
        rows = import_rows.rows_from(batch, seen, CHECK_ROWS)
        if not _advance(batch, seen, len(rows)):
            return True  # cancelled, or another process took these rows
        if seen == 0:
            session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
        verdicts = _judge(batch, rows, policy, at)
        if verdicts:
            session.execute(insert(ImportRow), [_row(batch.id, verdict) for verdict in verdicts])
        if seen + len(rows) >= batch.rows_read:
            is_ledger = batch.kind == Purpose.LEDGER
            to = ImportStatus.DONE if is_ledger else ImportStatus.CHECKED
            states.move(batch, to, by=CLOCK, at=at, finished_at=at if is_ledger else None)
    return True


def _advance(batch: ImportBatch, seen: int, count: int) -> bool:
    statement = (
        update(ImportBatch)
        .where(
            ImportBatch.id == batch.id, ImportBatch.status == ImportStatus.CHECKING, ImportBatch.rows_checked == seen
        )
        .values(rows_checked=seen + count)
        .execution_options(synchronize_session=False)
    )
    return bool(db.session.execute(statement).rowcount == 1)  # type: ignore[attr-defined]


def _judge(batch: ImportBatch, rows: list[DataRow], policy: Policy, at: datetime) -> list[Verdict]:
    today = clock.local(at).date()
    if batch.kind == Purpose.LEDGER:
        return import_ledgers.judge(batch, rows, today)
    if batch.kind == Purpose.SHIFTS:
        return import_sessions.judge(batch, rows, policy)
    return import_rows.judge_signed(batch, rows, policy, today)


def _row(batch_id: str, verdict: Verdict) -> dict[str, object]:
    """The row itself is kept only where somebody has to look at it."""
    start_on, end_on = import_rows.term_of(verdict)
    is_fine = verdict.outcome in FINE
    texts = {key: cell.text for key, cell in verdict.row.cells.items() if cell.text}
    return {
        "id": new_id(),
        "batch_id": batch_id,
        "row_index": verdict.row.index,
        "number": verdict.row.number,
        "outcome": verdict.outcome,
        "codes": ",".join(verdict.codes)[:255],
        "identity_hash": verdict.identity_hash,
        "merge_key": verdict.merge_key,
        "start_on": start_on,
        "end_on": end_on,
        "place": verdict.place,
        "agreement_id": verdict.agreement_id,
        "cells": None if is_fine else json.dumps(texts, ensure_ascii=False),
    }
