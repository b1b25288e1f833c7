"""Numbers and appointments by the clock."""

from server.actions import booking
from server.jobs.work import Work, repeat


def release(work: Work) -> int:
    """Give unused family-doctor numbers to the public when their time has come."""
    return repeat(lambda: booking.release_next_reserved(work.policy), work)


def finish(work: Work) -> int:
    """Close appointments whose clinic is over."""
    return repeat(lambda: booking.finish_next(), work)
