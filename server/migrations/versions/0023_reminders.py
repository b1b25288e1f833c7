"""Reminders: what the daily planner did last for each line, and the ways it finds what is due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reminder_state",
        sa.Column("key", sa.String(length=12), nullable=False),
        sa.Column("planned_through", sa.Date(), nullable=True),
        sa.Column("last_run_at", INSTANT, nullable=False),
        sa.Column("last_count", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=255), nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reminder_state")),
        **TABLE,
    )
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_followup_status_due_on_id"), ["status", "due_on", "id"])
        batch_op.create_index(op.f("ix_followup_status_window_start_on"), ["status", "window_start_on"])
        batch_op.drop_index(op.f("ix_followup_status_due_on"))
        batch_op.drop_index(op.f("ix_followup_status_remind_step_due_on"))
        batch_op.drop_column("remind_step")
    with op.batch_alter_table("referral_check", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_referral_check_result_due_on"), ["result", "due_on"])
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_credential_valid_to"), ["valid_to"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_credential_valid_to"))
    with op.batch_alter_table("referral_check", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_referral_check_result_due_on"))
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remind_step", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_index(
            op.f("ix_followup_status_remind_step_due_on"), ["status", "remind_step", "due_on"], unique=False
        )
        batch_op.create_index(op.f("ix_followup_status_due_on"), ["status", "due_on"], unique=False)
        batch_op.drop_index(op.f("ix_followup_status_window_start_on"))
        batch_op.drop_index(op.f("ix_followup_status_due_on_id"))
    op.drop_table("reminder_state")
