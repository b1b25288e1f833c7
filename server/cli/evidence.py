"""``verify-evidence``: has anything that was signed been changed since?"""

import click


@click.command("verify-evidence")
@click.option("--number", default="", help="Only the agreement of this number.")
def verify_evidence(number: str) -> None:
    """Recompute every chain of evidence; print what no longer fits, and fail when anything does not."""
    from server.access import evidence

    checked = changed = 0
    for agreement_id, known_as in evidence.numbers(number):
        checked += 1
        found = [code for code in evidence.problems(agreement_id) if code != "no_package"]
        if found:
            changed += 1
            click.echo(f"{known_as}: {', '.join(found)}")
    click.echo(f"{checked} agreements checked, {changed} changed")
    if changed or (number and not checked):
        raise SystemExit(1)
