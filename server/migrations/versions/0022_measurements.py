"""Measurements: what people measure at home, and what the team still has to look at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "measurement",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("client_key", sa.String(length=128), nullable=False),
        sa.CheckConstraint("kind IN ('blood_pressure', 'glucose')", name=op.f("ck_measurement_kind")),
        sa.CheckConstraint("verdict IN ('fine', 'high', 'emergency')", name=op.f("ck_measurement_verdict")),
        sa.CheckConstraint("source IN ('page', 'chat', 'device')", name=op.f("ck_measurement_source")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_measurement_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.UniqueConstraint("client_key", name=op.f("uq_measurement_client_key")),
        **TABLE,
    )
    op.create_index(
        op.f("ix_measurement_resident_id_kind_measured_at"), "measurement", ["resident_id", "kind", "measured_at"]
    )
    op.create_index(op.f("ix_measurement_resident_id_measured_at"), "measurement", ["resident_id", "measured_at"])
    op.create_table(
        "measurement_review",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("measurement_id", ID, nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("values_count", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("seen_by", ID, nullable=True),
        sa.Column("escalate_at", INSTANT, nullable=True),
        sa.Column("escalated_at", INSTANT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("done_by", ID, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'done')", name=op.f("ck_measurement_review_status")),
        sa.CheckConstraint("(status = 'open') = (open_key IS NOT NULL)", name=op.f("ck_measurement_review_open_key")),
        sa.CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name=op.f("ck_measurement_review_done_at")),
        sa.CheckConstraint("urgency IN (0, 1)", name=op.f("ck_measurement_review_urgency")),
        sa.CheckConstraint(
            "escalate_at IS NULL OR urgency = 0", name=op.f("ck_measurement_review_escalates_emergencies")
        ),
        sa.CheckConstraint("escalated_at IS NULL OR urgency = 0", name=op.f("ck_measurement_review_escalated")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_measurement_review_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_measurement_review_team_id")),
        sa.ForeignKeyConstraint(
            ["measurement_id"], ["measurement.id"], name=op.f("fk_measurement_review_measurement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement_review")),
        sa.UniqueConstraint("open_key", name=op.f("uq_measurement_review_open_key")),
        **TABLE,
    )
    op.create_index(
        op.f("ix_measurement_review_team_id_status_urgency_opened_at"),
        "measurement_review",
        ["team_id", "status", "urgency", "opened_at"],
    )
    op.create_index(op.f("ix_measurement_review_status_escalate_at"), "measurement_review", ["status", "escalate_at"])
    op.create_index(op.f("ix_measurement_review_resident_id_status"), "measurement_review", ["resident_id", "status"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("measurement_review")
    op.drop_table("measurement")
