"""The moves of models.delivery for many notifications at once: one statement for all rows of a step that are alike.

Not ``executemany``: the drivers of MySQL send such an UPDATE row by row, and a round trip costs more than a row.

In the caller's transaction. Each statement is conditional; ``NotAll`` says that a row was not as the caller took it to
be, and the caller takes the step back and does it row by row.
"""

import functools
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, update

from server.database import insert_at_once, once_each, plain, writing
from server.models.consent import PushConsent
from server.models.notification import MOVES, Attempt, Notification
from server.models.notification import NotificationStatus as N

_row, _try, _consent = plain(Notification).c, plain(Attempt).c, plain(PushConsent).c
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_status = func.coalesce(_row.status, "")
"""Rows are found by their ids: SQLite would rather walk through all that wait, by the index of the status."""
_BEGIN = (
    update(plain(Notification))
    .where(
        _row.id.in_(_ids),
        _status == N.CREATED,
        _row.attempts == bindparam("tried"),
        _row.next_attempt_at == bindparam("reserved_until"),
    )
    .values(
        status=N.SENDING, attempts=bindparam("number"), lease_until_at=bindparam("lease"), channel=bindparam("over")
    )
)
_END = (
    update(plain(Attempt))
    .where(_try.notification_id.in_(_ids), _try.number == bindparam("which"))
    .values(ended_at=bindparam("now"), outcome=bindparam("what"), errcode=None)
)
_USE_UP = (
    update(plain(PushConsent))
    .where(
        _consent.user_id.in_(_ids),
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
        _status == N.CREATED,
        _row.next_attempt_at == bindparam("reserved_until"),
    )
    .values(next_attempt_at=bindparam("due"))
)
if N.SENDING not in MOVES[N.CREATED] or N.SENT not in MOVES[N.SENDING]:
    raise RuntimeError("these statements draw arrows that docs/states.md does not")


class NotAll(Exception):
    """Some of the rows had been changed by somebody else meanwhile."""


def reserve(ids: Sequence[str], until: datetime, *, counted_on: date | None = None) -> None:
    """Keep waiting rows from every other sender until an instant; the caller holds their locks.

    Args:
        counted_on: the day against whose limit they are counted from now on; as before when None.
    """
    if ids:
        waiting = update(plain(Notification)).where(_row.id.in_(ids), _status == N.CREATED)
        counted = {"counted_on": counted_on} if counted_on else {}
        writing().execute(waiting.values(next_attempt_at=until, **counted))


def begin(tries: Sequence[dict[str, Any]], at: datetime, lease_until: datetime) -> None:
    """Note that reserved rows are being sent from now on, each with the record of its try.

    Args:
        tries: row_id, tried (tries before), reserved_until and channel of each.
    Raises:
        NotAll.
    """
    alike = defaultdict(list)
    for one in tries:
        alike[one["tried"], one["reserved_until"], one["channel"]].append(one["row_id"])
    for (tried, reserved_until, channel), ids in alike.items():
        given = {"tried": tried, "reserved_until": reserved_until, "number": tried + 1, "over": channel}
        _all(_BEGIN, ids, lease=lease_until, **given)
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
    alike: dict[int, dict[str, str | None]] = defaultdict(dict)
    for row_id, number, reference in done:
        alike[number][row_id] = reference
    for number, references in alike.items():
        ids = list(references)
        named: dict[str, str | None] = {f"id{n}": row_id for n, row_id in enumerate(ids)}
        named |= {f"ref{n}": reference for n, reference in enumerate(references.values())}
        _all(_accepted(len(ids)), ids, number=number, now=at, **named)
        writing().execute(_END, {"ids": ids, "which": number, "now": at, "what": outcome})


@functools.cache
def _accepted(size: int) -> Any:
    reference = case(*((_row.id == bindparam(f"id{n}"), bindparam(f"ref{n}")) for n in range(size)))
    return (
        update(plain(Notification))
        .where(_row.id.in_(_ids), _status == N.SENDING, _row.attempts == bindparam("number"))
        .values(status=N.SENT, provider_ref=reference, sent_at=bindparam("now"), reason=None)
    )


def use_up_consents(accepts: Sequence[tuple[str, str]], at: datetime) -> None:
    """Count one accepted message each against what people allowed: pairs of user id and template."""
    alike = defaultdict(list)
    for user_id, template in accepts:
        alike[template].append(user_id)
    for template, users in alike.items():
        for ids in once_each(users):
            writing().execute(_USE_UP, {"ids": ids, "which": template, "now": at})


def release(kept: Sequence[tuple[str, datetime, datetime]]) -> None:
    """Let reserved rows wait as before: row id, until when it was reserved, and when it was due."""
    if kept:
        given = [{"row_id": row_id, "reserved_until": until, "due": due} for row_id, until, due in kept]
        writing().execute(_RELEASE, given)


def _all(statement: Any, ids: Sequence[str], **given: Any) -> None:
    if writing().execute(statement, {"ids": ids, **given}).rowcount != len(ids):
        raise NotAll()
