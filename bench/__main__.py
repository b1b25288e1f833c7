"""``python -m bench [NAME|all] [--database sqlite|mariadb]``: prints a table of ratios with their ranges."""

import argparse
import contextlib
import sys
from collections.abc import Iterator

from bench import booking, callback, draining, free_numbers, importing, reminders, renewal, signing
from bench.stage import Stage, standing
from tools import mariadb, processes

BENCHES = {
    "importing": importing.run,
    "signing": signing.run,
    "renewal": renewal.run,
    "booking": booking.run,
    "free_numbers": free_numbers.run,
    "reminders": reminders.run,
    "draining": draining.run,
    "callback": callback.run,
}


@contextlib.contextmanager
def server(kind: str) -> Iterator[str | None]:
    """The address of a MariaDB server, None for SQLite."""
    if kind == "sqlite":
        yield None
        return
    with mariadb.server() as url:
        yield url


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("which", nargs="?", default="all", choices=[*BENCHES, "all"])
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "mariadb"])
    parser.add_argument(
        "--rounds", type=int, default=5, help="interleaved rounds; the median and the range are printed"
    )
    parser.add_argument("--size", type=int, help="acceptances a round, or agreements in the table")
    chosen = parser.parse_args(arguments)
    processes.stop_on_signals()
    processes.adopt_orphans()
    try:
        for name, bench in BENCHES.items():
            if chosen.which in (name, "all"):
                with server(chosen.database) as url, standing(url) as stage:
                    show(name, stage, bench(stage, rounds=chosen.rounds, size=chosen.size))
    except processes.Stopped as stopped:
        return stopped.exit_code
    finally:
        with processes.undisturbed():
            processes.kill_descendants()
    return 0


def show(name: str, stage: Stage, lines: list[str]) -> None:
    print(f"\n{name} on {stage.kind}")
    for line in lines:
        print(f"  {line}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
