"""Who comes first, what is counted, reported and answered for: rows 27–33 of domain.md §1.9."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from server.policy.parts.kinds import Group, Months, Nullable, Part


class Target(Part):
    """One line on the dashboard."""

    measure: Literal["coverage", "yearly_growth_points", "satisfaction"]
    year: int
    """Of this year; for yearly_growth_points from this year on."""
    population: Literal["all", "key", "groups", "urban", "rural", "households", "willing"]
    """The denominator (C-19)."""
    groups: list[Group] = []
    """With population groups or willing: whom."""
    min_pct: Nullable[float]
    """Percent or points; none: no figure in the document."""
    max_pct: Nullable[float] = None
    note: str = ""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.population in ("groups", "willing")) != bool(self.groups):
            raise ValueError("groups belongs to population groups or willing")
        return self


class Coverage(Part):
    targets: list[Target] = Field(min_length=1)
    """Each with its population and year (row 27, C-19)."""
    thirty_pct_meaning: Literal["none", "SAMPLE", "TARGET"]
    """What "30 percent of the permanent residents" means: a sample for the assessment, or a target (row 27, C-09)."""
    effective_within_months: Months
    """An agreement counts as effective signing when a service was given within so many months (AG-24)."""


class PovertyLabel(Part):
    """What a poverty group is called, and when."""

    group: Group
    label: str
    valid_from: Nullable[date] = None
    valid_to: Nullable[date] = None


class Groups(Part):
    key: list[Group] = Field(min_length=1)
    """Whom the service reaches first (row 28)."""
    elderly_min_age: int = Field(ge=50, le=100)
    """From this age somebody is elderly, in full years (row 28, C-18)."""
    poverty_labels: list[PovertyLabel]
    """Words for poverty groups, with the time they hold (row 28, C-17)."""
    applies_to: list[Group]
    """A variant's households: those with a member in one of these groups; empty: everybody (row 28)."""


class Communities(Part):
    kinds: list[
        Literal[
            "childcare",
            "school",
            "enterprise",
            "nursing_home",
            "home_care_centre",
            "government",
            "industrial_park",
            "office_building",
        ]
    ]
    """Organisations the service is extended to; empty: none (row 29)."""
    organisation_signs: bool
    """True: the organisation itself signs a frame agreement (row 29)."""
    term_months: Months
    """Months a frame agreement runs."""


class Assessment(Part):
    cycles: list[Literal["regular", "quarterly", "half_yearly", "yearly", "periodic", "phased", "from_system"]]
    """How often and how (row 30)."""
    assessor: Literal["authority", "central_hospital", "health_centre"]
    """Who does it (row 30)."""
    published: bool
    """True: results are made known (row 30)."""


class ReportForm(Part):
    """One monthly form (domain.md §1.11)."""

    code: Literal["M4", "M5"]
    households: Literal["general", "special"]
    counting: Literal["month_and_cumulative", "cumulative"]
    """Which numbers are kept (C-16)."""


class Reports(Part):
    forms: list[ReportForm]
    """Monthly forms; empty: none (row 31, C-16)."""
    due_day: Nullable[int]
    """Day of the month; none: nothing is due (row 31, C-15)."""
    due_inclusive: bool
    """True: on the day itself is still in time (row 31, C-15)."""
    cycle_from: Nullable[date]
    """First day of the plan's cycle, whatever the agreements say (row 31, C-10)."""
    cycle_to: Nullable[date]
    """Last day of the plan's cycle (row 31, C-10)."""


class Records(Part):
    import_enabled: bool
    """True: paper and legacy signings may be entered afterwards (row 32)."""
    backfill_from: Nullable[date]
    """First signing day of the campaign (row 32)."""
    backfill_to: Nullable[date]
    """Last signing day of the campaign (row 32)."""
    backfill_deadline: Nullable[date]
    """Last day to enter them (row 32)."""
    after_deadline: Literal["refused", "marked_late"]
    """What happens to a signing entered after the last day (row 32)."""
    ledger_must_match: bool
    """True: ledger and system are compared by township (row 32)."""
    phone_check: list[Literal["wrong", "empty", "someone_elses", "unreachable"]]
    """What a check of phone numbers may find; empty: none is asked for (row 32)."""
    copies: int = Field(ge=1)
    """Identical copies of the agreement (row 32)."""
    template: str = Field(pattern=r"^[a-z_]+$")
    """Which text residents sign: a file of documents/agreements (AG-07, AG-08, AG-16 to AG-19)."""
    retention_years: int = Field(ge=15)
    """Years after its end for which an agreement and its evidence are kept at least (§8)."""
    evidence_hash: Literal["sha256", "sm3"]
    """How the chain of evidence is hashed (§6.4)."""
    handbook: bool
    """True: a service handbook is kept for each household (row 32)."""
    log_is_assessed: bool
    """True: only what the system logged counts in the assessment (row 32)."""


class Complaints(Part):
    route: list[Literal["institution", "district", "town_centre", "normal_channels", "open_channel"]]
    """Where a complaint goes, in order (row 33)."""
    mediated: bool
    """True: the first place also mediates (row 33)."""
    supervision_phone_on_card: bool
    """True: the contact card shows a supervision phone (row 33)."""
    members_may_be_expelled: bool
    """True: a member of a team can be removed after serious complaints (row 33)."""
    answer_within_workdays: int = Field(ge=1, le=30)
    """Working days in which a complaint, or a disputed service, is answered (N-56)."""
    surveys: list[Literal["survey", "phone", "satisfaction_monitored"]]
    """How residents are asked (row 33)."""
