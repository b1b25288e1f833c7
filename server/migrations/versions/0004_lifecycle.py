"""All states of an agreement, its term, and the policy profile it was signed under."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")

OPEN_KEY = (
    "(status IN ('draft', 'pending_resident', 'pending_team', 'pending_payment', 'signed')) = (open_key IS NOT NULL)"
)
ACTIVE_KEY = (
    "(status IN ('active', 'termination_requested', 'change_requested', 'auto_renewed_unconfirmed'))"
    " = (active_key IS NOT NULL)"
)
DATED = (
    "status IN ('draft', 'pending_resident', 'pending_team', 'pending_payment', 'rejected', 'withdrawn', 'void')"
    " OR (start_on IS NOT NULL AND end_on IS NOT NULL)"
)
BEFORE = {
    "open_key": "(status IN ('pending_team', 'signed')) = (open_key IS NOT NULL)",
    "active_key": "(status IN ('active', 'termination_requested')) = (active_key IS NOT NULL)",
    "dated_when_signed": (
        "status NOT IN ('signed', 'active', 'expired', 'renewed', 'termination_requested', 'terminated', "
        "'closed_death', 'closed_moved') OR (start_on IS NOT NULL AND end_on IS NOT NULL)"
    ),
}


def upgrade() -> None:
    """Apply. The release before this one writes none of the new states and leaves the new columns empty."""
    op.create_table(
        "policy_profile",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_profile")),
        sa.UniqueConstraint("sha256", name=op.f("uq_policy_profile_sha256")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("term_months", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("is_extended", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("policy_id", sa.CHAR(length=26), nullable=True))
        batch_op.add_column(sa.Column("device", sa.String(length=128), nullable=False, server_default=""))
        batch_op.create_foreign_key(op.f("fk_agreement_policy_id"), "policy_profile", ["policy_id"], ["id"])
        for name, rule in (("open_key", OPEN_KEY), ("active_key", ACTIVE_KEY), ("dated_when_signed", DATED)):
            batch_op.drop_constraint(op.f(f"ck_agreement_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_agreement_{name}"), rule)
        batch_op.create_check_constraint(
            op.f("ck_agreement_term_months"), "term_months IS NULL OR term_months BETWEEN 1 AND 120"
        )


def downgrade() -> None:
    """Undo; only possible while no agreement is in one of the new states."""
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_agreement_term_months"), type_="check")
        for name, rule in BEFORE.items():
            batch_op.drop_constraint(op.f(f"ck_agreement_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_agreement_{name}"), rule)
        batch_op.drop_constraint(op.f("fk_agreement_policy_id"), type_="foreignkey")
        for name in ("device", "policy_id", "is_extended", "term_months"):
            batch_op.drop_column(name)
    op.drop_table("policy_profile")
