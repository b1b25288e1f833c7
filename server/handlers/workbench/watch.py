"""Is everything running, and who did what."""

from flask import Response, request

from server import clock
from server.access import admin as access
from server.handlers.context import admin
from server.handlers.workbench import labels, site


def list_jobs() -> Response:
    """Show each job's heartbeat and the latest runs."""
    return site.page(
        "jobs.html",
        here="jobs",
        health=access.job_health(),
        states=access.job_states(),
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
