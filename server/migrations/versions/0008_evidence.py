"""Evidence packages, copies, supplements."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ID = sa.CHAR(length=26)
HASH = sa.CHAR(length=64)
CODE = sa.String(length=64)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply. Agreements from before get a package with their next step."""
    _chain()
    _consents()
    _files()
    _supplements()


def downgrade() -> None:
    """Take back."""
    for name in (
        "supplement_event", "supplement", "agreement_receipt", "agreement_file", "imprint", "agreement_consent",
        "evidence_entry", "evidence",
    ):  # fmt: skip
        op.drop_table(name)


def _column(name: str, kind: Any, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def _of_agreement(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f(f"fk_{name}_agreement_id"))


def _chain() -> None:
    op.create_table(
        "evidence",
        _column("id", ID),
        _column("agreement_id", ID),
        _column("verify_code", sa.String(length=32)),
        _column("template", CODE),
        _column("template_version", CODE),
        _column("algorithm", sa.String(length=8)),
        _column("entries", sa.Integer()),
        _column("head", HASH),
        _column("opened_at", INSTANT),
        sa.CheckConstraint("entries >= 0", name=op.f("ck_evidence_entries")),
        _of_agreement("evidence"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_evidence_agreement_id")),
        sa.UniqueConstraint("verify_code", name=op.f("uq_evidence_verify_code")),
        **TABLE,
    )
    op.create_table(
        "evidence_entry",
        _column("id", ID),
        _column("agreement_id", ID),
        _column("position", sa.Integer()),
        _column("kind", sa.String(length=12)),
        _column("at", INSTANT),
        _column("manifest", LONG),
        _column("digest", HASH),
        _column("mac", HASH),
        _of_agreement("evidence_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_entry")),
        sa.UniqueConstraint("agreement_id", "position", name=op.f("uq_evidence_entry_agreement_id_position")),
        **TABLE,
    )


def _consents() -> None:
    op.create_table(
        "agreement_consent",
        _column("id", ID),
        _column("agreement_id", ID),
        _column("key", CODE),
        _column("wording", sa.Text()),
        _column("version", CODE),
        _column("is_withdrawable", sa.Boolean()),
        _column("given_at", INSTANT),
        _column("given_by", CODE),
        _column("withdrawn_at", INSTANT, nullable=True),
        _column("withdrawn_by", CODE, nullable=True),
        _column("live_key", sa.String(length=96), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (live_key IS NOT NULL)", name=op.f("ck_agreement_consent_live_key")
        ),
        _of_agreement("agreement_consent"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_consent")),
        sa.UniqueConstraint("live_key", name=op.f("uq_agreement_consent_live_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_agreement_consent_agreement_id_key"), "agreement_consent", ["agreement_id", "key"])
    op.create_table(
        "imprint",
        _column("id", ID),
        _column("owner_id", ID),
        _column("image", LONG),
        _column("sha256", HASH),
        _column("created_at", INSTANT),
        _column("created_by", CODE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imprint")),
        **TABLE,
    )
    op.create_index(op.f("ix_imprint_owner_id_created_at"), "imprint", ["owner_id", "created_at"])


def _files() -> None:
    op.create_table(
        "agreement_file",
        _column("id", ID),
        _column("agreement_id", ID),
        _column("edition", sa.Integer()),
        _column("sha256", HASH),
        _column("size", sa.Integer()),
        _column("renderer", CODE),
        _column("address", sa.String(length=255)),
        _column("issued_at", INSTANT),
        _of_agreement("agreement_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_file")),
        sa.UniqueConstraint("agreement_id", "sha256", name=op.f("uq_agreement_file_agreement_id_sha256")),
        **TABLE,
    )
    op.create_index(op.f("ix_agreement_file_agreement_id_edition"), "agreement_file", ["agreement_id", "edition"])
    op.create_table(
        "agreement_receipt",
        _column("id", ID),
        _column("agreement_id", ID),
        _column("party", sa.String(length=12)),
        _column("event", sa.String(length=10)),
        _column("sha256", HASH),
        _column("at", INSTANT),
        _column("by", CODE),
        _column("client_address", sa.String(length=64)),
        sa.CheckConstraint("event IN ('delivered', 'read')", name=op.f("ck_agreement_receipt_event")),
        _of_agreement("agreement_receipt"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_receipt")),
        sa.UniqueConstraint(
            "agreement_id", "party", "event", "sha256",
            name=op.f("uq_agreement_receipt_agreement_id_party_event_sha256"),
        ),
        **TABLE,
    )  # fmt: skip


def _supplements() -> None:
    op.create_table(
        "supplement",
        _column("id", ID),
        _column("agreement_id", ID),
        _column("number", sa.Integer()),
        _column("kind", sa.String(length=12)),
        _column("status", sa.String(length=12)),
        _column("open_key", ID, nullable=True),
        _column("text_body", LONG),
        _column("text_sha256", HASH),
        _column("change", sa.Text()),
        _column("proposed_at", INSTANT),
        _column("proposed_by", CODE),
        _column("provider", sa.JSON()),
        _column("settled_at", INSTANT, nullable=True),
        _column("signature", LONG, nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_supplement_number")),
        sa.CheckConstraint("(status = 'proposed') = (open_key IS NOT NULL)", name=op.f("ck_supplement_open_key")),
        sa.CheckConstraint(
            "status <> 'signed' OR (signature IS NOT NULL AND settled_at IS NOT NULL)",
            name=op.f("ck_supplement_signed"),
        ),
        _of_agreement("supplement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement")),
        sa.UniqueConstraint("agreement_id", "number", name=op.f("uq_supplement_agreement_id_number")),
        sa.UniqueConstraint("open_key", name=op.f("uq_supplement_open_key")),
        **TABLE,
    )
    op.create_table(
        "supplement_event",
        _column("id", ID),
        _column("subject_id", ID),
        _column("old", sa.String(length=24)),
        _column("new", sa.String(length=24)),
        _column("actor_kind", sa.String(length=12)),
        _column("actor_id", CODE),
        _column("at", INSTANT),
        _column("reason", sa.String(length=255)),
        sa.ForeignKeyConstraint(["subject_id"], ["supplement.id"], name=op.f("fk_supplement_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement_event")),
        **TABLE,
    )
    op.create_index(op.f("ix_supplement_event_subject_id"), "supplement_event", ["subject_id"])
