"""What WeChat's callbacks told us: the guard against handling one of them twice."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Model, Sealed, UtcDateTime, primary_key, table


class WechatCallback(Model):
    """One message or event, once. A repetition finds the row and gets the stored answer."""

    __tablename__ = "wechat_callback"
    __table_args__ = table(Index(None, "is_matched", "received_at"), Index(None, "received_at"))
    PERSONAL = ("answer",)

    id: Mapped[str] = primary_key()
    dedupe_key: Mapped[str] = mapped_column(String(190), unique=True)
    """"<app>:msg:<MsgId>" for messages, "<app>:event:<hash of user, time, event, key>" for events."""
    kind: Mapped[str] = mapped_column(String(24))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(Sealed("wechat_callback.answer"))
    receipt_ref: Mapped[str | None] = mapped_column(Code)
    """Push receipts: WeChat's message id."""
    receipt_code: Mapped[int | None] = mapped_column(Integer)
    is_matched: Mapped[bool] = mapped_column(Boolean, default=True)
    """False: a receipt whose notification was not found yet; recover_next tries again."""
