"""From one team to another: a resident asks for another team (L17), or a whole team is handed over (L18)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.actor import Actor
from server.models.agreement import Agreement
from server.models.doctor import Team
from server.models.resident import Resident


class ChangeReason(StrEnum):
    """Why a resident wants another team."""

    MOVED = "moved"
    NEARER = "nearer"
    DISSATISFIED = "dissatisfied"
    OTHER = "other"


CHANGE_REASONS = {
    ChangeReason.MOVED: "搬家了",
    ChangeReason.NEARER: "想换近一点的团队",
    ChangeReason.DISSATISFIED: "对服务不满意",
    ChangeReason.OTHER: "其他原因",
}


class ChangeState(StrEnum):
    """Where a wish for another team stands."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    OVERTAKEN = "overtaken"  # the agreement ended first
    LAPSED = "lapsed"  # not both teams answered in time


CHANGE_STATES = {
    ChangeState.WAITING: "等待两个团队同意",
    ChangeState.DONE: "已更换",
    ChangeState.REFUSED: "未同意",
    ChangeState.TAKEN_BACK: "已撤回",
    ChangeState.OVERTAKEN: "协议已因其他原因终止",
    ChangeState.LAPSED: "到期没有答复，未更换",
}


class TeamChange(Model):
    """One resident's wish for another team; both leaders say yes, or one of them says no. One open per agreement."""

    __tablename__ = "team_change"
    __table_args__ = table(
        CheckConstraint("(state = 'waiting') = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("from_team_id <> to_team_id", name="two_teams"),
        CheckConstraint("state <> 'done' OR (old_by IS NOT NULL AND new_by IS NOT NULL)", name="both_agreed"),
        CheckConstraint("(state = 'done') = (successor_id IS NOT NULL)", name="successor"),
        Index(None, "from_team_id", "state", "answer_by_on"),
        Index(None, "to_team_id", "state", "answer_by_on"),
        Index(None, "state", "answer_by_on"),
    )
    PERSONAL = ("note", "signature", "text_body", "refusal_note", "handover_note")

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    from_team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    to_team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    state: Mapped[ChangeState] = mapped_column(String(12))
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    reason: Mapped[ChangeReason] = mapped_column(Code)
    note: Mapped[str] = mapped_column(Sealed("team_change.note"))
    signature: Mapped[str | None] = mapped_column(Sealed("team_change.signature", long=True))
    """PNG as a data URL; NULL where the region asks for none."""
    text_body: Mapped[str] = mapped_column(Sealed("team_change.text_body", long=True))
    text_sha256: Mapped[str] = mapped_column(Hash)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by: Mapped[str] = mapped_column(Code)
    answer_by_on: Mapped[date] = mapped_column(Date)
    """The day by which both teams promised an answer."""
    old_by: Mapped[str | None] = mapped_column(Id)
    """Who let him go for the old team, and ``new_by`` who takes him for the new one."""
    new_by: Mapped[str | None] = mapped_column(Id)
    handover_note: Mapped[str] = mapped_column(Sealed("team_change.handover_note"), default="")
    """What the old team tells the new one."""
    refused_by_team_id: Mapped[str | None] = mapped_column(Id)
    refusal_note: Mapped[str] = mapped_column(Sealed("team_change.refusal_note"), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    successor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"))

    agreement: Mapped[Agreement] = relationship(lazy="joined", foreign_keys=[agreement_id])
    from_team: Mapped[Team] = relationship(foreign_keys=[from_team_id])
    to_team: Mapped[Team] = relationship(foreign_keys=[to_team_id])

    @property
    def state_label(self) -> str:
        """The state, for people."""
        return CHANGE_STATES[ChangeState(self.state)]


class TransferReason(StrEnum):
    """Why a whole team is handed over (TM-19, L18)."""

    DISSOLVED = "dissolved"
    DOCTOR_LEFT = "doctor_left"
    EXPELLED = "expelled"


TRANSFER_REASONS = {
    TransferReason.DISSOLVED: "团队撤销",
    TransferReason.DOCTOR_LEFT: "责任医生离开",
    TransferReason.EXPELLED: "按退出机制退出服务",
}

TRANSFER_STATES = {"planned": "已通知，待移交", "done": "已完成", "cancelled": "已取消"}


class MassTransfer(Model):
    """A team closes on a day, and its residents go to others; at most one on its way per team (``open_key``)."""

    __tablename__ = "mass_transfer"
    __table_args__ = table(
        CheckConstraint("state IN ('planned', 'done', 'cancelled')", name="state"),
        CheckConstraint("(state = 'planned') = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("move_on > told_on", name="told_ahead"),
        Index(None, "state", "move_on"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    from_team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), index=True)
    reason: Mapped[TransferReason] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    told_on: Mapped[date] = mapped_column(Date)
    move_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Code)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    team: Mapped[Team] = relationship(lazy="joined")
    targets: Mapped[list["TransferTarget"]] = relationship(order_by="TransferTarget.position")

    @property
    def state_label(self) -> str:
        """The state, for people."""
        return TRANSFER_STATES[self.state]

    @property
    def reason_label(self) -> str:
        """The reason, for people."""
        return TRANSFER_REASONS[TransferReason(self.reason)]


class TransferTarget(Model):
    """A team that takes up to ``places`` of the residents; ``assigned`` of them are on the list."""

    __tablename__ = "transfer_target"
    __table_args__ = table(
        UniqueConstraint("transfer_id", "team_id"),
        CheckConstraint("assigned >= 0 AND assigned <= places", name="within_places"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    transfer_id: Mapped[str] = mapped_column(Id, ForeignKey("mass_transfer.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    position: Mapped[int] = mapped_column(Integer)
    places: Mapped[int] = mapped_column(Integer)
    assigned: Mapped[int] = mapped_column(Integer, default=0)

    team: Mapped[Team] = relationship(lazy="joined")


class EntryState(StrEnum):
    """What became of one resident of a team that is handed over."""

    WAITING = "waiting"
    MOVED = "moved"
    ENDED = "ended"  # he did not want any of the teams
    GONE = "gone"  # his agreement ended before the day
    STUCK = "stuck"  # no place was left: somebody must look


ENTRY_STATES = {
    EntryState.WAITING: "待移交",
    EntryState.MOVED: "已移交",
    EntryState.ENDED: "按居民意愿终止",
    EntryState.GONE: "移交前已终止",
    EntryState.STUCK: "名额已满，待处理",
}

ENTRY_CHOICES = {"": "同意移交", "end": "不同意，终止签约", "other_team": "自选其他团队"}


class TransferEntry(Model):
    """One resident on the list of a mass transfer, told once, and what he said."""

    __tablename__ = "transfer_entry"
    __table_args__ = table(
        UniqueConstraint("transfer_id", "agreement_id"),
        CheckConstraint("choice IN ('', 'end', 'other_team')", name="choice"),
        CheckConstraint("(state = 'moved') = (successor_id IS NOT NULL)", name="successor"),
        Index(None, "transfer_id", "state", "id"),
    )
    PERSONAL = ("note",)

    id: Mapped[str] = primary_key()
    transfer_id: Mapped[str] = mapped_column(Id, ForeignKey("mass_transfer.id"))
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), index=True)
    to_team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    """Planned, or picked by the resident himself."""
    choice: Mapped[str] = mapped_column(String(12), default="")
    note: Mapped[str] = mapped_column(Sealed("transfer_entry.note"), default="")
    chosen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[EntryState] = mapped_column(String(12))
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    successor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"))

    transfer: Mapped[MassTransfer] = relationship(lazy="joined")
    resident: Mapped[Resident] = relationship(lazy="joined")
    to_team: Mapped[Team | None] = relationship(lazy="joined")

    @property
    def state_label(self) -> str:
        """The state, for people."""
        return ENTRY_STATES[EntryState(self.state)]

    @property
    def choice_label(self) -> str:
        """What the resident said, for people."""
        return ENTRY_CHOICES[self.choice]


def open_change(agreement_id: str) -> TeamChange | None:
    """Return the open wish of an agreement's resident for another team."""
    return db.session.scalar(select(TeamChange).where(TeamChange.open_key == agreement_id))


def settle_change(change_id: str, to: ChangeState, *, at: datetime, **columns: object) -> bool:
    """Close a wish in the caller's transaction. Returns whether it was still open."""
    statement = (
        update(TeamChange)
        .where(TeamChange.id == change_id, TeamChange.state == ChangeState.WAITING)
        .values(state=to, open_key=None, decided_at=at, **columns)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def settle_entry(entry_id: str, to: EntryState, *, at: datetime, successor_id: str | None = None) -> bool:
    """Write down what became of a resident of a closing team. Returns whether it was still open."""
    statement = (
        update(TransferEntry)
        .where(TransferEntry.id == entry_id, TransferEntry.state.in_((EntryState.WAITING, EntryState.STUCK)))
        .values(state=to, settled_at=None if to == EntryState.STUCK else at, successor_id=successor_id)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def overtake(agreement_id: str, *, by: Actor, at: datetime) -> None:
    """Close what is still wished or planned for an agreement that has just ended, in the caller's transaction."""
    for row_id in db.session.scalars(select(TeamChange.id).where(TeamChange.open_key == agreement_id)).all():
        settle_change(row_id, ChangeState.OVERTAKEN, at=at)
    waiting = TransferEntry.state.in_((EntryState.WAITING, EntryState.STUCK))
    for row_id in db.session.scalars(
        select(TransferEntry.id).where(TransferEntry.agreement_id == agreement_id, waiting)
    ).all():
        settle_entry(row_id, EntryState.GONE, at=at)
