"""Blocks: visits nobody came to, and the pause in booking online that follows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_slot_status_ends_at"), ["status", "ends_at"])
    op.create_table(
        "no_show_mark",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("appointment_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("visit_on", sa.Date(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("voided_at", INSTANT, nullable=True),
        sa.Column("void_reason", sa.String(length=128), nullable=False),
        sa.CheckConstraint("kind IN ('no_show', 'late_cancels')", name=op.f("ck_no_show_mark_kind")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_no_show_mark_resident_id")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_no_show_mark_appointment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_show_mark")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_no_show_mark_appointment_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_no_show_mark_resident_id_visit_on"), "no_show_mark", ["resident_id", "visit_on"])
    op.create_table(
        "booking_block",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("live_key", ID, nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=32), nullable=False),
        sa.Column("appeal_text", sa.Text(), nullable=True),
        sa.Column("appealed_at", INSTANT, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'active') = (live_key IS NOT NULL)", name=op.f("ck_booking_block_live_key")),
        sa.CheckConstraint("until_on > from_on", name=op.f("ck_booking_block_ends_after_start")),
        sa.CheckConstraint("(appealed_at IS NULL) = (appeal_text IS NULL)", name=op.f("ck_booking_block_appeal")),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_booking_block_decided")),
        sa.CheckConstraint(
            "decided_at IS NULL OR appealed_at IS NOT NULL", name=op.f("ck_booking_block_decided_after_appeal")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_booking_block_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_block")),
        sa.UniqueConstraint("live_key", name=op.f("uq_booking_block_live_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_booking_block_status_until_on"), "booking_block", ["status", "until_on"])
    op.create_index(op.f("ix_booking_block_resident_id"), "booking_block", ["resident_id"])
    op.create_table(
        "block_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["booking_block.id"], name=op.f("fk_block_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_event")),
        **TABLE,
    )
    op.create_index(op.f("ix_block_event_subject_id"), "block_event", ["subject_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("block_event")
    op.drop_table("booking_block")
    op.drop_table("no_show_mark")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_slot_status_ends_at"))
