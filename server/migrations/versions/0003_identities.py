"""Documents of every kind: the nationality, and when the register is asked about a name and number."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    """Apply. The release before this one writes only identity cards, to which both defaults fit."""
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nationality", sa.String(length=3), nullable=False, server_default="CHN"))
        batch_op.add_column(sa.Column("verify_due_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("verify_tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_index(batch_op.f("ix_resident_verify_due_at"), ["verify_due_at"], unique=False)
    op.execute("UPDATE resident SET verify_due_at = created_at WHERE real_name_state = 'unverified'")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resident_verify_due_at"))
        batch_op.drop_column("verify_tries")
        batch_op.drop_column("verify_due_at")
        batch_op.drop_column("nationality")
