"""Walking over what the clock must speak of, in batches that each are one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from server import clock
from server.database import retried, transaction

BATCH = 200

KeepGoing = Callable[[], bool]


def walked(rows: Select[Any], model: Any, step: Callable[[Any, datetime], int], keep_going: KeepGoing) -> int:
    """Look at the rows of a selection by id, so many in one transaction, until there is none or no time left.

    Args:
        rows: a selection of `model`; it may bring joined collections with it.
        step: leaves the notes of one row at a time and says how many are new.
    Returns:
        How many notes are new.
    """
    told, after = 0, ""
    while keep_going():
        count, last = _batch(rows.where(model.id > after).order_by(model.id).limit(BATCH), step)
        told += count
        if last is None:
            break
        after = last
    return told


@retried
def _batch(rows: Select[Any], step: Callable[[Any, datetime], int]) -> tuple[int, str | None]:
    at = clock.now()
    with transaction() as session:
        found = list(session.scalars(rows).unique())
        told = sum(step(row, at) for row in found)
    return told, found[-1].id if len(found) == BATCH else None
