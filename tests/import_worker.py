"""The scheduler's work on files in a process of its own.

``python -m tests.import_worker <config.toml> [rows per step [transaction of the entering to stand still in]]``

Prints one line of JSON: rows per second of each phase, and the most memory the process ever held. Where it is to stand
still it says so instead, with everything written and nothing committed, and waits to be killed.
"""

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from server.access.imports import limits_of
from server.actions import importing, signing
from server.app import create_app
from server.handlers.context import EXTENSION


def stand_still(transaction: int) -> None:
    """Let this transaction of the ones to come never be committed."""
    begun = itertools.count(1)

    @event.listens_for(Session, "before_commit")
    def hold(session: Session) -> None:
        if next(begun) == transaction:
            session.flush()
            sys.stdout.write("holding\n")
            sys.stdout.flush()
            time.sleep(600)


def work(config: str, rows: int = 100, hold_at: int = 0) -> dict[str, Any]:
    """Read, check and enter everything that waits; seconds of each phase."""
    app = create_app(config)
    wiring = app.extensions[EXTENSION]
    limits = limits_of(wiring.settings.imports)
    with app.app_context():
        steps = {
            "read": lambda: importing.read_next(limits),
            "check": lambda: importing.check_next(wiring.policy),
            "enter": lambda: signing.enter_next(wiring.policy, rows),
        }
        seconds = {}
        for name, step in steps.items():
            if name == "enter" and hold_at:
                stand_still(hold_at)
            began = time.perf_counter()
            while step():
                pass
            seconds[name] = time.perf_counter() - began
    return {"seconds": seconds, "peak_kilobytes": peak_kilobytes()}


def peak_kilobytes(process: int | str = "self") -> int:
    """The most memory a process ever held; getrusage would also count what its parent held when it was started."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(work(sys.argv[1], *(int(number) for number in sys.argv[2:]))))
