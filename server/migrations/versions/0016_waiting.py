"""The waiting list, and when a freed place is looked at next."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
KINDS = "kind IS NULL OR kind IN ('GENERAL', 'SPECIALIST', 'EXPERT', 'EXAM', 'BED')"
STATES = "status IN ('waiting', 'offered', 'booked', 'given_up', 'expired', 'removed')"
OPEN = "(status IN ('waiting', 'offered')) = (open_key IS NOT NULL)"


def upgrade() -> None:
    """Apply. Places freed before are looked at in the order in which they came free."""
    with op.batch_alter_table("freed_place", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", INSTANT, nullable=True))
        batch_op.drop_index(op.f("ix_freed_place_settled_at_freed_at"))
    op.execute("UPDATE freed_place SET due_at = freed_at")
    with op.batch_alter_table("freed_place", schema=None) as batch_op:
        batch_op.alter_column("due_at", existing_type=INSTANT, nullable=False)
        batch_op.create_index(op.f("ix_freed_place_settled_at_due_at"), ["settled_at", "due_at"])
        batch_op.create_index(op.f("ix_freed_place_freed_at"), ["freed_at"])
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_appointment_waiting_id"), ["waiting_id"])
    _entries()
    _offers()
    _skips()


def _entries() -> None:
    op.create_table(
        "waiting_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=False),
        sa.Column("specialist_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=True),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("open_key", sa.String(length=53), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("priority_reason", sa.Text(), nullable=True),
        sa.Column("priority_by", sa.String(length=64), nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("booker_kind", sa.String(length=12), nullable=False),
        sa.Column("booker_id", sa.String(length=64), nullable=False),
        sa.CheckConstraint(OPEN, name=op.f("ck_waiting_entry_open_key")),
        sa.CheckConstraint(STATES, name=op.f("ck_waiting_entry_status")),
        sa.CheckConstraint("priority BETWEEN 1 AND 3", name=op.f("ck_waiting_entry_priority")),
        sa.CheckConstraint(
            "priority = 3 OR priority_reason IS NOT NULL", name=op.f("ck_waiting_entry_priority_reason")
        ),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_waiting_entry_ends_after_start")),
        sa.CheckConstraint("offers >= 0", name=op.f("ck_waiting_entry_offers")),
        sa.CheckConstraint(KINDS, name=op.f("ck_waiting_entry_kind")),
        *(_to("waiting_entry", column) for column in ("resident", "department", "specialist")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entry")),
        sa.UniqueConstraint("open_key", name=op.f("uq_waiting_entry_open_key")),
        **TABLE,
    )
    line = ["department_id", "status", "priority", "arrived_at", "id"]
    by_status = (["status", name] for name in ("until_at", "department_id", "offers"))
    for columns in (line, ["resident_id", "status"], *by_status):
        op.create_index(op.f(f"ix_waiting_entry_{'_'.join(columns)}"), "waiting_entry", columns)
    op.create_table(
        "waiting_event",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["waiting_entry.id"], name=op.f("fk_waiting_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_event")),
        **TABLE,
    )
    op.create_index(op.f("ix_waiting_event_subject_id"), "waiting_event", ["subject_id"])


def _to(table: str, target: str, column: str = "") -> sa.ForeignKeyConstraint:
    name = column or f"{target}_id"
    return sa.ForeignKeyConstraint([name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}"))


def _offers() -> None:
    op.create_table(
        "waiting_offer",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("appointment_id", ID, nullable=False),
        sa.Column("freed_place_id", ID, nullable=True),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("offered_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (open_key IS NOT NULL)", name=op.f("ck_waiting_offer_open_key")),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name=op.f("ck_waiting_offer_settled")),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'declined', 'expired', 'called_off')", name=op.f("ck_waiting_offer_outcome")
        ),
        sa.CheckConstraint("expires_at > offered_at", name=op.f("ck_waiting_offer_expires_after")),
        _to("waiting_offer", "waiting_entry", "entry_id"),
        *(_to("waiting_offer", column) for column in ("slot", "appointment", "freed_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_offer")),
        sa.UniqueConstraint("entry_id", "slot_id", name=op.f("uq_waiting_offer_entry_id_slot_id")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_waiting_offer_appointment_id")),
        sa.UniqueConstraint("open_key", name=op.f("uq_waiting_offer_open_key")),
        **TABLE,
    )
    for column in ("slot_id", "freed_place_id"):
        op.create_index(op.f(f"ix_waiting_offer_{column}"), "waiting_offer", [column])


def _skips() -> None:
    op.create_table(
        "waiting_skip",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("again_at", INSTANT, nullable=False),
        _to("waiting_skip", "waiting_entry", "entry_id"),
        _to("waiting_skip", "slot"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_skip")),
        sa.UniqueConstraint("entry_id", "slot_id", name=op.f("uq_waiting_skip_entry_id_slot_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_waiting_skip_slot_id"), "waiting_skip", ["slot_id"])


def downgrade() -> None:
    """Undo."""
    for name in ("waiting_skip", "waiting_offer", "waiting_event", "waiting_entry"):
        op.drop_table(name)
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_appointment_waiting_id"))
    with op.batch_alter_table("freed_place", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_freed_place_freed_at"))
        batch_op.drop_index(op.f("ix_freed_place_settled_at_due_at"))
        batch_op.create_index(op.f("ix_freed_place_settled_at_freed_at"), ["settled_at", "freed_at"])
        batch_op.drop_column("due_at")
