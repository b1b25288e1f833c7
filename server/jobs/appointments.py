"""Numbers and appointments by the clock."""

from server import clock
from server.actions import booking
from server.actions.booking import digesting, planning, usage, waiting
from server.jobs.work import Work, all_day, repeat
from server.reports import numbers as reports


def release(work: Work) -> int:
    """Give unused family-doctor numbers to the public when their time has come."""
    return repeat(lambda: booking.release_next(), work)


def suspend(work: Work) -> int:
    """Tell everybody whose clinic was called off, and give him the choice of another time."""
    return repeat(lambda: booking.suspend_next(), work)


def mark_no_shows(work: Work) -> int:
    """Mark visits nobody came to."""
    return repeat(lambda: booking.mark_no_show_next(work.policy), work)


def end_blocks(work: Work) -> int:
    """End pauses in booking online whose time is over."""
    return all_day(lambda: booking.end_block_next(), work)


def finish(work: Work) -> int:
    """Close appointments whose clinic is over."""
    return repeat(lambda: booking.finish_next(), work)


def expire_holds(work: Work) -> int:
    """Give back places that were held and not confirmed in time."""
    return repeat(lambda: booking.expire_holds_next(), work)


def lay_out(work: Work) -> int:
    """Lay out the weekly patterns' sessions that came into reach."""
    return all_day(lambda: planning.plan_next(work.policy), work)


def offer_places(work: Work) -> int:
    """Offer places that came free to whoever waits, and account for the others."""
    return repeat(lambda: waiting.offer_next(policy=work.policy), work)


def offer_free_places(work: Work) -> int:
    """Offer places nobody gave back to whoever waits."""
    rounds, after = 0, ""
    while work.keep_going() and (after := waiting.offer_free_next(after, policy=work.policy)):
        rounds += 1
    return rounds


def end_waits(work: Work) -> int:
    """End waits that can come to nothing any more."""
    return repeat(lambda: waiting.end_next(policy=work.policy), work)


def tell_low_use(work: Work) -> int:
    """Tell which hospitals' numbers were little used from Monday to Sunday of last week; once a week."""
    monday = reports.week_before(clock.today())
    low = [usage.LowUse(use.id, use.offered, use.used) for use in reports.low_use(monday)]
    return usage.tell_low_use(monday, low)


def tell_falling_back(work: Work) -> int:
    """Tell the family doctors which numbers are about to go to the public."""
    return repeat(digesting.digest_next, work)
