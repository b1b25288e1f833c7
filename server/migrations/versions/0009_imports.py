"""Back-fill imports, phone checks, ledger comparison; phones found by a keyed hash."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
PEOPLE_AT_ONCE = 1000


def upgrade() -> None:
    """Apply. The release before this one leaves the new columns empty."""
    op.create_table(
        "import_batch",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("file_bytes", sa.Integer(), nullable=False),
        sa.Column("open_key", sa.CHAR(length=64), nullable=True),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.CHAR(length=26), nullable=False),
        sa.Column("uploaded_at", INSTANT, nullable=False),
        sa.Column("reviewed_by", sa.CHAR(length=26), nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("purged_at", INSTANT, nullable=True),
        sa.Column("headings", LONG_TEXT, nullable=True),
        sa.Column("mapping", sa.String(length=1000), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_checked", sa.Integer(), nullable=False),
        sa.Column("rows_run", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind = 'ledger' OR status NOT IN ('running', 'done') OR reviewed_by IS NOT NULL",
            name=op.f("ck_import_batch_reviewed"),
        ),
        sa.CheckConstraint("kind IN ('backfill', 'ledger')", name=op.f("ck_import_batch_kind")),
        sa.CheckConstraint(
            "status NOT IN ('failed', 'cancelled') OR open_key IS NULL", name=op.f("ck_import_batch_open_key")
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR reviewed_by <> uploaded_by", name=op.f("ck_import_batch_two_persons")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_import_batch_organisation_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["admin_login.id"], name=op.f("fk_import_batch_reviewed_by")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["admin_login.id"], name=op.f("fk_import_batch_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("open_key", name=op.f("uq_import_batch_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_import_batch_organisation_id_uploaded_at"), ["organisation_id", "uploaded_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_import_batch_purged_at_finished_at"), ["purged_at", "finished_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_import_batch_status_uploaded_at"), ["status", "uploaded_at"], unique=False)

    op.create_table(
        "import_event",
        sa.Column("subject_id", sa.CHAR(length=26), nullable=False),
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["import_batch.id"], name=op.f("fk_import_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_event")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("import_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_event_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "import_file_part",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("batch_id", sa.CHAR(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_file_part_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file_part")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_import_file_part_batch_id_position")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "import_piece",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("batch_id", sa.CHAR(length=26), nullable=False),
        sa.Column("first_index", sa.Integer(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_piece_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_piece")),
        sa.UniqueConstraint("batch_id", "first_index", name=op.f("uq_import_piece_batch_id_first_index")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "import_row",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("batch_id", sa.CHAR(length=26), nullable=False),
        sa.Column("row_index", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("codes", sa.String(length=255), nullable=False),
        sa.Column("identity_hash", sa.CHAR(length=64), nullable=True),
        sa.Column("merge_key", sa.CHAR(length=64), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=True),
        sa.Column("cells", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_row_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
        sa.UniqueConstraint("batch_id", "row_index", name=op.f("uq_import_row_batch_id_row_index")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_import_row_batch_id_identity_hash"), ["batch_id", "identity_hash"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_import_row_batch_id_merge_key"), ["batch_id", "merge_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_import_row_batch_id_outcome_row_index"), ["batch_id", "outcome", "row_index"], unique=False
        )

    op.create_table(
        "phone_check",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("open_key", sa.CHAR(length=26), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("method", sa.String(length=10), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("checked_by", sa.CHAR(length=26), nullable=True),
        sa.CheckConstraint(
            "(status IN ('to_check', 'to_update')) = (open_key IS NOT NULL)", name=op.f("ck_phone_check_open_key")
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' OR (result IS NOT NULL AND result = 'ok')", name=op.f("ck_phone_check_confirmed")
        ),
        sa.CheckConstraint("(result IS NULL) = (checked_at IS NULL)", name=op.f("ck_phone_check_checked")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_phone_check_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_phone_check_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_check")),
        sa.UniqueConstraint("open_key", name=op.f("uq_phone_check_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("phone_check", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_phone_check_resident_id_asked_at"), ["resident_id", "asked_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_phone_check_team_id_status_asked_at"), ["team_id", "status", "asked_at"], unique=False
        )

    op.create_table(
        "phone_check_event",
        sa.Column("subject_id", sa.CHAR(length=26), nullable=False),
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["phone_check.id"], name=op.f("fk_phone_check_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_check_event")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("phone_check_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_check_event_subject_id"), ["subject_id"], unique=False)

    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("paper_reference", sa.String(length=64), nullable=True))

    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_hash", sa.CHAR(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_resident_phone_hash"), ["phone_hash"], unique=False)

    _hash_phones()


def _hash_phones() -> None:
    """Hash the phones there are, some people at a time: only the application holds the keys."""
    from server import sealing

    connection = op.get_bind()
    people = sa.table("resident", sa.column("id"), sa.column("phone"), sa.column("phone_hash"))
    last = ""
    while True:
        found = connection.execute(
            sa.select(people.c.id, people.c.phone)
            .where(people.c.id > last, people.c.phone.is_not(None))
            .order_by(people.c.id)
            .limit(PEOPLE_AT_ONCE)
        ).all()
        if not found:
            return
        for row in found:
            phone = sealing.current().open(row.phone, "resident.phone")
            hashed = sealing.current().index(phone, "resident.phone")
            connection.execute(sa.update(people).where(people.c.id == row.id).values(phone_hash=hashed))
        last = found[-1].id


def downgrade() -> None:
    """Take back."""

    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resident_phone_hash"))
        batch_op.drop_column("phone_hash")

    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_column("paper_reference")
        batch_op.drop_column("signed_on")

    with op.batch_alter_table("phone_check_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_check_event_subject_id"))

    op.drop_table("phone_check_event")
    with op.batch_alter_table("phone_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_check_team_id_status_asked_at"))
        batch_op.drop_index(batch_op.f("ix_phone_check_resident_id_asked_at"))

    op.drop_table("phone_check")
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_row_batch_id_outcome_row_index"))
        batch_op.drop_index(batch_op.f("ix_import_row_batch_id_merge_key"))
        batch_op.drop_index(batch_op.f("ix_import_row_batch_id_identity_hash"))

    op.drop_table("import_row")
    op.drop_table("import_piece")
    op.drop_table("import_file_part")
    with op.batch_alter_table("import_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_event_subject_id"))

    op.drop_table("import_event")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_status_uploaded_at"))
        batch_op.drop_index(batch_op.f("ix_import_batch_purged_at_finished_at"))
        batch_op.drop_index(batch_op.f("ix_import_batch_organisation_id_uploaded_at"))

    op.drop_table("import_batch")
