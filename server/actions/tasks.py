"""Phone tasks: the team calls somebody WeChat could not reach."""

import contextlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict
from server.models import NotificationStatus, PhoneTask, notice_setting, phone_check
from server.models.actor import Actor
from server.models.audit import record
from server.models.delivery import shift
from server.models.notification import TASK_CLOSED


class CallOutcome(StrEnum):
    """What the call led to."""

    REACHED = "reached"
    FAMILY_TOLD = "family_told"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong_number"


OUTCOME_LABELS: dict[str, str] = {
    CallOutcome.REACHED: "已通知本人",
    CallOutcome.FAMILY_TOLD: "已请家人转告",
    CallOutcome.UNREACHABLE: "无人接听",
    CallOutcome.WRONG_NUMBER: "号码有误",
    TASK_CLOSED: "服务已终止，无需联系",
}


TOLD = (CallOutcome.REACHED, CallOutcome.FAMILY_TOLD)


class TaskDone(Conflict):
    """Somebody else finished this call."""

    code, default_message = "task_done", "这项电话任务已由同事完成"


@retried
def finish(task: PhoneTask, *, outcome: CallOutcome, note: str | None, by: Actor) -> PhoneTask:
    """Close a phone task with what the call led to; repeating one's own answer changes nothing.

    Who was reached was told: the notification says so. To a wrong number no SMS goes any more, and it is to be checked.

    Raises:
        TaskDone: it was closed by somebody else, or with another outcome.
    """
    at = clock.now()
    with transaction() as session:
        changed = session.execute(
            update(PhoneTask)
            .where(PhoneTask.id == task.id, PhoneTask.status == "open")
            .values(status="done", done_at=at, done_by=by.id, outcome=outcome, note=note)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        session.refresh(task)
        if changed == 1:
            record("phone_task_done", task, by=by, at=at)
            _draw_conclusions(task, outcome, by=by, at=at)
        elif task.done_by != by.id or task.outcome != outcome:
            raise TaskDone()
    return task


def _draw_conclusions(task: PhoneTask, outcome: CallOutcome, *, by: Actor, at: datetime) -> None:
    if outcome in TOLD:
        # it may have been settled another way meanwhile
        shift(task.notification_id, NotificationStatus.FAILED, NotificationStatus.PHONED)
    elif outcome == CallOutcome.WRONG_NUMBER:
        notice_setting.note_bad_phone(task.resident_id, at)
        # somebody else may have it checked at this moment
        with contextlib.suppress(IntegrityError), db.session.begin_nested():
            phone_check.ask(task.resident, task.team_id, by=by, at=at)
