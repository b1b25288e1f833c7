"""Where the demo's numbers come from: weekly clinics, examinations and beds of its hospitals, and one day off."""

from datetime import time, timedelta

from sqlalchemy import select

from server import clock
from server.actions.booking import exceptions, patterns, supply
from server.actions.booking.patterns import Weekly
from server.database import db
from server.models import Department, Hospital, ShiftPattern, SlotKind, Specialist
from server.models.actor import CLOCK
from server.policy.schema import Policy

CARDIOLOGY, IMAGING = "心血管内科", "医学影像科"
ROOMS = (
    (CARDIOLOGY, "门诊楼3楼东侧", "以前的检查单和正在吃的药"),
    (IMAGING, "医技楼1楼", "以前的片子"),
)
SESSIONS = (
    (CARDIOLOGY, Weekly(2, time(8, 30), time(11, 30), 20, SlotKind.GENERAL, "心血管普通门诊", minutes=60)),
    (IMAGING, Weekly(3, time(8), time(12), 24, SlotKind.EXAM, "CT 检查", other=8, minutes=30)),
    (IMAGING, Weekly(5, time(14), time(17), 12, SlotKind.EXAM, "彩超检查", other=4, minutes=30)),
    (CARDIOLOGY, Weekly(1, time(9), time(10), 6, SlotKind.BED, "心血管内科病床", other=2)),
)


def seed(name: str, policy: Policy) -> None:
    """Lay out the coming weeks of a hospital's patterns, and a holiday of one of its doctors; once."""
    hospital = db.session.scalar(select(Hospital).where(Hospital.name == name))
    if hospital is None or db.session.scalar(select(ShiftPattern.id).limit(1)):
        return
    rooms = {
        room: supply.keep_department(hospital, room, floor=floor, bring=bring, by=CLOCK) for room, floor, bring in ROOMS
    }
    for room, weekly in SESSIONS:
        patterns.add_pattern(rooms[room], None, weekly, policy=policy, by=CLOCK)
    doctor = db.session.scalar(
        select(Specialist).join(Department).where(Specialist.hospital_id == hospital.id, Department.name == CARDIOLOGY)
    )
    if doctor is not None:
        weekly = Weekly(4, time(14), time(17), 15, SlotKind.EXPERT, minutes=60)
        patterns.add_pattern(rooms[CARDIOLOGY], doctor, weekly, policy=policy, by=CLOCK)
        off = clock.today() + timedelta(days=21 + policy.booking.horizon_days)
        exceptions.add_exception(hospital, first_on=off, last_on=off, reason="外出会诊", specialist=doctor, by=CLOCK)
