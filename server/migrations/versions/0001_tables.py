"""All tables of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_event",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.CHAR(length=26), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_actor_id_at"), ["actor_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_object_id_at"), ["object_id", "at"], unique=False)

    op.create_table(
        "hospital",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.CheckConstraint("level IN (2, 3)", name=op.f("ck_hospital_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospital")),
        sa.UniqueConstraint("name", name=op.f("uq_hospital_name")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=True),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("is_ok", sa.Boolean(), nullable=True),
        sa.Column("handled", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job_id", "period", name=op.f("uq_job_run_job_id_period")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_run_job_id_started_at"), ["job_id", "started_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_run_started_at"), ["started_at"], unique=False)

    op.create_table(
        "job_state",
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("last_started_at", INSTANT, nullable=False),
        sa.Column("last_ended_at", INSTANT, nullable=True),
        sa.Column("last_ok_at", INSTANT, nullable=True),
        sa.Column("last_handled", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_state")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.CheckConstraint("epoch >= 0", name=op.f("ck_lease_epoch")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "resident",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document_type", sa.String(length=4), nullable=False),
        sa.Column("identity_number", sa.Text(), nullable=False),
        sa.Column("identity_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column("sex", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("real_name_state", sa.String(length=12), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "real_name_state IN ('unverified', 'verified', 'failed', 'staff_seen')",
            name=op.f("ck_resident_real_name_state"),
        ),
        sa.CheckConstraint("sex IN (0, 1, 2, 9)", name=op.f("ck_resident_sex")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
        sa.UniqueConstraint("identity_hash", name=op.f("uq_resident_identity_hash")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "service_package",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("population", sa.String(length=64), nullable=False),
        sa.Column("price_fen", sa.Integer(), nullable=False),
        sa.Column("public_health_fen", sa.Integer(), nullable=False),
        sa.Column("insurance_fen", sa.Integer(), nullable=False),
        sa.Column("self_pay_fen", sa.Integer(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "price_fen = public_health_fen + insurance_fen + self_pay_fen",
            name=op.f("ck_service_package_payers_add_up"),
        ),
        sa.CheckConstraint(
            "public_health_fen >= 0 AND insurance_fen >= 0 AND self_pay_fen >= 0",
            name=op.f("ck_service_package_payers_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_package")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_service_package_code_version")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "wechat_callback",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("dedupe_key", sa.String(length=190), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("receipt_ref", sa.String(length=64), nullable=True),
        sa.Column("receipt_code", sa.Integer(), nullable=True),
        sa.Column("is_matched", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_callback")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_wechat_callback_dedupe_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("wechat_callback", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_wechat_callback_is_matched_received_at"), ["is_matched", "received_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_wechat_callback_received_at"), ["received_at"], unique=False)

    op.create_table(
        "wechat_token",
        sa.Column("app", sa.String(length=20), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("refreshed_at", INSTANT, nullable=True),
        sa.Column("refresher", sa.String(length=64), nullable=True),
        sa.Column("refresh_until_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("app", name=op.f("pk_wechat_token")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "admin_login",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("locked_until_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_admin_login_failed_count")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_admin_login_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_login")),
        sa.UniqueConstraint("username", name=op.f("uq_admin_login_username")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("admin_login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_admin_login_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "package_item",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("package_id", sa.CHAR(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("times_per_year", sa.Integer(), nullable=False),
        sa.CheckConstraint("times_per_year >= 0", name=op.f("ck_package_item_times_per_year")),
        sa.ForeignKeyConstraint(["package_id"], ["service_package.id"], name=op.f("fk_package_item_package_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_item")),
        sa.UniqueConstraint("package_id", "position", name=op.f("uq_package_item_package_id_position")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "specialist",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("hospital_id", sa.CHAR(length=26), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_specialist_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specialist")),
        sa.UniqueConstraint(
            "hospital_id", "department", "name", name=op.f("uq_specialist_hospital_id_department_name")
        ),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("bind_code_hash", sa.CHAR(length=64), nullable=True),
        sa.Column("bind_code_expires_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_staff_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("bind_code_hash", name=op.f("uq_staff_bind_code_hash")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "team",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("organisation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("hours", sa.String(length=128), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("panel_cap", sa.Integer(), nullable=False),
        sa.Column("panel_count", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("panel_count >= 0 AND panel_count <= panel_cap", name=op.f("ck_team_panel_within_cap")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_team_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_team_organisation_id_name")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "agreement",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("package_id", sa.CHAR(length=26), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("open_key", sa.CHAR(length=26), nullable=True),
        sa.Column("active_key", sa.CHAR(length=26), nullable=True),
        sa.Column("predecessor_id", sa.CHAR(length=26), nullable=True),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.CHAR(length=26), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("notice_step", sa.Integer(), nullable=False),
        sa.Column("reject_code", sa.String(length=64), nullable=True),
        sa.Column("reject_note", sa.Text(), nullable=True),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("text_body", LONG_TEXT, nullable=False),
        sa.Column("text_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("consents", sa.JSON(), nullable=False),
        sa.Column("signature", LONG_TEXT, nullable=True),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("client_address", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(status = 'active') = (active_key IS NOT NULL)", name=op.f("ck_agreement_active_key")),
        sa.CheckConstraint(
            "(status IN ('pending_team', 'signed')) = (open_key IS NOT NULL)", name=op.f("ck_agreement_open_key")
        ),
        sa.CheckConstraint(
            "status NOT IN ('signed', 'active', 'expired', 'renewed') OR (start_on IS NOT NULL AND end_on IS NOT NULL)",
            name=op.f("ck_agreement_dated_when_signed"),
        ),
        sa.CheckConstraint(
            "active_key IS NULL OR active_key = resident_id", name=op.f("ck_agreement_active_key_is_resident")
        ),
        sa.CheckConstraint("end_on >= start_on", name=op.f("ck_agreement_ends_after_start")),
        sa.CheckConstraint(
            "open_key IS NULL OR open_key = resident_id", name=op.f("ck_agreement_open_key_is_resident")
        ),
        sa.ForeignKeyConstraint(["package_id"], ["service_package.id"], name=op.f("fk_agreement_package_id")),
        sa.ForeignKeyConstraint(["predecessor_id"], ["agreement.id"], name=op.f("fk_agreement_predecessor_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_agreement_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_agreement_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("active_key", name=op.f("uq_agreement_active_key")),
        sa.UniqueConstraint("number", name=op.f("uq_agreement_number")),
        sa.UniqueConstraint("open_key", name=op.f("uq_agreement_open_key")),
        sa.UniqueConstraint("predecessor_id", name=op.f("uq_agreement_predecessor_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agreement_resident_id_requested_at"), ["resident_id", "requested_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_agreement_status_answer_by_on"), ["status", "answer_by_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreement_status_end_on"), ["status", "end_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_agreement_status_notice_step_end_on"), ["status", "notice_step", "end_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_agreement_status_start_on"), ["status", "start_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_agreement_team_id_status_end_on"), ["team_id", "status", "end_on"], unique=False
        )

    op.create_table(
        "enrolment",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("programme", sa.String(length=16), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("open_key", sa.String(length=48), nullable=True),
        sa.CheckConstraint("(ended_on IS NULL) = (open_key IS NOT NULL)", name=op.f("ck_enrolment_open_key")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_enrolment_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_enrolment_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("open_key", name=op.f("uq_enrolment_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolment_team_id"), ["team_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("staff_id", sa.CHAR(length=26), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("lead_key", sa.CHAR(length=26), nullable=True),
        sa.CheckConstraint("lead_key IS NULL OR lead_key = team_id", name=op.f("ck_membership_lead_key")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_membership_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_membership_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("lead_key", name=op.f("uq_membership_lead_key")),
        sa.UniqueConstraint("team_id", "staff_id", name=op.f("uq_membership_team_id_staff_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "shift",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("specialist_id", sa.CHAR(length=26), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("share_pct", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_shift_capacity")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_ends_after_start")),
        sa.CheckConstraint("share_pct BETWEEN 0 AND 100", name=op.f("ck_shift_share_pct")),
        sa.ForeignKeyConstraint(["specialist_id"], ["specialist.id"], name=op.f("fk_shift_specialist_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
        sa.UniqueConstraint("specialist_id", "starts_at", name=op.f("uq_shift_specialist_id_starts_at")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "wechat_user",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("unionid", sa.String(length=64), nullable=True),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=True),
        sa.Column("staff_id", sa.CHAR(length=26), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_wechat_user_resident_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_wechat_user_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_user")),
        sa.UniqueConstraint("resident_id", name=op.f("uq_wechat_user_resident_id")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_wechat_user_staff_id")),
        sa.UniqueConstraint("unionid", name=op.f("uq_wechat_user_unionid")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "workbench_session",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("token_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("admin_id", sa.CHAR(length=26), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["admin_id"], ["admin_login.id"], name=op.f("fk_workbench_session_admin_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workbench_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_workbench_session_token_hash")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("workbench_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workbench_session_admin_id"), ["admin_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_workbench_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "agreement_event",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("subject_id", sa.CHAR(length=26), nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["agreement.id"], name=op.f("fk_agreement_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_event")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("agreement_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_event_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "conversation",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("user_id", sa.CHAR(length=26), nullable=False),
        sa.Column("open_key", sa.CHAR(length=26), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=True),
        sa.Column("staff_id", sa.CHAR(length=26), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("short_no", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_message_at", INSTANT, nullable=False),
        sa.Column("waiting_since_at", INSTANT, nullable=True),
        sa.CheckConstraint("(status = 'closed') = (open_key IS NULL)", name=op.f("ck_conversation_open_key")),
        sa.CheckConstraint(
            "status <> 'with_doctor' OR staff_id IS NOT NULL", name=op.f("ck_conversation_doctor_named")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_conversation_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_conversation_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["wechat_user.id"], name=op.f("fk_conversation_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("open_key", name=op.f("uq_conversation_open_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_staff_id_status"), ["staff_id", "status"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_conversation_status_last_message_at"), ["status", "last_message_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_conversation_team_id_status_is_urgent_waiting_since_at"),
            ["team_id", "status", "is_urgent", "waiting_since_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_conversation_user_id"), ["user_id"], unique=False)

    op.create_table(
        "followup",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("enrolment_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("programme", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("window_end_on", sa.Date(), nullable=False),
        sa.Column("remind_step", sa.Integer(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("entered_at", INSTANT, nullable=True),
        sa.Column("entered_by", sa.CHAR(length=26), nullable=True),
        sa.Column("method", sa.String(length=12), nullable=True),
        sa.Column("outcome_class", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.CheckConstraint("status <> 'done' OR visited_on IS NOT NULL", name=op.f("ck_followup_visited_when_done")),
        sa.CheckConstraint("window_end_on >= due_on", name=op.f("ck_followup_window")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_followup_enrolment_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_followup_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_followup_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup")),
        sa.UniqueConstraint("enrolment_id", "due_on", name=op.f("uq_followup_enrolment_id_due_on")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_resident_id_due_on"), ["resident_id", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_followup_status_due_on"), ["status", "due_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_followup_status_remind_step_due_on"), ["status", "remind_step", "due_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_followup_status_window_end_on"), ["status", "window_end_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_followup_team_id_status_due_on"), ["team_id", "status", "due_on"], unique=False
        )

    op.create_table(
        "login_token",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("token_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("user_id", sa.CHAR(length=26), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["wechat_user.id"], name=op.f("fk_login_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_token_token_hash")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("login_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_token_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("user_id", sa.CHAR(length=26), nullable=True),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=True),
        sa.Column("team_id", sa.CHAR(length=26), nullable=True),
        sa.Column("subject_id", sa.CHAR(length=26), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("lease_until_at", INSTANT, nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=True),
        sa.Column("tried_channels", sa.JSON(), nullable=False),
        sa.Column("provider_ref", sa.String(length=64), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "status <> 'sending' OR lease_until_at IS NOT NULL", name=op.f("ck_notification_sending_has_lease")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_notification_attempts")),
        sa.CheckConstraint(
            "user_id IS NOT NULL OR resident_id IS NOT NULL", name=op.f("ck_notification_has_recipient")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_notification_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_notification_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["wechat_user.id"], name=op.f("fk_notification_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notification_dedupe_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notification_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notification_provider_ref"), ["provider_ref"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_notification_resident_id_created_at"), ["resident_id", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_notification_status_lease_until_at"), ["status", "lease_until_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_notification_status_next_attempt_at"), ["status", "next_attempt_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_notification_status_sent_at"), ["status", "sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notification_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notification_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notification_user_id_created_at"), ["user_id", "created_at"], unique=False)

    op.create_table(
        "privacy_consent",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("user_id", sa.CHAR(length=26), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["wechat_user.id"], name=op.f("fk_privacy_consent_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_consent")),
        sa.UniqueConstraint("user_id", "document", "version", name=op.f("uq_privacy_consent_user_id_document_version")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "push_consent",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("user_id", sa.CHAR(length=26), nullable=False),
        sa.Column("template", sa.String(length=32), nullable=False),
        sa.Column("one_time_left", sa.Integer(), nullable=False),
        sa.Column("is_long_term", sa.Boolean(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint("one_time_left >= 0", name=op.f("ck_push_consent_one_time_left")),
        sa.ForeignKeyConstraint(["user_id"], ["wechat_user.id"], name=op.f("fk_push_consent_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_consent")),
        sa.UniqueConstraint("user_id", "template", name=op.f("uq_push_consent_user_id_template")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "service_record",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=True),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("staff_id", sa.CHAR(length=26), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("source_key", sa.String(length=64), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_service_record_agreement_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_service_record_resident_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_service_record_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_service_record_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_record")),
        sa.UniqueConstraint("source_key", name=op.f("uq_service_record_source_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("service_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_record_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_service_record_resident_id_served_on"), ["resident_id", "served_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_service_record_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_record_team_id_served_on"), ["team_id", "served_on"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("shift_id", sa.CHAR(length=26), nullable=False),
        sa.Column("hospital_id", sa.CHAR(length=26), nullable=False),
        sa.Column("pool", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("release_at", INSTANT, nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_slot_capacity")),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_slot_taken_within_capacity")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_slot_hospital_id")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_slot_shift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("shift_id", "pool", name=op.f("uq_slot_shift_id_pool")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_slot_hospital_id_pool_status_starts_at"),
            ["hospital_id", "pool", "status", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_slot_pool_status_release_at"), ["pool", "status", "release_at"], unique=False
        )

    op.create_table(
        "wechat_account",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("app", sa.String(length=20), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.CHAR(length=26), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.Column("window_until_at", INSTANT, nullable=True),
        sa.Column("window_left", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("app IN ('miniprogram', 'service_account')", name=op.f("ck_wechat_account_app")),
        sa.CheckConstraint("window_left >= 0", name=op.f("ck_wechat_account_window_left")),
        sa.ForeignKeyConstraint(["user_id"], ["wechat_user.id"], name=op.f("fk_wechat_account_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_account")),
        sa.UniqueConstraint("app", "openid", name=op.f("uq_wechat_account_app_openid")),
        sa.UniqueConstraint("app", "user_id", name=op.f("uq_wechat_account_app_user_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("wechat_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wechat_account_user_id"), ["user_id"], unique=False)

    op.create_table(
        "appointment",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("slot_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("agreement_id", sa.CHAR(length=26), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("active_key", sa.String(length=53), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("number_key", sa.String(length=40), nullable=True),
        sa.Column("booked_at", INSTANT, nullable=False),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.CheckConstraint("(status = 'cancelled') = (active_key IS NULL)", name=op.f("ck_appointment_active_key")),
        sa.CheckConstraint("(status = 'cancelled') = (number_key IS NULL)", name=op.f("ck_appointment_number_key")),
        sa.CheckConstraint("number > 0", name=op.f("ck_appointment_number")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_appointment_agreement_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_appointment_resident_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_appointment_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("active_key", name=op.f("uq_appointment_active_key")),
        sa.UniqueConstraint("number_key", name=op.f("uq_appointment_number_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appointment_resident_id_status"), ["resident_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_appointment_slot_id_status"), ["slot_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_appointment_status_slot_id"), ["status", "slot_id"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("notification_id", sa.CHAR(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("errcode", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["notification_id"], ["notification.id"], name=op.f("fk_attempt_notification_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("notification_id", "number", name=op.f("uq_attempt_notification_id_number")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "conversation_event",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("subject_id", sa.CHAR(length=26), nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["conversation.id"], name=op.f("fk_conversation_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_event")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("conversation_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_event_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "followup_event",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("subject_id", sa.CHAR(length=26), nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["followup.id"], name=op.f("fk_followup_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup_event")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("followup_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_event_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("conversation_id", sa.CHAR(length=26), nullable=False),
        sa.Column("sender", sa.String(length=12), nullable=False),
        sa.Column("staff_id", sa.CHAR(length=26), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("client_key", sa.String(length=120), nullable=True),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("sender IN ('resident', 'bot', 'doctor', 'system')", name=op.f("ck_message_sender")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_message_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("client_key", name=op.f("uq_message_client_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_conversation_id_id"), ["conversation_id", "id"], unique=False)

    op.create_table(
        "phone_task",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("notification_id", sa.CHAR(length=26), nullable=False),
        sa.Column("team_id", sa.CHAR(length=26), nullable=False),
        sa.Column("resident_id", sa.CHAR(length=26), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("done_by", sa.CHAR(length=26), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name=op.f("ck_phone_task_done_at")),
        sa.CheckConstraint("status IN ('open', 'done')", name=op.f("ck_phone_task_status")),
        sa.ForeignKeyConstraint(["notification_id"], ["notification.id"], name=op.f("fk_phone_task_notification_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_phone_task_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_phone_task_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_task")),
        sa.UniqueConstraint("notification_id", name=op.f("uq_phone_task_notification_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("phone_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_task_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_phone_task_team_id_status_created_at"), ["team_id", "status", "created_at"], unique=False
        )

    op.create_table(
        "appointment_event",
        sa.Column("id", sa.CHAR(length=26), nullable=False),
        sa.Column("subject_id", sa.CHAR(length=26), nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["appointment.id"], name=op.f("fk_appointment_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_event")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("appointment_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appointment_event_subject_id"), ["subject_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("appointment_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appointment_event_subject_id"))

    op.drop_table("appointment_event")
    with op.batch_alter_table("phone_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_task_team_id_status_created_at"))
        batch_op.drop_index(batch_op.f("ix_phone_task_resident_id"))

    op.drop_table("phone_task")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_conversation_id_id"))

    op.drop_table("message")
    with op.batch_alter_table("followup_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_followup_event_subject_id"))

    op.drop_table("followup_event")
    with op.batch_alter_table("conversation_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_event_subject_id"))

    op.drop_table("conversation_event")
    op.drop_table("attempt")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appointment_status_slot_id"))
        batch_op.drop_index(batch_op.f("ix_appointment_slot_id_status"))
        batch_op.drop_index(batch_op.f("ix_appointment_resident_id_status"))

    op.drop_table("appointment")
    with op.batch_alter_table("wechat_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wechat_account_user_id"))

    op.drop_table("wechat_account")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_pool_status_release_at"))
        batch_op.drop_index(batch_op.f("ix_slot_hospital_id_pool_status_starts_at"))

    op.drop_table("slot")
    with op.batch_alter_table("service_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_record_team_id_served_on"))
        batch_op.drop_index(batch_op.f("ix_service_record_staff_id"))
        batch_op.drop_index(batch_op.f("ix_service_record_resident_id_served_on"))
        batch_op.drop_index(batch_op.f("ix_service_record_agreement_id"))

    op.drop_table("service_record")
    op.drop_table("push_consent")
    op.drop_table("privacy_consent")
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notification_user_id_created_at"))
        batch_op.drop_index(batch_op.f("ix_notification_team_id"))
        batch_op.drop_index(batch_op.f("ix_notification_subject_id"))
        batch_op.drop_index(batch_op.f("ix_notification_status_sent_at"))
        batch_op.drop_index(batch_op.f("ix_notification_status_next_attempt_at"))
        batch_op.drop_index(batch_op.f("ix_notification_status_lease_until_at"))
        batch_op.drop_index(batch_op.f("ix_notification_resident_id_created_at"))
        batch_op.drop_index(batch_op.f("ix_notification_provider_ref"))
        batch_op.drop_index(batch_op.f("ix_notification_created_at"))

    op.drop_table("notification")
    with op.batch_alter_table("login_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_token_user_id"))
        batch_op.drop_index(batch_op.f("ix_login_token_expires_at"))

    op.drop_table("login_token")
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_followup_team_id_status_due_on"))
        batch_op.drop_index(batch_op.f("ix_followup_status_window_end_on"))
        batch_op.drop_index(batch_op.f("ix_followup_status_remind_step_due_on"))
        batch_op.drop_index(batch_op.f("ix_followup_status_due_on"))
        batch_op.drop_index(batch_op.f("ix_followup_resident_id_due_on"))

    op.drop_table("followup")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_user_id"))
        batch_op.drop_index(batch_op.f("ix_conversation_team_id_status_is_urgent_waiting_since_at"))
        batch_op.drop_index(batch_op.f("ix_conversation_status_last_message_at"))
        batch_op.drop_index(batch_op.f("ix_conversation_staff_id_status"))

    op.drop_table("conversation")
    with op.batch_alter_table("agreement_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreement_event_subject_id"))

    op.drop_table("agreement_event")
    with op.batch_alter_table("workbench_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workbench_session_expires_at"))
        batch_op.drop_index(batch_op.f("ix_workbench_session_admin_id"))

    op.drop_table("workbench_session")
    op.drop_table("wechat_user")
    op.drop_table("shift")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_staff_id"))

    op.drop_table("membership")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_team_id"))
        batch_op.drop_index(batch_op.f("ix_enrolment_resident_id"))

    op.drop_table("enrolment")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreement_team_id_status_end_on"))
        batch_op.drop_index(batch_op.f("ix_agreement_status_start_on"))
        batch_op.drop_index(batch_op.f("ix_agreement_status_notice_step_end_on"))
        batch_op.drop_index(batch_op.f("ix_agreement_status_end_on"))
        batch_op.drop_index(batch_op.f("ix_agreement_status_answer_by_on"))
        batch_op.drop_index(batch_op.f("ix_agreement_resident_id_requested_at"))

    op.drop_table("agreement")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_organisation_id"))

    op.drop_table("team")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_organisation_id"))

    op.drop_table("staff")
    op.drop_table("specialist")
    op.drop_table("package_item")
    with op.batch_alter_table("admin_login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_admin_login_organisation_id"))

    op.drop_table("admin_login")
    op.drop_table("wechat_token")
    with op.batch_alter_table("wechat_callback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wechat_callback_received_at"))
        batch_op.drop_index(batch_op.f("ix_wechat_callback_is_matched_received_at"))

    op.drop_table("wechat_callback")
    op.drop_table("service_package")
    op.drop_table("resident")
    op.drop_table("organisation")
    op.drop_table("lease")
    op.drop_table("job_state")
    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_run_started_at"))
        batch_op.drop_index(batch_op.f("ix_job_run_job_id_started_at"))

    op.drop_table("job_run")
    op.drop_table("hospital")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_object_id_at"))
        batch_op.drop_index(batch_op.f("ix_audit_event_at"))
        batch_op.drop_index(batch_op.f("ix_audit_event_actor_id_at"))

    op.drop_table("audit_event")
