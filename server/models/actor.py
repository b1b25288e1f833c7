"""Who does something: every action and every event names one."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """In what role somebody acts."""

    RESIDENT = "resident"
    STAFF = "staff"
    ADMIN = "admin"
    SYSTEM = "system"
    HOSPITAL = "hospital"  # a hospital's own system


@dataclass(frozen=True)
class Actor:
    """A person or the clock. ``id`` is a WechatUser for residents, a Staff, an AdminLogin, a Hospital, or a job's name."""

    kind: ActorKind
    id: str
    source: str = ""
    """Where from: an IP address or a process name; for the audit trail only."""


CLOCK = Actor(ActorKind.SYSTEM, "clock")
