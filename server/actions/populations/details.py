"""What is told with a group, and from when to when it then counts."""

from dataclasses import dataclass
from datetime import date, timedelta

from server.actions.populations.refusals import DeclarationInvalid
from server.models import Resident
from server.policy import identity, populations
from server.policy.identity import DocumentType
from server.policy.parts.kinds import Group

LONGEST_PREGNANCY_DAYS = 300
MALE = 1


@dataclass(frozen=True)
class Told:
    """What somebody says with a group; which fields are needed depends on the group."""

    last_period_on: date | None = None
    due_on: date | None = None
    delivered_on: date | None = None
    certificate: str = ""
    since_on: date | None = None
    diagnosed_on: date | None = None
    institution: str = ""


@dataclass(frozen=True)
class Checked:
    """What is kept of it."""

    detail: dict[str, str | int]
    span: populations.Span
    evidence: str | None = None


def check(group: Group, told: Told, resident: Resident, today: date) -> Checked:
    """Check what was told with a group. Raises DeclarationInvalid and the errors of policy.identity."""
    if group == Group.MATERNAL:
        return _maternal(told, resident, today)
    if group == Group.DISABLED:
        return _disabled(told, resident, today)
    if group == Group.FLOATING:
        return _floating(told, resident, today)
    return _diagnosis(told, resident, today)


def _maternal(told: Told, resident: Resident, today: date) -> Checked:
    if resident.sex == MALE:
        raise DeclarationInvalid("登记的性别为男，不能登记为孕产妇")
    due_on = told.due_on or (populations.due_date(told.last_period_on) if told.last_period_on else None)
    if due_on is None and told.delivered_on:
        due_on = told.delivered_on
    if due_on is None:
        raise DeclarationInvalid("请填写预产期或末次月经第一天")
    after = timedelta(days=populations.AFTER_DELIVERY_DAYS)
    longest = timedelta(days=LONGEST_PREGNANCY_DAYS)
    if not today - after <= due_on <= today + longest:
        raise DeclarationInvalid("预产期有误，请检查后再填")
    if told.delivered_on and not today - after <= told.delivered_on <= today:
        raise DeclarationInvalid("分娩日期应在最近42天以内")
    kept: dict[str, str | int] = {"due_on": due_on.isoformat()}
    for name, day in (("last_period_on", told.last_period_on), ("delivered_on", told.delivered_on)):
        if day:
            kept[name] = day.isoformat()
    return Checked(kept, populations.maternal_span(today, due_on=due_on, delivered_on=told.delivered_on))


def _disabled(told: Told, resident: Resident, today: date) -> Checked:
    found = identity.check(DocumentType.DISABILITY_CERTIFICATE, told.certificate, today)
    if resident.document_type == DocumentType.ID_CARD and found.number[:18] != resident.identity_number:
        raise DeclarationInvalid("残疾人证前18位与登记的身份证号不一致，请对照证件检查")
    kept: dict[str, str | int] = {**populations.disability(found.number)}
    return Checked(kept, populations.Span(today), evidence=found.number)


def _floating(told: Told, resident: Resident, today: date) -> Checked:
    if told.since_on is None or not resident.birth_on <= told.since_on <= today:
        raise DeclarationInvalid("请填写来本地居住的日期，不能晚于今天")
    return Checked({"since_on": told.since_on.isoformat()}, populations.Span(told.since_on))


def _diagnosis(told: Told, resident: Resident, today: date) -> Checked:
    on = told.diagnosed_on
    if on is None or not resident.birth_on <= on <= today or not told.institution:
        raise DeclarationInvalid("请填写诊断（评估）日期和机构，日期不能晚于今天")
    return Checked({"diagnosed_on": on.isoformat(), "institution": told.institution}, populations.Span(on))
