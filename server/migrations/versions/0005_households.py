"""Households, guardians and proxies, who signed for whom, and the places that the caps count."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")

WITHIN_CAP = (
    "(cap_unit = 'persons_per_doctor' AND panel_count <= panel_cap) "
    "OR (cap_unit = 'households_per_team' AND household_count <= panel_cap)"
)
WITHIN_DOCTORS_CAP = "panel_count >= 0 AND (panel_cap IS NULL OR panel_count <= panel_cap)"
FOREIGN_KEYS = {
    "signer_id": "resident",
    "authority_id": "authority",
    "witness_id": "staff",
    "second_witness_id": "staff",
}
AGREEMENT_CHECKS = {
    "signer_id": "(signed_by IN ('guardian', 'head', 'proxy')) = (signer_id IS NOT NULL)",
    "authority_id": "(signed_by IN ('guardian', 'proxy')) = (authority_id IS NOT NULL)",
    "signer_is_another": "signer_id IS NULL OR signer_id <> resident_id",
    "two_witnesses": "second_witness_id IS NULL OR second_witness_id <> witness_id",
}
WITHIN_OLD_CAP = "panel_count >= 0 AND panel_count <= panel_cap"


def upgrade() -> None:
    """Apply. Who has an agreement keeps his place, each as a household of his own."""
    op.create_table(
        "household",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("register_number", sa.Text(), nullable=True),
        sa.Column("book_seen_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("code", name=op.f("uq_household_code")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "authority",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("open_key", sa.String(length=120), nullable=True),
        sa.Column("agent_id", sa.CHAR(length=26), nullable=False),
        sa.Column("principal_id", sa.CHAR(length=26), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document_type", sa.String(length=4), nullable=False),
        sa.Column("identity_number", sa.Text(), nullable=False),
        sa.Column("identity_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column("sex", sa.Integer(), nullable=False),
        sa.Column("nationality", sa.String(length=3), nullable=False),
        sa.Column("relation", sa.String(length=2), nullable=False),
        sa.Column("proof_kind", sa.String(length=24), nullable=False),
        sa.Column("proof", LONG_TEXT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("reminded_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(state IN ('waiting', 'certified')) = (open_key IS NOT NULL)", name=op.f("ck_authority_open_key")
        ),
        sa.CheckConstraint("kind = 'incapacity' OR valid_to IS NOT NULL", name=op.f("ck_authority_limited")),
        sa.CheckConstraint("kind IN ('minor', 'incapacity', 'proxy')", name=op.f("ck_authority_kind")),
        sa.CheckConstraint("state <> 'certified' OR decided_by IS NOT NULL", name=op.f("ck_authority_decided_by")),
        sa.CheckConstraint(
            "state <> 'certified' OR principal_id IS NOT NULL", name=op.f("ck_authority_principal_known")
        ),
        sa.CheckConstraint("state IN ('waiting', 'certified', 'refused', 'revoked')", name=op.f("ck_authority_state")),
        sa.CheckConstraint("principal_id IS NULL OR principal_id <> agent_id", name=op.f("ck_authority_two_persons")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_authority_ends_after_start")),
        sa.ForeignKeyConstraint(["agent_id"], ["resident.id"], name=op.f("fk_authority_agent_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["resident.id"], name=op.f("fk_authority_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
        sa.UniqueConstraint("code", name=op.f("uq_authority_code")),
        sa.UniqueConstraint("open_key", name=op.f("uq_authority_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("authority", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authority_agent_id_state"), ["agent_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_authority_identity_hash"), ["identity_hash"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_authority_kind_state_valid_to"), ["kind", "state", "valid_to"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_authority_principal_id_state"), ["principal_id", "state"], unique=False)

    op.create_table(
        "household_member",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("household_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("current_key", sa.CHAR(length=26), nullable=True),
        sa.Column("head_key", sa.CHAR(length=26), nullable=True),
        sa.Column("relation", sa.String(length=2), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document_type", sa.String(length=4), nullable=False),
        sa.Column("identity_number", sa.Text(), nullable=False),
        sa.Column("identity_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column("sex", sa.Integer(), nullable=False),
        sa.Column("nationality", sa.String(length=3), nullable=False),
        sa.Column("proof_kind", sa.String(length=24), nullable=False),
        sa.Column("proof", LONG_TEXT, nullable=True),
        sa.Column("added_by", sa.CHAR(length=26), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'joined') = (current_key IS NOT NULL)", name=op.f("ck_household_member_current_key")
        ),
        sa.CheckConstraint(
            "head_key IS NULL OR (head_key = household_id AND state = 'joined')",
            name=op.f("ck_household_member_head_key"),
        ),
        sa.CheckConstraint("state <> 'joined' OR joined_on IS NOT NULL", name=op.f("ck_household_member_joined_on")),
        sa.CheckConstraint("state <> 'left' OR left_on IS NOT NULL", name=op.f("ck_household_member_left_on")),
        sa.CheckConstraint("state IN ('waiting', 'joined', 'refused', 'left')", name=op.f("ck_household_member_state")),
        sa.CheckConstraint(
            "current_key IS NULL OR current_key = resident_id", name=op.f("ck_household_member_current_key_is_resident")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["resident.id"], name=op.f("fk_household_member_added_by")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_household_member_household_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_household_member_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
        sa.UniqueConstraint("current_key", name=op.f("uq_household_member_current_key")),
        sa.UniqueConstraint("head_key", name=op.f("uq_household_member_head_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_household_member_household_id"), ["household_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_household_member_identity_hash_state"), ["identity_hash", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_household_member_resident_id_state"), ["resident_id", "state"], unique=False
        )

    op.create_table(
        "panel_place",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("unit_key", sa.CHAR(length=26), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_panel_place_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_panel_place_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_place")),
        sa.UniqueConstraint("team_id", "resident_id", name=op.f("uq_panel_place_team_id_resident_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("panel_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_place_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_place_team_id_unit_key"), ["team_id", "unit_key"], unique=False)

    _sign_for_others()
    _count_places()
    _fill_places()


def _sign_for_others() -> None:
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_by", sa.String(length=12), nullable=False, server_default="self"))
        batch_op.add_column(sa.Column("signer_id", sa.CHAR(length=26), nullable=True))
        batch_op.add_column(sa.Column("authority_id", sa.CHAR(length=26), nullable=True))
        batch_op.add_column(sa.Column("joint_id", sa.CHAR(length=26), nullable=True))
        batch_op.add_column(sa.Column("own_consent_due", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("own_consent_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("opt_out_until_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("witness_id", sa.CHAR(length=26), nullable=True))
        batch_op.add_column(sa.Column("second_witness_id", sa.CHAR(length=26), nullable=True))
        for column, parent in FOREIGN_KEYS.items():
            batch_op.create_foreign_key(op.f(f"fk_agreement_{column}"), parent, [column], ["id"])
        for name, rule in AGREEMENT_CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_agreement_{name}"), rule)
        batch_op.create_index(batch_op.f("ix_agreement_joint_id"), ["joint_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_agreement_signer_id_requested_at"), ["signer_id", "requested_at"], unique=False
        )


def _count_places() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("panel_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("panel_cap", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_staff_panel_within_cap"), WITHIN_DOCTORS_CAP)
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.add_column(sa.Column("household_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("cap_unit", sa.String(length=24), nullable=False, server_default="persons_per_doctor")
        )
        batch_op.drop_constraint(op.f("ck_team_panel_within_cap"), type_="check")
        batch_op.create_check_constraint(op.f("ck_team_panel_within_cap"), WITHIN_CAP)
        batch_op.create_check_constraint(op.f("ck_team_panel_counts"), "panel_count >= 0 AND household_count >= 0")


def _fill_places() -> None:
    op.execute(
        "INSERT INTO panel_place (id, team_id, resident_id, unit_key) "
        "SELECT MIN(id), team_id, resident_id, resident_id FROM agreement "
        "WHERE status IN ('signed', 'active', 'termination_requested') GROUP BY team_id, resident_id"
    )
    op.execute(
        "UPDATE team SET household_count = (SELECT count(*) FROM panel_place WHERE panel_place.team_id = team.id)"
    )
    op.execute(
        "UPDATE staff SET panel_count = (SELECT COALESCE(SUM(team.panel_count), 0) FROM team "
        "JOIN membership ON membership.lead_key = team.id WHERE membership.staff_id = staff.id)"
    )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        for column in FOREIGN_KEYS:
            batch_op.drop_constraint(op.f(f"fk_agreement_{column}"), type_="foreignkey")
        for name in AGREEMENT_CHECKS:
            batch_op.drop_constraint(op.f(f"ck_agreement_{name}"), type_="check")
        batch_op.drop_index(batch_op.f("ix_agreement_signer_id_requested_at"))
        batch_op.drop_index(batch_op.f("ix_agreement_joint_id"))
        for column in (
            "second_witness_id",
            "witness_id",
            "opt_out_until_on",
            "own_consent_at",
            "own_consent_due",
            "joint_id",
            "authority_id",
            "signer_id",
            "signed_by",
        ):
            batch_op.drop_column(column)
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_team_panel_counts"), type_="check")
        batch_op.drop_constraint(op.f("ck_team_panel_within_cap"), type_="check")
        batch_op.create_check_constraint(op.f("ck_team_panel_within_cap"), WITHIN_OLD_CAP)
        batch_op.drop_column("cap_unit")
        batch_op.drop_column("household_count")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_staff_panel_within_cap"), type_="check")
        batch_op.drop_column("panel_cap")
        batch_op.drop_column("panel_count")
    op.drop_table("panel_place")
    op.drop_table("household_member")
    op.drop_table("authority")
    op.drop_table("household")
