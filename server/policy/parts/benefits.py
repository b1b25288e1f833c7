"""What is promised and who pays: rows 12–16, 23–26 and 34 of domain.md §1.9. Money in fen."""

from typing import Literal, Self

from pydantic import Field, model_validator

from server.policy.parts.kinds import Fen, Group, Insurance, Nullable, Part, Percent

Payer = Literal["public_health_fund", "insurance", "resident", "subsidy"]


class PackageType(Part):
    """One kind of package in the catalogue."""

    code: str = Field(pattern="^[A-Z0-9_]+$")
    name: str
    tier: Literal["basic", "primary", "intermediate", "advanced", "other"]
    groups: list[Group] = []
    """For whom: somebody must count in each of them; empty: for everybody."""
    free: bool = False
    """True: nobody is charged."""


class Packages(Part):
    types: list[PackageType] = Field(min_length=1)
    """The kinds of packages, the basic one first (row 12)."""
    yearly_frequency_required: bool
    """True: every item says how often a year (row 12)."""
    uniform_clauses: bool
    """True: one text of the agreement and one handbook in the whole region (row 12)."""
    free_items: list[Literal["team", "health_card", "health_prescription", "nursing_training"]]
    """What the households get for nothing (row 12)."""

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if len({kind.code for kind in self.types}) < len(self.types):
            raise ValueError("two package types share a code")
        return self


class Portion(Part):
    """A part of a payer's share that is meant for something."""

    purpose: Literal["hospital_doctor_guidance"]
    amount_fen: Fen


class PayerLine(Part):
    """What one payer bears of the fee."""

    payer: Payer
    amount_fen: Nullable[Fen]
    """Per person and year; none: set locally."""
    of_which: list[Portion] = []
    accounts: dict[Insurance, Literal["outpatient_pool", "personal_account", "unassigned"]] = {}
    """Out of which account, by the person's insurance; unassigned is shown to the administrator (C-12)."""

    @model_validator(mode="after")
    def _portions_fit(self) -> Self:
        if self.of_which and sum(one.amount_fen for one in self.of_which) > (self.amount_fen or 0):
            raise ValueError(f"{self.payer}: of_which is more than amount_fen")
        if self.payer == "insurance" and self.amount_fen and len(self.accounts) < 4:
            raise ValueError("insurance: accounts must name every kind of insurance")
        return self


class Fee(Part):
    set_by: Literal["document", "local", "price_list", "free"]
    """Who says how much: the document, the county, the price list of packages, or there is none (row 13)."""
    base: Literal["signed", "served"]
    """Counted by persons under contract, or by the population served (row 13, C-11)."""
    amount_fen: Nullable[Fen]
    """Per person and year, all payers together; none: no document says (row 13, C-11)."""
    payers: list[PayerLine]
    """Who bears it; known amounts add up to amount_fen (row 13, C-11, C-12)."""
    resident_fen: Nullable[Fen]
    """What the resident himself pays per year; none: set locally or by the price list (row 13)."""
    subsidy_groups: list[Group]
    """Whose own share may be subsidised (row 13)."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        amounts = [line.amount_fen for line in self.payers]
        known = [amount for amount in amounts if amount is not None]
        if len({line.payer for line in self.payers}) < len(self.payers):
            raise ValueError("a payer stands twice in payers")
        if known and len(known) < len(amounts):
            raise ValueError("payers: all amounts are known or none is")
        if known and sum(known) != self.amount_fen:
            raise ValueError(f"payers add up to {sum(known)} fen, not to {self.amount_fen}")
        if self.amount_fen and not known:
            raise ValueError("an amount needs its payers")
        own = sum(line.amount_fen or 0 for line in self.payers if line.payer == "resident")
        if known and own != self.resident_fen:
            raise ValueError("resident_fen is not what payers say")
        if self.set_by == "free" and (self.amount_fen or self.resident_fen):
            raise ValueError("what is free has no price")
        return self


class FeeUse(Part):
    public_health_min_pct: Nullable[Percent]
    """At least this share of the public-health funds goes into the service (row 14)."""
    staff_pay_min_pct: Nullable[Percent]
    """At least this share of the assessed fee is paid to the staff (row 14)."""
    unreferred_deducts_team_fee: bool
    """True: who goes to a hospital without the team's referral costs the team its fee (row 14)."""
    improper_referral_deducts_institution_fee: bool
    """True: a referral against the rules costs the institution its fee (row 14)."""
    linked_to_pay_total: bool
    """True: the assessment decides on the institution's pay total (row 14)."""
    extra_charging_forbidden: bool
    """True: nothing may be charged above the listed price (row 14, PK-23)."""


