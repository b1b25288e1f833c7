"""Programmes: forms, enrolments, visits that did not take place, other days, referral checks, and a resident's own visit."""

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field

from server.handlers.miniprogram.shapes.edges import Day, In, Out
from server.handlers.miniprogram.shapes.followups import ContactOut, FollowUpOut, neutral_title_of
from server.models import CheckResult, Enrolment, FollowUp, FollowUpStatus, NotVisited, ReferralCheck
from server.models.enrolment import RESTRICTED
from server.models.referral_check import RESULT_LABELS
from server.policy import programmes
from server.policy.programmes import FieldRow

METHODS = {"clinic": "门诊", "home": "上门", "phone": "电话"}
NOTHING = "无"
"""How the usual option of a question about trouble begins."""


class NotVisitedIn(In):
    """Why nobody was met, and when to try again (null: when the rule says)."""

    reason: NotVisited
    on: Day
    note: str | None = Field(default=None, max_length=500)
    next_on: Day | None = None


class DateIn(In):
    """Another day for a follow-up; later than the rule's with a reason."""

    due_on: Day
    reason: str | None = Field(default=None, max_length=200)


class FactsIn(In):
    """What is newly known: days as YYYY-MM-DD, codes, own limits ("target_systolic")."""

    facts: dict[str, str] = Field(min_length=1, max_length=10)


class AssignIn(In):
    """Who of the team looks after somebody in a programme."""

    staff_id: str = Field(max_length=26)


class CheckAnswerIn(In):
    """What became of a referral."""

    result: Literal["attended", "not_attended", "admitted", "refused", "unknown"]
    note: str | None = Field(default=None, max_length=500)


class OptionOut(Out):
    """One answer to choose."""

    code: str
    label: str


class FieldOut(Out):
    """One field of a form. ``hard``: refused outside; ``soft``: confirmed outside. Conditions as the rule table has them."""

    key: str
    label: str
    type: str
    unit: str
    units: list[str]
    options: list[OptionOut]
    none_option: str
    hard: list[float] | None
    soft: list[float] | None
    decimals: int
    required: bool
    required_when: str | None
    required_unless: str | None
    visits: list[str]
    is_future: bool
    max_rows: int

    @classmethod
    def of(cls, field: FieldRow) -> Self:
        """Show a field that somebody fills in."""
        return cls(
            key=field.key,
            label=field.label,
            type=field.type,
            unit=field.unit,
            units=list(field.units),
            options=[OptionOut(code=code, label=label) for code, label in field.options.items()],
            none_option=field.none_option,
            hard=[float(one) for one in field.hard] if field.hard else None,
            soft=[float(one) for one in field.soft] if field.soft else None,
            decimals=field.decimals if field.type == "decimal" else 0,
            required=field.required,
            required_when=field.required_when,
            required_unless=field.required_unless,
            visits=field.visits,
            is_future=field.is_future,
            max_rows=field.max_rows,
        )


class LastVisitOut(Out):
    """The visit before, by field key."""

    visited_on: str
    class_label: str
    advice: str
    values: dict[str, Any]


class FormOut(Out):
    """A form to fill in: fields, what it begins with, the visit before, what can be done in the same encounter."""

    followup: FollowUpOut
    programme: str
    version: str
    methods: list[OptionOut]
    fields: list[FieldOut]
    values: dict[str, Any]
    last: LastVisitOut | None
    together: list[FollowUpOut]

    @classmethod
    def of(
        cls, row: FollowUp, shown: FollowUpOut, last: FollowUp | None, together: list[FollowUpOut], today: date
    ) -> Self:
        """Show the form of a follow-up."""
        table = programmes.load(row.programme, today)
        return cls(
            followup=shown,
            programme=row.programme,
            version=table.version,
            methods=[OptionOut(code=code, label=label) for code, label in METHODS.items()],
            fields=[FieldOut.of(field) for field in table.fields if not field.derived],
            values=_beginning(table, last, row.kind_key),
            last=_last(last) if last and last.visited_on else None,
            together=together,
        )


def _beginning(table: programmes.Programme, last: FollowUp | None, kind_key: str) -> dict[str, Any]:
    """What the doctor need not enter: what the visit before found and stays so, and the usual answer to a needed question."""
    found = last.values if last else {}
    begun: dict[str, Any] = {}
    for field in table.fields:
        if field.carry and field.key in found:
            begun[field.key] = found[field.key]
        elif field.required and field.type == "many" and field.none_option:
            begun[field.key] = [field.none_option]
        elif field.required and field.type == "choice":
            code, label = next(iter(field.options.items()))
            if label.startswith(NOTHING):
                begun[field.key] = code
    if "visit" in table.by_key and kind_key in table.by_key["visit"].options:
        begun["visit"] = kind_key
    return begun


