"""People as WeChat and the workbench know them: users, their openids, sessions, administrators."""

from datetime import datetime, timedelta

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.doctor import Organisation, Staff
from server.models.resident import Resident


class WechatUser(Model):
    """One human being in WeChat: a resident, a member of staff, or both; joined across our apps by unionid."""

    __tablename__ = "wechat_user"
    __table_args__ = table()
    PERSONAL = ("unionid", "phone")

    id: Mapped[str] = primary_key()
    unionid: Mapped[str | None] = mapped_column(String(64), unique=True)
    resident_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"), unique=True)
    staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"), unique=True)
    phone: Mapped[str | None] = mapped_column(Sealed("wechat_user.phone"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    resident: Mapped[Resident | None] = relationship(lazy="joined")
    staff: Mapped[Staff | None] = relationship(lazy="joined")
    accounts: Mapped[list["WechatAccount"]] = relationship(back_populates="user", order_by="WechatAccount.id")

    def account(self, app: str) -> "WechatAccount | None":
        """Return this person's account in one of our apps."""
        return next((account for account in self.accounts if account.app == app), None)


class WechatAccount(Model):
    """One openid: a person in one of our apps ("miniprogram" or "service_account"). Openids never leave here and wechat/."""

    __tablename__ = "wechat_account"
    __table_args__ = table(
        UniqueConstraint("app", "openid"),
        UniqueConstraint("app", "user_id"),
        CheckConstraint("app IN ('miniprogram', 'service_account')", name="app"),
        CheckConstraint("window_left >= 0", name="window_left"),
        CheckConstraint("brief_left >= 0", name="brief_left"),
    )
    PERSONAL = ("openid",)

    id: Mapped[str] = primary_key()
    app: Mapped[str] = mapped_column(String(20))
    openid: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("wechat_user.id"), index=True)
    follows: Mapped[bool] = mapped_column(Boolean, default=False)
    """Service account only: subscribed and not unsubscribed since."""
    window_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when WeChat accepts customer-service messages to this person."""
    window_left: Mapped[int] = mapped_column(Integer, default=0)
    brief_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A second, shorter window beside it: a minute after a tap on the menu or after opening the chat."""
    brief_left: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[WechatUser] = relationship(back_populates="accounts", lazy="joined")

    def open_window(self, at: datetime, *, messages: int, minutes: int) -> None:
        """Note that WeChat now accepts customer-service messages to this person (wechat_platform.md §E.1).

        A new allowance replaces an older one; beside one that lasts longer it stands as the brief one.
        """
        until = at + timedelta(minutes=minutes)
        if replaces(self.window_until_at, until, at):
            self.window_until_at = until
            self.window_left = messages
        else:
            self.brief_until_at = until
            self.brief_left = messages


def replaces(window: datetime | None, until: datetime, at: datetime) -> bool:
    """Tell whether an allowance until then takes the place of the one there is; else it stands beside it."""
    return window is None or window <= at or until >= window


def known(app: str, openid: str, unionid: str | None, at: datetime) -> WechatAccount:
    """Return the account of an openid, made when new, and joined to its human being by unionid.

    A follower of the service account and a user of the mini-program are one person: when the unionid turns out to
    belong to somebody we know, the account moves to him. Runs inside the caller's transaction; a simultaneous first
    contact meets UNIQUE and the action runs again.
    """
    account = db.session.scalar(select(WechatAccount).where(WechatAccount.app == app, WechatAccount.openid == openid))
    human = db.session.scalar(select(WechatUser).where(WechatUser.unionid == unionid)) if unionid else None
    if account is None:
        if human is None:
            human = WechatUser(unionid=unionid, created_at=at)
            db.session.add(human)
        account = WechatAccount(
            app=app, openid=openid, user=human, created_at=at, follows=False, window_left=0, brief_left=0
        )
        db.session.add(account)
        db.session.flush()
    elif human is not None and account.user_id != human.id:
        account.user = human
        db.session.flush()
    elif human is None and unionid and account.user.unionid is None:
        account.user.unionid = unionid
        db.session.flush()
    return account


class LoginToken(Model):
    """A mini-program session: only the SHA-256 of the token is stored."""

    __tablename__ = "login_token"
    __table_args__ = table(Index(None, "expires_at"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    token_hash: Mapped[str] = mapped_column(Hash, unique=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("wechat_user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[WechatUser] = relationship(lazy="joined")


class AdminLogin(Model):
    """An administrator of an organisation who signs in to the workbench with a password (argon2)."""

    __tablename__ = "admin_login"
    __table_args__ = table(CheckConstraint("failed_count >= 0", name="failed_count"))
    PERSONAL = ("name",)

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    username: Mapped[str] = mapped_column(Code, unique=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    failed_count: Mapped[int] = mapped_column(Integer, default=0)
    locked_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class WorkbenchSession(Model):
    """A signed-in administrator's browser; only the SHA-256 of the cookie is stored."""

    __tablename__ = "workbench_session"
    __table_args__ = table(Index(None, "expires_at"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    token_hash: Mapped[str] = mapped_column(Hash, unique=True)
    admin_id: Mapped[str] = mapped_column(Id, ForeignKey("admin_login.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    admin: Mapped[AdminLogin] = relationship(lazy="joined")
