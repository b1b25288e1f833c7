"""Is everything running, and who did what."""

from dataclasses import dataclass

from flask import Response, current_app, request

from server import clock
from server.access import admin as access
from server.access import jobs
from server.access.jobs import Rhythm
from server.handlers.context import admin
from server.handlers.workbench import labels, site
from server.models import JobState


@dataclass(frozen=True)
class Heartbeat:
    """One job: its rhythm, what it last did, and in Chinese what is wrong with it, empty when nothing is."""

    rhythm: Rhythm
    state: JobState | None
    wrong: str


@dataclass(frozen=True)
class Health:
    """All jobs; ``why`` says in one phrase what is wrong, empty when nothing is."""

    beats: list[Heartbeat]
    why: str


def health() -> Health:
    """Judge the jobs by the same rhythms as /health."""
    at = clock.now()
    states, holder = jobs.states(), jobs.holder(at)
    rhythms: tuple[Rhythm, ...] = current_app.extensions.get(jobs.RHYTHMS, ())
    beats = [_beat(rhythm, states.get(rhythm.job_id)) for rhythm in rhythms]
    if holder is None or holder.seconds_left <= 0:
        return Health(beats, "调度进程没有运行")
    wrong = sum(bool(beat.wrong) for beat in beats)
    return Health(beats, f"{wrong} 个任务异常" if wrong else "")


def _beat(rhythm: Rhythm, state: JobState | None) -> Heartbeat:
    if state is not None and state.last_error:
        return Heartbeat(rhythm, state, "上次运行出错")
    return Heartbeat(rhythm, state, "已超时" if rhythm.is_late(state, clock.now()) else "")


def list_jobs() -> Response:
    """Show each job's heartbeat and the latest runs."""
    return site.page(
        "jobs.html",
        here="jobs",
        health=health(),
        rows=access.job_runs(site.cursor()),
        jobs=labels.JOBS,
        now=clock.now(),
    )


def list_audit() -> Response:
    """Show the audit trail of the organisation."""
    action = request.args.get("action", "")
    rows = access.audit_trail(site.cursor(), action=action if action in labels.ACTIONS else "", by=admin())
    return site.page(
        "audit.html",
        here="audit",
        rows=rows,
        action=action,
        actions=labels.ACTIONS,
        actors=labels.ACTORS,
        objects=labels.OBJECTS,
        names=access.names_of({row.actor_id for row in rows.items}),
    )
