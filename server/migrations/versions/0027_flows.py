"""Conversations: the errand that is open in the chat."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    """Apply."""
    op.add_column("conversation", sa.Column("flow", sa.Text(), nullable=True))
    op.add_column("conversation", sa.Column("flow_until_at", INSTANT, nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("conversation") as batch:
        batch.drop_column("flow_until_at")
        batch.drop_column("flow")
