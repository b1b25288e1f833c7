"""Deleting what a file held, some days after the work is over; the result of each row stays, without its content."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from server import clock
from server.database import retried, transaction
from server.models import ImportBatch, ImportFilePart, ImportPiece, ImportRow, ImportStatus
from server.models.importing import OVER

ROWS_AT_ONCE = 2000
IDLE = (ImportStatus.MAPPING, ImportStatus.CHECKED)


@retried
def forget_next(keep_days: int) -> bool:
    """Delete the content of one file whose work ended ``keep_days`` ago, or which nobody took up for three times as long.

    Returns:
        False when none is left.
    """
    at = clock.now()
    before = at - timedelta(days=keep_days)
    with transaction() as session:
        is_old = ImportBatch.status.in_(OVER) & (ImportBatch.finished_at < before)
        is_idle = ImportBatch.status.in_(IDLE) & (ImportBatch.uploaded_at < at - timedelta(days=3 * keep_days))
        batch_id = session.scalar(
            select(ImportBatch.id).where(ImportBatch.purged_at.is_(None), is_old | is_idle).limit(1)
        )
        if batch_id is None:
            return False
        for model in (ImportFilePart, ImportPiece):
            session.execute(
                delete(model).where(model.batch_id == batch_id).execution_options(synchronize_session=False)
            )
        faulty = select(ImportRow.id).where(ImportRow.batch_id == batch_id, ImportRow.cells.is_not(None))
        ids = list(session.scalars(faulty.limit(ROWS_AT_ONCE)))
        if ids:
            session.execute(
                update(ImportRow)
                .where(ImportRow.id.in_(ids))
                .values(cells=None)
                .execution_options(synchronize_session=False)
            )
        else:
            session.execute(
                update(ImportBatch)
                .where(ImportBatch.id == batch_id)
                .values(purged_at=at)
                .execution_options(synchronize_session=False)
            )
    return True
