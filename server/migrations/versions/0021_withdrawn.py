"""Referrals ended from outside, which the hospital's desk has not read of yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
INDEX = "ix_referral_hospital_id_withdrawn_at_id"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", INSTANT, nullable=True))
        batch_op.create_index(op.f(INDEX), ["hospital_id", "withdrawn_at", "id"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(op.f(INDEX))
        batch_op.drop_column("withdrawn_at")
