"""How a doctor comes to work at a desk computer: the browser shows a code, he confirms it on his phone (decision 31).

A code is eight digits, good for three minutes, stored as a keyed hash and bound to the browser that asked. Each step is one
conditional UPDATE; behind them stand UNIQUE keys: a code serves one request, a request one session, a doctor has one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from server import clock, sealing
from server.access import desk_logins as access
from server.access.accounts import token_hash
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid, NotAllowed, TooMany
from server.models import AuditEvent, DeskLogin, DeskSession, Staff, audit
from server.models.actor import Actor, ActorKind
from server.models.desk_login import end_sessions

CODE_DIGITS = 8
CODE_MINUTES = 3
ENTER_MINUTES = 1
"""How long after the confirmation the browser may come in."""
CODE_TRIES = 5
CODES_WITHIN = timedelta(minutes=10)
CODES_OF_ADDRESS = 60
"""Requests of one network address in ten minutes: a health centre has one address for all its desks."""
WRONG_CODES = 5
WRONG_WITHIN = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=1)


class DeskCodeInvalid(Invalid):
    """The code is not on any screen now."""

    code, default_message = "desk_code_invalid", "登录码不对或已失效，请看电脑上现在显示的8位数字"


class DeskCodeGuessed(TooMany):
    """Somebody tries codes out."""

    code, default_message = "desk_code_guessed", "登录码输错太多次，请一小时后再试"


class DeskCodesTooMany(TooMany):
    """One network address asks for code after code."""

    code, default_message = "desk_codes_too_many", "这个网络取登录码太频繁，请十分钟后再试"


class DeskNotConfirmed(Conflict):
    """Nobody confirmed this browser's code, or it is too late."""

    code, default_message = "desk_not_confirmed", "还没有在手机上确认，或登录码已失效，请重新获取"


@dataclass(frozen=True)
class Code:
    """A code as it is shown once, and its row."""

    digits: str
    login: DeskLogin


@dataclass(frozen=True)
class Entered:
    """A new session at a desk; ``token`` goes into the cookie and is stored nowhere."""

    token: str
    session: DeskSession


def ask(browser_secret: str, browser: str, *, source: str) -> Code:
    """Give a browser a code to show; its earlier one stops working.

    Args:
        browser_secret: from the browser's own cookie. browser: what it is, for people. source: its network address.
    Raises:
        DeskCodesTooMany.
    """
    for _ in range(CODE_TRIES):
        digits = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        try:
            return Code(digits, _ask(browser_secret, browser, digits, source))
        except IntegrityError:
            continue  # a code that is remembered: one in a million, draw again
    raise Conflict()


@retried
def _ask(browser_secret: str, browser: str, digits: str, source: str) -> DeskLogin:
    at, hashed = clock.now(), token_hash(browser_secret)
    with transaction() as session:
        lately = select(func.count(DeskLogin.id)).where(
            DeskLogin.asked_from == source, DeskLogin.created_at > at - CODES_WITHIN
        )
        if (session.scalar(lately) or 0) >= CODES_OF_ADDRESS:
            raise DeskCodesTooMany()
        session.execute(
            update(DeskLogin)
            .where(DeskLogin.browser_hash == hashed, DeskLogin.used_at.is_(None), DeskLogin.ended_at.is_(None))
            .values(ended_at=at)
            .execution_options(synchronize_session=False)
        )
        row = DeskLogin(
            code_hash=sealing.current().index(digits, access.CODE_PURPOSE),
            browser_hash=hashed,
            asked_from=source,
            browser=browser,
            created_at=at,
            expires_at=at + timedelta(minutes=CODE_MINUTES),
        )
        session.add(row)
        session.flush()
        audit.record("desk_login_asked", row, by=Actor(ActorKind.SYSTEM, "desk", source), at=at)
    return row


def look(code: str, *, by: Actor) -> DeskLogin:
    """Return what a doctor is about to confirm: when and where it was asked. Raises DeskCodeInvalid, DeskCodeGuessed."""
    return _found(_guarded(code, by=by))


def confirm(code: str, *, by: Actor) -> DeskLogin:
    """Let the browser that shows this code in, as the doctor who confirms. Confirming twice confirms once.

    Raises:
        DeskCodeInvalid: unknown, run out, refused, or confirmed by somebody else. DeskCodeGuessed.
    """
    row = _guarded(code, by=by)
    if row is not None and row.staff_id == by.id and row.ended_at is None:
        return row
    return _found(_confirm(_found(row), by=by))


