"""Follow-ups, visits and phone tasks of the team."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import followups as access
from server.access import rights
from server.access import tasks as task_access
from server.actions import followups, tasks, verification
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import (
    CompletedOut,
    CompleteIn,
    EnrolIn,
    FollowUpOut,
    JudgedOut,
    TaskDoneIn,
    TaskOut,
)
from server.handlers.miniprogram.shapes.people import RealNameOut
from server.models.followup import FollowUp
from server.policy import programmes

blueprint = APIBlueprint("doctor_followups", __name__, url_prefix="/api/doctor")


def shown(rows: list[FollowUp]) -> list[FollowUpOut]:
    """Show follow-ups to the team, each with the latest measurement."""
    last = access.last_done(list({row.resident_id for row in rows}))
    today = clock.today()
    return [FollowUpOut.of(row, today, last.get(row.resident_id), for_doctor=True) for row in rows]


@blueprint.post("/residents/<resident_id>/enrolments")
@blueprint.input(EnrolIn, arg_name="body")
@blueprint.output(FollowUpOut, status_code=201)
def enrol(resident_id: str, body: EnrolIn) -> FollowUpOut:
    """Take a resident of my panel into a programme.

    Errors: not_found, no_active_agreement, already_enrolled, too_young, date_invalid, group_needed, fact_invalid,
    nothing_to_plan.
    """
    resident = access.panel_resident(resident_id, context.staff())
    if body.staff_id:
        access.colleague(body.staff_id, rights.served(resident_id, context.staff()).team_id)
    first = followups.enrol(
        resident,
        body.programme,
        body.start_on,
        by=context.as_staff(),
        policy=context.wiring().policy,
        facts=body.facts,
        staff_id=body.staff_id,
    )
    return shown([first])[0]


@blueprint.post("/residents/<resident_id>/seen")
@blueprint.output(RealNameOut)
def seen(resident_id: str) -> RealNameOut:
    """I compared a resident of my panel with the original of his document; recorded. Errors: not_found."""
    resident = access.panel_resident(resident_id, context.staff())
    return RealNameOut.of(verification.staff_seen(resident, by=context.as_staff()))


@blueprint.get("/followups")
@blueprint.input(PageIn, location="query", arg_name="query")
def list_due(query: PageIn) -> dict[str, Any]:
    """What my team has to do, the longest overdue first; that last measurements were shown is written down."""
    found = access.of_team(context.staff(), clock.today(), query.cursor)
    answer = [row.model_dump() for row in shown(found.items)]
    measured = {row.resident_id: row.resident for row, out in zip(found.items, answer, strict=True) if out["last"]}
    followups.note_seen(measured.values(), by=context.as_staff())
    return listed(answer, found.next)


@blueprint.post("/followups/<followup_id>/complete")
@blueprint.input(CompleteIn, arg_name="body")
@blueprint.output(CompletedOut)
def complete(followup_id: str, body: CompleteIn) -> CompletedOut:
    """Record an encounter, one programme or several; the answer says what follows.

    Errors: not_found, measurement_invalid, confirmation_needed, date_invalid, reason_needed, encounter_invalid,
    illegal_move, stale_state.
    """
    staff = context.staff()
    first = access.one(followup_id, staff)
    parts = [followups.Part(first, body.form(first.programme))]
    parts += [followups.Part(access.one(one.followup_id, staff), one.values) for one in body.also]
    encounter = followups.Encounter(
        body.visited_on, body.method, body.note, body.confirmed, body.next_on, body.next_reason
    )
    done = followups.complete(parts, encounter, by=context.as_staff(), policy=context.wiring().policy)
    head, *others = [_judged(one) for one in done]
    return CompletedOut(**head, also=[JudgedOut(**one) for one in others])


def _judged(done: followups.Completed) -> dict[str, Any]:
    visited_on = done.followup.visited_on or clock.today()
    reasons = programmes.load(done.followup.programme, visited_on).reasons
    return {
        "followup": shown([done.followup])[0],
        "next": shown([done.next])[0] if done.next else None,
        "class_label": done.class_label,
        "advice": done.advice,
        "emergency": done.is_emergency,
        "refer": reasons[done.judged.refer] if done.judged.refer else None,
        "check_on": done.check.due_on.isoformat() if done.check else None,
    }


@blueprint.get("/tasks")
@blueprint.input(PageIn, location="query", arg_name="query")
def list_tasks(query: PageIn) -> dict[str, Any]:
    """People WeChat could not reach, oldest first."""
    found = task_access.open_of_team(context.staff(), query.cursor)
    return listed([TaskOut.of(task).model_dump() for task in found.items], found.next)


@blueprint.post("/tasks/<task_id>/done")
@blueprint.input(TaskDoneIn, arg_name="body")
@blueprint.output(TaskOut)
def finish_task(task_id: str, body: TaskDoneIn) -> TaskOut:
    """Close a phone task. Errors: not_found, task_done."""
    task = task_access.one(task_id, context.staff())
    return TaskOut.of(tasks.finish(task, outcome=body.outcome, note=body.note, by=context.as_staff()))
