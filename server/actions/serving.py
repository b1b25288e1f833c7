"""Services under an agreement: staff write down what was given, the resident confirms it or disputes it."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import (
    Agreement,
    Entitlement,
    ItemKind,
    Membership,
    Role,
    ServiceAnswer,
    ServiceRecord,
    Staff,
    WechatUser,
    audit,
    entitlement,
    notification,
)
from server.models.actor import Actor
from server.models.service_record import PLACES
from server.models.states import StaleState
from server.policy.dates import workdays_after

MAX_PHOTO_BYTES = 300_000
PICTURES = {"data:image/png;base64": b"\x89PNG\r\n\x1a\n", "data:image/jpeg;base64": b"\xff\xd8\xff"}
LATE_ENTRY_DAYS = 60
BY_HOSPITAL = (ItemKind.SPECIALIST_VISIT, ItemKind.HEALTH_PRESCRIPTION, ItemKind.NURSING_TRAINING)
"""What the designated hospital's doctor gives (CYS annex 3 一1, 一3, 一4)."""


class EntitlementUsedUp(Conflict):
    """Everything that was promised has been given."""

    code, default_message = "entitlement_used_up", "这一项的次数已用完，不能再登记"


class ServiceDateInvalid(Invalid):
    """Not within the days of this entitlement, in the future, or too long ago to be entered."""

    code, default_message = "service_date_invalid", "服务日期须在权益有效期内，不能晚于今天，补录不超过60天"


class ExamKindInvalid(Invalid):
    """Only the named examinations count."""

    code, default_message = "exam_kind_invalid", "请选择做了哪一种检查"


class ServiceNoteNeeded(Invalid):
    """The text of a health prescription is the service."""

    code, default_message = "service_note_needed", "请写下健康处方的内容"


class PerformerNeeded(Invalid):
    """The hospital's doctor gives this one."""

    code, default_message = "performer_needed", "这一项由指定医院医生提供，请填写医生姓名"


class PhotoInvalid(Invalid):
    """No usable picture."""

    code, default_message = "photo_invalid", "照片须为不超过300KB的JPG或PNG"


class ServiceAnswered(Conflict):
    """The resident has said something else about it."""

    code, default_message = "service_answered", "这次服务您已经确认或提过意见"


class ServiceTakenBack(Conflict):
    """The record was wrong and does not count any more."""

    code, default_message = "service_taken_back", "这次服务的记录已撤销"


class ReplyNeeded(Invalid):
    """The resident reads what was found out."""

    code, default_message = "reply_needed", "请写明核实的结果"


@dataclass(frozen=True)
class Act:
    """What was done. ``client_id`` comes from the phone and makes a double tap one service."""

    client_id: str
    served_on: date
    place: str
    note: str = ""
    detail: str = ""
    performer: str = ""
    participants: int = 1
    photo: str | None = None


def record(promised: Entitlement, act: Act, *, staff: Staff, by: Actor) -> tuple[ServiceRecord, bool]:
    """Write down a service under an item of an agreement; it is used once.

    Returns:
        The record, and whether it is new: the same ``client_id`` records once.
    Raises:
        EntitlementUsedUp, ServiceDateInvalid, ExamKindInvalid, ServiceNoteNeeded, PerformerNeeded, PhotoInvalid.
    Source:
        domain.md DA-05; policy keys limits.exam_items_max, limits.exam_kinds, frozen into the entitlement.
    """
    key = f"service:{staff.id}:{hashlib.sha256(act.client_id.encode()).hexdigest()[:28]}"
    try:
        return _record(promised, act, key, staff=staff, by=by)
    except IntegrityError:
        known = db.session.scalar(_by_key(key))
        if known is None:
            raise
        return known, False


