"""``flask --app "server.app:create_app" …``: chores, thin over actions."""

import click
from flask import Flask


def register(app: Flask) -> None:
    """Add our commands to the application."""
    app.cli.add_command(init_db)


@click.command("init-db")
def init_db() -> None:
    """Create or migrate the database."""
    from flask_migrate import upgrade

    upgrade()
    click.echo("database ready")
