"""Prescriptions: long prescriptions, their steps, and medicine brought to the door."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ID = sa.CHAR(length=26)
CODE = sa.String(length=64)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "prescription",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("issued_by", ID, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("client_key", sa.String(length=128), nullable=False),
        sa.Column("medicines", sa.Text(), nullable=False),
        sa.Column("supply_days", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=True),
        sa.Column("evaluated_on", sa.Date(), nullable=True),
        sa.Column("needs_signature", sa.Boolean(), nullable=False),
        sa.Column("text_sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("signature", LONG, nullable=True),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.Column("is_extended", sa.Boolean(), nullable=False),
        sa.Column("referral_id", ID, nullable=True),
        sa.Column("previous_id", ID, nullable=True),
        sa.Column("stop_reason", CODE, nullable=True),
        sa.Column("stop_note", sa.Text(), nullable=True),
        sa.Column("policy_version", CODE, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(status IN ('waiting', 'active')) = (open_key IS NOT NULL)", name=op.f("ck_prescription_open_key")
        ),
        sa.CheckConstraint("supply_days >= 1", name=op.f("ck_prescription_supply_days")),
        sa.CheckConstraint("end_on >= start_on", name=op.f("ck_prescription_ends_after_start")),
        sa.CheckConstraint(
            "status <> 'active' OR signed_at IS NOT NULL OR NOT needs_signature",
            name=op.f("ck_prescription_signed_when_needed"),
        ),
        sa.CheckConstraint(
            "status <> 'stopped' OR stop_reason IS NOT NULL", name=op.f("ck_prescription_stopped_for_a_reason")
        ),
        sa.CheckConstraint(
            "NOT is_extended OR referral_id IS NOT NULL", name=op.f("ck_prescription_extended_after_a_referral")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_prescription_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_prescription_team_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["staff.id"], name=op.f("fk_prescription_issued_by")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_prescription_referral_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["prescription.id"], name=op.f("fk_prescription_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription")),
        sa.UniqueConstraint("open_key", name=op.f("uq_prescription_open_key")),
        sa.UniqueConstraint("client_key", name=op.f("uq_prescription_client_key")),
        sa.UniqueConstraint("previous_id", name=op.f("uq_prescription_previous_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_prescription_status_end_on"), "prescription", ["status", "end_on"])
    op.create_index(op.f("ix_prescription_team_id_status_end_on"), "prescription", ["team_id", "status", "end_on"])
    op.create_index(op.f("ix_prescription_resident_id_start_on"), "prescription", ["resident_id", "start_on"])
    op.create_table(
        "prescription_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", CODE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["prescription.id"], name=op.f("fk_prescription_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription_event")),
        **TABLE,
    )
    op.create_index(op.f("ix_prescription_event_subject_id"), "prescription_event", ["subject_id"])
    op.create_table(
        "medicine_delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("prescription_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("courier", CODE, nullable=False),
        sa.Column("planned_by", CODE, nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("delivered_by", CODE, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('planned', 'delivered', 'cancelled')", name=op.f("ck_medicine_delivery_state")),
        sa.CheckConstraint(
            "(state = 'delivered') = (delivered_at IS NOT NULL)", name=op.f("ck_medicine_delivery_delivered_at")
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("fk_medicine_delivery_prescription_id")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_medicine_delivery_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_medicine_delivery_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medicine_delivery")),
        sa.UniqueConstraint("prescription_id", name=op.f("uq_medicine_delivery_prescription_id")),
        **TABLE,
    )
    op.create_index(
        op.f("ix_medicine_delivery_team_id_state_planned_on"), "medicine_delivery", ["team_id", "state", "planned_on"]
    )
    op.create_index(op.f("ix_medicine_delivery_state_planned_on"), "medicine_delivery", ["state", "planned_on"])
    op.create_index(op.f("ix_medicine_delivery_resident_id"), "medicine_delivery", ["resident_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("medicine_delivery")
    op.drop_table("prescription_event")
    op.drop_table("prescription")