@retried
def _record(promised: Entitlement, act: Act, key: str, *, staff: Staff, by: Actor) -> tuple[ServiceRecord, bool]:
    at = clock.now()
    with transaction() as session:
        known = session.scalar(_by_key(key))
        if known is not None:
            return known, False
        agreement = session.get_one(Agreement, promised.agreement_id)
        _check(promised, act, agreement, staff, clock.local(at).date())
        if not entitlement.use(promised.id):
            raise EntitlementUsedUp()
        session.refresh(promised)
        row = ServiceRecord(
            resident_id=promised.resident_id,
            agreement_id=promised.agreement_id,
            team_id=agreement.team_id,
            staff_id=staff.id,
            kind=promised.kind,
            source_key=key,
            served_on=act.served_on,
            recorded_at=at,
            entitlement_id=promised.id,
            detail=act.detail or None,
            place=act.place,
            performer=act.performer.strip() or None,
            participants=act.participants,
            note=act.note.strip() or None,
            photo=act.photo,
        )
        session.add(row)
        session.flush()
        audit.record("service_recorded", row, by=by, at=at)
    return row, True


def _by_key(key: str) -> Select[ServiceRecord]:
    return select(ServiceRecord).where(ServiceRecord.source_key == key)


def _check(promised: Entitlement, act: Act, agreement: Agreement, staff: Staff, today: date) -> None:
    last_on = min(promised.until_on, agreement.end_on or promised.until_on, today)
    first_on = max(promised.from_on, today - timedelta(days=LATE_ENTRY_DAYS))
    if not first_on <= act.served_on <= last_on:
        raise ServiceDateInvalid()
    if act.place not in PLACES or act.participants < 1:
        raise Invalid(fields=["place", "participants"])
    if promised.choices and act.detail not in promised.choices:
        raise ExamKindInvalid(kinds=promised.choices)
    if promised.kind == ItemKind.HEALTH_PRESCRIPTION and not act.note.strip():
        raise ServiceNoteNeeded()
    if promised.kind in BY_HOSPITAL and not act.performer.strip() and not _is_specialist(staff, agreement.team_id):
        raise PerformerNeeded()
    if act.photo is not None:
        _check_photo(act.photo)


def _is_specialist(staff: Staff, team_id: str) -> bool:
    role = select(Membership.role).where(Membership.staff_id == staff.id, Membership.team_id == team_id)
    return db.session.scalar(role) == Role.SPECIALIST


def _check_photo(photo: str) -> None:
    head, _, body = photo.partition(",")
    try:
        picture = base64.b64decode(body, validate=True)
    except ValueError:  # binascii.Error is one; letters beyond ASCII raise the plain one
        raise PhotoInvalid() from None
    if head not in PICTURES or not picture.startswith(PICTURES[head]) or len(picture) > MAX_PHOTO_BYTES:
        raise PhotoInvalid()


@retried
def note_seen(agreement: Agreement, *, by: Actor) -> None:
    """Write down that somebody was shown what a resident was promised and given."""
    at = clock.now()
    with transaction():
        audit.record("entitlements_seen", agreement, by=by, at=at)


# ---------------------------------------------------------------- what the resident says


def confirm(service: ServiceRecord, *, by: Actor) -> ServiceAnswer:
    """The resident says that he was served; saying it twice is saying it once. Raises ServiceAnswered, ServiceTakenBack."""
    return _say(service, ServiceAnswer(verdict="confirmed"), by=by)


def dispute(service: ServiceRecord, reason: str, *, within_workdays: int, by: Actor) -> ServiceAnswer:
    """The resident says that it was not so; the team and the institution owe him an answer in time.

    Args:
        within_workdays: policy key complaints.answer_within_workdays of the rules frozen into the agreement.
    Raises:
        ServiceAnswered, ServiceTakenBack.
    """
    answer_by_on = workdays_after(clock.today(), within_workdays)
    return _say(service, ServiceAnswer(verdict="disputed", reason=reason, answer_by_on=answer_by_on), by=by)


def _say(service: ServiceRecord, answer: ServiceAnswer, *, by: Actor) -> ServiceAnswer:
    try:
        return _said(service, answer.verdict, answer.reason, answer.answer_by_on, by=by)
    except IntegrityError:  # two taps at once
        known = db.session.scalars(select(ServiceAnswer).where(ServiceAnswer.record_id == service.id)).one()
        return _same(known, answer.verdict)


