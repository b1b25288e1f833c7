"""The shape of a region's policy: every rule a value with its unit, its source document and clause.

A profile file says ``[table.key]`` with ``value``, ``unit``, ``source``, ``clause`` and ``since``; the loader checks it
against the types here. ``national.toml`` is complete, a region's file holds only the differences.
"""

from datetime import date, time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A group of rules; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Signing(Part):
    term_months: int = Field(ge=1, le=120)
    """Months an agreement runs (domain.md §1.9 row 8)."""
    panel_cap_persons: int = Field(ge=1)
    """Residents one team's responsible doctor may have (row 4)."""
    answer_within_days: int = Field(ge=1, le=30)
    """Days in which the team promises to answer a request (L7)."""
    consents: list[str] = Field(min_length=1)
    """Keys of the consents ticked one by one (§8)."""


class Renewal(Part):
    mode: str = Field(pattern="^(explicit|sign_confirm)$")
    """explicit: confirmed in two taps; sign_confirm: needs a new signature (row 9)."""
    open_before_days: int = Field(ge=1, le=180)
    """Days before the end from which renewal is offered."""
    notice_days: list[int] = Field(min_length=1)
    """Days before the end on which the resident is told (N-12)."""
    grace_days: int = Field(ge=0, le=90)
    """Days after the end in which a new agreement still counts as renewal (L16)."""


class Booking(Part):
    share_pct: int = Field(ge=0, le=100)
    """Family doctors' share of a shift's numbers, rounded up (row 17)."""
    horizon_days: int = Field(ge=1, le=90)
    """How far ahead numbers can be booked (§5.3)."""
    release_day_before_at: time
    """When, on the day before the clinic, unused numbers go to the public (§5.3 fd_fallback_at)."""
    stop_day_before_at: time
    """Until when, on the day before the clinic, one can book (§5.3 booking_stop)."""
    cancel_day_before_at: time
    """Until when, on the day before the clinic, one can cancel (§5.3 cancel_deadline)."""
    max_same_day: int = Field(ge=1)
    """Appointments of one person on one day (§5.3)."""
    max_seven_days: int = Field(ge=1)
    """Appointments of one person in any seven days (§5.3)."""


class FollowUps(Part):
    htn_min_age: int = Field(ge=0)
    """Youngest age the programme counts (§2.1)."""
    elderly_min_age: int = Field(ge=0)
    """From this age the higher systolic limit holds (§2.1)."""
    systolic_limit: int
    """mmHg; controlled means below (§2.1)."""
    systolic_limit_elderly: int
    """mmHg, elderly (§2.1)."""
    diastolic_limit: int
    """mmHg; controlled means below (§2.1)."""
    systolic_emergency: int
    """mmHg; this or more is an emergency (§2.1)."""
    diastolic_emergency: int
    """mmHg; this or more is an emergency (§2.1)."""
    controlled_next_months: int
    """Months to the next visit when controlled (H1)."""
    uncontrolled_next_days: int
    """Days to the next visit otherwise, a hard deadline (H2–H7)."""
    routine_grace_days: int
    """Days a routine visit may be late before it counts as missed (§2.0)."""
    home_visit_mode: str = Field(pattern="^(monthly|on_need)$")
    """monthly: chronic patients under contract are visited each month (row 22)."""
    remind_days_before: list[int]
    """Days before a due day on which the resident is reminded, descending (N-01)."""
    visit_notice_days_of_month: list[int]
    """Days of the month on which the monthly visit is announced (N-10)."""


class Reminders(Part):
    quiet_from: time
    """No message to a resident from this local time (§7.1)."""
    quiet_until: time
    """… until this one."""
    at: time
    """When reminders of a day go out (§7.2)."""
    max_tries: int = Field(ge=1, le=10)
    """Tries on one channel before the next one (§7.1)."""


class Wording(Part):
    may_advertise_home_service: bool
    """False: no text may call contracting a home or free service (CA-08)."""
    complaint_phone: str
    """Shown on the contact card (TM-11)."""
    fee_note: str
    """How the yearly fee is paid, for people (row 13)."""


class Policy(Part):
    """One region's rules, complete. ``version`` is frozen into every agreement."""

    region: str
    name: str
    version: str
    signing: Signing
    renewal: Renewal
    booking: Booking
    followups: FollowUps
    reminders: Reminders
    wording: Wording


class Value(BaseModel):
    """One rule as it stands in a profile file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    unit: str
    source: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    since: date
