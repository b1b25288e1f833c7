"""Deleting what nobody needs any more."""

from server.actions import housekeeping
from server.jobs.work import Work, repeat


def tidy(work: Work) -> int:
    """Delete old sessions, callbacks and runs, batch by batch. Returns the number of batches."""
    return repeat(housekeeping.delete_next_batch, work)
