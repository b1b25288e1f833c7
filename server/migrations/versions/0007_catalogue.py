"""The package catalogue, frozen fees, the entitlement ledger, health cards, and people's insurance."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")

ADD_UP = "price_fen = public_health_fen + insurance_fen + subsidy_fen + self_pay_fen"
POSITIVE = "public_health_fen >= 0 AND insurance_fen >= 0 AND subsidy_fen >= 0 AND self_pay_fen >= 0"


def upgrade() -> None:
    """Apply. Packages known so far belong to no region's catalogue and are offered as before."""
    with op.batch_alter_table("resident") as batch_op:
        batch_op.add_column(sa.Column("insurance", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("insurance_declared_at", INSTANT, nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_resident_insurance"), "insurance IN ('resident', 'employee', 'other', 'uninsured')"
        )
    with op.batch_alter_table("agreement") as batch_op:
        batch_op.add_column(sa.Column("ledger_until_on", sa.Date(), nullable=True))
        batch_op.create_index(op.f("ix_agreement_status_ledger_until_on"), ["status", "ledger_until_on"], unique=False)
    with op.batch_alter_table("service_package") as batch_op:
        batch_op.add_column(sa.Column("region", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("tier", sa.String(length=16), server_default="other", nullable=False))
        batch_op.add_column(sa.Column("for_groups", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("guidance_fen", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("subsidy_fen", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("accounts", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("offered_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("offered_to", sa.Date(), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_service_package_code_version"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_service_package_region_code_version"), ["region", "code", "version"]
        )
        batch_op.drop_constraint(op.f("ck_service_package_payers_add_up"), type_="check")
        batch_op.create_check_constraint(op.f("ck_service_package_payers_add_up"), ADD_UP)
        batch_op.drop_constraint(op.f("ck_service_package_payers_positive"), type_="check")
        batch_op.create_check_constraint(op.f("ck_service_package_payers_positive"), POSITIVE)
        batch_op.create_check_constraint(
            op.f("ck_service_package_guidance_within_fund"), "guidance_fen >= 0 AND guidance_fen <= public_health_fen"
        )
        batch_op.create_check_constraint(
            op.f("ck_service_package_offered"),
            "offered_to IS NULL OR offered_from IS NULL OR offered_to >= offered_from",
        )
    op.execute("UPDATE service_package SET for_groups = '[]', accounts = '{}'")
    with op.batch_alter_table("service_package") as batch_op:
        batch_op.alter_column("for_groups", existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column("accounts", existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table("package_item") as batch_op:
        batch_op.add_column(sa.Column("per", sa.String(length=4), server_default="year", nullable=False))
        batch_op.add_column(sa.Column("kind", sa.String(length=24), server_default="service", nullable=False))
        batch_op.add_column(sa.Column("is_minimum", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("price_fen", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("unit", sa.String(length=8), server_default="次", nullable=False))
        batch_op.create_check_constraint(op.f("ck_package_item_price"), "price_fen >= 0")
        batch_op.create_check_constraint(op.f("ck_package_item_per"), "per IN ('year', 'term')")
    op.create_table(
        "entitlement",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("item_id", sa.CHAR(length=26), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=True),
        sa.Column("is_minimum", sa.Boolean(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "promised IS NULL OR is_minimum = 1 OR used <= promised", name=op.f("ck_entitlement_not_overused")
        ),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_entitlement_days")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_entitlement_used")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_entitlement_agreement_id")),
        sa.ForeignKeyConstraint(["item_id"], ["package_item.id"], name=op.f("fk_entitlement_item_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_entitlement_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement")),
        sa.UniqueConstraint(
            "agreement_id", "item_id", "from_on", name=op.f("uq_entitlement_agreement_id_item_id_from_on")
        ),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("entitlement") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_entitlement_resident_id_until_on"), ["resident_id", "until_on"], unique=False
        )
    with op.batch_alter_table("service_record") as batch_op:
        batch_op.add_column(sa.Column("entitlement_id", sa.CHAR(length=26), nullable=True))
        batch_op.add_column(sa.Column("detail", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("place", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("performer", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("participants", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("note", LONG_TEXT, nullable=True))
        batch_op.add_column(sa.Column("photo", LONG_TEXT, nullable=True))
        batch_op.add_column(sa.Column("reverses_id", sa.CHAR(length=26), nullable=True))
        batch_op.create_index(batch_op.f("ix_service_record_entitlement_id"), ["entitlement_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_service_record_team_id_kind_served_on"), ["team_id", "kind", "served_on"], unique=False
        )
        batch_op.create_unique_constraint(batch_op.f("uq_service_record_reverses_id"), ["reverses_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_service_record_entitlement_id"), "entitlement", ["entitlement_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_service_record_reverses_id"), "service_record", ["reverses_id"], ["id"]
        )
        batch_op.create_check_constraint(op.f("ck_service_record_participants"), "participants >= 1")
    op.create_table(
        "service_answer",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("record_id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answer_by_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(verdict = 'disputed') = (answer_by_on IS NOT NULL)", name=op.f("ck_service_answer_answer_by_on")
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('upheld', 'kept', 'withdrawn')", name=op.f("ck_service_answer_outcome")
        ),
        sa.CheckConstraint("verdict IN ('confirmed', 'disputed')", name=op.f("ck_service_answer_verdict")),
        sa.CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name=op.f("ck_service_answer_answered")),
        sa.ForeignKeyConstraint(["record_id"], ["service_record.id"], name=op.f("fk_service_answer_record_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_service_answer_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_service_answer_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_answer")),
        sa.UniqueConstraint("record_id", name=op.f("uq_service_answer_record_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("service_answer") as batch_op:
        batch_op.create_index(batch_op.f("ix_service_answer_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_service_answer_team_id_verdict_outcome_answer_by_on"),
            ["team_id", "verdict", "outcome", "answer_by_on"],
            unique=False,
        )
    op.create_table(
        "fee_line",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("payer", sa.String(length=24), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("insurance", sa.String(length=12), nullable=True),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("guidance_fen", sa.Integer(), nullable=False),
        sa.Column("charged_fen", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_fee_line_amount")),
        sa.CheckConstraint("charged_fen >= 0 AND charged_fen <= amount_fen", name=op.f("ck_fee_line_not_overcharged")),
        sa.CheckConstraint("guidance_fen >= 0 AND guidance_fen <= amount_fen", name=op.f("ck_fee_line_guidance")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_fee_line_agreement_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_fee_line_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_line")),
        sa.UniqueConstraint("agreement_id", "year", "payer", name=op.f("uq_fee_line_agreement_id_year_payer")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("fee_line") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fee_line_organisation_id_account_agreement_id"),
            ["organisation_id", "account", "agreement_id"],
            unique=False,
        )
    op.create_table(
        "charge",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("fee_line_id", sa.CHAR(length=26), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("charged_at", INSTANT, nullable=False),
        sa.Column("charged_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_charge_amount")),
        sa.ForeignKeyConstraint(["fee_line_id"], ["fee_line.id"], name=op.f("fk_charge_fee_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("fee_line_id", "receipt", name=op.f("uq_charge_fee_line_id_receipt")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "served_population",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_served_population_amount")),
        sa.CheckConstraint("persons >= 0", name=op.f("ck_served_population_persons")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_served_population_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_served_population")),
        sa.UniqueConstraint("organisation_id", "year", name=op.f("uq_served_population_organisation_id_year")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "health_card",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("hospital_id", sa.CHAR(length=26), nullable=False),
        sa.Column("value_fen", sa.Integer(), nullable=False),
        sa.Column("balance_fen", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.CheckConstraint("balance_fen >= 0 AND balance_fen <= value_fen", name=op.f("ck_health_card_balance")),
        sa.CheckConstraint("until_on >= issued_on", name=op.f("ck_health_card_days")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_health_card_agreement_id")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_health_card_hospital_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_health_card_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_card")),
        sa.UniqueConstraint("number", name=op.f("uq_health_card_number")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("health_card") as batch_op:
        batch_op.create_index(batch_op.f("ix_health_card_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_health_card_organisation_id"), ["organisation_id"], unique=False)
    op.create_table(
        "card_holder",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("card_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("open_key", sa.CHAR(length=26), nullable=True),
        sa.CheckConstraint("open_key IS NULL OR open_key = resident_id", name=op.f("ck_card_holder_open_key")),
        sa.ForeignKeyConstraint(["card_id"], ["health_card.id"], name=op.f("fk_card_holder_card_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_card_holder_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_holder")),
        sa.UniqueConstraint("card_id", "resident_id", name=op.f("uq_card_holder_card_id_resident_id")),
        sa.UniqueConstraint("open_key", name=op.f("uq_card_holder_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("card_holder") as batch_op:
        batch_op.create_index(batch_op.f("ix_card_holder_resident_id"), ["resident_id"], unique=False)
    op.create_table(
        "card_entry",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("card_id", sa.CHAR(length=26), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("hospital_id", sa.CHAR(length=26), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("balance_fen", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=True),
        sa.Column("reverses_id", sa.CHAR(length=26), nullable=True),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_card_entry_reverses")),
        sa.CheckConstraint("kind IN ('issue', 'swipe', 'reversal')", name=op.f("ck_card_entry_kind")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_card_entry_amount")),
        sa.ForeignKeyConstraint(["card_id"], ["health_card.id"], name=op.f("fk_card_entry_card_id")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_card_entry_hospital_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_card_entry_organisation_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_card_entry_resident_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["card_entry.id"], name=op.f("fk_card_entry_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_entry")),
        sa.UniqueConstraint("hospital_id", "receipt", name=op.f("uq_card_entry_hospital_id_receipt")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_card_entry_reverses_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("card_entry") as batch_op:
        batch_op.create_index(batch_op.f("ix_card_entry_card_id_id"), ["card_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_card_entry_organisation_id_on_day"), ["organisation_id", "on_day"], unique=False
        )


def downgrade() -> None:
    """Undo; only possible while no package has a subsidy and no code stands in two catalogues."""
    op.drop_table("card_entry")
    op.drop_table("card_holder")
    op.drop_table("health_card")
    op.drop_table("served_population")
    op.drop_table("charge")
    op.drop_table("fee_line")
    op.drop_table("service_answer")
    with op.batch_alter_table("service_record") as batch_op:
        batch_op.drop_constraint(op.f("ck_service_record_participants"), type_="check")
        batch_op.drop_constraint(op.f("fk_service_record_reverses_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_service_record_entitlement_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_service_record_reverses_id"), type_="unique")
        batch_op.drop_index(op.f("ix_service_record_team_id_kind_served_on"))
        batch_op.drop_index(op.f("ix_service_record_entitlement_id"))
        for column in (
            "reverses_id",
            "photo",
            "note",
            "participants",
            "performer",
            "place",
            "detail",
            "entitlement_id",
        ):
            batch_op.drop_column(column)
    op.drop_table("entitlement")
    with op.batch_alter_table("package_item") as batch_op:
        batch_op.drop_constraint(op.f("ck_package_item_per"), type_="check")
        batch_op.drop_constraint(op.f("ck_package_item_price"), type_="check")
        for column in ("unit", "price_fen", "is_minimum", "kind", "per"):
            batch_op.drop_column(column)
    with op.batch_alter_table("service_package") as batch_op:
        for name in ("offered", "guidance_within_fund", "payers_positive", "payers_add_up"):
            batch_op.drop_constraint(op.f(f"ck_service_package_{name}"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_service_package_payers_add_up"), "price_fen = public_health_fen + insurance_fen + self_pay_fen"
        )
        batch_op.create_check_constraint(
            op.f("ck_service_package_payers_positive"),
            "public_health_fen >= 0 AND insurance_fen >= 0 AND self_pay_fen >= 0",
        )
        batch_op.drop_constraint(op.f("uq_service_package_region_code_version"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_service_package_code_version"), ["code", "version"])
        for column in ("offered_to", "offered_from", "accounts", "subsidy_fen", "guidance_fen", "for_groups", "tier"):
            batch_op.drop_column(column)
        batch_op.drop_column("region")
    with op.batch_alter_table("agreement") as batch_op:
        batch_op.drop_index(op.f("ix_agreement_status_ledger_until_on"))
        batch_op.drop_column("ledger_until_on")
    with op.batch_alter_table("resident") as batch_op:
        batch_op.drop_constraint(op.f("ck_resident_insurance"), type_="check")
        batch_op.drop_column("insurance_declared_at")
        batch_op.drop_column("insurance")
