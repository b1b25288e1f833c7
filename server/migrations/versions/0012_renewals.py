"""Renewal modes: when the next notice is due, silent renewals and their confirmations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ID = sa.CHAR(length=26)
NEW = ("next_notice_on", "renewal_mode", "reconfirm_by_on", "resident_confirmed_at", "team_confirmed_at")
ACTS = "act IN ('shown', 'went_on', 'resident_confirmed', 'team_confirmed', 'declined', 'lapsed')"
RECONFIRM = "status <> 'auto_renewed_unconfirmed' OR reconfirm_by_on IS NOT NULL"

# notices went out 30, 7 and 1 days before the end; a row with none told yet is looked at when its window opens
NEXT = {0: -90, 1: -7, 2: -1}
AFTER_END = 1


def upgrade() -> None:
    """Apply. Running agreements keep what they were told already: only the notices still to come are planned."""
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_notice_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("renewal_mode", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("reconfirm_by_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("resident_confirmed_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("team_confirmed_at", INSTANT, nullable=True))
    _plan_notices()
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_agreement_status_notice_step_end_on"))
        batch_op.drop_column("notice_step")
        batch_op.create_index(op.f("ix_agreement_status_next_notice_on"), ["status", "next_notice_on"])
        batch_op.create_index(op.f("ix_agreement_status_reconfirm_by_on"), ["status", "reconfirm_by_on"])
        batch_op.create_check_constraint(op.f("ck_agreement_reconfirm_by"), RECONFIRM)
    op.create_table(
        "renewal_step",
        sa.Column("id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("term_from_on", sa.Date(), nullable=False),
        sa.Column("term_until_on", sa.Date(), nullable=True),
        sa.Column("before_from_on", sa.Date(), nullable=True),
        sa.Column("before_until_on", sa.Date(), nullable=True),
        sa.Column("text_body", LONG_TEXT, nullable=True),
        sa.Column("text_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("device", sa.String(length=128), nullable=False),
        sa.Column("client_address", sa.String(length=64), nullable=False),
        sa.CheckConstraint(ACTS, name=op.f("ck_renewal_step_act")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_renewal_step_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal_step")),
        sa.UniqueConstraint(
            "agreement_id",
            "term_from_on",
            "act",
            "text_sha256",
            name=op.f("uq_renewal_step_agreement_id_term_from_on_act_text_sha256"),
        ),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )


def downgrade() -> None:
    """Take back; only possible while nothing waits to be confirmed. Who was told is told again."""
    op.drop_table("renewal_step")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_agreement_reconfirm_by"), type_="check")
        batch_op.drop_index(op.f("ix_agreement_status_next_notice_on"))
        batch_op.drop_index(op.f("ix_agreement_status_reconfirm_by_on"))
        batch_op.add_column(sa.Column("notice_step", sa.Integer(), nullable=False, server_default="0"))
        for name in NEW:
            batch_op.drop_column(name)
        batch_op.create_index(op.f("ix_agreement_status_notice_step_end_on"), ["status", "notice_step", "end_on"])


def _plan_notices() -> None:
    steps = " ".join(f"WHEN {step} THEN {_moved(days)}" for step, days in NEXT.items())
    op.execute(
        f"UPDATE agreement SET next_notice_on = CASE notice_step {steps} ELSE {_moved(AFTER_END)} END"  # noqa: S608
        " WHERE status = 'active'"
    )


def _moved(days: int) -> str:
    """The end moved by so many days, in the words of the database at hand."""
    if op.get_bind().dialect.name == "sqlite":
        return f"date(end_on, '{days:+d} days')"
    return f"DATE_ADD(end_on, INTERVAL {days} DAY)"
