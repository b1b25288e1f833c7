"""Who signs with whom, for how long, and how it goes on or ends: rows 1–11 of domain.md §1.9."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from server.policy.parts.kinds import Months, Nullable, Part, Percent

Unit = Literal["person", "household", "organisation"]
RenewalMode = Literal["explicit", "auto_reconfirm", "sign_confirm", "redo"]


class Signing(Part):
    term_months: Months
    """Months an agreement runs when nothing else is agreed (row 8, C-01)."""
    term_months_min: Months
    """Shortest term that may be agreed (row 8, C-01)."""
    term_months_max: Months
    """Longest term that may be agreed without more ado (row 8, C-01)."""
    term_extendable: bool
    """True: both sides may agree on more than the longest term, marked as such (row 8, C-01)."""
    end_rule: Literal["rolling", "fixed"]
    """rolling: so many months from the first day; fixed: all end on one day, whenever they began (row 8, C-01)."""
    fixed_end_on: Nullable[date]
    """The last day of all agreements, inclusive; only with end_rule fixed (row 8, C-01)."""
    effective_from: Literal["acceptance", "signing_date"]
    """The first day: when the team accepts, or when the resident signed (row 8, C-10)."""
    panel_cap_persons: int = Field(ge=1)
    """Residents one team's responsible doctor may have; means nothing where cap_unit counts households (row 4)."""
    cap_unit: Literal["persons_per_doctor", "households_per_team"]
    """What the cap counts; a further member of a signed household is no further household (row 4, C-04)."""
    cap_soft: int = Field(ge=1)
    """From here on the team is warned, in cap_unit (row 4, C-04)."""
    cap_hard: int = Field(ge=1)
    """No more than this, in cap_unit (row 4, C-04)."""
    answer_within_days: int = Field(ge=1, le=30)
    """Days in which the team promises to answer a request (L7)."""
    overdue_grace_days: int = Field(ge=0, le=30)
    """Days after the promised day on which an unanswered request is withdrawn (L7)."""
    draft_days: int = Field(ge=1, le=30)
    """Days a draft is kept, and a signing that staff began waits for the resident (L7)."""
    pay_within_days: int = Field(ge=1, le=30)
    """Days to pay the own share before the place is given back (L7)."""
    real_name_needed: Literal["never", "acceptance", "request"]
    """When somebody must be verified, or his document seen: never, when the team accepts, or when he asks (L1)."""
    consents: list[str] = Field(min_length=1)
    """Keys of the consents ticked one by one (§8)."""
    units: list[Unit] = Field(min_length=1)
    """What one agreement may stand for, the usual first; each person is a member row in every case (row 1, C-05)."""
    teams_at_a_time: int = Field(ge=1, le=1)
    """Teams one person may have at a time: one everywhere (row 1)."""
    household_signer: Literal["each_adult", "head_or_representative"]
    """Who signs for a household: each adult himself, or the head or one member for all (row 1)."""
    members_from: Literal["declared", "hukou_book"]
    """Where the members of a household come from (row 1)."""
    package_per_member: bool
    """True: each member of a household chooses a package of his own (row 1)."""
    opt_out_days: int = Field(ge=1, le=60)
    """Days in which an adult may leave an agreement that the head signed for him (row 1, §6.3)."""
    adult_notice_days: int = Field(ge=1, le=180)
    """Days before his 18th birthday at which a ward is asked to sign himself (row 1, §6.3)."""
    subjects: list[Literal["team", "doctor", "station"]] = Field(min_length=1)
    """Who signs on the provider's side, the usual first (row 2)."""
    support_unit_required: bool
    """True: the agreement names a supporting institution and its signatory (row 2)."""
    independent_team_licences: list[Literal["clinical", "tcm"]]
    """Licences with which a doctor may found a team of his own (row 2)."""
    private_institutions: bool
    """True: private institutions may provide the service (row 2)."""
    nonlocal_signers: list[Literal["floating", "hk_macao_taiwan", "foreigner"]]
    """Who may sign without a local household register (row 6)."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if not self.term_months_min <= self.term_months <= self.term_months_max:
            raise ValueError("term_months must lie between term_months_min and term_months_max")
        if (self.end_rule == "fixed") != (self.fixed_end_on is not None):
            raise ValueError("fixed_end_on belongs to end_rule fixed, and to no other")
        if self.cap_soft > self.cap_hard:
            raise ValueError("cap_soft must not exceed cap_hard")
        if self.cap_unit == "persons_per_doctor" and self.panel_cap_persons != self.cap_hard:
            raise ValueError("panel_cap_persons must be cap_hard where the cap counts persons")
        return self


class Position(Part):
    """One place in a team that has to be filled."""

    any_of: list[Literal["gp", "physician", "village_doctor", "nurse", "public_health", "maternal_child"]]
    """Roles that fill it."""
    hospital_level: Nullable[int] = None
    """Who fills it works in a hospital of this level; none: in primary care."""


class HospitalDoctorShare(Part):
    """From a year on, this share of the teams has a doctor of a level-2 or level-3 hospital."""

    year: int
    pct: Percent


class Teams(Part):
    positions: list[Position] = Field(min_length=1)
    """Places that must be filled (row 3)."""
    tcm: Literal["each_team", "where_present", "open"]
    """Traditional medicine: in each team, wherever there is such a doctor, or nothing said (row 3)."""
    specialists_may_join: bool
    """True: doctors of level-2 and level-3 hospitals may be members (row 3)."""
    transfer_notice_days: int = Field(ge=1, le=90)
    """Days ahead on which residents hear that another team takes over (L18)."""
    hospital_doctor_shares: list[HospitalDoctorShare]
    """Targets for the share of teams with a hospital's doctor (row 3)."""


