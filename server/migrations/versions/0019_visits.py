"""Visits: who comes to somebody's home and when, and where he was."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "home_visit",
        sa.Column("id", ID, nullable=False),
        sa.Column("followup_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("visitor_id", ID, nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("time_window", sa.String(length=12), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=True),
        sa.Column("arrival_noted_at", INSTANT, nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "time_window IN ('morning', 'afternoon', 'evening')", name=op.f("ck_home_visit_time_window")
        ),
        sa.CheckConstraint("(arrived_at IS NULL) = (place IS NULL)", name=op.f("ck_home_visit_place")),
        sa.CheckConstraint(
            "(arrived_at IS NULL) = (arrival_noted_at IS NULL)", name=op.f("ck_home_visit_arrival_noted")
        ),
        sa.CheckConstraint("arrival_noted_at >= arrived_at", name=op.f("ck_home_visit_arrived_before_noted")),
        sa.CheckConstraint("location IS NULL OR arrived_at IS NOT NULL", name=op.f("ck_home_visit_location")),
        sa.ForeignKeyConstraint(["followup_id"], ["followup.id"], name=op.f("fk_home_visit_followup_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_home_visit_team_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["staff.id"], name=op.f("fk_home_visit_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_visit")),
        sa.UniqueConstraint("followup_id", name=op.f("uq_home_visit_followup_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_home_visit_team_id_planned_on"), "home_visit", ["team_id", "planned_on"])
    op.create_index(op.f("ix_home_visit_planned_on_id"), "home_visit", ["planned_on", "id"])
    op.create_index(op.f("ix_home_visit_visitor_id"), "home_visit", ["visitor_id"])
    op.create_table(
        "staff_photo",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("picture", LONG_TEXT, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_photo_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_photo")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_staff_photo_staff_id")),
        **TABLE,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("staff_photo")
    op.drop_table("home_visit")
