"""The physical condition of members of a household; who left a team and why; trainings of staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
KINDS = "kind IN ('rotation', 'in_service', 'online', 'guidance')"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("physical_condition", sa.Text(), nullable=True))
    op.create_table(
        "member_removal",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("staff_id", sa.CHAR(length=26), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("removed_at", INSTANT, nullable=False),
        sa.Column("removed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_member_removal_team_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_member_removal_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_removal")),
        **TABLE,
    )
    with op.batch_alter_table("member_removal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_removal_team_id"), ["team_id"], unique=False)
    op.create_table(
        "training",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("staff_id", sa.CHAR(length=26), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("organiser", sa.String(length=100), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("hours BETWEEN 1 AND 999", name=op.f("ck_training_hours")),
        sa.CheckConstraint(KINDS, name=op.f("ck_training_kind")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_training_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sa.UniqueConstraint("staff_id", "held_on", "topic", name=op.f("uq_training_staff_id_held_on_topic")),
        **TABLE,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("training")
    op.drop_table("member_removal")
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.drop_column("physical_condition")
