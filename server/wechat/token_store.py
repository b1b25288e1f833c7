"""The access tokens that all our processes share: a row per app, fetched by one process while the others wait.

The rules are in ``TokenStore``; ``DatabaseTokens`` keeps the rows in the database, ``MemoryTokens`` in this process.
Nothing here holds a transaction while WeChat is asked.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried
from server.ids import new_id
from server.models.wechat_token import WechatToken
from server.sealing import SealBroken

RENEW_BEFORE = timedelta(minutes=10)
STILL_GOOD = timedelta(seconds=30)
# Until 5 minutes before its end WeChat answers a normal fetch with the same token: do not ask every time.
ASK_AGAIN_AFTER = timedelta(minutes=1)
# WeChat ignores forced fetches closer than 30 s, and allows 20 a day.
FORCE_AGAIN_AFTER = timedelta(minutes=1)
LEASE = timedelta(seconds=45)
WAIT_SECONDS, WAITS = 0.05, 200


class NoToken(Exception):
    """No token can be had now: another process was fetching it and failed, or takes too long."""


@dataclass(frozen=True)
class Fetched:
    """What WeChat answered: the token and the seconds it still lives."""

    token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True)
class TokenRow:
    """A token as stored; version 0 means there never was one."""

    version: int = 0
    token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    refreshed_at: datetime | None = None
    refresher: str | None = None
    refresh_until_at: datetime | None = None

    def remaining(self, at: datetime) -> timedelta:
        """Return how long the token still lives; nothing when there is none."""
        return self.expires_at - at if self.token and self.expires_at else timedelta(0)

    def is_taken(self, at: datetime) -> bool:
        """Tell whether a living process is fetching; one that died loses its claim."""
        return self.refresher is not None and self.refresh_until_at is not None and self.refresh_until_at >= at

    def needs_renewal(self, at: datetime) -> bool:
        """Tell whether the token's life is so short that it should be fetched again, and asking makes sense."""
        remaining = self.remaining(at)
        asked_just_now = self.refreshed_at is not None and timedelta(0) <= at - self.refreshed_at < ASK_AGAIN_AFTER
        return remaining < STILL_GOOD or (remaining < RENEW_BEFORE and not asked_just_now)


@dataclass(frozen=True)
class Token:
    """A token to send with a call, and its version, to tell later whether it was replaced meanwhile."""

    value: str = field(repr=False)
    version: int


Fetch = Callable[[bool], Fetched]
"""Asks WeChat for a token; True forces a new one. May raise anything: it is passed on."""


class TokenStore(ABC):
    """One token per app, shared; one refresher at a time."""

    def __init__(self) -> None:
        self._forced_at: dict[str, datetime] = {}

    def current(self, app: str, fetch: Fetch) -> Token:
        """Return a token that lives for at least 30 seconds, fetching one when ten minutes or less are left.

        Raises:
            NoToken, or what ``fetch`` raises, when there is no usable token and none can be fetched.
        """
        row = self._load(app)
        if not row.needs_renewal(clock.now()):
            return _token(row)
        return self._renew(app, row, lambda: fetch(False), old_token_works=True)

    def replaced(self, app: str, refused: Token, fetch: Fetch, *, expired: bool) -> Token:
        """Return the token to use after WeChat refused one: somebody else's new one, or a new one fetched once.

        Args:
            expired: WeChat called it too old, so a normal fetch brings a new one; otherwise the fetch is forced.
        """
        row = self._load(app)
        if row.version != refused.version and not row.needs_renewal(clock.now()):
            return _token(row)
        is_refused = row.version == refused.version
        # asked by the one that fetches: who only waits must not use up the minute's forced fetch
        return self._renew(
            app,
            row,
            lambda: fetch(is_refused and not expired and self._may_force(app)),
            old_token_works=not is_refused,
        )

    def _may_force(self, app: str) -> bool:
        at = clock.now()
        last = self._forced_at.get(app)
        if last is not None and timedelta(0) <= at - last < FORCE_AGAIN_AFTER:
            return False
        self._forced_at[app] = at
        return True

    def _renew(self, app: str, seen: TokenRow, fetch: Callable[[], Fetched], *, old_token_works: bool) -> Token:
        """Fetch, or wait for the process that is fetching. A follower shares the leader's failure: no stampede."""
        me, waited, row = new_id(), False, seen
        for _ in range(WAITS):
            at = clock.now()
            if row.version != seen.version and row.remaining(at) >= STILL_GOOD:
                return _token(row)
            usable = old_token_works and row.remaining(at) >= STILL_GOOD
            if waited and row.refresher is None:
                break
            # only a free row is claimed: one just released after a failure must not be tried again by all who waited
            if not row.is_taken(at) and self._claim(app, row.version, me, at, at + LEASE):
                return self._lead(app, row, me, fetch, usable)
            if usable:
                return _token(row)
            waited = True
            time.sleep(WAIT_SECONDS)
            row = self._load(app)
        raise NoToken(app)

    def _lead(self, app: str, row: TokenRow, me: str, fetch: Callable[[], Fetched], usable: bool) -> Token:
        try:
            fetched = fetch()
        except Exception:
            self._release(app, me)
            if usable:
                return _token(row)
            raise
        except BaseException:
            self._release(app, me)
            raise
        at = clock.now()
        self._store(app, me, fetched.token, at + timedelta(seconds=fetched.expires_in), at)
        return Token(fetched.token, row.version + 1)

    @abstractmethod
    def _load(self, app: str) -> TokenRow:
        """Return the row as stored now."""

    @abstractmethod
    def _claim(self, app: str, version: int, me: str, at: datetime, until: datetime) -> bool:
        """Become the refresher, if the row still has this version and nobody else is one."""

    @abstractmethod
    def _store(self, app: str, me: str, token: str, expires_at: datetime, at: datetime) -> None:
        """Store the fetched token under the next version and stop being the refresher."""

    @abstractmethod
    def _release(self, app: str, me: str) -> None:
        """Stop being the refresher without a token."""


