"""Files handed in by an administrator (补录、对账、名册): the batch, its content, and what became of each row.

Content is kept sealed, in pieces of the database: every web process and the scheduler sees the same, and the work goes
on after a crash where it stood. It is deleted some days after the work is over; the result of each row stays.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.account import AdminLogin
from server.models.doctor import Organisation
from server.models.states import StateEvent


class ImportStatus(StrEnum):
    """Where a file stands."""

    UPLOADED = "uploaded"  # waits for the scheduler to read it
    MAPPING = "mapping"  # read; somebody must say which column is which
    CHECKING = "checking"  # dry run
    CHECKED = "checked"  # the report is there; nothing was entered
    RUNNING = "running"  # another administrator approved; rows are entered
    DONE = "done"
    FAILED = "failed"  # a wrong file: nothing was entered
    CANCELLED = "cancelled"


S = ImportStatus

MOVES: dict[ImportStatus, frozenset[ImportStatus]] = {
    S.UPLOADED: frozenset({S.MAPPING, S.CHECKING, S.FAILED, S.CANCELLED}),
    S.MAPPING: frozenset({S.CHECKING, S.CANCELLED}),
    S.CHECKING: frozenset({S.CHECKED, S.DONE, S.FAILED, S.CANCELLED}),
    S.CHECKED: frozenset({S.CHECKING, S.RUNNING, S.CANCELLED}),
    S.RUNNING: frozenset({S.DONE, S.CANCELLED}),
    S.DONE: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}

AT_WORK = (S.UPLOADED, S.CHECKING, S.RUNNING)
"""The scheduler has something to do."""
OVER = (S.DONE, S.FAILED, S.CANCELLED)

STATUS_LABELS = {
    S.UPLOADED: "等待读取",
    S.MAPPING: "请核对列",
    S.CHECKING: "预检中",
    S.CHECKED: "预检完成",
    S.RUNNING: "导入中",
    S.DONE: "已完成",
    S.FAILED: "文件有误",
    S.CANCELLED: "已取消",
}


class RowOutcome(StrEnum):
    """What became of one row."""

    READY = "ready"  # dry run: it can be entered
    ENTERED = "entered"
    MERGED = "merged"  # the same signing as another row, or as one already known
    REFUSED = "refused"
    SAME = "same"  # ledger: as in the system
    DIFFERENT = "different"  # ledger: something differs
    ONLY_LEDGER = "only_ledger"  # ledger: the system has nobody


OUTCOME_LABELS = {
    RowOutcome.READY: "可以导入",
    RowOutcome.ENTERED: "已导入",
    RowOutcome.MERGED: "重复，已合并",
    RowOutcome.REFUSED: "有误，不导入",
    RowOutcome.SAME: "一致",
    RowOutcome.DIFFERENT: "不一致",
    RowOutcome.ONLY_LEDGER: "仅台账有",
}


class ImportEvent(StateEvent, Model):
    """One step of a file: never changed, never deleted."""

    __tablename__ = "import_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("import_batch.id"), index=True)


class ImportBatch(Model):
    """One file. Who uploaded signings may not approve them. ``open_key`` keeps one file from being entered twice.

    ``rows_read``, ``rows_checked`` and ``rows_run`` say how far the work is; each is moved on in the transaction that
    did the rows, so that a crash loses none and does none twice.
    """

    __tablename__ = "import_batch"
    MOVES = MOVES
    EVENT = ImportEvent
    __table_args__ = table(
        # numbers are entered one by one without a second person, too; signings are not (L22)
        CheckConstraint("kind = 'shifts' OR reviewed_by IS NULL OR reviewed_by <> uploaded_by", name="two_persons"),
        CheckConstraint(
            "kind = 'ledger' OR status NOT IN ('running', 'done') OR reviewed_by IS NOT NULL", name="reviewed"
        ),
        CheckConstraint("kind IN ('backfill', 'ledger', 'shifts')", name="kind"),
        CheckConstraint("status NOT IN ('failed', 'cancelled') OR open_key IS NULL", name="open_key"),
        Index(None, "organisation_id", "uploaded_at"),
        Index(None, "status", "uploaded_at"),
        Index(None, "purged_at", "finished_at"),
    )
    PERSONAL = ("headings", "file_name")

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(12))
    status: Mapped[ImportStatus] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(Sealed("import_batch.file_name"))
    file_sha256: Mapped[str] = mapped_column(Hash)
    file_bytes: Mapped[int] = mapped_column(Integer)
    open_key: Mapped[str | None] = mapped_column(Hash, unique=True)
    region: Mapped[str] = mapped_column(Code)
    policy_version: Mapped[str] = mapped_column(Code)
    uploaded_by: Mapped[str] = mapped_column(Id, ForeignKey("admin_login.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str | None] = mapped_column(Id, ForeignKey("admin_login.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    purged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the content was deleted."""
    headings: Mapped[str | None] = mapped_column(Sealed("import_batch.headings", long=True))
    """JSON list: the row of headings; sealed, because a file without headings begins with somebody's data."""
    mapping: Mapped[str | None] = mapped_column(String(1000))
    """JSON object: our column → position in the row, from 0."""
    failure_code: Mapped[str | None] = mapped_column(Code)
    rows_read: Mapped[int] = mapped_column(Integer, default=0)
    rows_checked: Mapped[int] = mapped_column(Integer, default=0)
    rows_run: Mapped[int] = mapped_column(Integer, default=0)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    uploader: Mapped[AdminLogin] = relationship(foreign_keys=[uploaded_by], lazy="joined")
    reviewer: Mapped[AdminLogin | None] = relationship(foreign_keys=[reviewed_by], lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[ImportStatus(self.status)]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in OVER


class ImportFilePart(Model):
    """A part of the file as it was handed in, base64; deleted as soon as its rows are read."""

    __tablename__ = "import_file_part"
    __table_args__ = table(UniqueConstraint("batch_id", "position"))
    PERSONAL = ("body",)

    id: Mapped[str] = primary_key()
    batch_id: Mapped[str] = mapped_column(Id, ForeignKey("import_batch.id"))
    position: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Sealed("import_file_part.body", long=True))


