"""``python -m tests.simulation [--agreements 10000] [--years 3] [--region all] [--seed 1]``: the full simulation."""

import argparse
import sys
import tempfile
import time

from server import policy as policies
from tests.simulation.county import simulate


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--agreements", type=int, default=10_000)
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--region", default="all", choices=["all", *policies.regions()])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the database is made; memory-backed is fastest")
    chosen = parser.parse_args(arguments)
    wrong = 0
    for region in policies.regions() if chosen.region == "all" else [chosen.region]:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="county-", dir=chosen.folder) as folder:
            url = f"sqlite:///{folder}/county.db"
            report = simulate(region, chosen.agreements, chosen.years, chosen.seed, url=url)
        wrong += len(report.faults)
        print(f"{region}: {report.summary()} ({time.perf_counter() - began:.0f} s)", flush=True)
        for fault in report.faults[:20]:
            print(f"  {fault}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
