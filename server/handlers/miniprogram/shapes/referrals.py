"""Referrals as residents and doctors see them."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field

from server.access.referrals import Target
from server.actions.booking import referring
from server.handlers.miniprogram.shapes.edges import In, Out, instant
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.models.appointment import WITHOUT_PLACE, Appointment
from server.models.referral import (
    CONSENT_LABELS,
    DOWN_REASON_LABELS,
    REASON_LABELS,
    REJECT_LABELS,
    Discharge,
    Referral,
    ReferralDesk,
    ReferralStatus,
)
from server.policy import referring as rules
from server.policy.schema import Policy

S = ReferralStatus
BRING = "身份证、医保卡、以前的检查单和正在吃的药"


class AgreeIn(In):
    """That I agree, to the words that were shown."""

    text_sha256: str = Field(min_length=64, max_length=64)


class EmergencyIn(In):
    """A direct admission, reported afterwards."""

    client_id: str = Field(min_length=1, max_length=64)
    hospital_name: str = Field(min_length=1, max_length=128)
    admitted_at: AwareDatetime
    diagnosis: str = Field(default="", max_length=500)
    caller: str = Field(default="", max_length=50)
    caller_phone: str = Field(default="", max_length=32)


class RegisterIn(In):
    """What was missing of a report."""

    diagnosis: str = Field(max_length=500)
    caller: str = Field(max_length=50)
    caller_phone: str = Field(max_length=32)


class ConsentIn(In):
    """How the patient agreed in front of the doctor."""

    method: Literal["signature", "verbal"]
    text_sha256: str = Field(min_length=64, max_length=64)
    proof: str = Field(max_length=400_000)


class ReferIn(In):
    """Whom to send where; without consent it goes to his mini-program first."""

    client_id: str = Field(min_length=1, max_length=64)
    hospital_id: str = Field(max_length=26)
    department_id: str | None = Field(default=None, max_length=26)
    reason_code: str = Field(max_length=32)
    summary: str = Field(max_length=2000)
    is_urgent: bool = False
    outside_reason: str = Field(default="", max_length=200)
    slot_id: str | None = Field(default=None, max_length=26)
    consent: ConsentIn | None = None


class TerminateIn(In):
    """Why it is ended."""

    reason: str = Field(max_length=200)


class ReferralTabIn(In):
    """Which part of the list."""

    tab: Literal["waiting", "hospital", "down", "over"] = "waiting"
    cursor: str | None = Field(default=None, max_length=500)


class TargetSlotsIn(In):
    """Whose numbers."""

    hospital_id: str = Field(max_length=26)
    cursor: str | None = Field(default=None, max_length=500)


class DeskOut(Out):
    """Whom to ask for at the hospital."""

    office: str
    person: str
    phone: str
    place: str
    green_name: str
    green_phone: str

    @classmethod
    def of(cls, desk: ReferralDesk | None) -> "DeskOut | None":
        """Show a desk, None where nobody is named."""
        if desk is None:
            return None
        return cls(**{name: getattr(desk, name) for name in cls.model_fields})


class VisitOut(Out):
    """The number of a referral: where, when, floor, what to bring."""

    status_label: str
    starts_at: str
    number: int
    department: str
    floor: str
    bring: str
    specialist: str

    @classmethod
    def of(cls, row: Appointment | None) -> "VisitOut | None":
        """Show a number he has; one that went back is not shown."""
        if row is None or row.status in WITHOUT_PLACE:
            return None
        shift = row.slot.shift
        more = shift.department.bring
        return cls(
            status_label=row.status_label,
            starts_at=instant(row.slot.starts_at),
            number=row.number,
            department=shift.department.name,
            floor=shift.department.floor,
            bring=f"{BRING}、{more}" if more else BRING,
            specialist=shift.who,
        )


class RetroOut(Out):
    """The registration of a direct admission."""

    admitted_at: str
    until: str | None
    registered_at: str | None
    in_time: bool | None


class ReferralOut(Out):
    """A referral, to its patient."""

    id: str
    number: str
    status: str
    status_label: str
    is_urgent: bool
    created_at: str
    hospital_name: str
    hospital_address: str
    department: str
    team: dict[str, str]
    desk: DeskOut | None
    visit: VisitOut | None
    bed: str | None
    bed_on: str | None
    bring: str
    reject_label: str | None
    consent_words: str
    text_sha256: str
    can_agree: bool
    retro: RetroOut | None
    benefits: list[str]
    consent_label: str | None = None
    consent_at: str | None = None
    consent_drawing: str | None = None

    @classmethod
    def of(cls, row: Referral, desk: ReferralDesk | None, policy: Policy, *, opened: bool = False) -> Self:
        """Show a referral to the person it is about; opened with what he agreed to."""
        return cls(**cls.values(row, desk, policy), **(agreed_to(row) if opened else {}))

    @classmethod
    def values(cls, row: Referral, desk: ReferralDesk | None, policy: Policy) -> dict[str, Any]:
        """Return what everybody sees of it."""
        words, digest = referring.words_for(row.hospital_name, row.team.name)
        found = rules.benefits(flags_of(row), policy, down=row.down_reason_code is not None)
        return {
            "id": row.id,
            "number": row.number,
            "status": row.status,
            "status_label": row.status_label,
            "is_urgent": row.is_urgent,
            "created_at": instant(row.created_at),
            "hospital_name": row.hospital_name,
            "hospital_address": row.hospital.address if row.hospital else "",
            "department": row.department.name if row.department else "",
            "team": {"name": row.team.name, "phone": row.team.phone},
            "desk": DeskOut.of(desk),
            "visit": VisitOut.of(row.appointment),
            "bed": row.bed,
            "bed_on": row.bed_on.isoformat() if row.bed_on else None,
            "bring": BRING,
            "reject_label": REJECT_LABELS.get(row.reject_code or ""),
            "consent_words": words,
            "text_sha256": digest,
            "can_agree": row.status == S.DRAFT,
            "retro": _retro(row),
            "benefits": [rules.BENEFIT_LABELS[one] for one in found],
        }


def agreed_to(row: Referral) -> dict[str, str | None]:
    """Return how and when the patient agreed, and what he drew (a PNG data URL)."""
    is_drawn = row.consent_method == "signature"
    return {
        "consent_label": CONSENT_LABELS.get(row.consent_method or ""),
        "consent_at": instant(row.consent_at) if row.consent_at else None,
        "consent_drawing": row.consent_evidence if is_drawn else None,
    }


def flags_of(row: Referral) -> rules.Compliance:
    """Return what the insurer wants to know of a referral."""
    return rules.Compliance(row.referred_by_team, row.meets_standard, row.retro_in_time)


def _retro(row: Referral) -> RetroOut | None:
    if row.referred_by_team or row.admitted_at is None:
        return None
    return RetroOut(
        admitted_at=instant(row.admitted_at),
        until=instant(row.retro_due_at) if row.retro_due_at else None,
        registered_at=instant(row.retro_registered_at) if row.retro_registered_at else None,
        in_time=row.retro_in_time,
    )


class TeamReferralOut(ReferralOut):
    """A referral, to the team; contents only where it is opened."""

    resident: ContactOut
    reason_label: str
    due_at: str | None
    is_late: bool
    in_combination: bool
    meets_standard: bool
    """False: the team's own referral, against the requirements."""
    down_reason_label: str | None
    summary: str | None = None
    down_summary: str | None = None
    outside_reason: str | None = None
    reject_note: str | None = None
    retro_diagnosis: str | None = None
    retro_caller: str | None = None
    end_note: str | None = None

    @classmethod
    def to_team(
        cls, row: Referral, desk: ReferralDesk | None, policy: Policy, at: datetime, *, opened: bool = False
    ) -> Self:
        """Show a referral to a member of its team."""
        names = (
            "summary",
            "down_summary",
            "outside_reason",
            "reject_note",
            "retro_diagnosis",
            "retro_caller",
            "end_note",
        )
        contents: dict[str, Any] = {name: getattr(row, name) for name in names} if opened else {}
        if opened:
            contents |= agreed_to(row)
        return cls(
            **cls.values(row, desk, policy),
            resident=ContactOut.of(row.resident),
            reason_label=row.reason_label,
            due_at=instant(row.due_at) if row.due_at else None,
            is_late=row.status == S.ESCALATED or (row.due_at is not None and row.due_at < at),
            in_combination=row.in_combination,
            meets_standard=row.meets_standard or not row.referred_by_team,
            down_reason_label=DOWN_REASON_LABELS.get(row.down_reason_code or ""),
            **contents,
        )


