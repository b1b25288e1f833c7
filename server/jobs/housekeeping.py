"""Deleting what nobody needs any more."""

from server.actions import housekeeping, importing, learning
from server.jobs.work import Work, all_day


def tidy(work: Work) -> int:
    """Delete old sessions, callbacks and runs, what old imports held, what the chatbot was asked and taught long ago.

    Batch by batch; returns the number of batches.
    """
    deleted = all_day(housekeeping.delete_next_batch, work)
    deleted += all_day(lambda: importing.forget_next(work.settings.imports.keep_days), work)
    keep = work.settings.learning
    return deleted + all_day(lambda: learning.forget_next(keep.keep_questions_days, keep.keep_lessons_days), work)
