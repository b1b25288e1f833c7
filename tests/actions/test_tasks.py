"""Phone tasks: done once, by the team only."""

import pytest
from sqlalchemy import select

from server import clock
from server.access import tasks as access
from server.actions import tasks
from server.actions.tasks import CallOutcome, TaskDone
from server.database import db
from server.errors import NotFound
from server.models import AuditEvent, PhoneTask, Team
from server.models.actor import Actor, ActorKind
from tests import make
from tests.actions.pushing import fresh, queued

pytestmark = pytest.mark.usefixtures("app")


def task_of(team: Team) -> PhoneTask:
    resident = make.resident()
    note = queued(resident_id=resident.id, team_id=team.id)
    made: PhoneTask = make.saved(
        PhoneTask(
            notification_id=note.id,
            team_id=team.id,
            resident_id=resident.id,
            reason="no_wechat",
            about="followup_due",
            created_at=clock.now(),
        )
    )
    return made


def staff(team: Team) -> Actor:
    assert team.lead is not None
    return Actor(ActorKind.STAFF, team.lead.id)


def test_a_call_is_closed_with_its_outcome_and_audited() -> None:
    team = make.team()
    task = task_of(team)

    done = tasks.finish(task, outcome=CallOutcome.REACHED, note="已告知", by=staff(team))

    assert (done.status, done.outcome, done.note) == ("done", "reached", "已告知")
    assert db.session.scalars(select(AuditEvent.action)).all() == ["phone_task_done"]
    assert access.open_of_team(team.lead, None).items == []


def test_repeating_ones_own_answer_changes_nothing_and_another_answer_is_refused() -> None:
    team = make.team()
    task = task_of(team)
    tasks.finish(task, outcome=CallOutcome.REACHED, note=None, by=staff(team))

    assert tasks.finish(fresh(task), outcome=CallOutcome.REACHED, note=None, by=staff(team)).status == "done"
    with pytest.raises(TaskDone):
        tasks.finish(fresh(task), outcome=CallOutcome.WRONG_NUMBER, note=None, by=staff(team))
    with pytest.raises(TaskDone):
        tasks.finish(fresh(task), outcome=CallOutcome.REACHED, note=None, by=Actor(ActorKind.STAFF, "someone"))
    assert len(db.session.scalars(select(AuditEvent.action)).all()) == 1


def test_another_team_sees_nothing() -> None:
    task = task_of(make.team())
    stranger = make.team().lead

    assert access.open_of_team(stranger, None).items == []
    with pytest.raises(NotFound):
        access.one(task.id, stranger)
