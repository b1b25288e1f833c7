"""Informed notices, worklists of unsigned people, functional communities, campaigns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """Apply."""
    _lists()
    _communities()
    _campaigns()
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("community_id", ID, nullable=True))
        batch_op.create_foreign_key(op.f("fk_agreement_community_id"), "community", ["community_id"], ["id"])
        batch_op.create_index(op.f("ix_agreement_community_id"), ["community_id"])


def _lists() -> None:
    op.create_table(
        "worklist_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("last_resident_id", ID, nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklist_run")),
        sa.UniqueConstraint("month", name=op.f("uq_worklist_run_month")),
        **TABLE,
    )
    op.create_table(
        "unsigned_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("area_id", ID, nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("live_key", ID, nullable=True),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("contacted_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(status IN ('open', 'contacted', 'noticed', 'explained')) = (live_key IS NOT NULL)",
            name=op.f("ck_unsigned_entry_live_key"),
        ),
        sa.CheckConstraint(
            "live_key IS NULL OR live_key = resident_id", name=op.f("ck_unsigned_entry_live_key_is_resident")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_unsigned_entry_area_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_unsigned_entry_organisation_id")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_unsigned_entry_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_unsigned_entry_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsigned_entry")),
        sa.UniqueConstraint("live_key", name=op.f("uq_unsigned_entry_live_key")),
        sa.UniqueConstraint("resident_id", "month", name=op.f("uq_unsigned_entry_resident_id_month")),
        **TABLE,
    )
    with op.batch_alter_table("unsigned_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unsigned_entry_area_id"), ["area_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_unsigned_entry_organisation_id_month_status_priority_id"),
            ["organisation_id", "month", "status", "priority", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_unsigned_entry_team_id_status_priority_id"),
            ["team_id", "status", "priority", "id"],
            unique=False,
        )
    op.create_table(
        "unsigned_entry_event",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["unsigned_entry.id"], name=op.f("fk_unsigned_entry_event_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsigned_entry_event")),
        **TABLE,
    )
    with op.batch_alter_table("unsigned_entry_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unsigned_entry_event_subject_id"), ["subject_id"], unique=False)
    op.create_table(
        "informed_notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("text_version", sa.String(length=64), nullable=False),
        sa.Column("text_body", LONG_TEXT, nullable=False),
        sa.Column("text_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("signer", sa.String(length=12), nullable=False),
        sa.Column("signature", LONG_TEXT, nullable=False),
        sa.Column("witness_name", sa.Text(), nullable=True),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("client_address", sa.String(length=64), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(signer = 'witness') = (witness_name IS NOT NULL)", name=op.f("ck_informed_notice_witness_named")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (open_key IS NOT NULL)", name=op.f("ck_informed_notice_open_key")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_informed_notice_organisation_id")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_informed_notice_resident_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_informed_notice_staff_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_informed_notice_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_informed_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_informed_notice_number")),
        sa.UniqueConstraint("open_key", name=op.f("uq_informed_notice_open_key")),
        **TABLE,
    )
    with op.batch_alter_table("informed_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_informed_notice_organisation_id_signed_at_id"),
            ["organisation_id", "signed_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_informed_notice_resident_id_signed_at"), ["resident_id", "signed_at"], unique=False
        )
    op.create_table(
        "unsigned_reason",
        sa.Column("id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("notice_id", ID, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (open_key IS NOT NULL)", name=op.f("ck_unsigned_reason_open_key")),
        sa.ForeignKeyConstraint(["notice_id"], ["informed_notice.id"], name=op.f("fk_unsigned_reason_notice_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_unsigned_reason_organisation_id")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_unsigned_reason_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_unsigned_reason_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsigned_reason")),
        sa.UniqueConstraint("open_key", name=op.f("uq_unsigned_reason_open_key")),
        **TABLE,
    )
    with op.batch_alter_table("unsigned_reason", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unsigned_reason_organisation_id_ended_at_code"),
            ["organisation_id", "ended_at", "code"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_unsigned_reason_resident_id_recorded_at"), ["resident_id", "recorded_at"], unique=False
        )


def _communities() -> None:
    op.create_table(
        "community",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("area_id", ID, nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_community_area_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_community_organisation_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_community_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_community_organisation_id_name")),
        **TABLE,
    )
    with op.batch_alter_table("community", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_community_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_community_team_id"), ["team_id"], unique=False)
    op.create_table(
        "community_member",
        sa.Column("id", ID, nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document_type", sa.String(length=4), nullable=False),
        sa.Column("identity_number", sa.Text(), nullable=False),
        sa.Column("identity_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("agreement_id", ID, nullable=True),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(answer = 'joined') = (agreement_id IS NOT NULL)", name=op.f("ck_community_member_joined_by_agreement")
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_community_member_agreement_id")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_community_member_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_member")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_community_member_agreement_id")),
        sa.UniqueConstraint(
            "community_id", "identity_hash", name=op.f("uq_community_member_community_id_identity_hash")
        ),
        **TABLE,
    )
    with op.batch_alter_table("community_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_community_member_community_id_answer"), ["community_id", "answer"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_community_member_identity_hash"), ["identity_hash"], unique=False)
    op.create_table(
        "frame_agreement",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("open_key", ID, nullable=True),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("text_version", sa.String(length=64), nullable=False),
        sa.Column("text_body", LONG_TEXT, nullable=False),
        sa.Column("text_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("signer_title", sa.String(length=64), nullable=False),
        sa.Column("signature", LONG_TEXT, nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(status = 'active') = (open_key IS NOT NULL)", name=op.f("ck_frame_agreement_open_key")),
        sa.CheckConstraint("end_on >= start_on", name=op.f("ck_frame_agreement_ends_after_start")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_frame_agreement_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_agreement")),
        sa.UniqueConstraint("number", name=op.f("uq_frame_agreement_number")),
        sa.UniqueConstraint("open_key", name=op.f("uq_frame_agreement_open_key")),
        **TABLE,
    )
    with op.batch_alter_table("frame_agreement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_frame_agreement_community_id_start_on"), ["community_id", "start_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_frame_agreement_status_end_on"), ["status", "end_on"], unique=False)
    op.create_table(
        "frame_agreement_event",
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("old", sa.String(length=24), nullable=False),
        sa.Column("new", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["frame_agreement.id"], name=op.f("fk_frame_agreement_event_subject_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_agreement_event")),
        **TABLE,
    )
    with op.batch_alter_table("frame_agreement_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_frame_agreement_event_subject_id"), ["subject_id"], unique=False)


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("group_codes", sa.JSON(), nullable=False),
        sa.Column("area_id", ID, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        sa.Column("target_pct", sa.Integer(), nullable=False),
        sa.Column("last_resident_id", ID, nullable=False),
        sa.Column("filled_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_campaign_area_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_campaign_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_campaign_organisation_id_name")),
        **TABLE,
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_filled_at"), ["filled_at"], unique=False)
    op.create_table(
        "campaign_phase",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_campaign_phase_ends_after_start")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_phase_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_phase")),
        sa.UniqueConstraint("campaign_id", "starts_on", name=op.f("uq_campaign_phase_campaign_id_starts_on")),
        **TABLE,
    )
    op.create_table(
        "campaign_target",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_target_campaign_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_campaign_target_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_target")),
        sa.UniqueConstraint("campaign_id", "resident_id", name=op.f("uq_campaign_target_campaign_id_resident_id")),
        **TABLE,
    )
    with op.batch_alter_table("campaign_target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_target_resident_id"), ["resident_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_agreement_community_id"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_agreement_community_id"))
        batch_op.drop_column("community_id")
    for name in (
        "campaign_target",
        "campaign_phase",
        "campaign",
        "frame_agreement_event",
        "frame_agreement",
        "community_member",
        "community",
        "unsigned_reason",
        "informed_notice",
        "unsigned_entry_event",
        "unsigned_entry",
        "worklist_run",
    ):
        op.drop_table(name)
