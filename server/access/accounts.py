"""Sessions: whose token is this?"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from server import clock
from server.database import db, plain, read, reference
from server.errors import NotLoggedIn
from server.models import AdminLogin, LoginToken, Resident, WechatUser, WorkbenchSession

# Every request of the mini-program asks this: built once, and no objects made of it.
_TOKEN, _USER = plain(LoginToken), plain(WechatUser)
_BEARER = (
    select(_USER.c.id, _USER.c.resident_id)
    .select_from(_TOKEN.join(_USER, _USER.c.id == _TOKEN.c.user_id))
    .where(
        _TOKEN.c.token_hash == bindparam("token_hash"),
        _TOKEN.c.revoked_at.is_(None),
        _TOKEN.c.expires_at > bindparam("now"),
    )
)


@dataclass(frozen=True)
class Bearer:
    """Who a session token belongs to, by ids."""

    user_id: str
    resident_id: str | None


def token_hash(token: str) -> str:
    """Return what is stored of a session token: 64 hex characters."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def bearer_of(token: str) -> Bearer:
    """Return who a mini-program session belongs to. Raises NotLoggedIn."""
    named = {"token_hash": token_hash(token), "now": clock.now()}
    found = read(_BEARER, named)
    if not found:
        raise NotLoggedIn()
    return Bearer(found[0].id, found[0].resident_id)


def user(user_id: str) -> WechatUser:
    """Return a WeChat user with who he is."""
    return db.session.get_one(WechatUser, user_id, populate_existing=True)


def user_reference(user_id: str) -> WechatUser:
    """Return a WeChat user who exists, without asking for him: the first use of who he is loads it."""
    return reference(WechatUser, user_id)


def resident_reference(resident_id: str) -> Resident:
    """Return a resident who exists, without asking for him: the first use of what he is loads it."""
    return reference(Resident, resident_id)


def admin_of(token: str) -> AdminLogin:
    """Return the administrator of a workbench session. Raises NotLoggedIn."""
    session = db.session.scalar(select(WorkbenchSession).where(WorkbenchSession.token_hash == token_hash(token)))
    if session is None or session.revoked_at is not None or session.expires_at <= clock.now():
        raise NotLoggedIn("请先登录工作台")
    return session.admin
