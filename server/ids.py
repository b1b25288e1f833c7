"""Identifiers: one 26-character ULID per row, made in Python."""

from ulid import ULID


def new_id() -> str:
    """Return a new ULID: 26 characters, sortable by time of creation."""
    return str(ULID())
