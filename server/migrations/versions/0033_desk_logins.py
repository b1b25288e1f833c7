"""Doctors at desk computers: logins confirmed on the phone, their sessions, and staff that may be locked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
HASH = sa.CHAR(length=64)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("staff") as batch:
        batch.add_column(sa.Column("locked_at", INSTANT, nullable=True))
    op.create_table(
        "desk_login",
        sa.Column("id", ID, nullable=False),
        sa.Column("code_hash", HASH, nullable=False),
        sa.Column("browser_hash", HASH, nullable=False),
        sa.Column("asked_from", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("(confirmed_at IS NULL) = (staff_id IS NULL)", name=op.f("ck_desk_login_confirmed")),
        sa.CheckConstraint("used_at IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_desk_login_used")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_login_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_login")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_desk_login_code_hash")),
        **TABLE,
    )
    op.create_index(op.f("ix_desk_login_asked_from_created_at"), "desk_login", ["asked_from", "created_at"])
    op.create_index(op.f("ix_desk_login_browser_hash_created_at"), "desk_login", ["browser_hash", "created_at"])
    op.create_index(op.f("ix_desk_login_expires_at"), "desk_login", ["expires_at"])
    op.create_table(
        "desk_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", HASH, nullable=False),
        sa.Column("login_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (open_key IS NOT NULL)", name=op.f("ck_desk_session_open_key")),
        sa.ForeignKeyConstraint(["login_id"], ["desk_login.id"], name=op.f("fk_desk_session_login_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_session_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_desk_session_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_session")),
        sa.UniqueConstraint("login_id", name=op.f("uq_desk_session_login_id")),
        sa.UniqueConstraint("open_key", name=op.f("uq_desk_session_open_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_desk_session_token_hash")),
        **TABLE,
    )
    op.create_index(op.f("ix_desk_session_expires_at"), "desk_session", ["expires_at"])
    op.create_index(op.f("ix_desk_session_staff_id"), "desk_session", ["staff_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("desk_session")
    op.drop_table("desk_login")
    with op.batch_alter_table("staff") as batch:
        batch.drop_column("locked_at")
