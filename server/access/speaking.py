"""Who writes, where his conversation stands, and what an answer may know of him.

Every message asks this: three statements, built once, that make no objects (performance.md §1e). What few messages need
is loaded when it is first used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, select

from server.access.flows import Standing, standing_of
from server.database import ask, filled, id_of, plain, read, set_loaded
from server.models import (
    Agreement,
    Conversation,
    Membership,
    Message,
    Organisation,
    ServicePackage,
    Staff,
    Team,
    WechatAccount,
    WechatCallback,
    WechatUser,
)
from server.models.conversation import Sender

_USER, _ACCOUNT, _CALLBACK = plain(WechatUser), plain(WechatAccount), plain(WechatCallback)
_TALK, _MESSAGE, _TEAM, _CENTRE = plain(Conversation), plain(Message), plain(Team), plain(Organisation)
_ACTIVE, _OPEN = plain(Agreement).alias("in_force"), plain(Agreement).alias("on_its_way")
_PACKAGE, _LEAD, _STAFF, _MEMBER = (
    plain(ServicePackage),
    plain(Membership).alias("lead"),
    plain(Staff),
    plain(Membership),
)


@dataclass(frozen=True)
class Caller:
    """Who writes from an openid, as it was before the message is taken in.

    ``answers``: a member of staff with a team. ``was_taken_in``: this very callback came before.
    """

    user_id: str
    unionid: str | None
    answers: bool
    was_taken_in: bool
    standing: Standing


_CAME = select(_CALLBACK.c.id).where(_CALLBACK.c.dedupe_key == bindparam("dedupe_key"))
_CALLER = (
    select(
        _USER.c.id,
        _USER.c.unionid,
        select(_MEMBER.c.id).where(_MEMBER.c.staff_id == _USER.c.staff_id).exists().label("answers"),
        _CAME.exists().label("came_before"),
        _TALK.c.id.label("conversation_id"),
        _TALK.c.status,
        _TALK.c.flow,
        _TALK.c.flow_until_at,
        _TALK.c.team_id,
        _TALK.c.is_urgent,
    )
    .select_from(
        _ACCOUNT.join(_USER, _USER.c.id == _ACCOUNT.c.user_id).outerjoin(_TALK, _TALK.c.open_key == _USER.c.id)
    )
    .where(_ACCOUNT.c.app == bindparam("app"), _ACCOUNT.c.openid == bindparam("openid"))
)


def caller(app: str, openid: str, dedupe_key: str, at: datetime) -> Caller | None:
    """Return who writes, None for somebody new. Outside transactions."""
    found = read(_CALLER, {"app": app, "openid": openid, "dedupe_key": dedupe_key})
    if not found:
        return None
    row = found[0]
    conversation = _Told(row.conversation_id, row.status, row.flow, row.flow_until_at, row.team_id, row.is_urgent)
    standing = standing_of(conversation, at) if row.conversation_id else Standing()
    return Caller(row.id, row.unionid, row.answers, row.came_before, standing)


class _Told(NamedTuple):
    id: str
    status: str
    flow: str | None
    flow_until_at: datetime | None
    team_id: str | None
    is_urgent: bool


@dataclass(frozen=True)
class Speaker:
    """Somebody whose message is being taken in. His open conversation is locked: who speaks in it cannot change."""

    user_id: str
    conversation: Conversation | None
    known: Row[Any]

    @property
    def was_taken_in(self) -> bool:
        """Whether this very callback came before; ``stored_answer`` is what was answered then."""
        return self.known.callback_id is not None

    @property
    def stored_answer(self) -> str | None:
        """What was answered to this callback before."""
        found: str | None = self.known.answer
        return found

    @property
    def resident_id(self) -> str | None:
        """Who he is by name, None for a stranger."""
        found: str | None = self.known.resident_id
        return found

    @property
    def agreement_id(self) -> str | None:
        """His agreement in force."""
        found: str | None = self.known.agreement_id
        return found

    @property
    def team_id(self) -> str | None:
        """The team that serves him."""
        found: str | None = self.known.team_id if self.known.agreement_id else None
        return found

    @property
    def ends_on(self) -> date | None:
        """The last day of the agreement that is shown: the one in force, else the one on its way."""
        found: date | None = self.known.ends_on
        return found


_SELDOM = {"user_id", "open_key", "created_at", "last_message_at", "named_at"}
"""Known already, or hardly ever asked for: PyMySQL needs longer for each column than the database."""
_LOCKED = (
    select(*(column for column in _TALK.c if column.key not in _SELDOM))
    .where(_TALK.c.open_key == bindparam("user_id"))
    .with_for_update()
)


def _said_last(column: ColumnElement[Any], *which: ColumnElement[bool]) -> Any:
    of_his = select(column).where(_MESSAGE.c.conversation_id == bindparam("conversation_id"), *which)
    return of_his.order_by(_MESSAGE.c.id.desc()).limit(1).scalar_subquery()


_KNOWN: Select[Any] = (
    select(
        _USER.c.resident_id,
        _USER.c.staff_id,
        _ACCOUNT.c.id.label("account_id"),
        _ACCOUNT.c.window_until_at,
        _CAME.scalar_subquery().label("callback_id"),
        _CAME.with_only_columns(_CALLBACK.c.answer).scalar_subquery().label("answer"),
        _ACTIVE.c.id.label("agreement_id"),
        case((_ACTIVE.c.id.is_not(None), _ACTIVE.c.end_on), else_=_OPEN.c.end_on).label("ends_on"),
        _TEAM.c.id.label("team_id"),
        _TEAM.c.name.label("team_name"),
        _TEAM.c.phone.label("team_phone"),
        _TEAM.c.hours.label("team_hours"),
        _STAFF.c.name.label("doctor_name"),
        _CENTRE.c.address,
        _CENTRE.c.phone.label("centre_phone"),
        _PACKAGE.c.name.label("package"),
        _said_last(_MESSAGE.c.id).label("last_id"),
        _said_last(_MESSAGE.c.text, _MESSAGE.c.sender == Sender.BOT).label("last_answer"),
    )
    .select_from(
        _USER.outerjoin(
            _ACCOUNT,
            and_(
                _ACCOUNT.c.user_id == _USER.c.id,
                _ACCOUNT.c.app == bindparam("app"),
                _ACCOUNT.c.openid == bindparam("openid"),
            ),
        )
        .outerjoin(_ACTIVE, _ACTIVE.c.active_key == _USER.c.resident_id)
        .outerjoin(_OPEN, _OPEN.c.open_key == _USER.c.resident_id)
        .outerjoin(_TEAM, _TEAM.c.id == func.coalesce(_ACTIVE.c.team_id, _OPEN.c.team_id))
        .outerjoin(_PACKAGE, _PACKAGE.c.id == func.coalesce(_ACTIVE.c.package_id, _OPEN.c.package_id))
        .outerjoin(_CENTRE, _CENTRE.c.id == _TEAM.c.organisation_id)
        .outerjoin(_LEAD, _LEAD.c.lead_key == _TEAM.c.id)
        .outerjoin(_STAFF, _STAFF.c.id == _LEAD.c.staff_id)
    )
    .where(_USER.c.id == bindparam("user_id"))
)


def speaker(user_id: str, *, app: str = "", openid: str = "", dedupe_key: str = "") -> Speaker:
    """Lock somebody's conversation and return what is known of him, in the caller's transaction.

    Args:
        app, openid, dedupe_key: of the callback, where one came: ``known`` then has the account, None when it is not his,
            and the answer of a repeated one.
    """
    # the lock first, and only on this row: what is read after it is what the one before left
    locked = ask(_LOCKED, {"user_id": user_id})
    conversation = None
    if locked:
        conversation = filled(Conversation, {**locked[0]._mapping, "user_id": user_id, "open_key": user_id})
    named = _named(user_id, locked) | {"app": app, "openid": openid, "dedupe_key": dedupe_key}
    return Speaker(user_id, conversation, ask(_KNOWN, named)[0])


def _named(user_id: str, conversation: Sequence[Row[Any]]) -> dict[str, Any]:
    talk = conversation[0].id if conversation else ""
    return {"user_id": user_id, "conversation_id": talk, "app": "", "openid": "", "dedupe_key": ""}


_OPEN_ID = select(_TALK.c.id).where(_TALK.c.open_key == bindparam("user_id"))


def heard(user_id: str) -> Speaker:
    """Return the same outside transactions, with nothing locked."""
    named = _named(user_id, read(_OPEN_ID, {"user_id": user_id}))
    return Speaker(user_id, None, read(_KNOWN, named)[0])


def as_speaker(user: WechatUser) -> Speaker:
    """The same for somebody who is logged in; what was read of him is put into the object."""
    found = speaker(id_of(user))
    set_loaded(user, id=found.user_id, resident_id=found.resident_id, staff_id=found.known.staff_id)
    return found
