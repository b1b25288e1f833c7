"""Deleting what nobody needs any more."""

from server.actions import housekeeping
from server.jobs.work import Work, all_day


def tidy(work: Work) -> int:
    """Delete old sessions, callbacks and runs, batch by batch. Returns the number of batches."""
    return all_day(housekeeping.delete_next_batch, work)
