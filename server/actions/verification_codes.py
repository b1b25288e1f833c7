"""Looking an agreement up by the code on its copy: open to everybody, and no place to try codes out."""

import hashlib
import re
from datetime import datetime, timedelta

from sqlalchemy import func, select

from server import clock
from server.access import evidence as reading
from server.database import db, retried, transaction
from server.errors import NotFound, TooMany
from server.models import Agreement, AuditEvent
from server.models.actor import ActorKind

CODE = re.compile(r"[0-9a-f]{32}")
MISSES = 20
WITHIN = timedelta(minutes=10)
MISSED = "verify_code_missed"


class TooManyCodes(TooMany):
    """Somebody tries codes out."""

    code, default_message = "too_many_codes", "输错的核对码太多，请十分钟后再试"


class CodeUnknown(NotFound):
    """No copy carries this code."""

    code, default_message = "verify_code_unknown", "没有找到这份协议，请核对二维码或网址是否完整"


def look_up(code: str, *, source: str) -> Agreement:
    """Return the agreement behind a code of 128 random bits.

    Args:
        source: the caller's address; kept as a hash for ten minutes' counting.
    Raises:
        CodeUnknown; TooManyCodes: after twenty unknown codes in ten minutes from one address not even a right one helps.
    """
    caller = "address:" + hashlib.sha256(source.encode()).hexdigest()[:32]
    if _missed(caller, since=clock.now() - WITHIN) >= MISSES:
        raise TooManyCodes()
    found = reading.by_code(code) if CODE.fullmatch(code) else None
    if found is None:
        _note_miss(caller)
        raise CodeUnknown()
    return found


def _missed(caller: str, *, since: datetime) -> int:
    rows = select(func.count(AuditEvent.id)).where(
        AuditEvent.actor_id == caller, AuditEvent.at > since, AuditEvent.action == MISSED
    )
    return db.session.scalar(rows) or 0


@retried
def _note_miss(caller: str) -> None:
    at = clock.now()
    with transaction() as session:
        session.add(
            AuditEvent(
                at=at,
                actor_kind=ActorKind.SYSTEM,
                actor_id=caller,
                action="verify_code_missed",
                object_kind="evidence",
                object_id="",
                source="",
            )
        )
