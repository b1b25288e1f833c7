"""Numbers, beds, referral and discharge: rows 17–21 of domain.md §1.9."""

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from server.policy.parts.kinds import Nullable, Part, Percent

SlotType = Literal["GENERAL", "SPECIALIST", "EXPERT", "EXAM", "BED"]


class NoShowStep(Part):
    """From so many no-shows in twelve months on, no online booking for so many days."""

    count: int = Field(ge=1)
    block_days: int = Field(ge=1)


class BookingException(Part):
    """Where a hospital or a kind of number goes its own way; what is None stays as the region has it."""

    hospital: str = ""
    """How the hospital's name ends; empty: every hospital."""
    slot_types: list[SlotType] = []
    """Empty: every kind."""
    share_pct: Percent | None = None
    public_horizon_days: int | None = Field(default=None, ge=1, le=90)
    release_lead_days: int | None = Field(default=None, ge=0, le=60)
    opens_at: time | None = None
    release_day_before_at: time | None = None
    stop_day_before_at: time | None = None
    cancel_day_before_at: time | None = None
    source: str
    """Where the hospital says so."""


class Booking(Part):
    share_pct: Percent
    """Family doctors' share of a shift's numbers, rounded up (row 17, C-06)."""
    share_basis: Literal["figure", "minimum", "unspecified", "none"]
    """What the document says: a figure, at least a figure, a share without figure, or no share (row 17, C-06)."""
    slot_types: list[SlotType]
    """Of which kinds of numbers the share is taken (row 18, C-07)."""
    bed_share_pct: Percent
    """Family doctors' share of the beds that a hospital enters; 100: theirs first, the rest falls back (row 19)."""
    hospital_levels: list[int]
    """Levels of the hospitals that give numbers (row 18)."""
    quota_hospitals: list[str]
    """The hospitals that give numbers, by name; empty: all of these levels (row 18, C-08)."""
    given_by: Literal["each_hospital", "alliance_lead"]
    """Who gives them (row 18)."""
    upload_to_pool: bool
    """True: the numbers go to the pool of the municipality (row 18)."""
    priority_for: list[Literal["VISIT", "EXAM", "ADMISSION"]]
    """What residents under contract get before others, through the referral desk (row 18, C-07)."""
    public_horizon_days: int = Field(ge=1, le=90)
    """How many days ahead the public can book (§5.3 public_horizon)."""
    release_lead_days: int = Field(ge=0, le=60)
    """How many days before the public the family doctors' numbers open (§5.3 fd_release_lead)."""
    opens_at: time
    """When, on the day a number opens, it can be booked (§5.3 public_release_time)."""
    release_day_before_at: time
    """When, on the day before the clinic, unused numbers go to the public (§5.3 fd_fallback_at)."""
    stop_day_before_at: time
    """Until when, on the day before the clinic, one can book (§5.3 booking_stop)."""
    cancel_day_before_at: time
    """Until when, on the day before the clinic, one can cancel (§5.3 cancel_deadline)."""
    hold_minutes: int = Field(ge=1, le=60)
    """How long a place is kept while somebody makes up his mind (§5.3 lock_ttl)."""
    real_name_needed: bool
    """True: only somebody whose identity was confirmed books (§5.3 real-name)."""
    max_same_department: int = Field(ge=1)
    """Appointments of one person on one day in one department (§5.3)."""
    max_same_day: int = Field(ge=1)
    """Appointments of one person on one day (§5.3)."""
    max_seven_days: int = Field(ge=1)
    """Appointments of one person in any seven days (§5.3)."""
    max_three_months: int = Field(ge=1)
    """Appointments of one person in any three months (§5.3)."""
    caps_not_for: list[Literal["self", "doctor", "chat", "referral", "waiting"]]
    """Channels to which the caps per person do not apply."""
    no_show_after_minutes: int = Field(ge=0)
    """How long after the end of a session somebody who did not check in is a no-show (§5.2)."""
    no_show_correct_days: int = Field(ge=0)
    """Days in which the hospital may correct it (§5.2)."""
    no_show_steps: list[NoShowStep]
    """How many no-shows in twelve months keep somebody from booking online, and for how long (§5.3 no_show_rule)."""
    late_cancel_limit: int = Field(ge=1)
    """So many late cancels within ``late_cancel_days`` count as one no-show (§5.3 late_cancel_rule)."""
    late_cancel_days: int = Field(ge=1)
    """See ``late_cancel_limit``."""
    blocked_channels: list[Literal["self", "doctor", "chat", "referral", "waiting"]]
    """What a block keeps somebody from; the others stay open to him (§5.3 block_scope)."""
    appeal_days: int = Field(ge=0)
    """Days in which one can object to a block (§5.3 appeal)."""
    exceptions: list[BookingException]
    """What a hospital, or a kind of number, does otherwise; a later one goes before an earlier one."""

    @property
    def horizon_days(self) -> int:
        """How many days ahead the family doctors' numbers can be booked."""
        return self.public_horizon_days + self.release_lead_days

    @model_validator(mode="after")
    def _share_fits_basis(self) -> Self:
        if (self.share_basis == "none") != (self.share_pct == 0):
            raise ValueError("share_pct is 0 where share_basis is none, and nowhere else")
        return self


