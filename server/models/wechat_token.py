"""The access token that all our processes share."""

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Model, Sealed, UtcDateTime, table


class WechatToken(Model):
    """One app's access token. ``refresher`` and ``refresh_until_at`` let one process fetch while the others wait."""

    __tablename__ = "wechat_token"
    __table_args__ = table()
    PERSONAL = ()

    app: Mapped[str] = mapped_column(String(20), primary_key=True)
    token: Mapped[str | None] = mapped_column(Sealed("wechat_token.token"))
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Grows with each new token, so that a failed call can tell whether somebody already refreshed."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refreshed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refresher: Mapped[str | None] = mapped_column(Code)
    refresh_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