class ImportPiece(Model):
    """Some rows of the file, as JSON [[row number, cells], …]. ``first_index`` counts rows of data from 0."""

    __tablename__ = "import_piece"
    __table_args__ = table(UniqueConstraint("batch_id", "first_index"))
    PERSONAL = ("body",)

    id: Mapped[str] = primary_key()
    batch_id: Mapped[str] = mapped_column(Id, ForeignKey("import_batch.id"))
    first_index: Mapped[int] = mapped_column(Integer)
    row_count: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Sealed("import_piece.body", long=True))


class ImportRow(Model):
    """What became of one row. ``number`` is the row of the spreadsheet, ``row_index`` counts rows of data from 0.

    The row itself is kept only where somebody has to look at it (``cells``: JSON, our column → text).
    """

    __tablename__ = "import_row"
    __table_args__ = table(
        UniqueConstraint("batch_id", "row_index"),
        Index(None, "batch_id", "outcome", "row_index"),
        Index(None, "batch_id", "identity_hash"),
        Index(None, "batch_id", "merge_key"),
    )
    PERSONAL = ("cells",)

    id: Mapped[str] = primary_key()
    batch_id: Mapped[str] = mapped_column(Id, ForeignKey("import_batch.id"))
    row_index: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[RowOutcome] = mapped_column(String(12))
    codes: Mapped[str] = mapped_column(String(255), default="")
    """Problems and warnings, separated by commas."""
    identity_hash: Mapped[str | None] = mapped_column(Hash)
    merge_key: Mapped[str | None] = mapped_column(Hash)
    """Keyed hash of person, team and original day: equal for two rows about one signing."""
    start_on: Mapped[date | None] = mapped_column(Date)
    end_on: Mapped[date | None] = mapped_column(Date)
    """The term of a row that can be entered: two rows about one person must not overlap."""
    place: Mapped[str] = mapped_column(String(64), default="")
    """The township a ledger names."""
    agreement_id: Mapped[str | None] = mapped_column(Id)
    cells: Mapped[str | None] = mapped_column(Sealed("import_row.cells"))

    @property
    def outcome_label(self) -> str:
        """What became of it, for people."""
        return OUTCOME_LABELS[RowOutcome(self.outcome)]
