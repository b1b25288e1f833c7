"""What can become of one message we try to send, over whatever channel."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one call."""

    OK = "ok"
    RETRY = "retry"
    """Not accepted, and the message is not at fault: try again later."""
    PERMANENT = "permanent"
    """This message will never be accepted."""
    NO_CONSENT = "no_consent"
    """This person cannot be reached this way now (no consent left, not following, window closed): next channel."""
    OVER_QUOTA = "over_quota"
    """Our daily allowance of this call is used up until midnight in Beijing."""
    UNKNOWN = "unknown"
    """The answer was lost after the request was sent: it may have been accepted."""


@dataclass(frozen=True)
class Pushed:
    """What became of a push. ``provider_ref`` is the other side's message id, which its receipt will name."""

    outcome: Outcome
    provider_ref: str | None = None
    errcode: int | None = None
    detail: str = ""