def _token(row: TokenRow) -> Token:
    return Token(row.token or "", row.version)


class MemoryTokens(TokenStore):
    """Tokens of this process alone, for tests and one-off tools without a database."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, TokenRow] = {}
        self._lock = threading.Lock()

    def _load(self, app: str) -> TokenRow:
        return self._rows.get(app, TokenRow())

    def _claim(self, app: str, version: int, me: str, at: datetime, until: datetime) -> bool:
        with self._lock:
            row = self._load(app)
            if row.version != version or row.is_taken(at):
                return False
            self._rows[app] = replace(row, refresher=me, refresh_until_at=until)
            return True

    def _store(self, app: str, me: str, token: str, expires_at: datetime, at: datetime) -> None:
        with self._lock:
            row = self._load(app)
            if row.refresher == me:
                self._rows[app] = TokenRow(row.version + 1, token, expires_at, at)

    def _release(self, app: str, me: str) -> None:
        with self._lock:
            row = self._load(app)
            if row.refresher == me:
                self._rows[app] = replace(row, refresher=None, refresh_until_at=None)


class DatabaseTokens(TokenStore):
    """Tokens in ``wechat_token``, shared by every process. Needs an application context.

    Uses connections of its own: the caller's session keeps its rows, and holds nothing while WeChat is asked.
    """

    def _load(self, app: str) -> TokenRow:
        _refuse_inside_transaction()
        try:
            return _read_row(app, tuple(TokenRow.__dataclass_fields__))
        except SealBroken:
            # its key is gone: a token is only a copy, so fetch another one
            return _read_row(app, tuple(name for name in TokenRow.__dataclass_fields__ if name != "token"))

    def _claim(self, app: str, version: int, me: str, at: datetime, until: datetime) -> bool:
        if version == 0:
            _insert_row(app)
        free = or_(WechatToken.refresher.is_(None), WechatToken.refresh_until_at < at)
        return _change(
            WechatToken.app == app, WechatToken.version == version, free, refresher=me, refresh_until_at=until
        )

    def _store(self, app: str, me: str, token: str, expires_at: datetime, at: datetime) -> None:
        _change(
            WechatToken.app == app,
            WechatToken.refresher == me,
            token=token,
            version=WechatToken.version + 1,
            expires_at=expires_at,
            refreshed_at=at,
            refresher=None,
            refresh_until_at=None,
        )

    def _release(self, app: str, me: str) -> None:
        _change(WechatToken.app == app, WechatToken.refresher == me, refresher=None, refresh_until_at=None)


def _refuse_inside_transaction() -> None:
    if db.session().info.get("writing"):
        raise RuntimeError("a network call inside a transaction: finish the transaction first")


def _read_row(app: str, names: tuple[str, ...]) -> TokenRow:
    columns = WechatToken.__table__.c
    with db.engine.connect() as connection:
        wanted = select(*(columns[name] for name in names)).where(columns.app == app)
        found = connection.execute(wanted).mappings().first()
        return TokenRow(**found) if found else TokenRow()


def _writing() -> Connection:
    return db.engine.connect().execution_options(writes=True)


@retried
def _insert_row(app: str) -> None:
    with _writing() as connection:
        try:
            with connection.begin():
                if not connection.execute(select(WechatToken.app).where(WechatToken.app == app)).first():
                    connection.execute(insert(WechatToken).values(app=app, version=0))
        except IntegrityError:
            return  # another process was first


@retried
def _change(*where: object, **values: object) -> bool:
    with _writing() as connection, connection.begin():
        result = connection.execute(update(WechatToken.__table__).where(*where).values(**values))  # type: ignore[arg-type]
        return result.rowcount == 1
