"""Sending what waits, and clearing up after senders that died."""

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
        return _deliver_share(work, waiting)
    shares = [waiting // threads + (number < waiting % threads) for number in range(threads)]
    with ThreadPoolExecutor(threads, thread_name_prefix="deliver") as pool:
        return sum(pool.map(lambda share: _in_own_context(work, share), shares))


def _in_own_context(work: Work, share: int) -> int:
    with work.app.app_context():
        return _deliver_share(work, share)


def _deliver_share(work: Work, share: int) -> int:
    return notifications.deliver_many(
        work.gateway, work.settings, work.policy, work.sms, budget=share, keep_going=work.keep_going
    )


def recover(work: Work) -> int:
    """Decide about notifications whose sender died, and match receipts that were faster than our own note."""
    return repeat(lambda: notifications.recover_next(work.policy), work)
