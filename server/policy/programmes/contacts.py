"""How many contacts of a year are still to come, and how many of them face to face (domain.md §2.0)."""

from collections.abc import Iterable
from typing import NamedTuple

from server.policy.programmes.scope import national, number_of
from server.policy.programmes.table import Programme
from server.policy.schema import FollowUps

FACE_TO_FACE = frozenset({"clinic", "home"})
"""Methods that count as face to face; a phone, a video or a message is a contact only."""


class Left(NamedTuple):
    """What a year still needs."""

    contacts: int
    face_to_face: int


def yearly_left(programme: Programme, methods: Iterable[str], *, numbers: FollowUps | None = None) -> Left:
    """Return what a calendar year still needs.

    Args:
        methods: how each visit of the year that took place was made: "clinic", "home", "phone" …
        numbers: the region's, the national ones if not given.
    """
    if programme.yearly is None:
        return Left(0, 0)
    made = list(methods)
    met = sum(method in FACE_TO_FACE for method in made)
    held = numbers or national()
    contacts = int(number_of(programme.yearly.contacts, held))
    face_to_face = int(number_of(programme.yearly.face_to_face, held))
    return Left(max(0, contacts - len(made)), max(0, face_to_face - met))
