"""How many messages WeChat still takes from us into a person's chat, counted in the row (wechat_platform.md §E.1).

One is taken before it is sent, by a conditional UPDATE: however many senders work at once, none sends a sixth. In the
caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, bindparam, select, update

from server.database import db, plain, writing
from server.models.account import WechatAccount, replaces

USED_UP, OVER = 45047, 45015
"""WeChat's answers: the count is used up; the time is over or the person left."""


@dataclass(frozen=True)
class Taken:
    """One message taken from an allowance, and the windows as they were then: a newer one is never touched."""

    account_id: str
    is_brief: bool
    window_until_at: datetime | None
    brief_until_at: datetime | None


_row = plain(WechatAccount).c
_MINE = (
    update(plain(WechatAccount))
    .where(_row.id == bindparam("account_id"))
    .values(follows=_row.follows | bindparam("is_follower", type_=Boolean))
)
_WINDOW = _MINE.values(window_until_at=bindparam("until"), window_left=bindparam("messages"))
_BRIEF = _MINE.values(brief_until_at=bindparam("until"), brief_left=bindparam("messages"))


def open_window(
    account_id: str, window: datetime | None, at: datetime, *, messages: int, minutes: int, is_follower: bool
) -> None:
    """Note that WeChat now accepts messages to this person, as ``WechatAccount.open_window``, by one statement.

    Args:
        window: until when the allowance he has lasts. is_follower: he follows for sure, whatever the row says.
    """
    until = at + timedelta(minutes=minutes)
    named = {"account_id": account_id, "until": until, "messages": messages, "is_follower": is_follower}
    writing().execute(_WINDOW if replaces(window, until, at) else _BRIEF, named)


def is_left(account: WechatAccount, at: datetime) -> bool:
    """Tell whether something may still be sent into this chat."""
    return _lives(account.brief_until_at, account.brief_left, at) or _lives(
        account.window_until_at, account.window_left, at
    )


def take(user_id: str, app: str, at: datetime) -> Taken | None:
    """Take one message from the window that ends first; None when nothing is left."""
    account = db.session.scalar(
        select(WechatAccount)
        .where(WechatAccount.user_id == user_id, WechatAccount.app == app)
        .execution_options(populate_existing=True)
    )
    if account is None:
        return None
    row, until = WechatAccount, (account.window_until_at, account.brief_until_at)
    brief = update(row).where(row.id == account.id, row.brief_left > 0, row.brief_until_at > at)
    if _run(brief.values(brief_left=row.brief_left - 1)):
        return Taken(account.id, True, *until)
    window = update(row).where(row.id == account.id, row.window_left > 0, row.window_until_at > at)
    return Taken(account.id, False, *until) if _run(window.values(window_left=row.window_left - 1)) else None


def give_back(taken: Taken) -> None:
    """Give back what was not sent after all, unless the window is a new one by now."""
    row = WechatAccount
    if taken.is_brief:
        same = update(row).where(row.id == taken.account_id, row.brief_until_at == taken.brief_until_at)
        _run(same.values(brief_left=row.brief_left + 1))
    else:
        same = update(row).where(row.id == taken.account_id, row.window_until_at == taken.window_until_at)
        _run(same.values(window_left=row.window_left + 1))


def end(taken: Taken) -> None:
    """Believe WeChat that nothing more may be sent; what the person opened since stays."""
    row = WechatAccount
    mine = update(row).where(row.id == taken.account_id)
    _run(mine.where(row.window_until_at == taken.window_until_at).values(window_left=0))
    _run(mine.where(row.brief_until_at == taken.brief_until_at).values(brief_left=0))


def _lives(until: datetime | None, left: int, at: datetime) -> bool:
    return left > 0 and until is not None and until > at


def _run(statement: Any) -> int:
    done: int = db.session.execute(statement.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    return done
