"""What the forms that a conversation leads to may contain; the actions check what it means."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from server.handlers.workbench.forms import Form, read
from server.models import NotVisited
from server.models.service_record import PLACES

__all__ = ["AbsenceForm", "BookingForm", "EmergencyForm", "ReferralForm", "ServiceForm", "VisitForm", "read"]

LABELS = {
    "method": "方式",
    "visited_on": "日期",
    "note": "备注",
    "next_on": "下次随访日期",
    "next_reason": "原因",
    "reason": "原因",
    "absence_note": "备注",
    "entitlement_id": "服务项目",
    "served_on": "日期",
    "place": "地点",
    "detail": "检查",
    "performer": "医院医生姓名",
    "participants": "参加人数",
    "slot_id": "号源",
    "summary": "病情摘要",
    "outside_reason": "转到名单外医院的理由",
    "consent": "居民同意",
    "hospital_name": "医院",
    "admitted_on": "入院日期",
    "admitted_time": "入院时间",
    "diagnosis": "诊断",
    "caller": "报告人",
    "caller_phone": "报告人电话",
}
"""What a field is called where something is wrong with it."""


def _day(value: Any) -> Any:
    if value == "":
        return None
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        raise ValueError("日期格式有误，例如 2026-03-02")
    return value


def _text(most: int) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=most)


Day = Annotated[date, BeforeValidator(_day)]
DayOrNone = Annotated[date | None, BeforeValidator(_day)]


class VisitForm(Form):
    visited_on: Day
    method: Literal["clinic", "home", "phone"]
    note: Annotated[str, _text(500)] = ""
    confirmed: bool = False
    next_on: DayOrNone = None
    next_reason: Annotated[str, _text(200)] = ""


class AbsenceForm(Form):
    reason: NotVisited
    visited_on: Day
    absence_note: Annotated[str, _text(500)] = ""


class ServiceForm(Form):
    client_id: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9._-]{1,64}$")]
    entitlement_id: Annotated[str, StringConstraints(min_length=1, max_length=26)]
    served_on: Day
    place: Annotated[str, StringConstraints(pattern=f"^({'|'.join(PLACES)})$")]
    note: Annotated[str, _text(2000)] = ""
    detail: Annotated[str, _text(32)] = ""
    performer: Annotated[str, _text(32)] = ""
    participants: int = Field(default=1, ge=1, le=500)


class BookingForm(Form):
    slot_id: Annotated[str, StringConstraints(min_length=1, max_length=26)]


class ReferralForm(Form):
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    hospital_id: Annotated[str, StringConstraints(max_length=26)]
    reason_code: Annotated[str, _text(32)] = ""
    summary: Annotated[str, _text(2000)] = ""
    is_urgent: bool = False
    outside_reason: Annotated[str, _text(200)] = ""
    slot_id: Annotated[str, StringConstraints(max_length=26)] = ""
    consent: Literal["app", "verbal", "signature"]
    text_sha256: Annotated[str, StringConstraints(max_length=64)] = ""
    proof: Annotated[str, StringConstraints(max_length=400_000)] = ""


class EmergencyForm(Form):
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    hospital_name: Annotated[str, _text(128)] = ""
    admitted_on: Day
    admitted_time: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    diagnosis: Annotated[str, _text(500)] = ""
    caller: Annotated[str, _text(50)] = ""
    caller_phone: Annotated[str, _text(32)] = ""
