"""Follow-ups, home visits, reminders and words: row 22 of domain.md §1.9, and §2, §7."""

from datetime import date, time
from typing import Literal

from pydantic import Field

from server.policy.parts.kinds import Group, Part


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
    referral_check_days: int = Field(ge=1)
    """Days until the result of a referral is confirmed (§2.0)."""
    min_face_to_face: int = Field(ge=0)
    """Face-to-face follow-ups a year and programme (§2.0)."""
    copd_next_months: int = Field(ge=1)
    """Months between contacts with somebody with COPD (§2.9)."""
    disabled_next_months: int = Field(ge=1)
    """Months between contacts with a disabled person (§2.9)."""
    home_bed_round_days: int = Field(ge=1)
    """Days between rounds at a home bed (§2.9)."""
    home_bed_renewal_months: int = Field(ge=1)
    """Months until a home bed is renewed (§2.9)."""
    immobile_visit_months: int = Field(ge=1)
    """Months between home visits to immobile elderly (§2.9)."""
    discharge_second_days: int = Field(ge=1)
    """Days until the second contact after a hospital; the first is ``referral.contact_days`` (§2.9)."""
    down_referred_first_days: int = Field(ge=1)
    """Days until the first visit to a chronic patient referred down (§2.9)."""
    routine_grace_days: int
    """Days a routine visit may be late before it counts as missed (§2.0)."""
    home_visit_mode: Literal["monthly", "on_need"]
    """monthly: those of home_visit_groups under contract are visited each month (row 22, C-14)."""
    home_visit_groups: list[Group]
    """Who is visited at home; empty: every household the profile holds for (row 22, C-14)."""
    home_visit_promise: Literal["monthly_right", "on_need", "never_promised"]
    """How messages may speak of home visits (row 22, C-14)."""
    remind_days_before: list[int]
    """Days before a due day on which the resident is reminded, descending (N-01)."""
    visit_notice_days_of_month: list[int]
    """Days of the month on which the monthly visit is announced (N-10)."""


class ReminderChange(Part):
    """How a region differs from one line of the reminder catalogue."""

    off: bool = False
    when: list[str] = Field(default_factory=list)
    """Other times, as the catalogue writes them."""
    at: time | None = None
    item: str = Field(default="", max_length=20)
    """What its notice calls the subject; at most WeChat's 20 characters."""


class Reminders(Part):
    quiet_from: time
    """No message to a resident from this local time (§7.1)."""
    quiet_until: time
    """… until this one."""
    at: time
    """When reminders of a day go out (§7.2)."""
    max_tries: int = Field(ge=1, le=10)
    """Tries on one channel before the next one (§7.1)."""
    changes: dict[str, ReminderChange]
    """Lines of the catalogue that are off, at other times or in other words here; keys as in docs/reminders.md."""
    max_age_days: int = Field(ge=0, le=14)
    """After an outage, reminders of so many days before today are still given."""
    days_off: list[date]
    """Holidays the calendar library does not know (yet), or has otherwise (§7.1)."""
    days_worked: list[date]
    """Weekend days that are worked instead (调休)."""
    calendar_years: list[int]
    """Years for which the two lists above say everything."""
    max_a_day: int = Field(ge=1, le=10)
    """Reminders one resident gets on one day; what is more waits, or travels in one message (§7.1)."""
    guardian_below: int = Field(ge=0, le=18)
    """Below this age the guardian is told instead (§7.1)."""


class Wording(Part):
    may_advertise_home_service: bool
    """False: no text may call contracting a home or free service (row 22, CA-08)."""
    complaint_phone: str
    """Shown on the contact card (row 33, TM-11)."""
    fee_note: str
    """How the yearly fee is paid, for people (row 13)."""
