"""Key populations (重点人群): which tags a person has, where each comes from, who certified it, from when to when.

A tag counts from the moment somebody certified it, on the days it is valid; what a resident declared himself does not
count before (domain.md §4). Codes of groups are those of ``server.policy.parts.kinds.Group``.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    event,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import states
from server.models.actor import CLOCK, Actor
from server.models.doctor import Organisation
from server.models.resident import LONG_AGO, Resident
from server.models.states import StateEvent

CHUNK = 500


class TagSource(StrEnum):
    """How a tag was obtained."""

    DERIVED = "derived"  # from birth date or document
    LIST = "list"  # an authority's list
    STAFF = "staff"
    RESIDENT_DECLARED = "resident_declared"


class TagStatus(StrEnum):
    """Where a tag stands."""

    WAITING = "waiting"  # declared or listed, nobody has certified it
    CERTIFIED = "certified"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # the resident took his declaration back
    ENDED = "ended"
    VOID = "void"  # entered wrongly: it never counted


T = TagStatus

MOVES: dict[TagStatus, frozenset[TagStatus]] = {
    T.WAITING: frozenset({T.CERTIFIED, T.DECLINED, T.WITHDRAWN}),
    T.CERTIFIED: frozenset({T.ENDED, T.VOID}),
    T.ENDED: frozenset({T.VOID}),
    T.DECLINED: frozenset(),
    T.WITHDRAWN: frozenset(),
    T.VOID: frozenset(),
}

BORN = (T.WAITING, T.CERTIFIED)
"""Derived ones and those staff adds need nobody else."""
OPEN = (T.WAITING, T.CERTIFIED)
COUNTED = (T.CERTIFIED, T.ENDED)

STATUS_LABELS = {
    T.WAITING: "等待核实",
    T.CERTIFIED: "已认定",
    T.DECLINED: "未通过",
    T.WITHDRAWN: "已撤回",
    T.ENDED: "已结束",
    T.VOID: "已作废",
}
SOURCE_LABELS = {
    TagSource.DERIVED: "按出生日期或证件生成",
    TagSource.LIST: "名单导入",
    TagSource.STAFF: "医务人员认定",
    TagSource.RESIDENT_DECLARED: "居民申报",
}


class PopulationList(Model):
    """An authority's list of one group, as somebody imported it; another person certifies it as a whole."""

    __tablename__ = "population_list"
    __table_args__ = table(
        CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="two_persons"),
        CheckConstraint("(decided_at IS NULL) = (status = 'waiting')", name="decided"),
        Index(None, "organisation_id", "entered_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    group: Mapped[str] = mapped_column(String(20))
    source_document: Mapped[str] = mapped_column(String(128))
    """Which list: the authority's document, with its date or number."""
    status: Mapped[TagStatus] = mapped_column(String(12), default=TagStatus.WAITING)
    row_count: Mapped[int] = mapped_column(Integer, default=0)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(Code)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(Code)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class PopulationTagEvent(StateEvent, Model):
    """One step of a tag: never changed, never deleted."""

    __tablename__ = "population_tag_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("population_tag.id"), index=True)


class PopulationTag(Model):
    """One person's belonging to one group; at most one open per pair (``open_key`` "<resident>:<group>").

    Nobody certifies what he imported himself.
    """

    __tablename__ = "population_tag"
    MOVES = MOVES
    BORN = BORN
    EVENT = PopulationTagEvent
    __table_args__ = table(
        CheckConstraint("(status IN ('waiting', 'certified')) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("status NOT IN ('certified', 'ended') OR certified_by IS NOT NULL", name="certified"),
        CheckConstraint("source <> 'list' OR certified_by IS NULL OR certified_by <> entered_by", name="two_persons"),
        CheckConstraint("source IN ('derived', 'list', 'staff', 'resident_declared')", name="source"),
        Index(None, "resident_id", "status"),
        Index(None, "group", "status", "id"),
        Index(None, "status", "valid_to"),
        Index(None, "status", "reassess_on"),
    )
    PERSONAL = ("group", "detail", "evidence")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    group: Mapped[str] = mapped_column(String(20))
    """A code of ``policy.parts.kinds.Group``."""
    status: Mapped[TagStatus] = mapped_column(String(12))
    source: Mapped[TagSource] = mapped_column(String(20))
    list_id: Mapped[str | None] = mapped_column(Id, ForeignKey("population_list.id"), index=True)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(Code)
    """Who declared, imported or added it."""
    certified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certified_by: Mapped[str | None] = mapped_column(Code)
    evidence: Mapped[str | None] = mapped_column(Sealed("population_tag.evidence"))
    """What was seen: a certificate's number, the document of the list, who diagnosed."""
    detail: Mapped[str | None] = mapped_column(Sealed("population_tag.detail"))
    """JSON: what the group needs to know, e.g. category and grade, or the due date."""
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    """Last day on which it counts; None: until further notice."""
    reassess_on: Mapped[date | None] = mapped_column(Date)
    """By when a doctor looks again; None: never."""
    ended_reason: Mapped[str | None] = mapped_column(String(32))
    open_key: Mapped[str | None] = mapped_column(String(48), unique=True)

    resident: Mapped[Resident] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[TagStatus(self.status)]


def open_key(resident_id: str, group: str) -> str:
    """Return the key that one open tag of a person and group has."""
    return f"{resident_id}:{group}"


def counting(on: date) -> ColumnElement[bool]:
    """Return the condition on ``PopulationTag`` rows that count on a day."""
    return and_(
        PopulationTag.status.in_(COUNTED),
        PopulationTag.valid_from <= on,
        or_(PopulationTag.valid_to.is_(None), PopulationTag.valid_to >= on),
    )


def groups_of(resident_ids: Collection[str], on: date) -> dict[str, frozenset[str]]:
    """Return which groups each of these people belongs to on a day; only what counts.

    Declared tags count once certified, ended ones until their last day, wrong ones never.

    Args:
        resident_ids: looked up in portions, so any number of them.
    Returns:
        Every id asked for, with the codes of its groups; an empty set for the general population.
    """
    wanted = sorted(set(resident_ids))
    found: dict[str, set[str]] = {resident_id: set() for resident_id in wanted}
    for first in range(0, len(wanted), CHUNK):
        rows = select(PopulationTag.resident_id, PopulationTag.group).where(
            PopulationTag.resident_id.in_(wanted[first : first + CHUNK]), counting(on)
        )
        for resident_id, group in db.session.execute(rows):
            found[resident_id].add(group)
    return {resident_id: frozenset(groups) for resident_id, groups in found.items()}


def open_tags(resident_ids: Iterable[str]) -> dict[str, list[PopulationTag]]:
    """Return the open tags of some people, at most a few hundred of them."""
    found: dict[str, list[PopulationTag]] = {}
    rows = select(PopulationTag).where(
        PopulationTag.resident_id.in_(list(resident_ids)), PopulationTag.status.in_(OPEN)
    )
    for tag in db.session.scalars(rows):
        found.setdefault(tag.resident_id, []).append(tag)
    return found


def add(
    resident_id: str, group: str, source: TagSource, valid_from: date, *, by: Actor, at: datetime, **columns: Any
) -> PopulationTag:
    """Add a tag to the caller's transaction: waiting, or certified when ``certified_by`` is among the columns."""
    status = TagStatus.CERTIFIED if columns.get("certified_by") else TagStatus.WAITING
    tag = PopulationTag(
        resident_id=resident_id,
        group=group,
        status=status,
        source=source,
        entered_at=at,
        entered_by=by.id,
        certified_at=at if status == TagStatus.CERTIFIED else None,
        valid_from=valid_from,
        open_key=open_key(resident_id, group),
        **columns,
    )
    db.session.add(tag)
    db.session.flush()
    states.born(tag, by=by, at=at)
    return tag


def end(tag: PopulationTag, last_on: date, reason: str, *, by: Actor, at: datetime) -> None:
    """End a certified tag in the caller's transaction; it counted until ``last_on`` at most."""
    until = min(last_on, tag.valid_to) if tag.valid_to else last_on
    states.move(
        tag, TagStatus.ENDED, by=by, at=at, reason=reason,
        valid_to=until, ended_reason=reason, reassess_on=None, open_key=None,
    )  # fmt: skip


def end_all(resident_id: str, last_on: date, reason: str, *, by: Actor, at: datetime) -> None:
    """End everything of a person who died, in the caller's transaction; what waited is declined."""
    for tag in open_tags([resident_id]).get(resident_id, []):
        if tag.status == TagStatus.CERTIFIED:
            end(tag, last_on, reason, by=by, at=at)
        else:
            states.move(tag, TagStatus.DECLINED, by=by, at=at, reason=reason, ended_reason=reason, open_key=None)
    due = update(Resident).where(Resident.id == resident_id).values(groups_due_on=None)
    db.session.execute(due.execution_options(synchronize_session=False))


class Spanned(Protocol):
    """From when to when a derived group holds."""

    @property
    def first(self) -> date: ...

    @property
    def to(self) -> date | None: ...


def settle_derived(
    resident_id: str,
    spans: Mapping[Any, Spanned],
    held: Iterable[PopulationTag],
    *,
    due_on: date | None,
    elderly_age: int,
    today: date,
    at: datetime,
) -> None:
    """Make a person's derived tags what his birth date and document say, in the caller's transaction.

    Args:
        spans: by group. held: his open tags. due_on: when they change next. elderly_age: the rule they followed.
    """
    derived = {tag.group: tag for tag in held if tag.source == TagSource.DERIVED}
    for group, tag in derived.items():
        if group in spans:
            tag.valid_from, tag.valid_to = spans[group].first, spans[group].to
        elif tag.valid_to is not None and tag.valid_to < today:
            end(tag, today - timedelta(days=1), "age", by=CLOCK, at=at)
        else:  # the birth date or the document was wrong
            states.move(tag, TagStatus.VOID, by=CLOCK, at=at, reason="corrected", open_key=None)
    for group in sorted(set(spans) - set(derived)):
        span = spans[group]
        add(
            resident_id, str(group), TagSource.DERIVED, span.first,
            valid_to=span.to, certified_by=CLOCK.id, by=CLOCK, at=at,
        )  # fmt: skip
    row = update(Resident).where(Resident.id == resident_id)
    row = row.values(groups_due_on=due_on, groups_elderly_age=elderly_age)
    db.session.execute(row.execution_options(synchronize_session=False))


@event.listens_for(Resident.birth_on, "set")
@event.listens_for(Resident.document_type, "set")
def _derive_again(resident: Resident, *_: Any) -> None:
    """Whoever corrects a birth date or a document makes the derived groups due at once."""
    resident.groups_due_on = LONG_AGO
