"""What administrators decide about a file: which column is which, whether its rows are entered, or not at all."""

import json

from sqlalchemy import func, select

from server import clock
from server.actions.importing.refusals import (
    ImportClosed,
    ImportColumnsMissing,
    ImportNothingReady,
    ImportSecondPersonNeeded,
)
from server.database import db, retried, transaction
from server.models import AdminLogin, ImportBatch, ImportRow, ImportStatus, RowOutcome, audit, states
from server.models.actor import Actor
from server.policy.backfill import COLUMNS, Purpose, missing
from server.policy.schema import Policy


@retried
def choose_columns(batch: ImportBatch, mapping: dict[str, int], *, by: Actor) -> ImportBatch:
    """Say which column is which, and have the file checked (again).

    Args:
        mapping: our column → position in the row, from 0.
    Raises:
        ImportColumnsMissing; states.IllegalMove: it is being checked, or was entered already.
    """
    at = clock.now()
    with transaction() as session:
        session.refresh(batch)
        purpose = Purpose(batch.kind)
        known = {key: at for key, at in mapping.items() if key in {one.key for one in COLUMNS[purpose]}}
        absent = missing(purpose, known)
        twice = {key for key, position in known.items() if list(known.values()).count(position) > 1}
        if absent or twice:
            says = {one.key: "必填，请选择对应的列" for one in absent} | dict.fromkeys(twice, "同一列不能对应两项")
            raise ImportColumnsMissing(fields=says)
        states.move(
            batch, ImportStatus.CHECKING, by=by, at=at, reason="columns", mapping=json.dumps(known), rows_checked=0
        )
        audit.record("import_columns_chosen", batch, by=by, at=at)
    return batch


@retried
def approve(batch: ImportBatch, *, admin: AdminLogin, policy: Policy, by: Actor) -> ImportBatch:
    """Have the rows entered that the dry run found good; of signings the second of two administrators says so (L22).

    Raises:
        ImportSecondPersonNeeded, ImportNothingReady, ImportClosed; states.IllegalMove: no report yet, or already run.
    """
    at = clock.now()
    is_signing = batch.kind == Purpose.BACKFILL
    if is_signing and not policy.records.import_enabled:
        raise ImportClosed()
    with transaction() as session:
        session.refresh(batch)
        if is_signing and batch.uploaded_by == admin.id:
            raise ImportSecondPersonNeeded()
        if batch.status == ImportStatus.CHECKED and not _ready(batch):
            raise ImportNothingReady()
        states.move(batch, ImportStatus.RUNNING, by=by, at=at, reviewed_by=admin.id, reviewed_at=at)
        audit.record("import_approved", batch, by=by, at=at)
    return batch


def _ready(batch: ImportBatch) -> int:
    ready = select(func.count(ImportRow.id)).where(
        ImportRow.batch_id == batch.id, ImportRow.outcome == RowOutcome.READY
    )
    return db.session.scalar(ready) or 0


@retried
def cancel(batch: ImportBatch, *, by: Actor) -> ImportBatch:
    """Stop working on a file. What was entered stays entered; the report says which rows. Twice is once."""
    at = clock.now()
    with transaction() as session:
        session.refresh(batch)
        if batch.status == ImportStatus.CANCELLED:
            return batch
        states.move(batch, ImportStatus.CANCELLED, by=by, at=at, open_key=None, finished_at=at)
        audit.record("import_cancelled", batch, by=by, at=at)
    return batch


@retried
def note_download(batch: ImportBatch, *, by: Actor) -> None:
    """Note that somebody took a report away."""
    at = clock.now()
    with transaction():
        audit.record("import_report_downloaded", batch, by=by, at=at)
