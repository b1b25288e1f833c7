"""What somebody asks to sign."""

from dataclasses import dataclass

from server.models import Resident, ServicePackage, Team


@dataclass(frozen=True)
class Wish:
    """A signing as it comes in: who is to serve, with what, for how long, and what was read, ticked and drawn."""

    team: Team
    package: ServicePackage
    text_sha256: str
    """Hash of the text that was shown, 64 hex characters."""
    consents: tuple[str, ...]
    signature: str
    """PNG as a data URL, at most 200 kB."""
    term_months: int | None = None
    """None: the region's usual term."""
    is_extended: bool = False
    """True: more than the region's longest term, and marked so by the resident."""
    channel: str = "miniprogram"
    signer: Resident | None = None
    """Who signs for the resident; None: he himself."""
    lives_on_own_earnings: bool = False
    """A person of 16 or 17 declares that he lives on his own earnings, and signs alone."""
    is_mark: bool = False
    """He cannot write: the drawing is his mark, and two members of staff witness it."""
    joint_id: str | None = None
    """The same for all that one signature asks for."""
    community_id: str | None = None
    """The organisation with which he signs, when it invited him."""
    device: str = ""
    """What the client says it is, at most 128 characters."""