@retried
def _confirm(row: DeskLogin, *, by: Actor) -> DeskLogin | None:
    at = clock.now()
    with transaction() as session:
        won = session.execute(
            update(DeskLogin)
            .where(DeskLogin.id == row.id, DeskLogin.confirmed_at.is_(None), DeskLogin.ended_at.is_(None))
            .where(DeskLogin.expires_at > at)
            .values(confirmed_at=at, staff_id=by.id, expires_at=at + timedelta(minutes=ENTER_MINUTES))
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        if won:
            audit.record("desk_login_confirmed", row, by=by, at=at)
    db.session.refresh(row)
    return row if row.staff_id == by.id and row.ended_at is None else None


def refuse(code: str, *, by: Actor) -> None:
    """Say no: this code lets nobody in any more. Raises DeskCodeInvalid, DeskCodeGuessed."""
    row = _found(_guarded(code, by=by))
    _refuse(row, by=by)


@retried
def _refuse(row: DeskLogin, *, by: Actor) -> None:
    at = clock.now()
    with transaction() as session:
        session.execute(
            update(DeskLogin)
            .where(DeskLogin.id == row.id, DeskLogin.used_at.is_(None), DeskLogin.ended_at.is_(None))
            .values(ended_at=at)
            .execution_options(synchronize_session=False)
        )
        audit.record("desk_login_refused", row, by=by, at=at)


@retried
def _guarded(code: str, *, by: Actor) -> DeskLogin | None:
    """Return the request with this code; an unknown one is counted. Raises DeskCodeGuessed."""
    at = clock.now()
    with transaction() as session:
        # one guess at a time: many at once would each see fewer than five
        staff = session.get_one(Staff, by.id, with_for_update=True, populate_existing=True)
        if staff.locked_at is not None:
            raise NotAllowed()
        missed = select(func.count(AuditEvent.id)).where(
            AuditEvent.actor_id == by.id, AuditEvent.at > at - WRONG_WITHIN, AuditEvent.action == "desk_login_missed"
        )
        if (session.scalar(missed) or 0) >= WRONG_CODES:
            raise DeskCodeGuessed()
        row = access.by_code(code)
        if row is None:
            audit.record("desk_login_missed", staff, by=by, at=at)
    return row


def _found(row: DeskLogin | None) -> DeskLogin:
    if row is None or row.ended_at is not None or row.used_at is not None or row.expires_at <= clock.now():
        raise DeskCodeInvalid()
    return row


def enter(browser_secret: str, *, hours: int, source: str) -> Entered:
    """Open the session that was confirmed for this browser; the doctor's session elsewhere ends.

    Raises:
        DeskNotConfirmed: also when it was used before, or asked for by another browser.
    """
    try:
        return _enter(browser_secret, hours, source)
    except IntegrityError as cause:  # the same confirmation, or the same doctor, twice at once
        raise DeskNotConfirmed() from cause


@retried
def _enter(browser_secret: str, hours: int, source: str) -> Entered:
    at, token = clock.now(), secrets.token_urlsafe(32)
    with transaction() as session:
        row = access.newest_of(browser_secret)
        used = session.execute(
            update(DeskLogin)
            .where(DeskLogin.id == (row.id if row else ""), DeskLogin.confirmed_at.is_not(None))
            .where(DeskLogin.used_at.is_(None), DeskLogin.ended_at.is_(None), DeskLogin.expires_at > at)
            .values(used_at=at)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        if row is None or not used:
            raise DeskNotConfirmed()
        session.refresh(row)
        staff = row.staff
        if staff is None or staff.team is None or staff.locked_at is not None:
            raise DeskNotConfirmed()
        by = Actor(ActorKind.STAFF, staff.id, source)
        if end_sessions(staff.id, at=at):
            audit.record("desk_session_replaced", staff, by=by, at=at)
        opened = DeskSession(
            token_hash=token_hash(token),
            login_id=row.id,
            staff_id=staff.id,
            team_id=staff.team.id,
            open_key=staff.id,
            created_at=at,
            seen_at=at,
            expires_at=at + timedelta(hours=hours),
        )
        session.add(opened)
        session.flush()
        audit.record("desk_signed_in", opened, by=by, at=at)
    return Entered(token, opened)


def seen(session: DeskSession) -> None:
    """Note that the doctor did something here; written once a minute at most."""
    at = clock.now()
    if session.seen_at + SEEN_EVERY <= at:
        _seen(session.id, at)


@retried
def _seen(session_id: str, at: datetime) -> None:
    with transaction() as session:
        session.execute(
            update(DeskSession)
            .where(DeskSession.id == session_id, DeskSession.ended_at.is_(None), DeskSession.seen_at < at)
            .values(seen_at=at)
            .execution_options(synchronize_session=False)
        )


@retried
def leave(session: DeskSession, *, by: Actor) -> None:
    """Log out at the desk; twice is once."""
    at = clock.now()
    with transaction():
        if _ended(session, at):
            audit.record("desk_signed_out", session, by=by, at=at)


@retried
def end_own(staff: Staff, *, by: Actor) -> None:
    """Log out at the desk, from the phone; twice is once."""
    at = clock.now()
    with transaction():
        if end_sessions(staff.id, at=at):
            audit.record("desk_session_ended", staff, by=by, at=at)


def _ended(row: DeskSession, at: datetime) -> bool:
    statement = (
        update(DeskSession)
        .where(DeskSession.id == row.id, DeskSession.ended_at.is_(None))
        .values(ended_at=at, open_key=None)
        .execution_options(synchronize_session=False)
    )
    return bool(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
