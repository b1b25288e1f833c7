"""Sending what waits, and clearing up after senders that died."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from server import clock
from server.access.notifications import due_count
from server.actions import notifications
from server.jobs.work import Work, repeat

ROWS_PER_THREAD = 5
"""Fewer are not worth another thread."""


def deliver(work: Work) -> int:
    """Send what is due over several connections at once. Returns how many were handled."""
    budget = work.settings.scheduler.delivery_budget
    waiting = due_count(clock.now(), budget)
    if waiting == 0:
        return 0
    threads = min(work.settings.scheduler.delivery_threads, -(-waiting // ROWS_PER_THREAD))
    if threads == 1:
        return _deliver(work, waiting, 1, None)
    with ThreadPoolExecutor(threads, thread_name_prefix="deliver") as pool:
        return _deliver(work, waiting, threads, lambda calls: pool.submit(_in_own_context, work, calls))


def _in_own_context(work: Work, calls: Callable[[], None]) -> None:
    with work.app.app_context():
        calls()


def _deliver(work: Work, budget: int, threads: int, spawn: Callable[[Callable[[], None]], object] | None) -> int:
    return notifications.deliver_many(
        work.gateway,
        work.settings,
        work.policy,
        work.sms,
        budget=budget,
        keep_going=work.keep_going,
        threads=threads,
        spawn=spawn,
    )


def recover(work: Work) -> int:
    """Decide about notifications whose sender died, and match receipts that were faster than our own note."""
    return repeat(lambda: notifications.recover_next(work.policy), work)
