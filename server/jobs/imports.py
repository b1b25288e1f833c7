"""Files of old signings, ledgers and hospitals' sessions: read, checked and entered here, while nobody waits for it."""

from dataclasses import replace

from server import clock
from server.access.imports import limits_of
from server.actions import importing, signing
from server.actions.booking import entering
from server.jobs.work import Work, repeat

SECONDS_PER_RUN = 20
"""A long file goes on with the next run, so that the job's heartbeat shows it alive."""


def work_on_files(work: Work) -> int:
    """Read, check and enter what waits. Returns the number of steps."""
    until = clock.monotonic() + SECONDS_PER_RUN
    timed = replace(work, keep_going=lambda: work.keep_going() and clock.monotonic() < until)
    limits = limits_of(work.settings.imports)
    read = repeat(lambda: importing.read_next(limits, work.keep_going), timed)
    checked = repeat(lambda: importing.check_next(work.policy), timed)
    entered = repeat(lambda: signing.enter_next(work.policy), timed)
    return read + checked + entered + repeat(lambda: entering.enter_next(work.policy), timed)
