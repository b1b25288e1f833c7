"""When a doctor last named a conversation in his own chat."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("named_at", INSTANT, nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("conversation") as table:
        table.drop_column("named_at")
