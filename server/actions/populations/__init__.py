"""Key populations (重点人群): deriving, declaring, certifying, importing lists, ending."""

from server.actions.populations.certifying import add, certify, decline, delivered, end, reassess
from server.actions.populations.declaring import declare, withdraw
from server.actions.populations.deriving import derive_next, expire_next
from server.actions.populations.details import Told
from server.actions.populations.listing import MOST_ROWS, Line, decide, import_list, remove
from server.actions.populations.looking import note_seen
from server.actions.populations.refusals import (
    AlreadyInGroup,
    DeclarationInvalid,
    GroupNotAllowed,
    ListInvalid,
    ListSecondPerson,
    OwnDeclaration,
)

__all__ = [
    "MOST_ROWS",
    "AlreadyInGroup",
    "DeclarationInvalid",
    "GroupNotAllowed",
    "Line",
    "ListInvalid",
    "ListSecondPerson",
    "OwnDeclaration",
    "Told",
    "add",
    "certify",
    "decide",
    "declare",
    "decline",
    "delivered",
    "derive_next",
    "end",
    "expire_next",
    "import_list",
    "note_seen",
    "reassess",
    "remove",
    "withdraw",
]
