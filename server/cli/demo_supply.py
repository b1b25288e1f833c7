"""Where the demo's numbers come from: weekly clinics, examinations and beds of its hospitals, one day off, past weeks."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.actions.booking import exceptions, patterns, sessions, supply
from server.actions.booking.patterns import Weekly
from server.database import db, transaction
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
    (CARDIOLOGY, Weekly(1, time(9), time(10), 6, SlotKind.BED, "心血管内科病床")),
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
        made = patterns.add_pattern(rooms[CARDIOLOGY], doctor, weekly, policy=policy, by=CLOCK)
        off = clock.today() + timedelta(days=21 + policy.booking.horizon_days)
        exceptions.add_exception(hospital, exceptions.Days(off, off, "外出会诊", specialist=doctor), by=CLOCK)
        _little_used(made, policy)


def _little_used(pattern: ShiftPattern, policy: Policy) -> None:
    """Four past weeks of a session, of whose numbers most went to the public: what the report on use is for."""
    today = clock.today()
    last = today - timedelta(days=(today.isoweekday() - pattern.weekday) % 7 or 7)
    made = []
    for day in (last - timedelta(weeks=back) for back in range(4)):
        starts, ends = (datetime.combine(day, at, clock.SHANGHAI) for at in (pattern.starts, pattern.ends))
        plan = sessions.Plan(
            hospital=pattern.hospital,
            department_id=pattern.department_id,
            specialist_id=pattern.specialist_id,
            kind=SlotKind(pattern.kind),
            label="",
            parts=(sessions.Part(starts, ends, pattern.capacity),),
            pattern_id=pattern.id,
        )
        shift, slots = sessions.rows_of(plan, policy.booking.share_pct, policy.booking.release_day_before_at)
        made.append((shift, [_released(slot) for slot in slots]))
    with transaction() as session:
        sessions.insert_rows(session, made)


def _released(slot: dict[str, Any]) -> dict[str, Any]:
    taken = min(1, slot["fd_capacity"])
    over = slot["fd_capacity"] - taken
    pools = {"fd_capacity": taken, "fd_taken": taken, "public_capacity": slot["public_capacity"] + over}
    return slot | pools | {"given_over": over, "released_at": slot["release_at"]}