class TargetOut(Out):
    """A hospital a resident can be sent to, with the words he agrees to."""

    id: str
    name: str
    level: int
    places_left: int
    in_combination: bool
    desk: DeskOut | None
    departments: list[dict[str, str]]
    consent_words: str
    text_sha256: str

    @classmethod
    def of(cls, target: Target, team_name: str) -> Self:
        """Show a hospital to the doctor who refers."""
        words, digest = referring.words_for(target.hospital.name, team_name)
        return cls(
            id=target.hospital.id,
            name=target.hospital.name,
            level=target.hospital.level,
            places_left=target.places_left,
            in_combination=target.in_combination,
            desk=DeskOut.of(target.desk),
            departments=[{"id": one.id, "name": one.name} for one in target.departments],
            consent_words=words,
            text_sha256=digest,
        )


class ReferralOptionsOut(Out):
    """What a referral of one resident can be."""

    resident: ContactOut
    reasons: list[dict[str, Any]]
    targets: list[TargetOut]
    verbal_consent: Literal["never", "urgent", "always"]
    retro_hours: int | None

    @classmethod
    def of(cls, resident: Any, targets: list[Target], team_name: str, policy: Policy) -> Self:
        """Show the region's reasons and the hospitals."""
        improper = policy.referral.improper_reasons
        return cls(
            resident=ContactOut.of(resident),
            reasons=[
                {"code": code, "label": REASON_LABELS[code], "proper": code not in improper}
                for code in policy.referral.up_reasons
            ],
            targets=[TargetOut.of(one, team_name) for one in targets],
            verbal_consent=policy.referral.verbal_consent,
            retro_hours=policy.referral.retro_registration_hours,
        )


class DischargeOut(Out):
    """What a hospital told of a discharge, to the team that looks after him."""

    id: str
    resident: ContactOut
    hospital: str
    admitted_on: date | None
    discharged_on: date
    diagnosis: str
    drugs: str
    needs: str
    next_clinic_on: date | None
    contact_by_on: date
    contacted: bool

    @classmethod
    def of(cls, row: Discharge) -> Self:
        """Show it opened; the caller notes that it was read."""
        return cls(
            id=row.id,
            resident=ContactOut.of(row.resident),
            hospital=row.hospital.name,
            admitted_on=row.admitted_on,
            discharged_on=row.discharged_on,
            diagnosis=row.diagnosis,
            drugs=row.drugs,
            needs=row.needs,
            next_clinic_on=row.next_clinic_on,
            contact_by_on=row.contact_by_on,
            contacted=row.contacted_at is not None,
        )
