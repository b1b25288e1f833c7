"""The doctor's side of the relay: hours, absences, promised answers, notes, ready-made replies, ratings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
CODE = sa.String(length=64)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "team_hours",
        sa.Column("id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("on_workdays", sa.Boolean(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("until_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_minute >= 0 AND from_minute < until_minute AND until_minute <= 1440",
            name=op.f("ck_team_hours_period"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_hours_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_hours")),
        sa.UniqueConstraint(
            "team_id", "on_workdays", "from_minute", name=op.f("uq_team_hours_team_id_on_workdays_from_minute")
        ),
        **TABLE,
    )
    op.create_table(
        "absence",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("stand_in_id", ID, nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", CODE, nullable=False),
        sa.Column("handed_at", INSTANT, nullable=True),
        sa.Column("returned_at", INSTANT, nullable=True),
        sa.CheckConstraint("until_at >= from_at", name=op.f("ck_absence_ends_after_begin")),
        sa.CheckConstraint("staff_id <> stand_in_id", name=op.f("ck_absence_somebody_else")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_absence_staff_id")),
        sa.ForeignKeyConstraint(["stand_in_id"], ["staff.id"], name=op.f("fk_absence_stand_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        **TABLE,
    )
    op.create_index(op.f("ix_absence_returned_at_from_at"), "absence", ["returned_at", "from_at"])
    op.create_index(op.f("ix_absence_staff_id_until_at"), "absence", ["staff_id", "until_at"])
    op.create_index(op.f("ix_absence_stand_in_id_until_at"), "absence", ["stand_in_id", "until_at"])
    op.create_table(
        "conversation_shift",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("from_staff_id", ID, nullable=True),
        sa.Column("to_staff_id", ID, nullable=False),
        sa.Column("absence_id", ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", CODE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("(kind = 'transfer') = (absence_id IS NULL)", name=op.f("ck_conversation_shift_absence")),
        sa.CheckConstraint("kind IN ('transfer', 'stand_in', 'back')", name=op.f("ck_conversation_shift_kind")),
        sa.ForeignKeyConstraint(["from_staff_id"], ["staff.id"], name=op.f("fk_conversation_shift_from_staff_id")),
        sa.ForeignKeyConstraint(["to_staff_id"], ["staff.id"], name=op.f("fk_conversation_shift_to_staff_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_conversation_shift_conversation_id")
        ),
        sa.ForeignKeyConstraint(["absence_id"], ["absence.id"], name=op.f("fk_conversation_shift_absence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_shift")),
        sa.UniqueConstraint(
            "absence_id", "conversation_id", "kind", name=op.f("uq_conversation_shift_absence_id_conversation_id_kind")
        ),
        **TABLE,
    )
    op.create_index(op.f("ix_conversation_shift_conversation_id"), "conversation_shift", ["conversation_id"])
    op.create_table(
        "conversation_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("client_key", sa.String(length=120), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_conversation_note_conversation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_conversation_note_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_note")),
        sa.UniqueConstraint("client_key", name=op.f("uq_conversation_note_client_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_conversation_note_conversation_id_id"), "conversation_note", ["conversation_id", "id"])
    op.create_table(
        "canned_reply",
        sa.Column("id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("title", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", CODE, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.CheckConstraint("(team_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_canned_reply_one_owner")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_canned_reply_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_canned_reply_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
        **TABLE,
    )
    op.create_index(op.f("ix_canned_reply_staff_id_removed_at"), "canned_reply", ["staff_id", "removed_at"])
    op.create_index(op.f("ix_canned_reply_team_id_removed_at"), "canned_reply", ["team_id", "removed_at"])
    op.create_table(
        "conversation_rating",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_conversation_rating_stars")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_conversation_rating_conversation_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_conversation_rating_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_rating")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_conversation_rating_conversation_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_conversation_rating_team_id_at"), "conversation_rating", ["team_id", "at"])
    op.create_table(
        "answer_promise",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("since_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", ID, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("took_minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("due_at >= since_at", name=op.f("ck_answer_promise_due_after_since")),
        sa.CheckConstraint("level >= 0", name=op.f("ck_answer_promise_level")),
        sa.CheckConstraint("(ended_at IS NULL) = (open_key IS NOT NULL)", name=op.f("ck_answer_promise_open_key")),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_answer_promise_outcome")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_answer_promise_conversation_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_answer_promise_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_promise")),
        sa.UniqueConstraint("open_key", name=op.f("uq_answer_promise_open_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_answer_promise_conversation_id"), "answer_promise", ["conversation_id"])
    op.create_index(op.f("ix_answer_promise_next_at"), "answer_promise", ["next_at"])
    op.create_index(op.f("ix_answer_promise_team_id_ended_at"), "answer_promise", ["team_id", "ended_at"])
    op.create_index(op.f("ix_answer_promise_took_minutes_ended_at"), "answer_promise", ["took_minutes", "ended_at"])
    op.create_table(
        "promise_step",
        sa.Column("id", ID, nullable=False),
        sa.Column("promise_id", ID, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("outcome IN ('told', 'unreachable', 'listed')", name=op.f("ck_promise_step_outcome")),
        sa.ForeignKeyConstraint(["user_id"], ["wechat_user.id"], name=op.f("fk_promise_step_user_id")),
        sa.ForeignKeyConstraint(["promise_id"], ["answer_promise.id"], name=op.f("fk_promise_step_promise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_step")),
        sa.UniqueConstraint("promise_id", "percent", name=op.f("uq_promise_step_promise_id_percent")),
        **TABLE,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("promise_step")
    op.drop_table("answer_promise")
    op.drop_table("conversation_rating")
    op.drop_table("canned_reply")
    op.drop_table("conversation_note")
    op.drop_table("conversation_shift")
    op.drop_table("absence")
    op.drop_table("team_hours")