class Area(Part):
    division: Literal["radius", "grid", "township", "station", "platform"]
    """By what responsibility areas are drawn (row 5)."""
    smallest_unit: Literal["institution", "grid_cell", "villager_group"]
    """The smallest place coverage is counted by (row 5)."""
    cross_region: Literal["allowed", "allowed_with_warning", "refused"]
    """Whether a resident of another area may sign (row 5)."""
    nearest_preferred: bool
    """True: the nearest institution is offered first (row 5)."""
    may_pair_with_private: bool
    """True: an institution may serve together with a private one nearby (row 5)."""


class Combination(Part):
    optional: bool
    """True: the resident may, but need not, choose hospitals besides the team (row 7)."""
    level2_max: int = Field(ge=0)
    """Level-2 hospitals in one combination (row 7)."""
    level3_max: int = Field(ge=0)
    """Level-3 hospitals in one combination (row 7)."""
    others: bool
    """True: further institutions (X) may be in it (row 7)."""
    hospitals: Literal["chosen", "linked", "guidance", "support", "designated", "by_lot"]
    """How hospitals and teams find each other (row 7)."""
    guidance_hospitals: list[str]
    """Hospitals that guide primary care; not those that give numbers (row 7, C-08)."""
    specialist_named: bool
    """True: the agreement names a specialist of the hospital (row 7)."""
    co_management: list[str]
    """Models of shared care that are recommended (row 7)."""


class Renewal(Part):
    mode: RenewalMode
    """How an agreement goes on after its end (row 9, C-02).

    explicit: confirmed in two taps; sign_confirm: needs a new signature; redo: all formalities again; auto_reconfirm:
    goes on silently, both sides confirm afterwards, else it expires. Who wants to renew earlier there confirms in two
    taps.
    """
    alternatives: list[RenewalMode]
    """Other ways the region accepts (row 9, C-02)."""
    team_change_mode: RenewalMode
    """What a change of team at the end needs (row 9)."""
    team_change_term: Literal["rest", "new"]
    """How long it runs with the other team after a change within the term: the rest of it, or a new term (L17)."""
    reconfirm_within_days: int = Field(ge=1, le=180)
    """Days in which both sides confirm after a silent renewal, else it expires (row 9, L14)."""
    team_prompts: bool
    """True: the team is told to lead its residents to renewal (row 9)."""
    rate_monitored: bool
    """True: the renewal rate is an indicator of supervision (row 9)."""
    open_before_days: int = Field(ge=1, le=180)
    """Days before the end from which renewal is offered."""
    notice_days: list[int] = Field(min_length=1)
    """Days before the end on which the resident is told (N-12)."""
    lapsed_notice_days: list[int] = Field(min_length=1)
    """Days after the end on which resident and team are told that nothing follows yet (N-13)."""
    reconfirm_notice_days: list[int] = Field(min_length=1)
    """Days after a silent renewal on which whoever has not confirmed is told (N-14)."""
    grace_days: int = Field(ge=0, le=90)
    """Days after the end in which a new agreement still counts as renewal (L16)."""


class Termination(Part):
    in_term: Literal["allowed", "allowed_with_review", "not_allowed"]
    """Whether the resident may end it before its end (row 10, C-03)."""
    exceptions: list[Literal["death", "moved", "breach"]]
    """Reasons that always hold (row 10, C-03)."""
    decide_within_workdays: int = Field(ge=1, le=30)
    """Working days in which the institution decides (row 10, L10)."""


class Refusal(Part):
    notice: Literal["required", "optional"]
    """Whether somebody who declines signs an informed notice (row 11)."""
    reasons: list[Literal["lost_contact", "in_prison", "deceased", "refused", "other"]] = Field(min_length=1)
    """Why somebody is not under contract, to choose from (row 11)."""
    review_after_months: Months
    """After so many months the reason of somebody unsigned is looked at again (AG-21)."""
