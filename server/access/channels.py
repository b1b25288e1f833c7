"""Over which channel somebody can be told something at this moment, as far as we know."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from server.database import db
from server.models import Notification, PushConsent, WechatAccount, WechatUser


@dataclass(frozen=True)
class Way:
    """A channel of policy.notices and the address on it."""

    channel: str
    openid: str = field(repr=False)


def recipient(row: Notification) -> WechatUser | None:
    """Return the WeChat user a notification is for; None when that resident has none."""
    if row.user_id:
        return db.session.get(WechatUser, row.user_id, populate_existing=True)
    return db.session.scalar(select(WechatUser).where(WechatUser.resident_id == row.resident_id))


def first_open(user: WechatUser, channels: Sequence[str], *, tried: Sequence[str], at: datetime) -> Way | None:
    """Return the first channel that may work. Without an accept we know of WeChat is not even asked."""
    accounts = {
        account.app: account
        for account in db.session.scalars(
            select(WechatAccount).where(WechatAccount.user_id == user.id).execution_options(populate_existing=True)
        )
    }
    for channel in channels:
        name, _, template = channel.partition(":")
        account = accounts.get("miniprogram" if name == "subscribe" else "service_account")
        if channel in tried or account is None:
            continue
        if name == "subscribe" and not _may_subscribe(user.id, template):
            continue
        if name == "customer_service" and not _window_is_open(account, at):
            continue
        if name == "service_template" and not account.follows:
            continue
        return Way(channel, account.openid)
    return None


def _may_subscribe(user_id: str, template: str) -> bool:
    consent = db.session.scalar(
        select(PushConsent)
        .where(PushConsent.user_id == user_id, PushConsent.template == template)
        .execution_options(populate_existing=True)
    )
    # never heard of is no: both witnesses of an accept are ours (decision 4), and WeChat would only answer 43101
    return consent is not None and (consent.is_long_term or consent.one_time_left > 0)


def _window_is_open(account: WechatAccount, at: datetime) -> bool:
    return account.window_left > 0 and account.window_until_at is not None and account.window_until_at > at
