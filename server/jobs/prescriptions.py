"""Long prescriptions by the clock."""

from server.actions import ahead, prescriptions
from server.jobs.work import Work, all_day


def tell(work: Work) -> int:
    """Speak of supplies that end, of those to evaluate, and of medicine brought tomorrow."""
    return ahead.tell_supplies(work.keep_going)


def end(work: Work) -> int:
    """End what is used up."""
    return all_day(prescriptions.end_next, work)
