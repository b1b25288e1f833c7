"""What the workbench's forms may contain, and what is wrong with them in Chinese."""

import re
import unicodedata
from datetime import date, time
from typing import Annotated, Any, Literal, TypeVar

from flask import request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from server.actions.signing import Event
from server.errors import Invalid
from server.models import EndingReason, Licence, Origin, PhoneResult, RemovalReason, Role, SlotKind, SupplementKind
from server.models.phone_check import CheckMethod

M = TypeVar("M", bound=BaseModel)

# domain.md §3.5, and the 400 numbers that centres publish
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|400-?\d{3}-?\d{4}", re.ASCII)

YUAN = re.compile(r"\d{1,7}(\.\d{1,2})?", re.ASCII)

WHY = {
    "string_too_short": "请填写",
    "missing": "请填写",
    "string_too_long": "最多 {max_length} 个字",
    "int_parsing": "请填写整数",
    "int_parsing_size": "数字过大",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "enum": "请选择",
    "literal_error": "请选择",
    "string_pattern_mismatch": "格式有误，请核对后重新填写",
    "date_from_datetime_parsing": "日期格式有误，例如 2026-03-02",
    "date_parsing": "日期格式有误，例如 2026-03-02",
    "time_parsing": "时间格式有误，例如 08:30",
}


class FormInvalid(Invalid):
    """Some fields cannot be used; ``details["fields"]`` says why for each."""

    code, default_message = "form_invalid", "有内容需要修改，请看标红的地方"


def _printable(text: str) -> str:
    # Control and direction characters make two different names look alike.
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") and char not in "\r\n" for char in text):
        raise ValueError("含有不可见的字符，请重新输入")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError("不能换行")
    return text


def _empty_as_none(text: Any) -> Any:
    return None if text == "" else text


def _phone(text: str) -> str:
    if not PHONE.fullmatch(text):
        raise ValueError("请填写正确的手机号或座机号，例如 0816-2222222")
    return text


def _text(most: int, least: int = 1) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most)


def _fen(value: Any) -> Any:
    if not isinstance(value, str) or not YUAN.fullmatch(value.strip()):
        raise ValueError("请填写金额，最多两位小数，例如 12.50")
    whole, _, cents = value.strip().partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def fen_or_nothing(text: str) -> int:
    """Return money typed in a field that may be empty. Raises FormInvalid."""
    if not text.strip():
        return 0
    try:
        return int(_fen(text))
    except ValueError as cause:
        raise FormInvalid(fields={"items": str(cause)}) from None


Fen = Annotated[int, BeforeValidator(_fen)]
"""Money as people write it, in yuan, becomes fen."""
Name = Annotated[str, _text(64), AfterValidator(_printable), AfterValidator(_one_line)]
Line = Annotated[str, _text(128), AfterValidator(_printable), AfterValidator(_one_line)]
Paragraphs = Annotated[str, _text(1000, 0), AfterValidator(_printable)]
Phone = Annotated[str, _text(32), AfterValidator(_phone)]


Optional32 = Annotated[str, _text(32, 0), AfterValidator(_printable), AfterValidator(_one_line)]
Optional64 = Annotated[str, _text(64, 0), AfterValidator(_printable), AfterValidator(_one_line)]
Optional128 = Annotated[str, _text(128, 0), AfterValidator(_printable), AfterValidator(_one_line)]


