"""Pictures and voice are fetched at once, because WeChat forgets them after three days; checked by content, and sealed.

A network call between two transactions, as in actions.notifications.
"""

import base64
import logging
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from server import clock
from server.actions.messaging import showing
from server.database import db, retried, transaction
from server.models import MediumStatus, Message, MessageMedium
from server.models.conversation import Sender
from server.models.medium import label_of, shift
from server.policy.media import MOST_BYTES, kind_of, type_of
from server.wechat.gateway import Fetched, Gateway

logger = logging.getLogger(__name__)
S = MediumStatus

LEASE = timedelta(seconds=120)
WAITS = (
    timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2),
    timedelta(hours=6),
)  # fmt: skip
"""After each try that found nobody; the last is repeated until WeChat has forgotten it."""


def fetch_next(gateway: Gateway) -> bool:
    """Fetch the next picture or voice that is due, or give up one that WeChat has forgotten. Returns False when none is.

    A fetch that a dead worker left behind is done again: fetching changes nothing.
    """
    row, at = _claim(), clock.now()
    if row is None:
        return False
    if row.gone_at <= at or row.media_id is None:
        _settle(row, Fetched(problem="expired"))
        return True
    _settle(row, gateway.fetch_medium(row.app, row.media_id, MOST_BYTES[row.kind]))
    return True


@retried
def _claim() -> MessageMedium | None:
    at = clock.now()
    with transaction():
        due = or_(
            (MessageMedium.status == S.WANTED) & (MessageMedium.next_try_at <= at),
            (MessageMedium.status == S.FETCHING) & (MessageMedium.lease_until_at <= at),
        )
        row = db.session.scalar(
            select(MessageMedium).where(due).order_by(MessageMedium.next_try_at).limit(1).with_for_update()
        )
        if row is None:
            return None
        row.status, row.tries, row.lease_until_at = S.FETCHING, row.tries + 1, at + LEASE
    return row


@retried
def _settle(row: MessageMedium, fetched: Fetched) -> None:
    at = clock.now()
    with transaction():
        problem = fetched.problem
        found = "" if problem else type_of(fetched.content)
        if not problem and kind_of(found) != row.kind:
            problem = "wrong_type"
        if not problem:
            _keep(row.id, row.tries, fetched.content, found, at)
        elif problem == "unreachable":
            wait = WAITS[min(row.tries, len(WAITS)) - 1]
            shift(row.id, S.FETCHING, S.WANTED, tries=row.tries, next_try_at=at + wait, lease_until_at=None)
        else:
            logger.warning("A medium is not kept: %s", problem, extra={"medium_id": row.id})
            _give_up(row, problem, at)


def _give_up(row: MessageMedium, problem: str, at: datetime) -> None:
    given = {"reason": problem, "media_id": None, "lease_until_at": None}
    if not shift(row.id, S.FETCHING, S.FAILED, tries=row.tries, **given):
        return
    said = db.session.get(Message, row.message_id)
    if said is not None and said.sender == Sender.DOCTOR:
        showing.not_sent(said, row.kind, label_of(S.FAILED, problem, "您"), at=at)


def _keep(row_id: str, tries: int, content: bytes, content_type: str, at: datetime) -> None:
    shift(
        row_id,
        S.FETCHING,
        S.KEPT,
        tries=tries,
        content=base64.b64encode(content).decode(),
        content_type=content_type,
        size_bytes=len(content),
        kept_at=at,
        lease_until_at=None,
        media_id=None,
    )
