"""Numbers (号源): how a shift is shared, how far ahead it can be booked, and how many one person may hold."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from server.policy.parts.hospital import Booking

BED = "BED"
SETTINGS = (
    "share_pct",
    "public_horizon_days",
    "release_lead_days",
    "opens_at",
    "release_day_before_at",
    "stop_day_before_at",
    "cancel_day_before_at",
)


def rules_for(rules: Booking, hospital: str, kind: str) -> Booking:
    """Return the rules as they hold for one hospital and one kind of number.

    Args:
        hospital: its name. kind: a code of booking.slot_types.
    Source:
        policy key booking.exceptions.
    """
    own: dict[str, Any] = {}
    for exception in rules.exceptions:
        if hospital.endswith(exception.hospital) and (not exception.slot_types or kind in exception.slot_types):
            own |= {key: getattr(exception, key) for key in SETTINGS if getattr(exception, key) is not None}
    return rules.model_copy(update=own) if own else rules


def share_of(rules: Booking, hospital: str, level: int, kind: str) -> int:
    """Return which share of a hospital's numbers of a kind is the family doctors', in percent.

    Args:
        hospital: its name; a document names hospitals without their county, so the end of the name decides.
    Source:
        policy keys booking.share_pct, slot_types, bed_share_pct, hospital_levels, quota_hospitals, exceptions.
    """
    if kind == BED:
        rules = rules.model_copy(update={"share_pct": rules.bed_share_pct, "slot_types": [BED]})
    if kind not in rules.slot_types or level not in rules.hospital_levels:
        return 0
    if rules.quota_hospitals and not any(hospital.endswith(name) for name in rules.quota_hospitals):
        return 0
    return rules_for(rules, hospital, kind).share_pct


def places_of(capacity: int, share_pct: int) -> int:
    """Return how many of a shift's numbers are kept for signed residents: ``share_pct`` percent, rounded up.

    A single number cannot be shared: rounding up would give all of it away every time, so it stays public, unless all
    of them are theirs first. Whether the hospital keeps its share is measured over the month.

    Source:
        policy key booking.share_pct; domain.md §5.3 "rounding".
    """
    if capacity < 2 and share_pct < 100:
        return 0
    return -(-capacity * share_pct // 100)


def blocked_until(day: date, visits: Collection[date], rules: Booking) -> date | None:
    """Return the first day on which somebody may book online again, None where his visits do not block him.

    Args:
        day: when the last mark was recorded. visits: dates of all visits that count, the last one too.
    Source:
        domain.md §5.3 no_show_rule: the window begins the day after the same day of the year before.
    """
    after = months_after(day, -12)
    count = sum(after < visit <= day for visit in visits)
    days = [step.block_days for step in rules.no_show_steps if count >= step.count]
    return day + timedelta(days=max(days)) if days else None


def months_after(day: date, months: int) -> date:
    """Return the same day so many months on, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_too_many(day: date, others: Collection[date], rules: Booking) -> bool:
    """Tell whether one more visit on ``day`` goes beyond what one person may hold.

    Every window of seven days, and of three months, that holds the new visit counts, by dates of visits.

    Args:
        others: dates of the person's other visits, at least three months around ``day``.
    Source:
        domain.md §5.3 caps per person; policy keys booking.max_same_day, max_seven_days, max_three_months.
    """
    if sum(other == day for other in others) >= rules.max_same_day:
        return True
    firsts = {first for first in (*others, day) if first <= day}
    windows = [(first, first + timedelta(days=7), rules.max_seven_days) for first in firsts]
    windows += [(first, months_after(first, 3), rules.max_three_months) for first in firsts]
    return any(
        first <= day < end and sum(first <= other < end for other in others) >= cap for first, end, cap in windows
    )
