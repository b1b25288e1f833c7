"""Phone numbers that are checked by calling them (电话核实, domain.md DA-07): each check of a number is one row."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server import masking
from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.ids import new_id
from server.models.actor import Actor
from server.models.doctor import Team
from server.models.resident import Resident
from server.models.states import StateEvent, born, move


class PhoneCheckStatus(StrEnum):
    """Where a check stands."""

    TO_CHECK = "to_check"  # somebody should call
    CONFIRMED = "confirmed"  # the resident answered
    TO_UPDATE = "to_update"  # the number does not serve: a new one is wanted
    UPDATED = "updated"  # a new number was entered, and is to be checked in turn
    DROPPED = "dropped"  # nothing to call any more: the service ended


P = PhoneCheckStatus

MOVES: dict[PhoneCheckStatus, frozenset[PhoneCheckStatus]] = {
    P.TO_CHECK: frozenset({P.CONFIRMED, P.TO_UPDATE, P.UPDATED, P.DROPPED}),
    P.TO_UPDATE: frozenset({P.UPDATED, P.CONFIRMED, P.DROPPED}),
    P.CONFIRMED: frozenset(),
    P.UPDATED: frozenset(),
    P.DROPPED: frozenset(),
}

OPEN = (P.TO_CHECK, P.TO_UPDATE)

STATUS_LABELS = {
    P.TO_CHECK: "待核实",
    P.CONFIRMED: "号码有效",
    P.TO_UPDATE: "待更新号码",
    P.UPDATED: "已更新",
    P.DROPPED: "无需核实",
}


class PhoneResult(StrEnum):
    """What a call found (domain.md §3.5)."""

    OK = "ok"
    WRONG_NUMBER = "wrong_number"
    EMPTY_NUMBER = "empty_number"
    OTHER_PERSON = "other_person"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


RESULT_LABELS = {
    PhoneResult.OK: "本人接听，号码有效",
    PhoneResult.WRONG_NUMBER: "错号",
    PhoneResult.EMPTY_NUMBER: "空号",
    PhoneResult.OTHER_PERSON: "非签约对象号码",
    PhoneResult.UNREACHABLE: "无法接通",
    PhoneResult.REFUSED: "拒绝回答",
}


class CheckMethod(StrEnum):
    """How it was found out."""

    CALL = "call"
    VISIT = "visit"


METHOD_LABELS = {CheckMethod.CALL: "电话", CheckMethod.VISIT: "当面"}


class PhoneCheckEvent(StateEvent, Model):
    """One step of a check: never changed, never deleted."""

    __tablename__ = "phone_check_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("phone_check.id"), index=True)


class PhoneCheck(Model):
    """One check of one number of one resident; at most one open per resident (``open_key`` = resident id)."""

    __tablename__ = "phone_check"
    MOVES = MOVES
    EVENT = PhoneCheckEvent
    __table_args__ = table(
        CheckConstraint("(status IN ('to_check', 'to_update')) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("(result IS NULL) = (checked_at IS NULL)", name="checked"),
        CheckConstraint("status <> 'confirmed' OR (result IS NOT NULL AND result = 'ok')", name="confirmed"),
        Index(None, "team_id", "status", "asked_at"),
        Index(None, "resident_id", "asked_at"),
    )
    PERSONAL = ("phone", "note")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    """Whose panel the resident is on."""
    status: Mapped[PhoneCheckStatus] = mapped_column(String(12))
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    phone: Mapped[str] = mapped_column(Sealed("phone_check.phone"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[PhoneResult | None] = mapped_column(String(16))
    method: Mapped[CheckMethod | None] = mapped_column(String(10))
    note: Mapped[str | None] = mapped_column(Sealed("phone_check.note"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[str | None] = mapped_column(Id)

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")

    @property
    def phone_masked(self) -> str:
        """The number as lists show it."""
        return masking.phone(self.phone)

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[PhoneCheckStatus(self.status)]

    @property
    def result_label(self) -> str:
        """What was found, for people."""
        return RESULT_LABELS[PhoneResult(self.result)] if self.result else ""


def ask(resident: Resident, team_id: str, *, by: Actor, at: datetime) -> PhoneCheck | None:
    """Have a resident's number checked, in the caller's transaction; None without a number, or when that is open already.

    The resident and the team must be in the database. A simultaneous second one meets UNIQUE.
    """
    if not resident.phone or open_of(resident.id) is not None:
        return None
    check = PhoneCheck(
        id=new_id(),
        resident_id=resident.id,
        team_id=team_id,
        status=PhoneCheckStatus.TO_CHECK,
        open_key=resident.id,
        phone=resident.phone,
        asked_at=at,
    )
    db.session.add(check)
    db.session.flush()
    born(check, by=by, at=at)
    return check


def open_of(resident_id: str) -> PhoneCheck | None:
    """Return a resident's check that is not over."""
    return db.session.scalar(select(PhoneCheck).where(PhoneCheck.open_key == resident_id))


def drop(resident_id: str, *, by: Actor, at: datetime, reason: str) -> None:
    """Nobody needs to call any more, in the caller's transaction."""
    check = open_of(resident_id)
    if check is not None:
        move(check, PhoneCheckStatus.DROPPED, by=by, at=at, reason=reason, open_key=None)
