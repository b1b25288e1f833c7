"""Drafts, what staff begin, payment of the own share, change of team and mass transfer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mass_transfer",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("from_team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("open_key", sa.CHAR(length=26), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("move_on", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("(state = 'planned') = (open_key IS NOT NULL)", name=op.f("ck_mass_transfer_open_key")),
        sa.CheckConstraint("state IN ('planned', 'done', 'cancelled')", name=op.f("ck_mass_transfer_state")),
        sa.CheckConstraint("move_on > told_on", name=op.f("ck_mass_transfer_told_ahead")),
        sa.ForeignKeyConstraint(["from_team_id"], ["team.id"], name=op.f("fk_mass_transfer_from_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_transfer")),
        sa.UniqueConstraint("open_key", name=op.f("uq_mass_transfer_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("mass_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mass_transfer_from_team_id"), ["from_team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mass_transfer_state_move_on"), ["state", "move_on"], unique=False)

    op.create_table(
        "transfer_target",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("transfer_id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("assigned", sa.Integer(), nullable=False),
        sa.CheckConstraint("assigned >= 0 AND assigned <= places", name=op.f("ck_transfer_target_within_places")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_transfer_target_team_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["mass_transfer.id"], name=op.f("fk_transfer_target_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_target")),
        sa.UniqueConstraint("transfer_id", "team_id", name=op.f("uq_transfer_target_transfer_id_team_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=True),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(state = 'done') = (receipt IS NOT NULL)", name=op.f("ck_payment_receipt")),
        sa.CheckConstraint("kind = 'refund' OR state = 'done'", name=op.f("ck_payment_paid_is_done")),
        sa.CheckConstraint("kind IN ('paid', 'refund')", name=op.f("ck_payment_kind")),
        sa.CheckConstraint("state IN ('due', 'done', 'none')", name=op.f("ck_payment_state")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_payment_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("agreement_id", "kind", name=op.f("uq_payment_agreement_id_kind")),
        sa.UniqueConstraint("receipt", name=op.f("uq_payment_receipt")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_kind_state_id"), ["kind", "state", "id"], unique=False)

    op.create_table(
        "signing_photo",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("picture", LONG_TEXT, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.CHAR(length=26), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_signing_photo_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_photo")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_signing_photo_agreement_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "team_change",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("from_team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("to_team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("open_key", sa.CHAR(length=26), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signature", LONG_TEXT, nullable=True),
        sa.Column("text_body", LONG_TEXT, nullable=False),
        sa.Column("text_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("old_by", sa.CHAR(length=26), nullable=True),
        sa.Column("new_by", sa.CHAR(length=26), nullable=True),
        sa.Column("handover_note", sa.Text(), nullable=False),
        sa.Column("refused_by_team_id", sa.CHAR(length=26), nullable=True),
        sa.Column("refusal_note", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("successor_id", sa.CHAR(length=26), nullable=True),
        sa.CheckConstraint("(state = 'done') = (successor_id IS NOT NULL)", name=op.f("ck_team_change_successor")),
        sa.CheckConstraint("(state = 'waiting') = (open_key IS NOT NULL)", name=op.f("ck_team_change_open_key")),
        sa.CheckConstraint(
            "state <> 'done' OR (old_by IS NOT NULL AND new_by IS NOT NULL)", name=op.f("ck_team_change_both_agreed")
        ),
        sa.CheckConstraint("from_team_id <> to_team_id", name=op.f("ck_team_change_two_teams")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_team_change_agreement_id")),
        sa.ForeignKeyConstraint(["from_team_id"], ["team.id"], name=op.f("fk_team_change_from_team_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["agreement.id"], name=op.f("fk_team_change_successor_id")),
        sa.ForeignKeyConstraint(["to_team_id"], ["team.id"], name=op.f("fk_team_change_to_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_change")),
        sa.UniqueConstraint("open_key", name=op.f("uq_team_change_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("team_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_change_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_team_change_from_team_id_state_answer_by_on"),
            ["from_team_id", "state", "answer_by_on"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_team_change_state_answer_by_on"), ["state", "answer_by_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_team_change_to_team_id_state_answer_by_on"),
            ["to_team_id", "state", "answer_by_on"],
            unique=False,
        )

    op.create_table(
        "transfer_entry",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("transfer_id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("to_team_id", sa.CHAR(length=26), nullable=True),
        sa.Column("choice", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("chosen_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("successor_id", sa.CHAR(length=26), nullable=True),
        sa.CheckConstraint("(state = 'moved') = (successor_id IS NOT NULL)", name=op.f("ck_transfer_entry_successor")),
        sa.CheckConstraint("choice IN ('', 'end', 'other_team')", name=op.f("ck_transfer_entry_choice")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_transfer_entry_agreement_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_transfer_entry_resident_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["agreement.id"], name=op.f("fk_transfer_entry_successor_id")),
        sa.ForeignKeyConstraint(["to_team_id"], ["team.id"], name=op.f("fk_transfer_entry_to_team_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["mass_transfer.id"], name=op.f("fk_transfer_entry_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_entry")),
        sa.UniqueConstraint("transfer_id", "agreement_id", name=op.f("uq_transfer_entry_transfer_id_agreement_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("transfer_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_entry_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfer_entry_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_transfer_entry_transfer_id_state_id"), ["transfer_id", "state", "id"], unique=False
        )

    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("promise_step", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("draft_step", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("begun_by", sa.CHAR(length=26), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_agreement_status_promise_step_answer_by_on"),
            ["status", "promise_step", "answer_by_on"],
            unique=False,
        )
        batch_op.create_foreign_key(batch_op.f("fk_agreement_begun_by"), "staff", ["begun_by"], ["id"])

    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closes_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_column("closes_on")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_agreement_begun_by"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_agreement_status_promise_step_answer_by_on"))
        batch_op.drop_column("begun_by")
        batch_op.drop_column("draft_step")
        batch_op.drop_column("promise_step")
    for name in ("transfer_entry", "team_change", "signing_photo", "payment", "transfer_target", "mass_transfer"):
        op.drop_table(name)
