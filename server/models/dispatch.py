"""The moves of models.delivery for many notifications at once: one prepared statement for all rows of a step.

In the caller's transaction. Each statement is conditional; ``NotAll`` says that a row was not as the caller took it to
be, and the caller takes the step back and does it row by row.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, update

from server.database import db, insert_at_once, plain
from server.models.consent import PushConsent
from server.models.notification import MOVES, Attempt, Notification
from server.models.notification import NotificationStatus as N

_row, _try, _consent = plain(Notification).c, plain(Attempt).c, plain(PushConsent).c
_BEGIN = (
    update(plain(Notification))
    .where(
        _row.id == bindparam("row_id"),
        _row.status == N.CREATED,
        _row.attempts == bindparam("tried"),
        _row.next_attempt_at == bindparam("reserved_until"),
    )
    .values(
        status=N.SENDING, attempts=bindparam("number"), lease_until_at=bindparam("lease"), channel=bindparam("over")
    )
)
_ACCEPTED = (
    update(plain(Notification))
    .where(_row.id == bindparam("row_id"), _row.status == N.SENDING, _row.attempts == bindparam("number"))
    .values(status=N.SENT, provider_ref=bindparam("ref"), sent_at=bindparam("now"), reason=None)
)
_END = (
    update(plain(Attempt))
    .where(_try.notification_id == bindparam("row_id"), _try.number == bindparam("which"))
    .values(ended_at=bindparam("now"), outcome=bindparam("what"), errcode=None)
)
_USE_UP = (
    update(plain(PushConsent))
    .where(
        _consent.user_id == bindparam("who"),
        _consent.template == bindparam("which"),
        _consent.one_time_left > 0,
        _consent.is_long_term.is_(False),
    )
    .values(one_time_left=_consent.one_time_left - 1, updated_at=bindparam("now"))
)
_RELEASE = (
    update(plain(Notification))
    .where(
        _row.id == bindparam("row_id"),
        _row.status == N.CREATED,
        _row.next_attempt_at == bindparam("reserved_until"),
    )
    .values(next_attempt_at=bindparam("due"))
)
if N.SENDING not in MOVES[N.CREATED] or N.SENT not in MOVES[N.SENDING]:
    raise RuntimeError("these statements draw arrows that docs/states.md does not")


class NotAll(Exception):
    """Some of the rows had been changed by somebody else meanwhile."""


def reserve(ids: Sequence[str], until: datetime) -> None:
    """Keep waiting rows from every other sender until an instant; the caller holds their locks."""
    _put(ids, next_attempt_at=until)


def count_on(ids: Sequence[str], day: date) -> None:
    """Note against which day's limit waiting rows are counted."""
    _put(ids, counted_on=day)


def begin(tries: Sequence[dict[str, Any]], at: datetime, lease_until: datetime) -> None:
    """Note that reserved rows are being sent from now on, each with the record of its try.

    Args:
        tries: row_id, tried (tries before), reserved_until and channel of each.
    Raises:
        NotAll.
    """
    _all(
        _BEGIN,
        [
            {
                "row_id": one["row_id"],
                "tried": one["tried"],
                "reserved_until": one["reserved_until"],
                "number": one["tried"] + 1,
                "lease": lease_until,
                "over": one["channel"],
            }
            for one in tries
        ],
    )
    insert_at_once(
        Attempt,
        *(
            {
                "notification_id": one["row_id"],
                "number": one["tried"] + 1,
                "channel": one["channel"],
                "started_at": at,
            }
            for one in tries
        ),
    )


def accepted(done: Sequence[tuple[str, int, str | None]], at: datetime, outcome: str) -> None:
    """Note that WeChat accepted these: row id, attempt number and WeChat's message id of each. Raises NotAll."""
    _all(_ACCEPTED, [{"row_id": row_id, "number": number, "ref": ref, "now": at} for row_id, number, ref in done])
    ended = [{"row_id": row_id, "which": number, "now": at, "what": outcome} for row_id, number, _ in done]
    db.session.connection().execute(_END, ended)


def use_up_consents(accepts: Sequence[tuple[str, str]], at: datetime) -> None:
    """Count one accepted message each against what people allowed: pairs of user id and template."""
    if accepts:
        used = [{"who": user_id, "which": template, "now": at} for user_id, template in accepts]
        db.session.connection().execute(_USE_UP, used)


def release(kept: Sequence[tuple[str, datetime, datetime]]) -> None:
    """Let reserved rows wait as before: row id, until when it was reserved, and when it was due."""
    if kept:
        given = [{"row_id": row_id, "reserved_until": until, "due": due} for row_id, until, due in kept]
        db.session.connection().execute(_RELEASE, given)


def _put(ids: Sequence[str], **columns: Any) -> None:
    if ids:
        waiting = update(plain(Notification)).where(_row.id.in_(ids), _row.status == N.CREATED)
        db.session.connection().execute(waiting.values(**columns))


def _all(statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if db.session.connection().execute(statement, list(rows)).rowcount != len(rows):
        raise NotAll()
