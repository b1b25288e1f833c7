"""Agreements by the calendar: offers, beginnings, ends, and requests nobody answered."""

from server.actions import signing
from server.jobs.work import Work, all_day, repeat


def offer_renewals(work: Work) -> int:
    """Tell residents and teams of agreements that end soon, have ended, or wait to be confirmed again."""
    return all_day(lambda: signing.offer_next_renewal(work.policy), work)


def expire(work: Work) -> int:
    """End what ended yesterday, handing over to a signed successor, and what was not confirmed again in time."""
    ended = all_day(lambda: signing.expire_next(work.policy), work)
    return ended + all_day(lambda: signing.lapse_next(work.policy), work)


def activate(work: Work) -> int:
    """Begin what begins today."""
    return all_day(lambda: signing.activate_next(work.policy), work)


def withdraw_overdue(work: Work) -> int:
    """Take back what nobody signed, answered or paid in time."""
    return all_day(lambda: signing.withdraw_overdue_next(work.policy), work)


def lapse_changes(work: Work) -> int:
    """Close wishes for another team that not both teams answered in time."""
    return all_day(lambda: signing.lapse_change_next(work.policy), work)


def list_unsigned(work: Work) -> int:
    """Make this month's list of people who should be signed, and finish the entries of those who are by now."""
    after: str | None = ""
    while after is not None and work.keep_going():
        after = signing.settle_batch(after)
    listed = all_day(lambda: signing.list_next(work.policy), work)
    return listed + all_day(lambda: signing.list_lapsed_next(work.policy), work)


def open_ledgers(work: Work) -> int:
    """Write down what agreements promise that came into force by an import or a transfer."""
    return repeat(signing.open_next_ledger, work)


def remind_signings(work: Work) -> int:
    """Tell who has to sign, to answer or to pay."""
    return all_day(lambda: signing.remind_next(work.policy), work)


def list_transfers(work: Work) -> int:
    """List and tell the residents of teams that are handed over, or that are not after all."""
    told = repeat(lambda: signing.list_transfer_next(work.policy), work)
    return told + repeat(lambda: signing.tell_cancelled_next(work.policy), work)


def move_transfers(work: Work) -> int:
    """Move residents whose team has closed to the next one."""
    return repeat(lambda: signing.move_next(work.policy), work)
