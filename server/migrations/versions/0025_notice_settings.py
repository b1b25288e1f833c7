"""Notice settings: how people want to be told, whom instead of them, and several reminders in one message."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notice_setting",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("muted_from", sa.Date(), nullable=True),
        sa.Column("muted_until", sa.Date(), nullable=True),
        sa.Column("sms_allowed", sa.Boolean(), nullable=False),
        sa.Column("opted_out", sa.JSON(), nullable=False),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("contact_agreed_at", INSTANT, nullable=True),
        sa.Column("bad_phone_hash", sa.CHAR(length=64), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("told_count", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("told_count >= 0", name=op.f("ck_notice_setting_told_count")),
        sa.CheckConstraint(
            "(muted_from IS NULL) = (muted_until IS NULL)", name=op.f("ck_notice_setting_mute_has_both_ends")
        ),
        sa.CheckConstraint(
            "muted_until IS NULL OR muted_until >= muted_from", name=op.f("ck_notice_setting_mute_ends_after_start")
        ),
        sa.CheckConstraint(
            "(contact_id IS NULL) = (contact_agreed_at IS NULL)", name=op.f("ck_notice_setting_contact_agreed")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_notice_setting_resident_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["resident.id"], name=op.f("fk_notice_setting_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_setting")),
        sa.UniqueConstraint("resident_id", name=op.f("uq_notice_setting_resident_id")),
        **TABLE,
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about_id", ID, nullable=True))
        batch_op.add_column(sa.Column("passed_to", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("due_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("counted_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("merged_into", ID, nullable=True))
    op.execute("UPDATE notification SET passed_to = '[]', due_at = created_at")
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.alter_column("passed_to", existing_type=sa.JSON(), nullable=False)
        batch_op.create_foreign_key(op.f("fk_notification_about_id"), "resident", ["about_id"], ["id"])
        batch_op.create_index(op.f("ix_notification_about_id_created_at"), ["about_id", "created_at"])
        batch_op.create_index(op.f("ix_notification_kind_created_at"), ["kind", "created_at"])
        batch_op.create_index(op.f("ix_notification_merged_into"), ["merged_into"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_notification_about_id"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_notification_merged_into"))
        batch_op.drop_index(op.f("ix_notification_kind_created_at"))
        batch_op.drop_index(op.f("ix_notification_about_id_created_at"))
        for name in ("merged_into", "counted_on", "due_at", "passed_to", "about_id"):
            batch_op.drop_column(name)
    op.drop_table("notice_setting")
