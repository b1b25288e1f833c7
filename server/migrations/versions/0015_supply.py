"""Supply: weekly patterns, exceptions, keys of hospital systems, and files of shifts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
KIND = "kind IN ('GENERAL', 'SPECIALIST', 'EXPERT', 'EXAM', 'BED')"
SUBSTITUTE = "substitute_id IS NULL OR (specialist_id IS NOT NULL AND substitute_id <> specialist_id)"
IMPORT_CHECKS = {
    "two_persons": (
        "reviewed_by IS NULL OR reviewed_by <> uploaded_by",
        "kind = 'shifts' OR reviewed_by IS NULL OR reviewed_by <> uploaded_by",
    ),
    "kind": ("kind IN ('backfill', 'ledger')", "kind IN ('backfill', 'ledger', 'shifts')"),
}


def _foreign(table: str, *columns: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, parent in columns
    ]


def upgrade() -> None:
    """Apply."""
    _patterns()
    _exceptions()
    _machines()
    op.create_table(
        "release_digest",
        sa.Column("id", ID, nullable=False),
        sa.Column("release_at", INSTANT, nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("told_until", sa.String(length=26), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_digest")),
        sa.UniqueConstraint("release_at", "hours", name=op.f("uq_release_digest_release_at_hours")),
        **TABLE,
    )
    op.create_index(op.f("ix_release_digest_done_at"), "release_digest", ["done_at"])
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin_key", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("pattern_id", ID, nullable=True))
        batch_op.add_column(sa.Column("replaced_id", ID, nullable=True))
        batch_op.create_unique_constraint(op.f("uq_shift_hospital_id_origin_key"), ["hospital_id", "origin_key"])
        batch_op.create_foreign_key(op.f("fk_shift_pattern_id"), "shift_pattern", ["pattern_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_shift_replaced_id"), "specialist", ["replaced_id"], ["id"])
    _imports(1)
    op.create_index(op.f("ix_appointment_event_at_id"), "appointment_event", ["at", "id"])


def _patterns() -> None:
    op.create_table(
        "shift_pattern",
        sa.Column("id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=False),
        sa.Column("specialist_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("range_minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("other_capacity", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("planned_until", sa.Date(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_shift_pattern_weekday")),
        sa.CheckConstraint("every_weeks IN (1, 2)", name=op.f("ck_shift_pattern_every_weeks")),
        sa.CheckConstraint(
            "capacity > 0 AND other_capacity BETWEEN 0 AND capacity", name=op.f("ck_shift_pattern_capacity")
        ),
        sa.CheckConstraint("range_minutes >= 0", name=op.f("ck_shift_pattern_range_minutes")),
        sa.CheckConstraint("ends > starts", name=op.f("ck_shift_pattern_ends_after_start")),
        sa.CheckConstraint("until_on IS NULL OR until_on >= first_on", name=op.f("ck_shift_pattern_until")),
        sa.CheckConstraint(KIND, name=op.f("ck_shift_pattern_kind")),
        *_foreign(
            "shift_pattern",
            ("hospital_id", "hospital"),
            ("department_id", "department"),
            ("specialist_id", "specialist"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_pattern")),
        **TABLE,
    )
    op.create_index(op.f("ix_shift_pattern_hospital_id_weekday"), "shift_pattern", ["hospital_id", "weekday"])
    op.create_index(op.f("ix_shift_pattern_department_id_weekday"), "shift_pattern", ["department_id", "weekday"])
    op.create_index(op.f("ix_shift_pattern_planned_until"), "shift_pattern", ["planned_until"])


def _exceptions() -> None:
    op.create_table(
        "shift_exception",
        sa.Column("id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("specialist_id", ID, nullable=True),
        sa.Column("substitute_id", ID, nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=128), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_shift_exception_days")),
        sa.CheckConstraint(SUBSTITUTE, name=op.f("ck_shift_exception_substitute")),
        *_foreign(
            "shift_exception",
            ("hospital_id", "hospital"),
            ("department_id", "department"),
            ("specialist_id", "specialist"),
            ("substitute_id", "specialist"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_exception")),
        **TABLE,
    )
    op.create_index(op.f("ix_shift_exception_hospital_id_last_on"), "shift_exception", ["hospital_id", "last_on"])


def _machines() -> None:
    op.create_table(
        "machine_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        *_foreign("machine_key", ("hospital_id", "hospital")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_machine_key_hospital_id_issued_at"), "machine_key", ["hospital_id", "issued_at"])
    op.create_table(
        "machine_nonce",
        sa.Column("id", ID, nullable=False),
        sa.Column("key_id", ID, nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_nonce")),
        sa.UniqueConstraint("key_id", "nonce", name=op.f("uq_machine_nonce_key_id_nonce")),
        **TABLE,
    )
    op.create_index(op.f("ix_machine_nonce_at"), "machine_nonce", ["at"])
    op.create_table(
        "machine_answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", LONG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *_foreign("machine_answer", ("hospital_id", "hospital")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_answer")),
        sa.UniqueConstraint(
            "hospital_id", "idempotency_key", name=op.f("uq_machine_answer_hospital_id_idempotency_key")
        ),
        **TABLE,
    )
    op.create_index(op.f("ix_machine_answer_at"), "machine_answer", ["at"])


def _imports(which: int) -> None:
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        for name, texts in IMPORT_CHECKS.items():
            batch_op.drop_constraint(op.f(f"ck_import_batch_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_import_batch_{name}"), texts[which])


def downgrade() -> None:
    """Undo; files of shifts are deleted first, because the rules before know none."""
    op.drop_index(op.f("ix_appointment_event_at_id"), "appointment_event")
    op.execute("DELETE FROM import_batch WHERE kind = 'shifts'")
    _imports(0)
    with op.batch_alter_table("shift", schema=None) as batch_op:
        for column in ("pattern_id", "replaced_id"):
            batch_op.drop_constraint(op.f(f"fk_shift_{column}"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_shift_hospital_id_origin_key"), type_="unique")
        for column in ("origin_key", "pattern_id", "replaced_id"):
            batch_op.drop_column(column)
    for name in (
        "release_digest",
        "machine_answer",
        "machine_nonce",
        "machine_key",
        "shift_exception",
        "shift_pattern",
    ):
        op.drop_table(name)
