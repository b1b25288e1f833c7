"""``flask --app "server.app:create_app" …``: chores, thin over actions."""

import json

import click
from flask import Flask

from server.cli.evidence import verify_evidence
from server.cli.examining import doctor
from server.cli.learning import retrain_chatbot
from server.jobs import cli as jobs


def register(app: Flask) -> None:
    """Add our commands to the application."""
    app.cli.add_command(init_db)
    app.cli.add_command(create_admin)
    app.cli.add_command(set_menu)
    app.cli.add_command(seed_demo)
    app.cli.add_command(import_sample)
    app.cli.add_command(verify_evidence)
    app.cli.add_command(doctor)
    app.cli.add_command(retrain_chatbot)
    jobs.register(app)


@click.command("init-db")
def init_db() -> None:
    """Create or migrate the database."""
    _bring_up_to_date()
    click.echo("database ready")


def _bring_up_to_date() -> None:
    from flask_migrate import upgrade

    upgrade()


@click.command("create-admin")
@click.argument("username")
@click.option("--name", required=True, help="The person's name.")
@click.option("--organisation", required=True, help="Name of the health centre; made when new.")
@click.option("--address", default="", help="Address of a new health centre.")
@click.option("--phone", default="", help="Phone of a new health centre.")
@click.password_option()
def create_admin(username: str, name: str, organisation: str, address: str, phone: str, password: str) -> None:
    """Create an administrator of the workbench."""
    from server.access.admin import organisation_named
    from server.actions import administrators
    from server.models.actor import CLOCK

    centre = organisation_named(organisation) or administrators.found_organisation(
        organisation, address=address, phone=phone, by=CLOCK
    )
    administrators.create(username, password, name, centre)
    click.echo(f"administrator {username} of {organisation} created")


@click.command("set-menu")
def set_menu() -> None:
    """Give the service account its menu."""
    from server.cli.demo import menu_of
    from server.handlers.context import wiring

    wiring().gateway.create_menu(menu_of(wiring()))
    click.echo("menu set")


@click.command("seed-demo")
@click.option("--sandbox", required=True, help="Address of the WeChat sandbox whose people play the parts.")
def seed_demo(sandbox: str) -> None:
    """Create or migrate a demo database and fill it with made-up people; again changes nothing. Refused in production."""
    from server.cli import demo
    from server.handlers.context import wiring

    if wiring().settings.app.environment == "production":
        raise click.ClickException("seed-demo is for the demo, never for production")
    _bring_up_to_date()  # here, because starting Python once more takes as long as the migrations
    click.echo(json.dumps(demo.seed(sandbox, wiring()), ensure_ascii=False))


@click.command("import-sample")
@click.argument("path", type=click.Path(dir_okay=False, writable=True))
def import_sample(path: str) -> None:
    """Write a filled-in ledger of made-up people (xlsx) that the workbench can take; for the demo."""
    from pathlib import Path

    from server.cli import demo_imports

    try:
        Path(path).write_bytes(demo_imports.sample())
    except LookupError as error:
        raise click.ClickException(f"{error}: run seed-demo first") from None
    click.echo(f"sample ledger written to {path}")
