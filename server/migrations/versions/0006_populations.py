"""Key populations, responsibility areas, team composition."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply. Everybody's derived groups are due at once: the first night fills them in."""
    _areas()
    _lists()
    _tags()
    _staff()
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("area_id", ID, nullable=True))
        batch_op.add_column(sa.Column("address", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("groups_due_on", sa.Date(), nullable=True, server_default="1970-01-01"))
        batch_op.add_column(sa.Column("groups_elderly_age", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_foreign_key(op.f("fk_resident_area_id"), "area", ["area_id"], ["id"])
        batch_op.create_index(op.f("ix_resident_area_id"), ["area_id"])
        batch_op.create_index(op.f("ix_resident_groups_due_on"), ["groups_due_on"])
        batch_op.create_index(op.f("ix_resident_groups_elderly_age"), ["groups_elderly_age"])
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_cross_area", sa.Boolean(), nullable=True))
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_reason", sa.String(length=32), nullable=True))
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lacks", sa.String(length=128), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("modes", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duty", sa.String(length=128), nullable=False, server_default=""))


def _areas() -> None:
    op.create_table(
        "area",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.CheckConstraint("level IN ('county', 'township', 'village', 'group')", name=op.f("ck_area_level")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_area_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("code", name=op.f("uq_area_code")),
        **TABLE,
    )
    op.create_index(op.f("ix_area_organisation_id"), "area", ["organisation_id"])
    op.create_table(
        "team_area",
        sa.Column("id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("area_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_area_team_id")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_team_area_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_area")),
        sa.UniqueConstraint("team_id", "area_id", name=op.f("uq_team_area_team_id_area_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_team_area_area_id"), "team_area", ["area_id"])


def _lists() -> None:
    op.create_table(
        "population_list",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("source_document", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> entered_by", name=op.f("ck_population_list_two_persons")
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (status = 'waiting')", name=op.f("ck_population_list_decided")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_population_list_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_list")),
        **TABLE,
    )
    op.create_index(
        op.f("ix_population_list_organisation_id_entered_at"), "population_list", ["organisation_id", "entered_at"]
    )


def _tags() -> None:
    op.create_table(
        "population_tag",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("list_id", ID, nullable=True),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("certified_at", INSTANT, nullable=True),
        sa.Column("certified_by", sa.String(length=64), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reassess_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(length=32), nullable=True),
        sa.Column("open_key", sa.String(length=48), nullable=True),
        sa.CheckConstraint(
            "(status IN ('waiting', 'certified')) = (open_key IS NOT NULL)", name=op.f("ck_population_tag_open_key")
        ),
        sa.CheckConstraint(
            "status NOT IN ('certified', 'ended') OR certified_by IS NOT NULL", name=op.f("ck_population_tag_certified")
        ),
        sa.CheckConstraint(
            "source <> 'list' OR certified_by IS NULL OR certified_by <> entered_by",
            name=op.f("ck_population_tag_two_persons"),
        ),
        sa.CheckConstraint(
            "source IN ('derived', 'list', 'staff', 'resident_declared')", name=op.f("ck_population_tag_source")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_population_tag_resident_id")),
        sa.ForeignKeyConstraint(["list_id"], ["population_list.id"], name=op.f("fk_population_tag_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_tag")),
        sa.UniqueConstraint("open_key", name=op.f("uq_population_tag_open_key")),
        **TABLE,
    )
    for columns in (
        ["resident_id", "status"],
        ["list_id"],
        ["group", "status", "id"],
        ["status", "valid_to"],
        ["status", "reassess_on"],
    ):
        op.create_index(op.f("ix_population_tag_" + "_".join(columns)), "population_tag", columns)
    op.create_table(
        "population_tag_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["population_tag.id"], name=op.f("fk_population_tag_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_tag_event")),
        **TABLE,
    )
    op.create_index(op.f("ix_population_tag_event_subject_id"), "population_tag_event", ["subject_id"])


def _staff() -> None:
    op.create_table(
        "credential",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("licence", sa.String(length=16), nullable=False),
        sa.Column("licence_number", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("is_gp", sa.Boolean(), nullable=False),
        sa.Column("gives_tcm", sa.Boolean(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("employer", sa.String(length=128), nullable=False),
        sa.Column("hospital_level", sa.Integer(), nullable=True),
        sa.Column("authority_document", sa.String(length=64), nullable=False),
        sa.Column("authority_at", INSTANT, nullable=True),
        sa.Column("authority_by", sa.String(length=64), nullable=True),
        sa.Column("contract_document", sa.String(length=64), nullable=False),
        sa.Column("contract_at", INSTANT, nullable=True),
        sa.Column("contract_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "authority_by IS NULL OR contract_by IS NULL OR authority_by <> contract_by",
            name=op.f("ck_credential_two_persons"),
        ),
        sa.CheckConstraint("(authority_by IS NULL) = (authority_at IS NULL)", name=op.f("ck_credential_authority")),
        sa.CheckConstraint("(contract_by IS NULL) = (contract_at IS NULL)", name=op.f("ck_credential_contract")),
        sa.CheckConstraint(
            "hospital_level IS NULL OR hospital_level IN (2, 3)", name=op.f("ck_credential_hospital_level")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_credential_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_credential_staff_id")),
        **TABLE,
    )
    op.create_table(
        "team_support",
        sa.Column("id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("institution", sa.String(length=128), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("specialist", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.CheckConstraint("level IN (1, 2, 3)", name=op.f("ck_team_support_level")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_support_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_support")),
        **TABLE,
    )
    op.create_index(op.f("ix_team_support_team_id"), "team_support", ["team_id"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_column("modes")
        batch_op.drop_column("lacks")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_column("duty")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_column("is_cross_area")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_column("ended_reason")
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_resident_area_id"), type_="foreignkey")
        for name in ("area_id", "groups_due_on", "groups_elderly_age"):
            batch_op.drop_index(op.f(f"ix_resident_{name}"))
        for name in ("area_id", "address", "groups_due_on", "groups_elderly_age"):
            batch_op.drop_column(name)
    for name in (
        "team_support", "credential", "population_tag_event", "population_tag", "population_list", "team_area", "area",
    ):  # fmt: skip
        op.drop_table(name)
