"""The shape of a region's policy: every rule a value with its unit, its source document and clause.

A profile file says ``[part]`` and ``key = { value, unit, source, clause, since }``; the loader checks it against the
types of ``parts/``. ``national.toml`` is complete, a region's file holds only the differences.
"""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from server.policy.parts.answering import Answering
from server.policy.parts.benefits import (
    Fee,
    FeeUse,
    HealthCard,
    InsuranceBenefits,
    Limits,
    Packages,
    Prescriptions,
)
from server.policy.parts.contract import Area, Combination, Refusal, Renewal, Signing, Teams, Termination
from server.policy.parts.hospital import Booking, Referral
from server.policy.parts.kinds import Group, Part
from server.policy.parts.oversight import Assessment, Communities, Complaints, Coverage, Groups, Records, Reports
from server.policy.parts.reminding import FollowUps, Reminders, Wording
from server.policy.parts.waiting import Waiting

__all__ = [
    "Answering",
    "Booking",
    "FollowUps",
    "Group",
    "Policy",
    "Reminders",
    "Renewal",
    "Signing",
    "Value",
    "Waiting",
    "Wording",
]


class Policy(Part):
    """One region's rules, complete. ``version`` is frozen into every agreement."""

    region: str
    name: str
    version: str = Field(min_length=1)
    signing: Signing
    teams: Teams
    area: Area
    combination: Combination
    renewal: Renewal
    termination: Termination
    refusal: Refusal
    packages: Packages
    fee: Fee
    fee_use: FeeUse
    insurance: InsuranceBenefits
    booking: Booking
    waiting: Waiting
    referral: Referral
    followups: FollowUps
    prescriptions: Prescriptions
    health_card: HealthCard
    limits: Limits
    coverage: Coverage
    groups: Groups
    communities: Communities
    assessment: Assessment
    reports: Reports
    records: Records
    complaints: Complaints
    reminders: Reminders
    answering: Answering
    wording: Wording


class Value(BaseModel):
    """One rule as it stands in a profile file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    since: date
