"""The relay: brief chat windows, pictures and voice of messages, content checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "message_medium",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("app", sa.String(length=20), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("lease_until_at", INSTANT, nullable=True),
        sa.Column("gone_at", INSTANT, nullable=False),
        sa.Column("content", LONG, nullable=True),
        sa.Column("content_type", sa.String(length=20), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("kept_at", INSTANT, nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_message_medium_tries")),
        sa.CheckConstraint("(status = 'kept') = (content IS NOT NULL)", name=op.f("ck_message_medium_content")),
        sa.CheckConstraint(
            "status <> 'fetching' OR lease_until_at IS NOT NULL", name=op.f("ck_message_medium_fetching_has_lease")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_medium_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_medium")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_medium_message_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_message_medium_status_next_try_at"), "message_medium", ["status", "next_try_at"])
    op.create_table(
        "content_check",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("trace_id", sa.String(length=64), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("held_until_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_content_check_tries")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_content_check_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_check")),
        sa.UniqueConstraint("message_id", name=op.f("uq_content_check_message_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_content_check_verdict_next_try_at"), "content_check", ["verdict", "next_try_at"])
    op.create_index(op.f("ix_content_check_trace_id"), "content_check", ["trace_id"])
    with op.batch_alter_table("wechat_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("brief_until_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("brief_left", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_check_constraint(op.f("ck_wechat_account_brief_left"), "brief_left >= 0")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("wechat_account", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_wechat_account_brief_left"), type_="check")
        batch_op.drop_column("brief_left")
        batch_op.drop_column("brief_until_at")
    op.drop_table("content_check")
    op.drop_table("message_medium")
