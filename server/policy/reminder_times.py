"""When people may be told. Pure; domain.md §7.1."""

import hashlib
from datetime import datetime, timedelta

from server.policy.schema import Reminders

JITTER_SECONDS = 1800
"""Messages held back over night go out spread over this time (§7.1: 08:00–09:00 with jitter)."""


def is_quiet(local: datetime, rules: Reminders) -> bool:
    """Tell whether no message may go to a resident now; ``local`` is Shanghai wall-clock time."""
    now = local.timetz().replace(tzinfo=None)
    if rules.quiet_from <= rules.quiet_until:
        return rules.quiet_from <= now < rules.quiet_until
    return now >= rules.quiet_from or now < rules.quiet_until


def quiet_ends(local: datetime, rules: Reminders, key: str) -> datetime:
    """Return when a message held back at ``local`` goes out: the end of quiet hours plus a jitter fixed by its key."""
    end = datetime.combine(local.date(), rules.quiet_until, local.tzinfo)
    if end <= local:
        end += timedelta(days=1)
    spread = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % JITTER_SECONDS
    return end + timedelta(seconds=spread)
