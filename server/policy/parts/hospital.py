"""Numbers, beds, referral and discharge: rows 17–21 of domain.md §1.9."""

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from server.policy.parts.kinds import Nullable, Part, Percent


class Booking(Part):
    share_pct: Percent
    """Family doctors' share of a shift's numbers, rounded up (row 17, C-06)."""
    share_basis: Literal["figure", "minimum", "unspecified", "none"]
    """What the document says: a figure, at least a figure, a share without figure, or no share (row 17, C-06)."""
    slot_types: list[Literal["GENERAL", "SPECIALIST", "EXPERT", "EXAM", "BED"]]
    """Of which kinds of numbers the share is taken (row 18, C-07)."""
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

    @model_validator(mode="after")
    def _share_fits_basis(self) -> Self:
        if (self.share_basis == "none") != (self.share_pct == 0):
            raise ValueError("share_pct is 0 where share_basis is none, and nowhere else")
        return self


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