UpReason = Literal[
    "emergency", "beyond_capability", "twice_uncontrolled", "drug_reaction", "complication", "diagnosis", "wish"
]
DownReason = Literal["stable", "recovery", "long_term", "hospice"]


class Referral(Part):
    beds: Literal["priority_flag", "teams_first", "reserved_per_team", "reserved", "part_reserved", "green_channel"]
    """What holds for hospital beds (row 19)."""
    desk_person_named: bool
    """True: the hospital names who answers for referrals (row 19)."""
    retro_registration_hours: Nullable[int]
    """Hours in which a direct admission is registered with the team, else no benefit; none: not asked (row 20)."""
    discharge_push: Literal["required", "if_interface", "off"]
    """Whether the hospital tells the team of a discharge (row 21)."""
    back_in_recovery: bool
    """True: hospitals send recovering patients back to primary care (row 21)."""
    answer_hours: int = Field(ge=1)
    """Hours in which the hospital answers a referral (§5.4)."""
    answer_urgent_minutes: int = Field(ge=1)
    """Minutes in which it answers an urgent one (§5.4)."""
    expire_hours: int = Field(ge=1)
    """Hours after which one that nobody answered ends (§5.4)."""
    not_attended_days: int = Field(ge=0)
    """Days after the agreed day on which somebody who did not come is called (§5.4)."""
    down_accept_days: int = Field(ge=1)
    """Days in which the team receives who is sent back (§5.4)."""
    contact_days: int = Field(ge=1)
    """Days after the discharge in which the team makes the first contact (§5.4, N-28)."""
    contact_reminder_days: list[int]
    """Days after the discharge on which the team is reminded of it (N-28)."""
    retro_late: Literal["no_benefit", "recorded_only"]
    """What a direct admission that was registered too late costs (§5.4)."""
    retro_reminder_hours: list[int]
    """Hours after the admission, or below zero before the limit, on which the limit is called to mind (N-27)."""
    verbal_consent: Literal["never", "urgent", "always"]
    """When the patient's spoken consent, heard by the doctor, is enough (§5.4)."""
    up_reasons: list[UpReason] = Field(min_length=1)
    """Why somebody is sent up (§5.4)."""
    improper_reasons: list[UpReason]
    """Reasons that alone do not meet the requirements of a referral (PK-30)."""
    consent_hold_minutes: int = Field(ge=10)
    """How long a number is kept while the patient makes up his mind about a referral (§5.4)."""
    down_reasons: list[DownReason] = Field(min_length=1)
    """Why somebody is sent back (§5.4)."""

    @model_validator(mode="after")
    def _ends_after_it_was_called_late(self) -> Self:
        if self.expire_hours <= self.answer_hours or self.expire_hours * 60 <= self.answer_urgent_minutes:
            raise ValueError("expire_hours is longer than the hospital has for its answer")
        return self
