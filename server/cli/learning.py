"""``flask retrain-chatbot``: learn what staff labelled and say how well it is understood, before and after."""

import sys

import click


@click.command("retrain-chatbot")
def retrain_chatbot() -> None:
    """Train the chatbot on all labelled sentences and print figures; taken into use at the workbench."""
    from server.access import learning as access
    from server.actions import learning
    from server.models.actor import CLOCK

    asked = learning.ask_training(by=CLOCK)
    while learning.measure_next():
        pass
    done = access.training(asked.id)
    click.echo(f"{done.lesson_count} labelled sentences; held-out messages, before -> after:")
    assert done.figures is not None
    for name, before in done.figures["before"].items():
        click.echo(f"  {name:20} {before:.3f} -> {done.figures['after'][name]:.3f}")
    why = learning.unfit(done, access.current())
    click.echo(f"not fit: {why}" if why else "fit: take it into use at the workbench, page 智能助手学习")
    sys.exit(1 if why else 0)
