"""Numbers: departments, both pools of a slot in one row, holds, and an account of every place given back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from server.ids import new_id

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
ID = sa.CHAR(length=26)
TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
KIND = "kind IN ('GENERAL', 'SPECIALIST', 'EXPERT', 'EXAM', 'BED')"
STATUS = "status IN ('open', 'suspended')"
NO_PLACE = "status IN ('cancelled', 'expired', 'suspended')"
FD_SHARE = "fd_places BETWEEN 0 AND capacity AND (capacity = 1 OR fd_places * 100 >= capacity * share_pct)"


def upgrade() -> None:
    """Apply. The two rows that a shift's pools had become one; bookings stay with it."""
    _hospitals()
    _shifts()
    _slots()
    _appointments()
    op.create_table(
        "freed_place",
        sa.Column("id", ID, nullable=False),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("pool", sa.String(length=16), nullable=False),
        sa.Column("freed_at", INSTANT, nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(length=128), nullable=False),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name=op.f("ck_freed_place_settled")),
        sa.CheckConstraint(
            "outcome IN ('offered', 'rebooked', 'public', 'expired')", name=op.f("ck_freed_place_outcome")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_freed_place_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed_place")),
        **TABLE,
    )
    op.create_index(op.f("ix_freed_place_settled_at_freed_at"), "freed_place", ["settled_at", "freed_at"])
    op.create_index(op.f("ix_freed_place_slot_id_pool"), "freed_place", ["slot_id", "pool"])


