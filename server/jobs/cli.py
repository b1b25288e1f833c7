"""``flask --app "server.app:create_app" jobs …``: the scheduler process and single runs by hand."""

from typing import Any

import click
from flask import Flask, current_app

from server.access.jobs import RHYTHMS
from server.jobs.runner import Runner
from server.jobs.schedule import JOBS, job
from server.jobs.work import Work

WIRING = "family_doctor"
"""Where create_app() keeps settings, policy and gateway."""


def register(app: Flask) -> None:
    """Add the commands, and tell the application its jobs' rhythms: /health compares them with the heartbeats."""
    app.extensions[RHYTHMS] = tuple(job.rhythm for job in JOBS)
    app.cli.add_command(jobs)


def work_of(app: Any) -> Work:
    """Return what jobs need of an application."""
    wiring = app.extensions[WIRING]
    return Work(app, wiring.settings, wiring.policy, wiring.gateway, wiring.verifier, wiring.sms)


@click.group("jobs")
def jobs() -> None:
    """What happens by itself."""


@jobs.command("run")
def run() -> None:
    """Run the scheduler until it is told to stop; a second one stands by."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    Runner(work_of(app)).run_until_stopped()


@jobs.command("once")
@click.argument("job_id", type=click.Choice([job.id for job in JOBS]))
def once(job_id: str) -> None:
    """Run one job now, whoever leads."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    click.echo(f"{job_id}: {job(job_id).run(work_of(app))}")


@jobs.command("list")
def list_all() -> None:
    """Show the schedule."""
    for line in JOBS:
        rhythm = line.rhythm
        when = f"daily {rhythm.daily_at:%H:%M}" if rhythm.daily_at else f"every {rhythm.every_seconds} s"
        click.echo(f"{line.id:22}{when:14}{line.why}")