class LimitRise(Part):
    """A yearly limit before and after signing."""

    before_fen: Fen
    after_fen: Fen


class PrescriptionRate(Part):
    """What the insurance pays of one prescription at the contracted institution."""

    limit_fen: Fen
    """Per prescription."""
    after_pct: Percent
    extra_points: int = Field(ge=0, le=100)
    """Percentage points more than without an agreement (C-20)."""


class RateRise(Part):
    """A rate before and after signing, in percent."""

    who: Literal["active", "retired"]
    before_pct: Percent
    after_pct: Percent


class InsuranceBenefits(Part):
    registration_fee_waived: bool
    """True: no registration fee at the own family doctor (row 15)."""
    realtime_extra_points: int = Field(ge=0, le=100)
    """Percentage points more where the insurer can read the referral at once (row 15)."""
    outpatient_limit: Nullable[LimitRise]
    """Resident insurance: the year's limit (row 15)."""
    prescription: Nullable[PrescriptionRate]
    """Resident insurance: one prescription (row 15, C-20)."""
    employee_rates: list[RateRise]
    """Employee insurance: the outpatient rates (row 15)."""
    outpatient_preference: Literal["none", "unspecified", "as_listed", "wider_gap_by_level"]
    """What the document promises for outpatients (row 15)."""
    inpatient_up: Literal["full", "difference_only", "no_second"]
    """The deductible after a referral upwards (row 16)."""
    inpatient_down: Literal["full", "none"]
    """The deductible after a referral downwards (row 16)."""
    first_deductible_discount_pct: Percent
    """How much less the first deductible is after the team's referral (row 16)."""
    stepwise_accumulates: bool
    """True: deductibles of stepwise referrals are counted together (row 16)."""
    shared_in_real_time: list[Literal["signed_doctor", "visits", "referrals"]]
    """What the insurer is told at once (row 34)."""
    insurer_co_assesses: bool
    """True: the insurer takes part in the assessment (row 34)."""


class Prescriptions(Part):
    long_min_days: int = Field(ge=1)
    """A long prescription is at least for so many days (row 23, C-13)."""
    long_usual_max_days: int = Field(ge=1)
    """Above this the doctor evaluates anew and the resident signs that he knows (row 23)."""
    long_max_days: int = Field(ge=1)
    """… and at most for so many (row 23, C-13)."""
    extended: bool
    """True: the hospital's prescription may be continued after a referral downwards (row 23)."""
    home_delivery: bool
    """True: the team brings the medicine home (row 24)."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.long_min_days <= self.long_usual_max_days <= self.long_max_days:
            raise ValueError("long prescriptions: minimum, usual maximum and maximum must ascend")
        return self


class HealthCard(Part):
    value_fen: Nullable[Fen]
    """What a household's card is worth; none: there is no card (row 25)."""
    per: Literal["household"]
    """Who gets one (row 25)."""
    valid_at: Literal["designated_hospital"]
    """Where it is taken (row 25)."""


class Limits(Part):
    exam_items_max: Nullable[int]
    """Routine examinations in one term, all kinds together; none: no limit (row 26)."""
    exam_kinds: list[Literal["blood_routine", "urine_routine", "stool_routine", "chest_fluoroscopy"]]
    """Which ones count (row 26)."""
    specialist_visits_min: int = Field(ge=0)
    """Face-to-face visits with the hospital's doctor promised for one term (row 26)."""
