"""How somebody wants to be told, and how often he was told today (domain.md §7.1)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    String,
    bindparam,
    case,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Hash, Id, Model, UtcDateTime, db, once_each, plain, primary_key, table
from server.ids import new_id
from server.models.resident import Resident


class NoticeSetting(Model):
    """One resident's wishes about notices; somebody without a row has the defaults. At most one row each."""

    __tablename__ = "notice_setting"
    __table_args__ = table(
        CheckConstraint("told_count >= 0", name="told_count"),
        CheckConstraint("(muted_from IS NULL) = (muted_until IS NULL)", name="mute_has_both_ends"),
        CheckConstraint("muted_until IS NULL OR muted_until >= muted_from", name="mute_ends_after_start"),
        CheckConstraint("(contact_id IS NULL) = (contact_agreed_at IS NULL)", name="contact_agreed"),
    )
    PERSONAL = ("muted_from", "muted_until")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), unique=True)
    muted_from: Mapped[date | None] = mapped_column(Date)
    muted_until: Mapped[date | None] = mapped_column(Date)
    """Both inclusive: in hospital, no reminders."""
    sms_allowed: Mapped[bool] = mapped_column(Boolean, default=True)
    opted_out: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Topics of policy.notice_topics."""
    contact_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"))
    """Who of the household may be told instead, when the person himself cannot be reached."""
    contact_agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bad_phone_hash: Mapped[str | None] = mapped_column(Hash)
    """A number known to be wrong: no SMS goes there until another one is entered."""
    told_on: Mapped[date | None] = mapped_column(Date)
    told_count: Mapped[int] = mapped_column(Integer, default=0)
    """Reminders sent, or being sent, on ``told_on``."""
    entered_by: Mapped[str] = mapped_column(String(64), default="clock")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def is_muted(self, day: date) -> bool:
        """Whether reminders stay away on this day."""
        return (
            self.muted_from is not None and self.muted_until is not None and self.muted_from <= day <= self.muted_until
        )


def setting_of(resident_id: str) -> NoticeSetting | None:
    """Return somebody's wishes as they are now."""
    return db.session.scalar(
        select(NoticeSetting).where(NoticeSetting.resident_id == resident_id).execution_options(populate_existing=True)
    )


def own_row(resident_id: str, at: datetime) -> None:
    """Make sure somebody has a row, in the caller's transaction; any number of processes may try at once."""
    own_rows([resident_id], at)


def own_rows(residents: Sequence[str], at: datetime) -> None:
    """Make sure that everybody of these has a row, as ``own_row``."""
    if not residents:
        return
    values = [
        {
            "id": new_id(),
            "resident_id": resident_id,
            "sms_allowed": True,
            "opted_out": [],
            "told_count": 0,
            "entered_by": "clock",
            "updated_at": at,
        }
        for resident_id in residents
    ]
    dialect = db.session.get_bind().dialect.name
    statement: Any
    if dialect == "sqlite":
        statement = sqlite.insert(plain(NoticeSetting)).on_conflict_do_nothing(index_elements=["resident_id"])
    else:
        known = mysql.insert(plain(NoticeSetting))
        statement = known.on_duplicate_key_update(resident_id=known.inserted.resident_id)
    db.session.connection().execute(statement, values)


def take_place(resident_id: str, day: date, most: int, at: datetime) -> bool:
    """Count one more reminder of a day against its limit, in the caller's transaction. Returns whether there was room."""
    if _counted([resident_id], day, most):
        return True
    own_row(resident_id, at)
    return _counted([resident_id], day, most) == 1


def take_places(residents: Sequence[str], day: date, most: int, at: datetime) -> list[bool]:
    """Count one more reminder each, in the caller's transaction; somebody may stand there more than once.

    All of them have a row of their own (``own_rows``). Returns who had room.
    """
    if not residents:
        return []
    try:
        with db.session.begin_nested():
            if sum(_counted(ids, day, most) for ids in once_each(residents)) == len(residents):
                return [True] * len(residents)
            raise _SomeAreFull
    except _SomeAreFull:
        return [take_place(one, day, most, at) for one in residents]


class _SomeAreFull(Exception):
    """Takes the step back, to find out who."""


def _counted(residents: Sequence[str], day: date, most: int) -> int:
    taken = db.session.connection().execute(_TAKE, {"ids": residents, "day": day, "most": most})
    return int(taken.rowcount)


def _taking() -> Any:
    setting = plain(NoticeSetting).c
    day = bindparam("day", type_=Date())
    # the order matters: MySQL reads told_on of a changed row as changed already
    return (
        update(plain(NoticeSetting))
        .where(
            setting.resident_id.in_(bindparam("ids", expanding=True)),
            or_(setting.told_on.is_(None), setting.told_on != day, setting.told_count < bindparam("most")),
        )
        .ordered_values(
            (setting.told_count, case((setting.told_on == day, setting.told_count + 1), else_=1)),
            (setting.told_on, day),
        )
    )


_TAKE = _taking()


def give_place_back(resident_id: str, day: date) -> None:
    """Take back a place of a day's reminders that led to nothing, in the caller's transaction."""
    db.session.execute(
        update(NoticeSetting)
        .where(NoticeSetting.resident_id == resident_id, NoticeSetting.told_on == day, NoticeSetting.told_count > 0)
        .values(told_count=NoticeSetting.told_count - 1)
        .execution_options(synchronize_session=False)
    )


def note_bad_phone(resident_id: str, at: datetime) -> None:
    """Note that a resident's present number does not serve, in the caller's transaction; a new one is not affected."""
    number = select(Resident.phone_hash).where(Resident.id == resident_id).scalar_subquery()
    _set(resident_id, at, bad_phone_hash=number)


def refuse_sms(resident_id: str, at: datetime) -> None:
    """Note that a resident wants no SMS, in the caller's transaction."""
    _set(resident_id, at, sms_allowed=False)


def _set(resident_id: str, at: datetime, **values: Any) -> None:
    own_row(resident_id, at)
    db.session.execute(
        update(NoticeSetting)
        .where(NoticeSetting.resident_id == resident_id)
        .values(updated_at=at, **values)
        .execution_options(synchronize_session=False)
    )
