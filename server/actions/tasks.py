"""Phone tasks: the team calls somebody WeChat could not reach."""

from enum import StrEnum

from sqlalchemy import update

from server import clock
from server.database import retried, transaction
from server.errors import Conflict
from server.models import PhoneTask
from server.models.actor import Actor
from server.models.audit import record
from server.models.notification import TASK_CLOSED


class CallOutcome(StrEnum):
    """What the call led to."""

    REACHED = "reached"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong_number"


OUTCOME_LABELS: dict[str, str] = {
    CallOutcome.REACHED: "已通知本人",
    CallOutcome.UNREACHABLE: "无人接听",
    CallOutcome.WRONG_NUMBER: "号码有误",
    TASK_CLOSED: "服务已终止，无需联系",
}


class TaskDone(Conflict):
    """Somebody else finished this call."""

    code, default_message = "task_done", "这项电话任务已由同事完成"


@retried
def finish(task: PhoneTask, *, outcome: CallOutcome, note: str | None, by: Actor) -> PhoneTask:
    """Close a phone task with what the call led to; repeating one's own answer changes nothing.

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
        elif task.done_by != by.id or task.outcome != outcome:
            raise TaskDone()
    return task
