"""Deleting what nobody needs any more, in small batches that never hold anybody up."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from server import clock
from server.database import retried, transaction
from server.models import (
    DeskLogin,
    DeskSession,
    JobRun,
    LoginToken,
    MachineAnswer,
    MachineNonce,
    WechatCallback,
    WorkbenchSession,
)

BATCH_ROWS = 500
SESSIONS_AFTER = timedelta(days=7)
DESK_LOGINS_AFTER = timedelta(days=9)
"""Later than the sessions that name them, which last a day at most."""
CALLBACKS_AFTER = timedelta(days=30)
RUNS_AFTER = timedelta(days=90)
# a signature is refused five minutes after it was made, whether we remember it or not
NONCES_AFTER = timedelta(minutes=30)
ANSWERS_AFTER = timedelta(days=7)


@retried
def delete_next_batch() -> bool:
    """Delete up to 500 old rows of one kind: ended sessions, handled callbacks, runs, what hospitals
    were answered. Returns False when none is left."""
    at = clock.now()
    with transaction() as session:
        for model, is_old in _rules(at):
            ids = list(session.scalars(select(model.id).where(is_old).limit(BATCH_ROWS)))
            if ids:
                session.execute(delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False))
                return True
    return False


def _rules(at: datetime) -> tuple[tuple[Any, ColumnElement[bool]], ...]:
    return (
        (LoginToken, LoginToken.expires_at < at - SESSIONS_AFTER),
        (WorkbenchSession, WorkbenchSession.expires_at < at - SESSIONS_AFTER),
        (DeskSession, DeskSession.expires_at < at - SESSIONS_AFTER),
        (DeskLogin, DeskLogin.expires_at < at - DESK_LOGINS_AFTER),
        (WechatCallback, WechatCallback.received_at < at - CALLBACKS_AFTER),
        (JobRun, JobRun.started_at < at - RUNS_AFTER),
        (MachineNonce, MachineNonce.at < at - NONCES_AFTER),
        (MachineAnswer, MachineAnswer.at < at - ANSWERS_AFTER),
    )
