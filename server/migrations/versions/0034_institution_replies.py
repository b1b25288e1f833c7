"""Replies an institution keeps ready."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ID = sa.CHAR(length=26)
ONE_OF_TWO = "(team_id IS NULL) <> (staff_id IS NULL)"
ONE_OF_THREE = (
    "(CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN team_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) = 1"
)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("canned_reply") as batch_op:
        batch_op.add_column(sa.Column("organisation_id", ID, nullable=True))
        batch_op.drop_constraint(op.f("ck_canned_reply_one_owner"), type_="check")
        batch_op.create_check_constraint(op.f("ck_canned_reply_one_owner"), ONE_OF_THREE)
        batch_op.create_foreign_key(
            op.f("fk_canned_reply_organisation_id"), "organisation", ["organisation_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_canned_reply_organisation_id_removed_at"), ["organisation_id", "removed_at"])


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM canned_reply WHERE organisation_id IS NOT NULL")
    with op.batch_alter_table("canned_reply") as batch_op:
        batch_op.drop_constraint(op.f("fk_canned_reply_organisation_id"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_canned_reply_organisation_id_removed_at"))
        batch_op.drop_constraint(op.f("ck_canned_reply_one_owner"), type_="check")
        batch_op.create_check_constraint(op.f("ck_canned_reply_one_owner"), ONE_OF_TWO)
        batch_op.drop_column("organisation_id")
