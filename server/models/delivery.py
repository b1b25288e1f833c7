"""What one notification can become while it is delivered, and what that leaves behind. In the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server.database import db
from server.models.account import WechatAccount, WechatUser
from server.models.agreement import Agreement
from server.models.consent import PushConsent
from server.models.notification import MOVES, Notification, NotificationStatus, PhoneTask, has_died, queue
from server.models.states import StaleState

COPY = "copy:"
"""How the key of a notification begins that tells somebody the same besides the person it is about."""


def shift(
    row_id: str, old: NotificationStatus, new: NotificationStatus, *, number: int | None = None, **columns: Any
) -> bool:
    """Move a notification by one conditional UPDATE. Returns whether it was still as the caller thought.

    Args:
        number: the attempt the caller speaks for; a later attempt makes this one's result void.
    """
    if new not in MOVES[old]:
        raise ValueError(f"no arrow {old} → {new}")
    return _change(row_id, old, number, {"status": new, **columns})


def put_off(row_id: str, until: datetime) -> bool:
    """Let a waiting notification wait longer; it has not been tried."""
    return _change(row_id, NotificationStatus.CREATED, None, {"next_attempt_at": until})


def learn_reference(row_id: str, number: int, provider_ref: str | None, at: datetime) -> bool:
    """Note WeChat's message id of a notification already counted as unknown, so that its receipt still finds it."""
    return _change(row_id, NotificationStatus.UNKNOWN, number, {"provider_ref": provider_ref, "sent_at": at})


def _change(row_id: str, old: NotificationStatus, number: int | None, columns: dict[str, Any]) -> bool:
    statement = update(Notification).where(Notification.id == row_id, Notification.status == old)
    if number is not None:
        statement = statement.where(Notification.attempts == number)
    statement = statement.values(**columns).execution_options(synchronize_session=False)
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def leave_to_phone(row: Notification, reason: str, at: datetime) -> None:
    """Leave a phone task for the team when WeChat cannot reach a resident; nothing when there is no resident or team."""
    if row.dedupe_key.startswith(COPY):
        return  # the person himself is told or phoned about the same matter
    resident_id = (
        row.about_id
        or row.resident_id
        or (
            db.session.scalar(select(WechatUser.resident_id).where(WechatUser.id == row.user_id))
            if row.user_id
            else None
        )
    )
    if resident_id is None or has_died(None, resident_id):
        return
    team_id = row.team_id or db.session.scalar(select(Agreement.team_id).where(Agreement.active_key == resident_id))
    known = db.session.scalar(select(PhoneTask.id).where(PhoneTask.notification_id == row.id))
    if team_id and not known:
        db.session.add(
            PhoneTask(
                notification_id=row.id,
                team_id=team_id,
                resident_id=resident_id,
                reason=reason,
                about=row.kind,
                created_at=at,
            )
        )


def hand_over(row: Notification, to_id: str, at: datetime) -> bool:
    """Let somebody else be told what a waiting notification says about a person: the next one of his chain."""
    return _change(
        row.id,
        NotificationStatus.CREATED,
        row.attempts,
        {
            "about_id": row.about_id or row.resident_id,
            "resident_id": to_id,
            "user_id": None,
            "passed_to": [*row.passed_to, to_id],
            "tried_channels": [],
            "next_attempt_at": at,
            "counted_on": None,
            "reason": None,
        },
    )


def copy_to(row: Notification, to_id: str, at: datetime) -> bool:
    """Let somebody else be told the same besides the person; again changes nothing. Returns whether it is new."""
    return queue(
        row.kind,
        dedupe_key=f"{COPY}{to_id}:{row.id}",
        subject_id=row.subject_id,
        at=at,
        facts=row.facts,
        resident_id=to_id,
        about_id=row.resident_id,
        passed_to=(to_id,),
        team_id=row.team_id,
        due_at=max(row.next_attempt_at, at),
        expires_at=row.expires_at,
        is_urgent=row.is_urgent,
    )


def merge(rows: Sequence[Notification], digest: dict[str, Any]) -> None:
    """Let one message tell several waiting ones, in the caller's transaction.

    Args:
        digest: as the arguments of ``notification.queue``.
    Raises:
        StaleState: one of them is on its way already; the caller takes everything back.
    """
    queue(**digest)
    into = db.session.scalar(select(Notification.id).where(Notification.dedupe_key == digest["dedupe_key"]))
    for row in rows:
        if not _change(
            row.id,
            NotificationStatus.CREATED,
            row.attempts,
            {"status": NotificationStatus.MERGED, "merged_into": into, "reason": None},
        ):
            raise StaleState()


def use_up(user_id: str, channel: str, at: datetime) -> None:
    """Count one accepted message against what the person allowed; chats are counted before (models.allowance)."""
    name, _, template = channel.partition(":")
    if name == "subscribe":
        left = update(PushConsent).where(
            PushConsent.user_id == user_id,
            PushConsent.template == template,
            PushConsent.one_time_left > 0,
            PushConsent.is_long_term.is_(False),
        )
        _run(left.values(one_time_left=PushConsent.one_time_left - 1, updated_at=at))


def close_channel(user_id: str, channel: str, at: datetime) -> None:
    """Believe WeChat that a person cannot be reached this way: no consent, not following."""
    name, _, template = channel.partition(":")
    if name == "subscribe":
        _no_consent(user_id, template, at)
        return
    account = update(WechatAccount).where(WechatAccount.user_id == user_id, WechatAccount.app == "service_account")
    if name == "service_template":
        _run(account.values(follows=False))


def _no_consent(user_id: str, template: str, at: datetime) -> None:
    known = update(PushConsent).where(PushConsent.user_id == user_id, PushConsent.template == template)
    if _run(known.values(one_time_left=0, is_long_term=False, updated_at=at)):
        return
    try:
        with db.session.begin_nested():
            db.session.add(PushConsent(user_id=user_id, template=template, one_time_left=0, updated_at=at))
    except IntegrityError:
        return  # somebody asked the person just now: that answer is newer


def _run(statement: Any) -> int:
    done: int = db.session.execute(statement.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    return done