class Form(BaseModel):
    """Fields of one form; buttons and the form token are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TrainingForm(Form):
    held_on: date
    kind: Literal["rotation", "in_service", "online", "guidance"]
    topic: Annotated[str, _text(100), AfterValidator(_printable), AfterValidator(_one_line)]
    hours: int = Field(ge=1, le=999)
    organiser: Annotated[str, _text(100, 0), AfterValidator(_printable), AfterValidator(_one_line)] = ""


class RemovalForm(Form):
    reason: RemovalReason
    note: Annotated[str, _text(200, 0), AfterValidator(_printable), AfterValidator(_one_line)] = ""


class TeamForm(Form):
    name: Name
    intro: Paragraphs = ""
    hours: Line
    phone: Phone
    panel_cap: int = Field(ge=1, le=100_000)
    is_open: bool = False


class StaffForm(Form):
    name: Name
    title: Name


class MemberForm(Form):
    staff_id: Name
    role: Role
    duty: Optional128 = ""


class CredentialForm(Form):
    licence: Licence
    licence_number: Optional32 = ""
    scope: Optional64 = ""
    is_gp: bool = False
    gives_tcm: bool = False
    origin: Origin
    employer: Optional128 = ""
    hospital_level: Annotated[int, Field(ge=2, le=3)] | None = None

    @field_validator("hospital_level", mode="before")
    @classmethod
    def _none_when_empty(cls, value: Any) -> Any:
        return value or None


class ApprovalForm(Form):
    document: Name


class SupportForm(Form):
    institution: Line
    level: int = Field(ge=1, le=3)
    office: Optional64 = ""
    specialist: Optional64 = ""
    phone: Optional32 = ""


class HospitalForm(Form):
    name: Line
    level: int = Field(ge=2, le=3)
    address: Line


class HospitalEditForm(HospitalForm):
    referral_phone: Annotated[str, _text(32, 0)] = ""
    must_confirm: bool = False
    checks_in: bool = False


class DepartmentForm(Form):
    department: Name
    floor: Annotated[str, _text(64, 0), AfterValidator(_printable), AfterValidator(_one_line)] = ""
    bring: Annotated[str, _text(255, 0), AfterValidator(_printable), AfterValidator(_one_line)] = ""


class PatternForm(Form):
    department_id: Name
    specialist_id: Annotated[str, _text(26, 0)] = ""
    label: Annotated[str, _text(64, 0), AfterValidator(_printable), AfterValidator(_one_line)] = ""
    kind: SlotKind
    weekday: int = Field(ge=1, le=7)
    every_weeks: int = Field(default=1, ge=1, le=2)
    starts: time
    ends: time
    capacity: int = Field(ge=1, le=500)
    other: int = Field(default=0, ge=0, le=500)
    minutes: int = Field(default=0, ge=0, le=600)
    first_on: Annotated[date | None, BeforeValidator(_empty_as_none)] = None
    until_on: Annotated[date | None, BeforeValidator(_empty_as_none)] = None


class LastDayForm(Form):
    last_on: date


class ExceptionForm(Form):
    first_on: date
    last_on: date
    reason: Line
    department_id: Annotated[str, _text(26, 0)] = ""
    specialist_id: Annotated[str, _text(26, 0)] = ""
    substitute_id: Annotated[str, _text(26, 0)] = ""


class SpecialistForm(Form):
    hospital_id: Name
    department: Name
    name: Name
    title: Name


class ShiftForm(Form):
    specialist_id: Name
    """A doctor, or the department where none sits in: an examination, beds, a general clinic."""
    label: Annotated[str, _text(64, 0), AfterValidator(_printable), AfterValidator(_one_line)] = ""
    day: date
    starts: time
    ends: time
    capacity: int = Field(ge=1, le=500)
    kind: SlotKind = SlotKind.EXPERT
    other: int = Field(default=0, ge=0, le=500)
    minutes: int = Field(default=0, ge=0, le=600)


class CloseForm(Form):
    event: Event
    on: date


class VoidForm(Form):
    void_reason: EndingReason
    void_note: Annotated[str, _text(200), AfterValidator(_printable)]


class SampleForm(Form):
    team_id: Name
    count: int = Field(ge=1, le=200)


class PhoneResultForm(Form):
    result: PhoneResult
    method: CheckMethod
    note: Annotated[str, _text(200, 0), AfterValidator(_printable)] = ""


class PackageForm(Form):
    name: Name
    summary: Paragraphs = ""
    population: Name
    groups: Annotated[str, _text(200, 0), AfterValidator(_one_line)] = ""
    price: Fen
    public_health: Fen
    guidance: Fen
    insurance: Fen
    subsidy: Fen
    resident: Fen
    offered_from: date


class IssueForm(Form):
    number: Name
    hospital_id: Name


class SwipeForm(Form):
    hospital_id: Name
    resident_id: Name
    amount: Fen
    receipt: Name
    on_day: date


class ChargeForm(Form):
    amount: Fen
    receipt: Name


class ServedForm(Form):
    year: int = Field(ge=2000, le=2100)
    persons: int = Field(ge=0, le=100_000_000)


class SupplementForm(Form):
    supplement_kind: SupplementKind
    supplement_phone: Annotated[str, StringConstraints(pattern=r"^$|^1[3-9]\d{9}$")] = ""
    supplement_address: Annotated[str, _text(200, 0), AfterValidator(_printable)] = ""
    supplement_package: Annotated[str, _text(26, 0)] = ""
    supplement_note: Annotated[str, _text(500, 0), AfterValidator(_printable)] = ""


def read(form: type[M]) -> M:
    """Return the submitted form, checked. Raises FormInvalid."""
    try:
        return form.model_validate(request.form.to_dict())
    except ValidationError as cause:
        raise FormInvalid(fields={str(error["loc"][0]): _why(error) for error in cause.errors()}) from None


def _why(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return WHY.get(error["type"], "内容有误，请重新填写").format(**error.get("ctx", {}))
