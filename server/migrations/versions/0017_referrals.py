"""Referrals up and down, what hospitals say of discharges, and whom to ask for at a hospital."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}

STATUS = (
    "status IN ('draft', 'submitted', 'escalated', 'accepted', 'rejected', 'expired', 'arrived', 'not_attended', 'seen',"
    " 'admitted', 'discharged', 'down_sent', 'down_accepted', 'closed', 'terminated')"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "referral_desk",
        sa.Column("id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("green_name", sa.String(length=64), nullable=False),
        sa.Column("green_phone", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_referral_desk_hospital_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_referral_desk_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_desk")),
        sa.UniqueConstraint("hospital_id", name=op.f("uq_referral_desk_hospital_id")),
        **TABLE,
    )
    op.create_index(op.f("ix_referral_desk_organisation_id"), "referral_desk", ["organisation_id"])
    op.create_table(
        "referral",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("open_key", sa.String(length=53), nullable=True),
        sa.Column("client_key", sa.String(length=80), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=True),
        sa.Column("hospital_name", sa.String(length=128), nullable=False),
        sa.Column("department_id", ID, nullable=True),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("summary", LONG_TEXT, nullable=False),
        sa.Column("in_combination", sa.Boolean(), nullable=False),
        sa.Column("outside_reason", sa.Text(), nullable=True),
        sa.Column("consent_method", sa.String(length=12), nullable=True),
        sa.Column("consent_at", INSTANT, nullable=True),
        sa.Column("consent_by", sa.String(length=64), nullable=True),
        sa.Column("consent_text_sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("consent_evidence", LONG_TEXT, nullable=True),
        sa.Column("appointment_id", ID, nullable=True),
        sa.Column("bed", sa.String(length=64), nullable=True),
        sa.Column("bed_on", sa.Date(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("reject_code", sa.String(length=64), nullable=True),
        sa.Column("reject_note", sa.Text(), nullable=True),
        sa.Column("referred_by_team", sa.Boolean(), nullable=False),
        sa.Column("meets_standard", sa.Boolean(), nullable=False),
        sa.Column("admitted_at", INSTANT, nullable=True),
        sa.Column("retro_due_at", INSTANT, nullable=True),
        sa.Column("retro_registered_at", INSTANT, nullable=True),
        sa.Column("retro_in_time", sa.Boolean(), nullable=True),
        sa.Column("retro_diagnosis", sa.Text(), nullable=True),
        sa.Column("retro_caller", sa.Text(), nullable=True),
        sa.Column("down_reason_code", sa.String(length=64), nullable=True),
        sa.Column("down_summary", LONG_TEXT, nullable=True),
        sa.Column("followup_id", ID, nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('draft', 'submitted', 'escalated', 'accepted')) = (open_key IS NOT NULL)",
            name=op.f("ck_referral_open_key"),
        ),
        sa.CheckConstraint("direction IN ('up', 'down')", name=op.f("ck_referral_direction")),
        sa.CheckConstraint("status <> 'rejected' OR reject_code IS NOT NULL", name=op.f("ck_referral_reject_code")),
        sa.CheckConstraint(
            STATUS,
            name=op.f("ck_referral_status"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'terminated') OR direction = 'down' OR NOT referred_by_team OR consent_at IS NOT NULL",
            name=op.f("ck_referral_consent"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'not_attended') OR appointment_id IS NOT NULL OR bed IS NOT NULL",
            name=op.f("ck_referral_place"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('down_sent', 'down_accepted', 'closed') OR down_reason_code IS NOT NULL",
            name=op.f("ck_referral_down_reason"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('submitted', 'escalated') OR (due_at IS NOT NULL AND expires_at IS NOT NULL)",
            name=op.f("ck_referral_due"),
        ),
        sa.CheckConstraint("(consent_at IS NULL) = (consent_method IS NULL)", name=op.f("ck_referral_consent_method")),
        sa.CheckConstraint(
            "(retro_in_time IS NULL) = (retro_due_at IS NULL OR retro_registered_at IS NULL)",
            name=op.f("ck_referral_retro_judged"),
        ),
        sa.CheckConstraint(
            "retro_in_time IS NULL OR (retro_in_time = (retro_registered_at <= retro_due_at))",
            name=op.f("ck_referral_retro_in_time"),
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_referral_agreement_id")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_referral_appointment_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_referral_department_id")),
        sa.ForeignKeyConstraint(["followup_id"], ["followup.id"], name=op.f("fk_referral_followup_id")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_referral_hospital_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_referral_resident_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_referral_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_referral_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("client_key", name=op.f("uq_referral_client_key")),
        sa.UniqueConstraint("number", name=op.f("uq_referral_number")),
        sa.UniqueConstraint("open_key", name=op.f("uq_referral_open_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_referral_followup_id"), "referral", ["followup_id"])
    op.create_index(
        op.f("ix_referral_hospital_id_status_due_at_id"), "referral", ["hospital_id", "status", "due_at", "id"]
    )
    op.create_index(op.f("ix_referral_resident_id_id"), "referral", ["resident_id", "id"])
    op.create_index(op.f("ix_referral_status_due_at"), "referral", ["status", "due_at"])
    op.create_index(op.f("ix_referral_status_expires_at"), "referral", ["status", "expires_at"])
    op.create_index(op.f("ix_referral_team_id_counted_on"), "referral", ["team_id", "counted_on"])
    op.create_index(op.f("ix_referral_team_id_status_due_at_id"), "referral", ["team_id", "status", "due_at", "id"])
    op.create_table(
        "discharge",
        sa.Column("id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("message_key", sa.String(length=96), nullable=False),
        sa.Column("body_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("referral_id", ID, nullable=True),
        sa.Column("followup_id", ID, nullable=False),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("discharged_on", sa.Date(), nullable=False),
        sa.Column("diagnosis", LONG_TEXT, nullable=False),
        sa.Column("drugs", LONG_TEXT, nullable=False),
        sa.Column("needs", LONG_TEXT, nullable=False),
        sa.Column("next_clinic_on", sa.Date(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("contact_by_on", sa.Date(), nullable=False),
        sa.Column("contacted_at", INSTANT, nullable=True),
        sa.Column("contacted_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("source IN ('machine', 'desk')", name=op.f("ck_discharge_source")),
        sa.CheckConstraint("(contacted_at IS NULL) = (contacted_by IS NULL)", name=op.f("ck_discharge_contacted")),
        sa.CheckConstraint("contact_by_on >= discharged_on", name=op.f("ck_discharge_contact_by")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_discharge_agreement_id")),
        sa.ForeignKeyConstraint(["followup_id"], ["followup.id"], name=op.f("fk_discharge_followup_id")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_discharge_hospital_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_discharge_referral_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_discharge_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_discharge_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discharge")),
        sa.UniqueConstraint("followup_id", name=op.f("uq_discharge_followup_id")),
        sa.UniqueConstraint("message_key", name=op.f("uq_discharge_message_key")),
        **TABLE,
    )
    op.create_index(op.f("ix_discharge_referral_id"), "discharge", ["referral_id"])
    op.create_index(op.f("ix_discharge_resident_id_discharged_on"), "discharge", ["resident_id", "discharged_on"])
    op.create_index(
        op.f("ix_discharge_team_id_contacted_at_contact_by_on"),
        "discharge",
        ["team_id", "contacted_at", "contact_by_on"],
    )
    op.create_table(
        "referral_event",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["referral.id"], name=op.f("fk_referral_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_event")),
        **TABLE,
    )
    op.create_index(op.f("ix_referral_event_subject_id"), "referral_event", ["subject_id"])


def downgrade() -> None:
    """Take back."""
    for name in ("referral_event", "discharge", "referral", "referral_desk"):
        op.drop_table(name)
