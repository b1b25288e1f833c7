"""Doctors at desk computers: whose browser is this, and what became of a code."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from server import clock, sealing
from server.access.accounts import token_hash
from server.database import db
from server.errors import NotLoggedIn
from server.models import DeskLogin, DeskSession, Staff

CODE_PURPOSE = "desk.login_code"


@dataclass(frozen=True)
class Asked:
    """Where the request of one browser stands: "none", "waiting", "confirmed" or "over"."""

    state: str
    seconds_left: int = 0


def session_of(token: str, *, idle_minutes: int) -> DeskSession:
    """Return the session of a doctor's browser.

    It is over when he logged out here or on his phone, came in elsewhere, did nothing for ``idle_minutes``, left the
    team in which he came, or was locked.

    Raises:
        NotLoggedIn.
    """
    at = clock.now()
    found = db.session.scalar(
        select(DeskSession)
        .where(DeskSession.token_hash == token_hash(token), DeskSession.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if found is None or not _lasts(found, at, idle_minutes):
        raise NotLoggedIn("请先登录")
    return found


def session_of_staff(staff: Staff, *, idle_minutes: int) -> DeskSession | None:
    """Return where a doctor is logged in now, if anywhere."""
    found = db.session.scalar(select(DeskSession).where(DeskSession.open_key == staff.id))
    return found if found is not None and _lasts(found, clock.now(), idle_minutes) else None


def _lasts(session: DeskSession, at: datetime, idle_minutes: int) -> bool:
    staff = session.staff
    is_member = any(membership.team_id == session.team_id for membership in staff.memberships)
    is_awake = session.seen_at + timedelta(minutes=idle_minutes) > at
    return session.expires_at > at and is_awake and is_member and staff.locked_at is None


def by_code(code: str) -> DeskLogin | None:
    """Return the request with a code, whatever became of it."""
    hashed = sealing.current().index(code, CODE_PURPOSE)
    return db.session.scalar(select(DeskLogin).where(DeskLogin.code_hash == hashed))


def newest_of(browser_secret: str) -> DeskLogin | None:
    """Return the last request of the browser with this secret, whatever became of it."""
    mine = select(DeskLogin).where(DeskLogin.browser_hash == token_hash(browser_secret))
    return db.session.scalar(mine.order_by(DeskLogin.created_at.desc(), DeskLogin.id.desc()).limit(1))


def asked(browser_secret: str) -> Asked:
    """Tell a browser where its last request stands."""
    row, at = newest_of(browser_secret) if browser_secret else None, clock.now()
    if row is None:
        return Asked("none")
    if row.ended_at is not None or row.used_at is not None or row.expires_at <= at:
        return Asked("over")
    left = int((row.expires_at - at).total_seconds())
    return Asked("confirmed" if row.confirmed_at is not None else "waiting", left)