@retried
def _said(
    service: ServiceRecord, verdict: str, reason: str | None, answer_by_on: date | None, *, by: Actor
) -> ServiceAnswer:
    at = clock.now()
    with transaction() as session:
        known = session.scalar(select(ServiceAnswer).where(ServiceAnswer.record_id == service.id))
        if known is not None:
            return _same(known, verdict)
        if is_taken_back(service.id):
            raise ServiceTakenBack()
        row = ServiceAnswer(
            record=service,
            team_id=service.team_id,
            resident_id=service.resident_id,
            verdict=verdict,
            said_at=at,
            reason=reason,
            answer_by_on=answer_by_on,
        )
        session.add(row)
        session.flush()
        audit.record(f"service_{verdict}", service, by=by, at=at)
        if verdict == "disputed":
            _tell_staff(row, at)
    return row


def _same(known: ServiceAnswer, verdict: str) -> ServiceAnswer:
    if known.verdict != verdict:
        raise ServiceAnswered()
    return known


def is_taken_back(record_id: str) -> bool:
    """Tell whether a record was taken back by another one."""
    return db.session.scalar(select(ServiceRecord.id).where(ServiceRecord.reverses_id == record_id)) is not None


def _tell_staff(answer: ServiceAnswer, at: datetime) -> None:
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == answer.record.staff_id))
    if user_id:
        notification.queue(
            "service_disputed",
            dedupe_key=f"service_disputed:{answer.id}",
            subject_id=answer.id,
            at=at,
            user_id=user_id,
            team_id=answer.team_id,
            facts={},
        )


# ---------------------------------------------------------------- what becomes of it


@retried
def answer(said: ServiceAnswer, *, upheld: bool, reply: str, by: Actor) -> ServiceAnswer:
    """Answer a dispute: upheld, and the record is taken back and the use with it; or it stands, with a reason to read.

    Raises:
        ReplyNeeded, states.StaleState: somebody answered otherwise before.
    """
    if not reply.strip():
        raise ReplyNeeded()
    at = clock.now()
    outcome = "upheld" if upheld else "kept"
    with transaction() as session:
        settled = session.execute(
            update(ServiceAnswer)
            .where(ServiceAnswer.id == said.id, ServiceAnswer.verdict == "disputed", ServiceAnswer.outcome.is_(None))
            .values(outcome=outcome, answered_at=at, answered_by=by.id, reply=reply.strip())
            .execution_options(synchronize_session=False)
        )
        session.refresh(said)
        if settled.rowcount != 1:  # type: ignore[attr-defined]
            if (said.outcome, said.answered_by) == (outcome, by.id):
                return said
            raise StaleState()
        if upheld and not is_taken_back(said.record_id):
            _take_back(said.record, at)
        audit.record(f"dispute_{outcome}", said, by=by, at=at)
        notification.queue(
            "dispute_answered",
            dedupe_key=f"dispute_answered:{said.id}",
            subject_id=said.id,
            at=at,
            resident_id=said.resident_id,
            team_id=said.team_id,
            facts={"result": "已更正" if upheld else "已答复"},
        )
    return said


@retried
def take_back(service: ServiceRecord, *, by: Actor) -> ServiceRecord:
    """Take back a record that was a mistake; twice is once. Raises ServiceAnswered: the resident has spoken about it."""
    at = clock.now()
    with transaction() as session:
        known = session.scalar(select(ServiceRecord).where(ServiceRecord.reverses_id == service.id))
        if known is not None:
            return known
        if session.scalar(select(ServiceAnswer.id).where(ServiceAnswer.record_id == service.id)) is not None:
            raise ServiceAnswered("居民已对这次服务确认或提出意见，不能撤销")
        row = _take_back(service, at)
        audit.record("service_taken_back", service, by=by, at=at)
    return row


def _take_back(service: ServiceRecord, at: datetime) -> ServiceRecord:
    row = ServiceRecord(
        resident_id=service.resident_id,
        agreement_id=service.agreement_id,
        team_id=service.team_id,
        staff_id=service.staff_id,
        kind=service.kind,
        source_key=f"takeback:{service.id}",
        served_on=service.served_on,
        recorded_at=at,
        entitlement_id=service.entitlement_id,
        participants=service.participants,
        reverses_id=service.id,
    )
    db.session.add(row)
    db.session.flush()
    if service.entitlement_id is not None:
        entitlement.give_back(service.entitlement_id)
    return row
