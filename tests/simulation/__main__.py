"""``python -m tests.simulation [--agreements 10000] [--years 3] [--region all] [--seed 1]``: the full simulation."""

import argparse
import gc
import sys
import tempfile
import time
from datetime import date

from server import policy as policies
from tests.simulation.county import Report, simulate


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--agreements", type=int, default=10_000)
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--region", default="all", choices=["all", *policies.regions()])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the database is made; memory-backed is fastest")
    chosen = parser.parse_args(arguments)
    gc.set_threshold(100_000, 20, 50)  # rows come and go by the million
    wrong = 0
    for region in policies.regions() if chosen.region == "all" else [chosen.region]:
        wrong += len(live(region, chosen).faults)
    return 1 if wrong else 0


def live(region: str, chosen: argparse.Namespace) -> Report:
    """Let one region live, saying each simulated half-year how far it has come, and print the report."""
    began, used = time.perf_counter(), time.process_time()

    def tell(day: date) -> None:
        if day.day == 1 and day.month in (1, 7):
            print(f"  {region} {day}, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="county-", dir=chosen.folder) as folder:
        url = f"sqlite:///{folder}/county.db"
        report = simulate(region, chosen.agreements, chosen.years, chosen.seed, url=url, each_day=tell)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{region}, {chosen.agreements} first signings in {chosen.years} years, seed {chosen.seed}:")
    print(f"  {sum(report.statuses.values())} agreements came about")
    print(f"  {report.summary()}\n  {seconds:.0f} s, of which {cpu:.0f} s of processor", flush=True)
    for fault in report.faults[:20]:
        print(f"  {fault}", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
