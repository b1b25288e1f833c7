"""People who should be signed and are not: the monthly worklist, why they are not, and informed notices (知情告知书)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import states
from server.models.actor import Actor
from server.models.doctor import Staff, Team
from server.models.resident import Resident
from server.models.states import StateEvent


class EntryStatus(StrEnum):
    """How far a person on the list has come."""

    OPEN = "open"
    CONTACTED = "contacted"
    NOTICED = "noticed"  # declined, and an informed notice was signed or witnessed
    EXPLAINED = "explained"  # a reason is on record
    SIGNED = "signed"
    CLOSED_DEATH = "closed_death"
    CLOSED_MOVED = "closed_moved"
    CARRIED = "carried"  # on the list of a later month


S = EntryStatus
_ENDS = frozenset({S.SIGNED, S.CLOSED_DEATH, S.CLOSED_MOVED, S.CARRIED})

MOVES: dict[EntryStatus, frozenset[EntryStatus]] = {
    S.OPEN: frozenset({S.CONTACTED, S.NOTICED, S.EXPLAINED, *_ENDS}),
    S.CONTACTED: frozenset({S.NOTICED, S.EXPLAINED, *_ENDS}),
    S.NOTICED: _ENDS,
    S.EXPLAINED: frozenset({S.NOTICED, *_ENDS}),
    S.SIGNED: frozenset(),
    S.CLOSED_DEATH: frozenset(),
    S.CLOSED_MOVED: frozenset(),
    S.CARRIED: frozenset(),
}

STATUS_LABELS = {
    S.OPEN: "待联系",
    S.CONTACTED: "已联系",
    S.NOTICED: "已签知情告知书",
    S.EXPLAINED: "已登记原因",
    S.SIGNED: "已签约",
    S.CLOSED_DEATH: "已终止（去世）",
    S.CLOSED_MOVED: "已终止（迁出）",
    S.CARRIED: "已转入下期",
}

TO_DO = (S.OPEN, S.CONTACTED)
LIVE = (S.OPEN, S.CONTACTED, S.NOTICED, S.EXPLAINED)
"""A later signing still closes these; they hold ``live_key``."""


class Source(StrEnum):
    """Why somebody is on the list."""

    KEY = "key"  # belongs to a group that comes first
    LAPSED = "lapsed"  # his agreement ended without a successor


SOURCE_LABELS = {Source.KEY: "重点人群未签约", Source.LAPSED: "到期未续签"}


class ReasonCode(StrEnum):
    """Why somebody is not under contract (policy key refusal.reasons)."""

    LOST_CONTACT = "lost_contact"
    IN_PRISON = "in_prison"
    DECEASED = "deceased"
    REFUSED = "refused"
    OTHER = "other"


REASON_LABELS = {
    ReasonCode.LOST_CONTACT: "失联",
    ReasonCode.IN_PRISON: "入狱",
    ReasonCode.DECEASED: "死亡",
    ReasonCode.REFUSED: "拒签",
    ReasonCode.OTHER: "其他",
}


class UnsignedEntryEvent(StateEvent, Model):
    """One step of an entry: never changed, never deleted."""

    __tablename__ = "unsigned_entry_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("unsigned_entry.id"), index=True)


class UnsignedEntry(Model):
    """A person on the list of one month: once a month, and live once at a time (``live_key`` = resident id)."""

    __tablename__ = "unsigned_entry"
    MOVES = MOVES
    EVENT = UnsignedEntryEvent
    __table_args__ = table(
        UniqueConstraint("resident_id", "month"),
        CheckConstraint(
            "(status IN ('open', 'contacted', 'noticed', 'explained')) = (live_key IS NOT NULL)", name="live_key"
        ),
        CheckConstraint("live_key IS NULL OR live_key = resident_id", name="live_key_is_resident"),
        Index(None, "team_id", "status", "priority", "id"),
        Index(None, "organisation_id", "month", "status", "priority", "id"),
    )
    PERSONAL = ("priority",)

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    month: Mapped[str] = mapped_column(String(7))
    """2026-03."""
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    """None: any team of the organisation."""
    area_id: Mapped[str | None] = mapped_column(Id, ForeignKey("area.id"), index=True)
    source: Mapped[Source] = mapped_column(String(12))
    priority: Mapped[int] = mapped_column(Integer)
    """Place of his first group among policy key groups.key; the smallest comes first."""
    status: Mapped[EntryStatus] = mapped_column(String(16), default=EntryStatus.OPEN)
    live_key: Mapped[str | None] = mapped_column(Id, unique=True)
    contacts: Mapped[int] = mapped_column(Integer, default=0)
    contacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team | None] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[EntryStatus(self.status)]

    def key_for(self, status: EntryStatus) -> dict[str, Any]:
        """Return the value of ``live_key`` in a state; pass it to ``move``."""
        return {"live_key": self.resident_id if status in LIVE else None}


class UnsignedReason(Model):
    """Why a person is unsigned, with its history: one in force per person (``open_key`` = resident id)."""

    __tablename__ = "unsigned_reason"
    __table_args__ = table(
        CheckConstraint("(ended_at IS NULL) = (open_key IS NOT NULL)", name="open_key"),
        Index(None, "resident_id", "recorded_at"),
        Index(None, "organisation_id", "ended_at", "code"),
    )
    PERSONAL = ("code", "note")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    code: Mapped[ReasonCode] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Sealed("unsigned_reason.note"), default="")
    notice_id: Mapped[str | None] = mapped_column(Id, ForeignKey("informed_notice.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(Code)
    review_on: Mapped[date] = mapped_column(Date)
    """From this day the person is on the list again."""
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(Code, default="")
    """What ended it: replaced, signed, closed_death, closed_moved."""

    @property
    def label(self) -> str:
        """The reason, for people."""
        return REASON_LABELS[ReasonCode(self.code)]


class Signer(StrEnum):
    """Whose hand drew the signature under an informed notice."""

    RESIDENT = "resident"
    WITNESS = "witness"  # the resident refuses even that


SIGNER_LABELS = {Signer.RESIDENT: "居民本人签字", Signer.WITNESS: "居民不签字，由见证人签字"}


class NoticeOutcome(StrEnum):
    """What became of an informed notice; None while it stands."""

    FOLLOWED = "followed"  # the person signed an agreement after all
    REPLACED = "replaced"  # by a newer one
    CLOSED = "closed"  # died or moved


NOTICE_LABELS = {
    None: "有效",
    NoticeOutcome.FOLLOWED: "后来已签约",
    NoticeOutcome.REPLACED: "已由新的告知书代替",
    NoticeOutcome.CLOSED: "已终止",
}


class InformedNotice(Model):
    """What somebody who declines was told, frozen and signed by him or by a witness; one stands per person."""

    __tablename__ = "informed_notice"
    __table_args__ = table(
        CheckConstraint("(outcome IS NULL) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("(signer = 'witness') = (witness_name IS NOT NULL)", name="witness_named"),
        Index(None, "resident_id", "signed_at"),
        Index(None, "organisation_id", "signed_at", "id"),
    )
    PERSONAL = ("text_body", "signature", "witness_name", "client_address")

    id: Mapped[str] = primary_key()
    number: Mapped[str] = mapped_column(Code, unique=True)
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    region: Mapped[str] = mapped_column(Code)
    policy_version: Mapped[str] = mapped_column(Code)
    text_version: Mapped[str] = mapped_column(Code)
    text_body: Mapped[str] = mapped_column(Sealed("informed_notice.text_body", long=True))
    """The frozen text: title and paragraphs, one per line."""
    text_sha256: Mapped[str] = mapped_column(Hash)
    signer: Mapped[Signer] = mapped_column(String(12))
    signature: Mapped[str] = mapped_column(Sealed("informed_notice.signature", long=True))
    """PNG as a data URL, drawn by the signer."""
    witness_name: Mapped[str | None] = mapped_column(Sealed("informed_notice.witness_name"))
    channel: Mapped[str] = mapped_column(Code)
    client_address: Mapped[str] = mapped_column(String(64), default="")
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    outcome: Mapped[NoticeOutcome | None] = mapped_column(String(12))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")
    staff: Mapped[Staff] = relationship(lazy="joined")

    @property
    def outcome_label(self) -> str:
        """What became of it, for people."""
        return NOTICE_LABELS[NoticeOutcome(self.outcome) if self.outcome else None]


class WorklistRun(Model):
    """How far the list of a month has been made; whoever continues begins after ``last_resident_id``."""

    __tablename__ = "worklist_run"
    __table_args__ = table()
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    month: Mapped[str] = mapped_column(String(7), unique=True)
    last_resident_id: Mapped[str] = mapped_column(Id, default="")
    made: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def end_reason(resident_id: str, why: str, at: datetime) -> None:
    """End the reason in force, in the caller's transaction; its history stays."""
    db.session.execute(
        update(UnsignedReason)
        .where(UnsignedReason.open_key == resident_id)
        .values(open_key=None, ended_at=at, ended_by=why)
        .execution_options(synchronize_session=False)
    )


def close_notice(resident_id: str, outcome: NoticeOutcome, at: datetime) -> None:
    """Close the informed notice that stands, in the caller's transaction; it stays readable."""
    db.session.execute(
        update(InformedNotice)
        .where(InformedNotice.open_key == resident_id)
        .values(outcome=outcome, open_key=None, closed_at=at)
        .execution_options(synchronize_session=False)
    )


def settle(resident_id: str, to: EntryStatus, *, by: Actor, at: datetime) -> None:
    """Close all that is open about an unsigned person, who signed, died or moved; in the caller's transaction."""
    entry = db.session.scalar(select(UnsignedEntry).where(UnsignedEntry.live_key == resident_id))
    if entry is not None:
        states.move(entry, to, by=by, at=at, reason=to, **entry.key_for(to))
    end_reason(resident_id, to, at)
    close_notice(resident_id, NoticeOutcome.FOLLOWED if to == S.SIGNED else NoticeOutcome.CLOSED, at)
