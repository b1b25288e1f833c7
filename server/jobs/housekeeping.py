"""Deleting what nobody needs any more."""

from server.actions import housekeeping, importing
from server.jobs.work import Work, all_day


def tidy(work: Work) -> int:
    """Delete old sessions, callbacks and runs, and what old imports held, batch by batch. Returns the number of batches."""
    deleted = all_day(housekeeping.delete_next_batch, work)
    return deleted + all_day(lambda: importing.forget_next(work.settings.imports.keep_days), work)
