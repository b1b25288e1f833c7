"""Two-way referral (双向转诊): a resident sent to a hospital and back, and every step of it (domain.md §5.4)."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import audit, notification
from server.models.actor import Actor
from server.models.agreement import Agreement
from server.models.appointment import Appointment
from server.models.doctor import Team
from server.models.hospital import Department, Hospital
from server.models.resident import Resident
from server.models.states import StateEvent, move


class Direction(StrEnum):
    """Which way somebody is sent."""

    UP = "up"
    DOWN = "down"  # the hospital began it


class ReferralStatus(StrEnum):
    """States of domain.md §5.4; ``escalated`` is a submitted one that was not answered in time."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ARRIVED = "arrived"
    NOT_ATTENDED = "not_attended"
    SEEN = "seen"
    ADMITTED = "admitted"
    DISCHARGED = "discharged"
    DOWN_SENT = "down_sent"
    DOWN_ACCEPTED = "down_accepted"
    CLOSED = "closed"
    TERMINATED = "terminated"


S = ReferralStatus

MOVES: dict[ReferralStatus, frozenset[ReferralStatus]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.TERMINATED}),
    S.SUBMITTED: frozenset({S.ESCALATED, S.ACCEPTED, S.REJECTED, S.EXPIRED, S.TERMINATED}),
    S.ESCALATED: frozenset({S.ACCEPTED, S.REJECTED, S.EXPIRED, S.TERMINATED}),
    S.ACCEPTED: frozenset({S.ARRIVED, S.NOT_ATTENDED, S.TERMINATED}),
    S.ARRIVED: frozenset({S.SEEN, S.ADMITTED, S.TERMINATED}),
    S.SEEN: frozenset({S.DOWN_SENT, S.TERMINATED}),
    S.ADMITTED: frozenset({S.DISCHARGED, S.TERMINATED}),
    S.DISCHARGED: frozenset({S.DOWN_SENT, S.TERMINATED}),
    S.DOWN_SENT: frozenset({S.DOWN_ACCEPTED, S.TERMINATED}),
    S.DOWN_ACCEPTED: frozenset({S.CLOSED, S.TERMINATED}),
    S.REJECTED: frozenset(),
    S.EXPIRED: frozenset(),
    S.NOT_ATTENDED: frozenset(),
    S.CLOSED: frozenset(),
    S.TERMINATED: frozenset(),
}
BORN = (S.DRAFT, S.ADMITTED, S.DOWN_SENT)
"""How it may begin: drafted by the team; an emergency admitted directly; sent back by a hospital on its own."""

WAITING = (S.SUBMITTED, S.ESCALATED)
"""The hospital owes an answer."""
ON_THE_WAY = (S.DRAFT, S.SUBMITTED, S.ESCALATED, S.ACCEPTED)
"""Not yet there: these hold ``open_key``, so nobody is sent to one place twice at a time."""
AT_HOSPITAL = (*WAITING, S.ACCEPTED, S.ARRIVED, S.ADMITTED)
"""The hospital works on it: when it is ended from outside, its desk has something to put away."""
OVER = (S.REJECTED, S.EXPIRED, S.NOT_ATTENDED, S.CLOSED, S.TERMINATED)

UNDER_WAY = tuple(state for state in S if state not in OVER)
UNANSWERED = (S.DRAFT, *WAITING)
"""Nothing was promised yet."""
ABOUT_IT = ("referral_consent", "down_to_accept", "retro_running", "retro_running_for_team")
"""What is told about a referral ahead of time."""
NOT_RETRO = ("referral_consent", "down_to_accept", "retro_running")
SERVICE_ENDED = "签约服务已终止"
END_LABELS = {"death": "居民已去世", "moved": "居民已迁出", "agreement_expired": "签约服务已到期"}
"""Why an agreement's end ended a referral, for people."""

STATUS_LABELS = {
    S.DRAFT: "待居民同意",
    S.SUBMITTED: "等医院答复",
    S.ESCALATED: "医院答复超时",
    S.ACCEPTED: "医院已接收",
    S.REJECTED: "医院未接收",
    S.EXPIRED: "无人答复，已失效",
    S.ARRIVED: "已到医院",
    S.NOT_ATTENDED: "未到医院",
    S.SEEN: "已就诊",
    S.ADMITTED: "住院中",
    S.DISCHARGED: "已出院",
    S.DOWN_SENT: "下转待接收",
    S.DOWN_ACCEPTED: "下转已接收",
    S.CLOSED: "已随访，完成",
    S.TERMINATED: "已终止",
}

