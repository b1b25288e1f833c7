"""Critical follow-ups that an institution has to report or to see to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "followup_alarm",
        sa.Column("id", ID, nullable=False),
        sa.Column("followup_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("event_key", ID, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("raised_by", ID, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("seen_by", ID, nullable=True),
        sa.Column("escalate_at", INSTANT, nullable=True),
        sa.Column("escalated_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_by", ID, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "escalate_at IS NULL OR escalated_at IS NULL", name=op.f("ck_followup_alarm_escalates_once")
        ),
        sa.CheckConstraint(
            "reason IN ('emergency', 'missed_drugs', 'dangerous', 'first_visit')", name=op.f("ck_followup_alarm_reason")
        ),
        sa.CheckConstraint("state IN ('open', 'reported', 'handled')", name=op.f("ck_followup_alarm_state")),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_followup_alarm_settled_at")),
        sa.ForeignKeyConstraint(["followup_id"], ["followup.id"], name=op.f("fk_followup_alarm_followup_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_followup_alarm_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_followup_alarm_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_alarm")),
        sa.UniqueConstraint("event_key", "reason", name=op.f("uq_followup_alarm_event_key_reason")),
        **TABLE,
    )
    op.create_index(op.f("ix_followup_alarm_escalate_at"), "followup_alarm", ["escalate_at"])
    op.create_index(op.f("ix_followup_alarm_followup_id"), "followup_alarm", ["followup_id"])
    op.create_index(
        op.f("ix_followup_alarm_team_id_state_raised_at"), "followup_alarm", ["team_id", "state", "raised_at"]
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("followup_alarm")
