"""Weekly notices of numbers that were little used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "use_notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("read_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("used >= 0 AND used <= offered", name=op.f("ck_use_notice_used")),
        sa.CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name=op.f("ck_use_notice_was_read")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_use_notice_organisation_id")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_use_notice_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_notice")),
        sa.UniqueConstraint(
            "organisation_id", "hospital_id", "week_on", name=op.f("uq_use_notice_organisation_id_hospital_id_week_on")
        ),
        **TABLE,
    )
    op.create_index(op.f("ix_use_notice_organisation_id_read_at"), "use_notice", ["organisation_id", "read_at"])
    op.create_index(op.f("ix_use_notice_hospital_id_week_on"), "use_notice", ["hospital_id", "week_on"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("use_notice")