REASON_LABELS = {
    "emergency": "急危重症",
    "beyond_capability": "超出本机构能力",
    "twice_uncontrolled": "连续两次控制不满意",
    "drug_reaction": "药物不良反应难以控制",
    "complication": "新出现或加重的并发症",
    "diagnosis": "需要明确诊断",
    "wish": "居民要求",
}
"""Why somebody is sent up (§5.4)."""
DOWN_REASON_LABELS = {
    "stable": "诊断明确，病情稳定",
    "recovery": "康复期",
    "long_term": "需长期管理",
    "hospice": "安宁疗护",
}
"""Why somebody is sent back (§5.4)."""
REJECT_LABELS = {
    "no_place": "没有号源或床位",
    "wrong_department": "不属于本院诊治范围",
    "not_needed": "基层可以处理",
    "data_missing": "资料不全",
    "other": "其他",
}
CONSENT_LABELS = {"app": "居民在小程序同意", "signature": "居民当面签字", "verbal": "紧急，口头同意"}


class ReferralEvent(StateEvent, Model):
    """One step of a referral: never changed, never deleted."""

    __tablename__ = "referral_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("referral.id"), index=True)


def _in(*states: ReferralStatus) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


class Referral(Model):
    """One resident sent to one hospital and back.

    ``open_key`` "<resident>:<hospital>" while he is not there yet, UNIQUE. Nobody is sent without his consent, except an
    emergency that was admitted directly. ``due_at`` is the deadline of the state it is in. The compliance flags say whether
    it counts for the insurance (MY (十), CYS annex 2).
    """

    __tablename__ = "referral"
    MOVES = MOVES
    BORN = BORN
    EVENT = ReferralEvent
    __table_args__ = table(
        CheckConstraint("direction IN ('up', 'down')", name="direction"),
        CheckConstraint(f"status IN {_in(*S)}", name="status"),
        CheckConstraint(f"(status IN {_in(*ON_THE_WAY)}) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint(
            "status IN ('draft', 'terminated') OR direction = 'down' OR NOT referred_by_team OR consent_at IS NOT NULL",
            name="consent",
        ),
        CheckConstraint("(consent_at IS NULL) = (consent_method IS NULL)", name="consent_method"),
        CheckConstraint(
            "status NOT IN ('accepted', 'not_attended') OR appointment_id IS NOT NULL OR bed IS NOT NULL", name="place"
        ),
        CheckConstraint("status <> 'rejected' OR reject_code IS NOT NULL", name="reject_code"),
        CheckConstraint(
            "status NOT IN ('down_sent', 'down_accepted', 'closed') OR down_reason_code IS NOT NULL", name="down_reason"
        ),
        # to the second: the last one still counts
        CheckConstraint(
            "retro_in_time IS NULL OR (retro_in_time = (retro_registered_at <= retro_due_at))", name="retro_in_time"
        ),
        CheckConstraint(
            "(retro_in_time IS NULL) = (retro_due_at IS NULL OR retro_registered_at IS NULL)", name="retro_judged"
        ),
        CheckConstraint(
            f"status NOT IN {_in(*WAITING)} OR (due_at IS NOT NULL AND expires_at IS NOT NULL)", name="due"
        ),
        Index(None, "hospital_id", "status", "due_at", "id"),
        Index(None, "hospital_id", "withdrawn_at", "id"),
        Index(None, "team_id", "status", "due_at", "id"),
        Index(None, "team_id", "counted_on"),
        Index(None, "resident_id", "id"),
        Index(None, "status", "due_at"),
        Index(None, "status", "expires_at"),
    )
    PERSONAL = (
        "summary",
        "outside_reason",
        "consent_evidence",
        "retro_diagnosis",
        "retro_caller",
        "reject_note",
        "down_summary",
        "end_note",
        "reason_code",
        "down_reason_code",
    )

    id: Mapped[str] = primary_key()
    number: Mapped[str] = mapped_column(Code, unique=True)
    direction: Mapped[Direction] = mapped_column(String(4))
    status: Mapped[ReferralStatus] = mapped_column(String(16))
    open_key: Mapped[str | None] = mapped_column(String(53), unique=True)
    client_key: Mapped[str] = mapped_column(String(80), unique=True)
    """Makes a double tap one referral."""
    is_urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    hospital_id: Mapped[str | None] = mapped_column(Id, ForeignKey("hospital.id"))
    """None: an emergency took him to a hospital that is not known here; ``hospital_name`` says which."""
    hospital_name: Mapped[str] = mapped_column(String(128))
    department_id: Mapped[str | None] = mapped_column(Id, ForeignKey("department.id"))
    staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    """The family doctor who refers."""
    reason_code: Mapped[str] = mapped_column(Code)
    summary: Mapped[str] = mapped_column(Sealed("referral.summary", long=True))
    in_combination: Mapped[bool] = mapped_column(Boolean, default=True)
    outside_reason: Mapped[str | None] = mapped_column(Sealed("referral.outside_reason"))
    """Why this hospital, though it does not belong to the team's combination (3+2+X)."""

    consent_method: Mapped[str | None] = mapped_column(String(12))
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consent_by: Mapped[str | None] = mapped_column(Code)
    consent_text_sha256: Mapped[str | None] = mapped_column(Hash)
    """Over the words that were shown."""
    consent_evidence: Mapped[str | None] = mapped_column(Sealed("referral.consent_evidence", long=True))
    """The drawn signature as a data URL, or who heard the spoken consent."""

    appointment_id: Mapped[str | None] = mapped_column(Id, ForeignKey("appointment.id"))
    bed: Mapped[str | None] = mapped_column(String(64))
    """Ward and bed, in words."""
    bed_on: Mapped[date | None] = mapped_column(Date)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(Code)
    reject_code: Mapped[str | None] = mapped_column(Code)
    reject_note: Mapped[str | None] = mapped_column(Sealed("referral.reject_note"))

    referred_by_team: Mapped[bool] = mapped_column(Boolean)
    meets_standard: Mapped[bool] = mapped_column(Boolean)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retro_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when a direct admission must be registered, this second included; None where the region asks for nothing."""
    retro_registered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retro_in_time: Mapped[bool | None] = mapped_column(Boolean)
    retro_diagnosis: Mapped[str | None] = mapped_column(Sealed("referral.retro_diagnosis"))
    retro_caller: Mapped[str | None] = mapped_column(Sealed("referral.retro_caller"))
    """Who reported it, with the telephone number."""

    down_reason_code: Mapped[str | None] = mapped_column(Code)
    down_summary: Mapped[str | None] = mapped_column(Sealed("referral.down_summary", long=True))
    followup_id: Mapped[str | None] = mapped_column(Id, ForeignKey("followup.id"), index=True)
    """The first contact after it; when that is done the referral is closed."""

    end_note: Mapped[str | None] = mapped_column(Sealed("referral.end_note"))
    """Why it was ended before its time."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Ended from outside while the hospital worked on it, and its desk has not read that yet."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an unanswered one ends."""
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_on: Mapped[date] = mapped_column(Date)
    """The day under which it stands in the monthly export."""

    resident: Mapped[Resident] = relationship(lazy="joined")
    agreement: Mapped[Agreement] = relationship()
    team: Mapped[Team] = relationship(lazy="joined")
    hospital: Mapped[Hospital | None] = relationship(lazy="joined")
    department: Mapped[Department | None] = relationship(lazy="joined")
    appointment: Mapped[Appointment | None] = relationship()

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[ReferralStatus(self.status)]

    @property
    def facts(self) -> dict[str, str]:
        """The neutral words for a message about it."""
        return {"hospital": self.hospital_name, "team": self.team.name, "referral_id": self.id}

    @property
    def reason_label(self) -> str:
        """Why, for people."""
        return REASON_LABELS.get(self.reason_code) or DOWN_REASON_LABELS.get(self.reason_code, self.reason_code)

    def key_for(self, status: ReferralStatus) -> str | None:
        """Return what ``open_key`` must be in a state; pass it to ``move``."""
        return f"{self.resident_id}:{self.hospital_id}" if status in ON_THE_WAY else None


def withdraw(
    row: Referral, note: str, *, by: Actor, at: datetime, reason: str = "", hushed: tuple[str, ...] = ABOUT_IT
) -> None:
    """End a referral from outside the hospital, in the caller's transaction, which has seen to its number.

    A desk that works on it finds it in a list of its own until it has read that.

    Args:
        note: why, for people; sealed. reason: code for the event, never free text about a patient.
        hushed: notices that are not sent any more.
    Raises:
        IllegalMove, StaleState.
    """
    withdrawn_at = at if row.status in AT_HOSPITAL else None
    ended = {"due_at": None, "open_key": None, "end_note": note, "withdrawn_at": withdrawn_at}
    was_told = row.status != S.DRAFT
    move(row, S.TERMINATED, by=by, at=at, reason=reason, **ended)
    notification.cancel(subject_id=row.id, kinds=hushed)
    audit.record("referral_terminated", row, by=by, at=at)
    if was_told:
        notification.queue(
            "referral_answered",
            dedupe_key=f"referral_answered:{row.id}:terminated",
            subject_id=row.id,
            at=at,
            resident_id=row.resident_id,
            team_id=row.team_id,
            facts=row.facts | {"result": "转诊已终止"},
        )


def withdraw_all(
    resident_id: str, *, by: Actor, at: datetime, reason: str, states: Collection[ReferralStatus] = UNDER_WAY
) -> None:
    """End a person's open referrals with his agreement, in the caller's transaction, which gave his numbers back before.

    An emergency may still be registered: the benefit is for a stay that was under contract, so the team hears of its limit.

    Args:
        states: which of them; all that are not over unless said.
    """
    mine = select(Referral.id).where(Referral.resident_id == resident_id, Referral.status.in_(states))
    for row_id in db.session.scalars(mine.order_by(Referral.id).with_for_update()).all():
        row = db.session.get_one(Referral, row_id, populate_existing=True)
        withdraw(row, END_LABELS.get(reason, SERVICE_ENDED), by=by, at=at, reason=reason, hushed=NOT_RETRO)


class ReferralDesk(Model):
    """A hospital's referral office and green channel: whom to ask for by name, and which institution's login answers."""

    __tablename__ = "referral_desk"
    __table_args__ = table()
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"), unique=True)
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    """Whose administrators work at this desk."""
    office: Mapped[str] = mapped_column(String(64))
    person: Mapped[str] = mapped_column(String(64), default="")
    phone: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(String(64), default="")
    green_name: Mapped[str] = mapped_column(String(64), default="")
    """The green channel's desk (绿色通道)."""
    green_phone: Mapped[str] = mapped_column(String(32), default="")

    hospital: Mapped[Hospital] = relationship(lazy="joined")


