"""Agreements that end before their last day: wishes to end them, the states after it, and deaths."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")

ACTIVE_KEY = "(status IN ('active', 'termination_requested')) = (active_key IS NOT NULL)"
DATED = (
    "status NOT IN ('signed', 'active', 'expired', 'renewed', 'termination_requested', 'terminated', "
    "'closed_death', 'closed_moved') OR (start_on IS NOT NULL AND end_on IS NOT NULL)"
)


def upgrade() -> None:
    """Apply. The release before this one knows none of the new states and goes on as it was."""
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("died_on", sa.Date(), nullable=True))

    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agreed_end_on", sa.Date(), nullable=True))
        batch_op.drop_constraint(op.f("ck_agreement_active_key"), type_="check")
        batch_op.create_check_constraint(op.f("ck_agreement_active_key"), ACTIVE_KEY)
        batch_op.drop_constraint(op.f("ck_agreement_dated_when_signed"), type_="check")
        batch_op.create_check_constraint(op.f("ck_agreement_dated_when_signed"), DATED)

    op.create_table(
        "ending",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signature", LONG_TEXT, nullable=True),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("decide_by_on", sa.Date(), nullable=False),
        sa.Column("open_key", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (open_key IS NOT NULL)", name=op.f("ck_ending_open_key")),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_ending_decided_at")),
        sa.CheckConstraint(
            "kind <> 'void' OR outcome <> 'approved' OR decided_by <> requested_by",
            name=op.f("ck_ending_two_persons"),
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_ending_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending")),
        sa.UniqueConstraint("open_key", name=op.f("uq_ending_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("ending", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ending_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_ending_kind_outcome_decide_by_on"), ["kind", "outcome", "decide_by_on"], unique=False
        )


def downgrade() -> None:
    """Undo; only possible while no agreement is in one of the new states."""
    op.drop_table("ending")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_agreement_active_key"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_agreement_active_key"), "(status = 'active') = (active_key IS NOT NULL)"
        )
        batch_op.drop_constraint(op.f("ck_agreement_dated_when_signed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_agreement_dated_when_signed"),
            "status NOT IN ('signed', 'active', 'expired', 'renewed') OR (start_on IS NOT NULL AND end_on IS NOT NULL)",
        )
        batch_op.drop_column("agreed_end_on")
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_column("died_on")
