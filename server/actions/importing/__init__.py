"""Files of old signings and ledgers (补录、对账): handed in, read, checked row by row, approved by a second person.

Entering the rows makes agreements, so that step lives with signing: ``server.actions.signing.backfilling``.
"""

from server.actions.importing.checking import check_next
from server.actions.importing.deciding import approve, cancel, choose_columns, note_download
from server.actions.importing.forgetting import forget_next
from server.actions.importing.reading import read_next
from server.actions.importing.refusals import (
    ImportClosed,
    ImportColumnsMissing,
    ImportFileKnown,
    ImportNothingReady,
    ImportSecondPersonNeeded,
)
from server.actions.importing.uploading import upload

__all__ = [
    "ImportClosed",
    "ImportColumnsMissing",
    "ImportFileKnown",
    "ImportNothingReady",
    "ImportSecondPersonNeeded",
    "approve",
    "cancel",
    "check_next",
    "choose_columns",
    "forget_next",
    "note_download",
    "read_next",
    "upload",
]
