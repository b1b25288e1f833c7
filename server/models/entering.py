"""Entering the rows of an approved file, whatever they are: how far it is, which rows were approved, what became of them.

Works in the caller's transaction, except ``together_or_alone``, which calls an action for each.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server.database import db
from server.models import audit, states
from server.models.actor import CLOCK
from server.models.importing import ImportBatch, ImportRow, ImportStatus, RowOutcome

logger = logging.getLogger(__name__)

GROUP_ROWS = 250
"""Rows of one transaction."""


class Step(Protocol):
    """Enters rows from an index on, in one transaction; False when there are none, or another process has them."""

    def __call__(self, seen: int, most: int, *, is_taken: bool = False) -> bool: ...


def together_or_alone(kind: str, step_of: Callable[[str], Step], rows: int) -> bool:
    """Enter the next rows of the oldest approved file of a kind.

    Args:
        step_of: gives the step for a batch's id. When the database refuses the group, its rows are entered one by one;
            the one that it refuses alone, too, is told to have been taken by somebody meanwhile.
    Returns:
        False when no file is being entered.
    """
    found = db.session.execute(
        select(ImportBatch.id, ImportBatch.rows_run)
        .where(ImportBatch.status == ImportStatus.RUNNING, ImportBatch.kind == kind)
        .order_by(ImportBatch.reviewed_at)
        .limit(1)
    ).first()
    if found is None:
        return False
    step = step_of(found.id)
    try:
        step(found.rows_run, rows)
    except IntegrityError as cause:
        logger.warning("Rows of import %s are entered one by one", found.id, exc_info=cause)
        for index in range(found.rows_run, found.rows_run + rows):
            if not _alone(step, index):
                break
    return True


def _alone(step: Step, index: int) -> bool:
    try:
        return step(index, 1)
    except IntegrityError:
        return step(index, 1, is_taken=True)


def advance(batch_id: str, seen: int, count: int) -> bool:
    """Take the rows before anything is done with them: a second process, or one that comes back late, gets none."""
    statement = (
        update(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.status == ImportStatus.RUNNING, ImportBatch.rows_run == seen)
        .values(rows_run=seen + count)
        .execution_options(synchronize_session=False)
    )
    return bool(db.session.execute(statement).rowcount == 1)  # type: ignore[attr-defined]


def approved(batch_id: str, first: int, last: int) -> dict[int, str]:
    """Return the ids of the rows the dry run found good, by index: only those were approved."""
    found = select(ImportRow.row_index, ImportRow.id).where(
        ImportRow.batch_id == batch_id,
        ImportRow.row_index.between(first, last),
        ImportRow.outcome == RowOutcome.READY,
    )
    return {row.row_index: row.id for row in db.session.execute(found)}


def settle(batch: ImportBatch, upto: int, results: list[dict[str, Any]], at: datetime) -> None:
    """Write what became of the rows; with the last one the file is done.

    Args:
        upto: how many rows have been entered. results: columns of ImportRow by its id.
    """
    if results:
        db.session.execute(update(ImportRow), results)
    if upto >= batch.rows_read:
        states.move(batch, ImportStatus.DONE, by=CLOCK, at=at, finished_at=at)
        audit.record("import_finished", batch, by=CLOCK, at=at)