def _last(row: FollowUp) -> LastVisitOut:
    kept = row.judgement
    return LastVisitOut(
        visited_on=str(row.visited_on),
        class_label=kept.get("class_label") or "",
        advice=kept.get("advice") or "",
        values=row.values,
    )


class AbsenceOut(Out):
    """A visit that did not take place, and what follows. ``ending_hint``: the event to register with the agreement."""

    followup: FollowUpOut
    next: FollowUpOut | None
    ending_hint: str | None
    agreement_id: str | None


class EnrolmentOut(Out):
    """Somebody in a programme."""

    id: str
    programme: str
    title: str
    started_on: str
    ended_on: str | None
    staff_id: str | None
    staff_name: str | None
    facts: dict[str, str]
    """What its plan is made from, by the keys of ``asks``."""
    asks: list[FieldOut]
    """What the plan may be made from besides, as fields to fill in."""

    @classmethod
    def of(cls, row: Enrolment, today: date) -> Self:
        """Show an enrolment to the team."""
        table = programmes.load(row.programme, today)
        return cls(
            id=row.id,
            programme=row.programme,
            title=table.title,
            started_on=row.started_on.isoformat(),
            ended_on=row.ended_on.isoformat() if row.ended_on else None,
            staff_id=row.staff_id,
            staff_name=row.staff.name if row.staff else None,
            facts={name: str(value) for name, value in row.facts.items()},
            asks=[FieldOut.of(field) for field in table.facts],
        )


class CheckOut(Out):
    """A referral to ask about."""

    id: str
    followup_id: str
    resident: ContactOut
    title: str
    reason: str
    due_on: str
    overdue: bool
    result: str | None
    result_label: str | None

    @classmethod
    def of(cls, row: ReferralCheck, today: date) -> Self:
        """Show a referral check to the team."""
        table = programmes.load(row.programme, today)
        return cls(
            id=row.id,
            followup_id=row.followup_id,
            resident=ContactOut.of(row.resident),
            title=f"{table.title}：追踪转诊结果",
            reason=table.reasons.get(row.reason_code, ""),
            due_on=row.due_on.isoformat(),
            overdue=row.result is None and row.due_on < today,
            result=row.result,
            result_label=RESULT_LABELS[CheckResult(row.result)] if row.result else None,
        )


class MeasuredOut(Out):
    """One value, for people."""

    label: str
    value: str
    unit: str
    meaning: str


class OwnVisitOut(Out):
    """One of my follow-ups: where, what was found, what to do. Of restricted programmes only day and place."""

    id: str
    title: str
    status: str
    status_label: str
    due_on: str
    window_end_on: str
    visited_on: str | None
    method_label: str
    place: str
    address: str
    phone: str
    class_label: str
    advice: str
    values: list[MeasuredOut]

    @classmethod
    def of(cls, row: FollowUp, today: date) -> Self:
        """Show a follow-up to its resident."""
        is_told = row.status == FollowUpStatus.DONE and row.programme not in RESTRICTED
        kept = row.judgement if is_told else {}
        return cls(
            id=row.id,
            title=neutral_title_of(row, today),
            status=row.status,
            status_label=row.status_label,
            due_on=row.due_on.isoformat(),
            window_end_on=row.window_end_on.isoformat(),
            visited_on=row.visited_on.isoformat() if row.visited_on else None,
            method_label=METHODS.get(row.method or "", ""),
            place=row.team.organisation.name,
            address=row.team.organisation.address,
            phone=row.team.phone,
            class_label=kept.get("class_label") or "",
            advice=kept.get("advice") or "",
            values=_measured(row, kept.get("findings") or {}) if is_told else [],
        )


def _measured(row: FollowUp, findings: dict[str, str]) -> list[MeasuredOut]:
    """What was measured, in the form's order; texts are the doctor's notes and stay with him."""
    table, found = programmes.load(row.programme, row.visited_on or row.due_on), row.values
    return [
        MeasuredOut(
            label=field.label, value=str(found[field.key]), unit=field.unit, meaning=findings.get(field.key, "")
        )
        for field in table.fields
        if field.type in ("int", "decimal") and field.key in found
    ]
