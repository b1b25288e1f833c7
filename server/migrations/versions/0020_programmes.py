"""Programmes: every follow-up programme, windows planned once, values by field, visits that did not happen, referral checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", ID, nullable=True))
        batch_op.add_column(sa.Column("known", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("replan_on", sa.Date(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_enrolment_staff_id"), "staff", ["staff_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_enrolment_replan_on"), "replan_on IS NULL OR open_key IS NOT NULL")
        batch_op.create_index(op.f("ix_enrolment_staff_id"), ["staff_id"])
        batch_op.create_index(op.f("ix_enrolment_replan_on_id"), ["replan_on", "id"])
        batch_op.create_index(op.f("ix_enrolment_resident_id_programme"), ["resident_id", "programme"])
        batch_op.drop_index(op.f("ix_enrolment_resident_id"))
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.add_column(sa.Column("window_start_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("kind_key", sa.String(length=24), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("plan_key", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("title", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("rule_due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("due_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("encounter_id", ID, nullable=True))
        batch_op.add_column(sa.Column("not_visited", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("rules_version", sa.String(length=48), nullable=True))
        batch_op.add_column(sa.Column("found", LONG_TEXT, nullable=True))
        batch_op.create_unique_constraint(
            op.f("uq_followup_enrolment_id_due_on_kind_key"), ["enrolment_id", "due_on", "kind_key"]
        )
        batch_op.create_unique_constraint(op.f("uq_followup_plan_key"), ["plan_key"])
        batch_op.drop_constraint(op.f("uq_followup_enrolment_id_due_on"), type_="unique")
        batch_op.create_check_constraint(
            op.f("ck_followup_window_start"), "window_start_on IS NULL OR window_start_on <= due_on"
        )
        batch_op.create_check_constraint(
            op.f("ck_followup_why_not_visited"),
            "(not_visited IS NOT NULL) = (status IN ('not_done', 'lost', 'closed'))",
        )
    op.create_table(
        "referral_check",
        sa.Column("id", ID, nullable=False),
        sa.Column("followup_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("programme", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(result IS NULL) = (done_at IS NULL)", name=op.f("ck_referral_check_done_at")),
        sa.CheckConstraint(
            "result IN ('attended', 'not_attended', 'admitted', 'refused', 'unknown', 'dropped')",
            name=op.f("ck_referral_check_result"),
        ),
        sa.ForeignKeyConstraint(["followup_id"], ["followup.id"], name=op.f("fk_referral_check_followup_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_referral_check_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_referral_check_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_check")),
        sa.UniqueConstraint("followup_id", name=op.f("uq_referral_check_followup_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_referral_check_team_id_result_due_on"), "referral_check", ["team_id", "result", "due_on"])
    op.create_index(op.f("ix_referral_check_resident_id_result"), "referral_check", ["resident_id", "result"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("referral_check")
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_followup_why_not_visited"), type_="check")
        batch_op.drop_constraint(op.f("ck_followup_window_start"), type_="check")
        batch_op.create_unique_constraint(op.f("uq_followup_enrolment_id_due_on"), ["enrolment_id", "due_on"])
        batch_op.drop_constraint(op.f("uq_followup_plan_key"), type_="unique")
        batch_op.drop_constraint(op.f("uq_followup_enrolment_id_due_on_kind_key"), type_="unique")
        for name in (
            "found", "rules_version", "not_visited", "encounter_id", "due_reason", "rule_due_on", "title", "plan_key",
            "kind_key", "window_start_on",
        ):  # fmt: skip
            batch_op.drop_column(name)
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_enrolment_resident_id"), ["resident_id"])
        batch_op.drop_index(op.f("ix_enrolment_resident_id_programme"))
        batch_op.drop_index(op.f("ix_enrolment_replan_on_id"))
        batch_op.drop_index(op.f("ix_enrolment_staff_id"))
        batch_op.drop_constraint(op.f("ck_enrolment_replan_on"), type_="check")
        batch_op.drop_constraint(op.f("fk_enrolment_staff_id"), type_="foreignkey")
        for name in ("replan_on", "known", "staff_id"):
            batch_op.drop_column(name)
