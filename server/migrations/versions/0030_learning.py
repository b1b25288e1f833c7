"""Chatbot: unanswered questions, sentences staff labelled, trainings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "chatbot_question",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("guesses", sa.JSON(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.CheckConstraint("why IN ('unclear', 'handed_over', 'declined')", name=op.f("ck_chatbot_question_why")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_chatbot_question_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chatbot_question")),
        sa.UniqueConstraint("message_id", name=op.f("uq_chatbot_question_message_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_chatbot_question_asked_at_id"), "chatbot_question", ["asked_at", "id"])
    op.create_table(
        "chatbot_lesson",
        sa.Column("id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("labelled_by", ID, nullable=False),
        sa.Column("labelled_at", INSTANT, nullable=False),
        sa.CheckConstraint("intent <> ''", name=op.f("ck_chatbot_lesson_intent")),
        sa.ForeignKeyConstraint(["labelled_by"], ["admin_login.id"], name=op.f("fk_chatbot_lesson_labelled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chatbot_lesson")),
        **TABLE,
    )
    op.create_index(op.f("ix_chatbot_lesson_labelled_at_id"), "chatbot_lesson", ["labelled_at", "id"])
    op.create_table(
        "chatbot_training",
        sa.Column("id", ID, nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("lesson_count", sa.Integer(), nullable=False),
        sa.Column("measured_at", INSTANT, nullable=True),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("compared_to", sa.String(length=48), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.Column("taken_by", ID, nullable=True),
        sa.Column("current_key", sa.String(length=8), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(measured_at IS NULL) = (figures IS NULL)", name=op.f("ck_chatbot_training_measured")),
        sa.CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name=op.f("ck_chatbot_training_taken_by")),
        sa.CheckConstraint(
            "taken_at IS NULL OR measured_at IS NOT NULL", name=op.f("ck_chatbot_training_measured_before_taken")
        ),
        sa.CheckConstraint(
            "current_key IS NULL OR (current_key = 'current' AND taken_at IS NOT NULL)",
            name=op.f("ck_chatbot_training_current_was_taken"),
        ),
        sa.CheckConstraint("lesson_count >= 0 AND revision >= 0", name=op.f("ck_chatbot_training_counts")),
        sa.ForeignKeyConstraint(["taken_by"], ["admin_login.id"], name=op.f("fk_chatbot_training_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chatbot_training")),
        sa.UniqueConstraint("current_key", name=op.f("uq_chatbot_training_current_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_chatbot_training_asked_at_id"), "chatbot_training", ["asked_at", "id"])
    op.create_index(op.f("ix_chatbot_training_measured_at_asked_at"), "chatbot_training", ["measured_at", "asked_at"])


def downgrade() -> None:
    """Take back."""
    for name in ("chatbot_training", "chatbot_lesson", "chatbot_question"):
        op.drop_table(name)
