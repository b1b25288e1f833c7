"""How long an offer of the waiting list holds. Pure; policy part waiting, quiet hours of domain.md §7.1."""

from datetime import datetime, timedelta

from server.policy.parts.waiting import Waiting
from server.policy.reminder_times import is_quiet, quiet_ends
from server.policy.schema import Reminders


def offer_until(
    local: datetime, closes_at: datetime, key: str, *, rules: Waiting, reminders: Reminders
) -> datetime | None:
    """Return until when a place that is offered now is held; None: too late, it is not offered any more.

    Args:
        local: Shanghai wall-clock time. closes_at: end of booking. key: of the notice, which decides when it goes out
            after a night.
    Source:
        policy keys waiting.offer_minutes, least_minutes, night_window.
    """
    waits = rules.night_window == "after_quiet" and is_quiet(local, reminders)
    begins = quiet_ends(local, reminders, key) if waits else local
    until = min(begins + timedelta(minutes=rules.offer_minutes), closes_at)
    return until if until - begins >= timedelta(minutes=rules.least_minutes) else None