class Discharge(Model):
    """What a hospital told the team when it let somebody go home; told twice it is kept once (``message_key``)."""

    __tablename__ = "discharge"
    __table_args__ = table(
        CheckConstraint("contact_by_on >= discharged_on", name="contact_by"),
        CheckConstraint("(contacted_at IS NULL) = (contacted_by IS NULL)", name="contacted"),
        CheckConstraint("source IN ('machine', 'desk')", name="source"),
        Index(None, "team_id", "contacted_at", "contact_by_on"),
        Index(None, "resident_id", "discharged_on"),
    )
    PERSONAL = ("diagnosis", "drugs", "needs")

    id: Mapped[str] = primary_key()
    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    message_key: Mapped[str] = mapped_column(String(96), unique=True)
    """The hospital's id and its own key for the message, with a colon between them."""
    body_sha256: Mapped[str] = mapped_column(Hash)
    source: Mapped[str] = mapped_column(String(8))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    referral_id: Mapped[str | None] = mapped_column(Id, ForeignKey("referral.id"), index=True)
    followup_id: Mapped[str] = mapped_column(Id, ForeignKey("followup.id"), unique=True)
    admitted_on: Mapped[date | None] = mapped_column(Date)
    discharged_on: Mapped[date] = mapped_column(Date)
    diagnosis: Mapped[str] = mapped_column(Sealed("discharge.diagnosis", long=True))
    drugs: Mapped[str] = mapped_column(Sealed("discharge.drugs", long=True))
    needs: Mapped[str] = mapped_column(Sealed("discharge.needs", long=True))
    """What the team should look after."""
    next_clinic_on: Mapped[date | None] = mapped_column(Date)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contact_by_on: Mapped[date] = mapped_column(Date)
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contacted_by: Mapped[str | None] = mapped_column(Code)

    resident: Mapped[Resident] = relationship(lazy="joined")
    hospital: Mapped[Hospital] = relationship(lazy="joined")


def followed_up(followup_id: str, *, by: Actor, at: datetime) -> None:
    """Note the first contact after a hospital, in the caller's transaction: the referral it belongs to is closed.

    One the team has not received yet is closed when it does.
    """
    told = db.session.scalar(select(Discharge).where(Discharge.followup_id == followup_id))
    if told is not None and told.contacted_at is None:
        told.contacted_at, told.contacted_by = at, by.id
        notification.cancel(subject_id=told.id, kinds=("discharge_pushed", "discharge_followup"))
    rows = select(Referral).where(Referral.followup_id == followup_id, Referral.status == S.DOWN_ACCEPTED)
    for row in db.session.scalars(rows).all():
        move(row, S.CLOSED, by=by, at=at, due_at=None)
        audit.record("referral_closed", row, by=by, at=at)