def _hospitals() -> None:
    with op.batch_alter_table("hospital", schema=None) as batch_op:
        batch_op.add_column(sa.Column("referral_phone", sa.String(length=32), nullable=False, server_default=""))
        for name in ("must_confirm", "checks_in"):
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "department",
        sa.Column("id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("floor", sa.String(length=64), nullable=False),
        sa.Column("bring", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_department_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("hospital_id", "name", name=op.f("uq_department_hospital_id_name")),
        **TABLE,
    )
    with op.batch_alter_table("specialist", schema=None) as batch_op:
        batch_op.add_column(sa.Column("department_id", ID, nullable=True))
    connection = op.get_bind()
    for hospital_id, name in connection.execute(
        sa.text("SELECT DISTINCT hospital_id, department FROM specialist")
    ).all():
        made = {"id": new_id(), "hospital": hospital_id, "name": name}
        connection.execute(sa.text("INSERT INTO department VALUES (:id, :hospital, :name, '', '')"), made)
        found = "UPDATE specialist SET department_id = :id WHERE hospital_id = :hospital AND department = :name"
        connection.execute(sa.text(found), made)
    with op.batch_alter_table("specialist", schema=None) as batch_op:
        # first: the key that goes is what MySQL's foreign key to the hospital stands on
        batch_op.create_index(op.f("ix_specialist_hospital_id"), ["hospital_id"])
        batch_op.drop_constraint(op.f("uq_specialist_hospital_id_department_name"), type_="unique")
        batch_op.drop_column("department")
        batch_op.alter_column("department_id", existing_type=ID, nullable=False)
        batch_op.create_unique_constraint(op.f("uq_specialist_department_id_name"), ["department_id", "name"])
        batch_op.create_foreign_key(op.f("fk_specialist_department_id"), "department", ["department_id"], ["id"])


def _shifts() -> None:
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hospital_id", ID, nullable=True))
        batch_op.add_column(sa.Column("department_id", ID, nullable=True))
        batch_op.add_column(sa.Column("kind", sa.String(length=12), nullable=False, server_default="EXPERT"))
        batch_op.add_column(sa.Column("label", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("status", sa.String(length=12), nullable=False, server_default="open"))
        batch_op.add_column(sa.Column("fd_places", sa.Integer(), nullable=False, server_default="0"))
        batch_op.alter_column("specialist_id", existing_type=ID, nullable=True)
    op.execute(
        "UPDATE shift SET hospital_id = (SELECT hospital_id FROM specialist WHERE specialist.id = shift.specialist_id),"
        " department_id = (SELECT department_id FROM specialist WHERE specialist.id = shift.specialist_id)"
    )
    op.execute("UPDATE shift SET fd_places = (capacity * share_pct + 99 - MOD(capacity * share_pct + 99, 100)) / 100")
    op.execute("UPDATE shift SET fd_places = 0 WHERE capacity = 1")
    with op.batch_alter_table("shift", schema=None) as batch_op:
        for column, parent in (("hospital_id", "hospital"), ("department_id", "department")):
            batch_op.alter_column(column, existing_type=ID, nullable=False)
            batch_op.create_foreign_key(op.f(f"fk_shift_{column}"), parent, [column], ["id"])
            batch_op.create_index(op.f(f"ix_shift_{column}_starts_at"), [column, "starts_at"])
        batch_op.create_check_constraint(op.f("ck_shift_fd_share"), FD_SHARE)
        batch_op.create_check_constraint(op.f("ck_shift_kind"), KIND)
        batch_op.create_check_constraint(op.f("ck_shift_status"), STATUS)


def _slots() -> None:
    """Both pools into the family doctors' row, or into the only one there is."""
    op.create_table(
        "slot_new",
        sa.Column("id", ID, nullable=False),
        sa.Column("shift_id", ID, nullable=False),
        sa.Column("hospital_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in (
                "capacity",
                "fd_capacity",
                "fd_taken",
                "public_capacity",
                "public_taken",
                "other_capacity",
                "given_over",
            )
        ),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("release_at", INSTANT, nullable=False),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "fd_capacity + public_capacity + other_capacity = capacity", name=op.f("ck_slot_pools_add_up")
        ),
        sa.CheckConstraint("fd_taken >= 0 AND fd_taken <= fd_capacity", name=op.f("ck_slot_fd_within_capacity")),
        sa.CheckConstraint(
            "public_taken >= 0 AND public_taken <= public_capacity", name=op.f("ck_slot_public_within_capacity")
        ),
        sa.CheckConstraint("other_capacity >= 0 AND given_over >= 0", name=op.f("ck_slot_counts")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slot_ends_after_start")),
        sa.CheckConstraint(KIND, name=op.f("ck_slot_kind")),
        sa.CheckConstraint(STATUS, name=op.f("ck_slot_status")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name="fk_slot_of_shift"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_slot_of_hospital"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_slot_of_department"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("shift_id", "starts_at", name=op.f("uq_slot_shift_id_starts_at")),
        **TABLE,
    )
    op.execute(
        "INSERT INTO slot_new (id, shift_id, hospital_id, department_id, kind, status, capacity, fd_capacity, fd_taken,"
        " public_capacity, public_taken, other_capacity, given_over, starts_at, ends_at, release_at, released_at)"
        " SELECT s.id, s.shift_id, s.hospital_id, h.department_id, 'EXPERT',"
        " CASE WHEN s.status = 'suspended' THEN 'suspended' ELSE 'open' END,"
        " s.capacity + COALESCE(p.capacity, 0), s.capacity, s.taken, COALESCE(p.capacity, 0), COALESCE(p.taken, 0), 0,"
        " CASE WHEN s.status = 'released' AND h.fd_places > s.capacity THEN h.fd_places - s.capacity ELSE 0 END,"
        " s.starts_at, h.ends_at, s.release_at, CASE WHEN s.status = 'released' THEN s.release_at END"
        " FROM slot s JOIN shift h ON h.id = s.shift_id"
        " LEFT JOIN slot p ON p.shift_id = s.shift_id AND p.pool = 'public' WHERE s.pool = 'family_doctor'"
    )
    op.execute(
        "INSERT INTO slot_new (id, shift_id, hospital_id, department_id, kind, status, capacity, fd_capacity, fd_taken,"
        " public_capacity, public_taken, other_capacity, given_over, starts_at, ends_at, release_at, released_at)"
        " SELECT s.id, s.shift_id, s.hospital_id, h.department_id, 'EXPERT',"
        " CASE WHEN s.status = 'suspended' THEN 'suspended' ELSE 'open' END,"
        " s.capacity, 0, 0, s.capacity, s.taken, 0, 0, s.starts_at, h.ends_at, s.release_at, NULL"
        " FROM slot s JOIN shift h ON h.id = s.shift_id WHERE s.pool = 'public'"
        " AND NOT EXISTS (SELECT 1 FROM slot f WHERE f.shift_id = s.shift_id AND f.pool = 'family_doctor')"
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_appointment_slot_id"), type_="foreignkey")
    op.drop_table("slot")
    op.rename_table("slot_new", "slot")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        for column in ("hospital_id", "department_id", "kind"):
            batch_op.create_index(op.f(f"ix_slot_{column}_status_starts_at_id"), [column, "status", "starts_at", "id"])
        batch_op.create_index(op.f("ix_slot_released_at_release_at"), ["released_at", "release_at"])
        for name in ("shift", "hospital", "department"):
            batch_op.drop_constraint(f"fk_slot_of_{name}", type_="foreignkey")
            batch_op.create_foreign_key(op.f(f"fk_slot_{name}_id"), name, [f"{name}_id"], ["id"])


def _appointments() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_appointment_active_key"), type_="check")
        batch_op.drop_constraint(op.f("ck_appointment_number_key"), type_="check")
        batch_op.alter_column("status", existing_type=sa.String(length=12), type_=sa.String(length=16), nullable=False)
        batch_op.add_column(sa.Column("pool", sa.String(length=16), nullable=False, server_default="family_doctor"))
        batch_op.add_column(sa.Column("channel", sa.String(length=12), nullable=False, server_default="self"))
        batch_op.add_column(sa.Column("booker_kind", sa.String(length=12), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("booker_id", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("referral_id", ID, nullable=True))
        batch_op.add_column(sa.Column("waiting_id", ID, nullable=True))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("expires_at", INSTANT, nullable=True))
        batch_op.create_check_constraint(op.f("ck_appointment_active_key"), f"({NO_PLACE}) = (active_key IS NULL)")
        batch_op.create_check_constraint(op.f("ck_appointment_number_key"), f"({NO_PLACE}) = (number_key IS NULL)")
        batch_op.create_check_constraint(
            op.f("ck_appointment_expires_at"), "(status = 'held') = (expires_at IS NOT NULL)"
        )
        batch_op.create_check_constraint(op.f("ck_appointment_pool"), "pool IN ('family_doctor', 'public')")
        batch_op.create_check_constraint(
            op.f("ck_appointment_channel"), "channel IN ('self', 'doctor', 'chat', 'referral', 'waiting')"
        )
        batch_op.create_index(op.f("ix_appointment_status_expires_at"), ["status", "expires_at"])
        batch_op.create_index(op.f("ix_appointment_referral_id"), ["referral_id"])
        batch_op.create_foreign_key(op.f("fk_appointment_slot_id"), "slot", ["slot_id"], ["id"])


def downgrade() -> None:
    """Refuse: which of a slot's places were whose cannot be told apart in the tables before."""
    raise RuntimeError("numbers of both pools are in one row; restore the backup made before the upgrade")
