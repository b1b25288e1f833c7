"""The scheduler reads a file: which row holds the headings, and the rows, put away in sealed pieces."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain, islice

from sqlalchemy import delete, insert, select, update

from server import clock, sheets
from server.database import db, retried, transaction
from server.errors import AppError
from server.ids import new_id
from server.models import ImportBatch, ImportFilePart, ImportPiece, ImportStatus, states
from server.models.actor import CLOCK
from server.policy.backfill import EXAMPLE_MARK, Purpose, guess, missing
from server.sheets import Line

PIECE_ROWS = 500
HEADING_ROWS = 10
"""Titles and notes may stand above the headings."""
LEAST_HEADINGS = 2


def read_next(limits: sheets.Limits, keep_going: Callable[[], bool] = lambda: True) -> bool:
    """Read one uploaded file to its end, or until told to stop; it goes on later where it stood.

    Returns:
        False when no file waits.
    """
    found = db.session.execute(
        select(ImportBatch.id, ImportBatch.kind, ImportBatch.rows_read)
        .where(ImportBatch.status == ImportStatus.UPLOADED)
        .order_by(ImportBatch.uploaded_at)
        .limit(1)
    ).first()
    if found is None:
        return False
    try:
        _read(found.id, Purpose(found.kind), found.rows_read, limits, keep_going)
    except AppError as error:
        _fail(found.id, error.code)
    return True


def _read(batch_id: str, purpose: Purpose, index: int, limits: sheets.Limits, keep_going: Callable[[], bool]) -> None:
    headings, rows = _split(purpose, sheets.rows_of(_content(batch_id), limits))
    rows = islice(rows, index, None)
    while piece := list(islice(rows, PIECE_ROWS)):
        if index + len(piece) > limits.max_rows:
            raise sheets.TooManyRows()
        if not keep_going() or not _put_away(batch_id, index, piece):
            return
        index += len(piece)
    if index == 0:
        raise sheets.FileEmpty()
    _finish(batch_id, [cell.text for cell in headings.cells])


def _content(batch_id: str) -> bytes:
    parts = select(ImportFilePart.body).where(ImportFilePart.batch_id == batch_id).order_by(ImportFilePart.position)
    return b"".join(base64.b64decode(body) for body in db.session.scalars(parts))


def _split(purpose: Purpose, lines: Iterator[Line]) -> tuple[Line, Iterator[Line]]:
    """Return the row of headings, and what follows it without the template's example."""
    first = list(islice(lines, HEADING_ROWS))
    if not first:
        raise sheets.FileEmpty()
    known = [len(guess(purpose, [cell.text for cell in line.cells])) for line in first]
    at = max(range(len(first)), key=lambda position: known[position])
    if known[at] < LEAST_HEADINGS:
        at = 0
    following = chain(first[at + 1 :], lines)
    return first[at], (line for line in following if not _is_example(line))


def _is_example(line: Line) -> bool:
    return any(cell.text.startswith(EXAMPLE_MARK) for cell in line.cells[:2])


@retried
def _put_away(batch_id: str, index: int, piece: list[Line]) -> bool:
    """Keep some rows; False when the file was cancelled, or another process reads it."""
    body = json.dumps([[line.number, sheets.to_json(line.cells)] for line in piece], ensure_ascii=False)
    with transaction() as session:
        mine = session.execute(
            update(ImportBatch)
            .where(
                ImportBatch.id == batch_id, ImportBatch.status == ImportStatus.UPLOADED, ImportBatch.rows_read == index
            )
            .values(rows_read=index + len(piece))
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        if mine == 1:
            row = {"id": new_id(), "batch_id": batch_id, "first_index": index, "row_count": len(piece), "body": body}
            session.execute(insert(ImportPiece).values(**row))
    return bool(mine == 1)


@retried
def _finish(batch_id: str, headings: list[str]) -> None:
    """All rows are there: check them at once if every required column is known."""
    at = clock.now()
    with transaction() as session:
        fresh = session.get_one(ImportBatch, batch_id, populate_existing=True)
        if fresh.status != ImportStatus.UPLOADED:
            return
        mapping = guess(Purpose(fresh.kind), headings)
        to = ImportStatus.MAPPING if missing(Purpose(fresh.kind), mapping) else ImportStatus.CHECKING
        values = {"headings": json.dumps(headings, ensure_ascii=False), "mapping": json.dumps(mapping)}
        states.move(fresh, to, by=CLOCK, at=at, **values)
        session.execute(delete(ImportFilePart).where(ImportFilePart.batch_id == batch_id))


@retried
def _fail(batch_id: str, code: str) -> None:
    """A wrong file: say why, keep nothing of it."""
    at = clock.now()
    with transaction() as session:
        fresh = session.get_one(ImportBatch, batch_id, populate_existing=True)
        if fresh.status == ImportStatus.UPLOADED:
            states.move(
                fresh,
                ImportStatus.FAILED,
                by=CLOCK,
                at=at,
                reason=code,
                failure_code=code,
                open_key=None,
                finished_at=at,
            )
            _forget(batch_id, at)


def _forget(batch_id: str, at: datetime) -> None:
    for model in (ImportFilePart, ImportPiece):
        db.session.execute(delete(model).where(model.batch_id == batch_id).execution_options(synchronize_session=False))
    db.session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch_id)
        .values(purged_at=at)
        .execution_options(synchronize_session=False)
    )
