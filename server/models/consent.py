"""What a person has agreed to: privacy documents, and being pushed messages."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Id, Model, UtcDateTime, primary_key, table


class PrivacyConsent(Model):
    """One person's consent to one version of one document. Needed before any health data is taken."""

    __tablename__ = "privacy_consent"
    __table_args__ = table(UniqueConstraint("user_id", "document", "version"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("wechat_user.id"))
    document: Mapped[str] = mapped_column(Code)
    version: Mapped[str] = mapped_column(Code)
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PushConsent(Model):
    """What WeChat lets us push to one person with one template: a count of one-time accepts, or a long-term one."""

    __tablename__ = "push_consent"
    __table_args__ = table(
        UniqueConstraint("user_id", "template"), CheckConstraint("one_time_left >= 0", name="one_time_left")
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("wechat_user.id"))
    template: Mapped[str] = mapped_column(String(32))
    """Our name of the template, a key of [wechat.subscribe_templates]."""
    one_time_left: Mapped[int] = mapped_column(Integer, default=0)
    is_long_term: Mapped[bool] = mapped_column(Boolean, default=False)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
