"""Sessions: whose token is this?"""

import hashlib

from sqlalchemy import select

from server import clock
from server.database import db
from server.errors import NotLoggedIn
from server.models import AdminLogin, LoginToken, WechatUser, WorkbenchSession


def token_hash(token: str) -> str:
    """Return what is stored of a session token: 64 hex characters."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def user_of(token: str) -> WechatUser:
    """Return the WeChat user of a mini-program session. Raises NotLoggedIn."""
    session = db.session.scalar(select(LoginToken).where(LoginToken.token_hash == token_hash(token)))
    if session is None or session.revoked_at is not None or session.expires_at <= clock.now():
        raise NotLoggedIn()
    return session.user


def admin_of(token: str) -> AdminLogin:
    """Return the administrator of a workbench session. Raises NotLoggedIn."""
    session = db.session.scalar(select(WorkbenchSession).where(WorkbenchSession.token_hash == token_hash(token)))
    if session is None or session.revoked_at is not None or session.expires_at <= clock.now():
        raise NotLoggedIn("请先登录工作台")
    return session.admin
