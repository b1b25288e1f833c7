"""The waiting list (候补): how long an offer holds, and how long somebody may wait."""

from typing import Literal

from pydantic import Field

from server.policy.parts.kinds import Part


class Waiting(Part):
    offer_minutes: int = Field(ge=10, le=24 * 60)
    """How long a place is held for the person it is offered to."""
    least_minutes: int = Field(ge=1, le=120)
    """Nearer to the end of booking the hold is shorter; with less than this nothing is offered any more."""
    night_window: Literal["after_quiet", "at_once"]
    """after_quiet: an offer made while nobody is told runs from when he is told; at_once: it runs as by day."""
    max_offers: int = Field(ge=1, le=20)
    """After so many offers that were not taken the wait ends."""
    max_days: int = Field(ge=1, le=180)
    """How far ahead the last day of a wait may lie."""
    max_lists: int = Field(ge=1, le=20)
    """In how many departments one person may wait at a time."""
