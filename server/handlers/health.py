"""Is everything running?"""

import logging
from typing import Any

from apiflask import APIBlueprint
from flask import current_app

from server import clock
from server.access import jobs as access
from server.handlers.context import wiring
from server.handlers.miniprogram.shapes.edges import instant
from server.policy.workdays import calendar

logger = logging.getLogger(__name__)
blueprint = APIBlueprint("health", __name__, url_prefix="")


@blueprint.get("/health")
def health() -> tuple[dict[str, Any], int]:
    """200 green or 503 red: the database, each job against its rhythm, who leads. Nothing personal.

    ``calendar_unknown``: years of which holidays are not known, so that staff reminders go by weekends only; a warning.
    """
    try:
        found = _look()
    except Exception as error:
        # whatever keeps us from looking is what /health is for
        logger.error("Health cannot be judged", exc_info=error)
        return {"status": "red", "database": False}, 503
    is_green = found["scheduler"]["leads"] and not any(job["late"] for job in found["jobs"])
    return {"status": "green" if is_green else "red", **found}, 200 if is_green else 503


def _look() -> dict[str, Any]:
    at = clock.now()
    answers = access.database_answers()
    states, holder = access.states(), access.holder(at)
    jobs = []
    for rhythm in current_app.extensions.get(access.RHYTHMS, ()):
        state = states.get(rhythm.job_id)
        jobs.append(
            {
                "id": rhythm.job_id,
                "late": rhythm.is_late(state, at),
                "last_ok_at": instant(state.last_ok_at) if state and state.last_ok_at else None,
                "late_after_seconds": int(rhythm.late_after.total_seconds()),
                "failing": bool(state and state.last_error),
            }
        )
    return {
        "database": answers,
        "scheduler": {
            "leads": holder is not None and holder.seconds_left > 0,
            "lease_seconds_left": round(holder.seconds_left, 1) if holder else None,
            "epoch": holder.epoch if holder else None,
        },
        "jobs": jobs,
        "unknown_notifications": access.unknown_count(),
        "calendar_unknown": calendar(wiring().policy.reminders).unknown(clock.local(at).date()),
    }
