"""Where specialist numbers (号源) come from: hospitals, specialists, and shifts split into pools."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.database import retried, transaction
from server.errors import Conflict, Invalid
from server.models import Department, Hospital, Shift, Slot, SlotKind, SlotStatus, Specialist
from server.models.actor import Actor
from server.models.audit import record
from server.policy import numbers
from server.policy.schema import Booking

MAX_CAPACITY = 500
MAX_DAYS_AHEAD = 180


class HospitalExists(Conflict):
    """A hospital of this name is known."""

    code, default_message = "hospital_exists", "已有同名医院，请直接选择"


class SpecialistExists(Conflict):
    """The hospital's department has a doctor of this name."""

    code, default_message = "specialist_exists", "这家医院的该科室已有同名专家，请直接选择"


class ShiftInPast(Invalid):
    """Numbers can only be given for a clinic that has not begun."""

    code, default_message = "shift_in_past", "出诊时间已过，请选择以后的时间"


class ShiftTooFar(Invalid):
    """Nobody plans a clinic so far ahead: a mistyped year."""

    code, default_message = "shift_too_far", f"只能安排 {MAX_DAYS_AHEAD} 天以内的出诊，请检查日期"


class ShiftEndsEarly(Invalid):
    """The end is not after the start."""

    code, default_message = "shift_ends_early", "结束时间须晚于开始时间"


class ShiftOverlaps(Conflict):
    """The specialist sits in another clinic at that time."""

    code, default_message = "shift_overlaps", "这位专家在该时间已有排班，请调整时间"


class CapacityInvalid(Invalid):
    """No clinic has so many numbers."""

    code, default_message = "capacity_invalid", f"号源总数须在 1 至 {MAX_CAPACITY} 之间"


@dataclass(frozen=True)
class ShiftPlan:
    """A clinic session as it would be split. Places; instants aware."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    share_pct: int
    family_doctor_places: int
    public_places: int
    release_at: datetime
    """When unused family-doctor places go to the public."""


family_doctor_places = numbers.places_of


def plan_shift(day: date, starts: time, ends: time, capacity: int, *, rules: Booking) -> ShiftPlan:
    """Return how a shift would be split, without saving it; times are Shanghai wall-clock times of ``day``.

    Raises:
        CapacityInvalid, ShiftEndsEarly, ShiftInPast, ShiftTooFar.
    """
    if not 1 <= capacity <= MAX_CAPACITY:
        raise CapacityInvalid()
    if ends <= starts:
        raise ShiftEndsEarly()
    today = clock.today()
    if day < today:
        raise ShiftInPast()
    if day > today + timedelta(days=MAX_DAYS_AHEAD):
        raise ShiftTooFar()
    starts_at = datetime.combine(day, starts, clock.SHANGHAI)
    if starts_at <= clock.now():
        raise ShiftInPast()
    kept = family_doctor_places(capacity, rules.share_pct)
    return ShiftPlan(
        starts_at=starts_at,
        ends_at=datetime.combine(day, ends, clock.SHANGHAI),
        capacity=capacity,
        share_pct=rules.share_pct,
        family_doctor_places=kept,
        public_places=capacity - kept,
        release_at=datetime.combine(day - timedelta(days=1), rules.release_day_before_at, clock.SHANGHAI),
    )


@retried
def create_hospital(name: str, *, level: int, address: str, by: Actor) -> Hospital:
    """Register a level-2 or level-3 hospital that reserves numbers. Raises HospitalExists."""
    try:
        with transaction() as session:
            hospital = Hospital(name=name, level=level, address=address)
            session.add(hospital)
            session.flush()
            record("hospital_created", hospital, by=by, at=clock.now())
    except IntegrityError as cause:
        raise HospitalExists() from cause
    return hospital


@retried
def create_specialist(hospital: Hospital, *, department: str, name: str, title: str, by: Actor) -> Specialist:
    """Register a hospital doctor whose clinic can be booked, and his department if it is new. Raises SpecialistExists."""
    try:
        with transaction() as session:
            where = _department(session, hospital.id, department)
            specialist = Specialist(hospital_id=hospital.id, department_id=where.id, name=name, title=title)
            session.add(specialist)
            session.flush()
            record("specialist_created", specialist, by=by, at=clock.now())
    except IntegrityError as cause:
        raise SpecialistExists() from cause
    return specialist


def _department(session: Session, hospital_id: str, name: str) -> Department:
    known = select(Department).where(Department.hospital_id == hospital_id, Department.name == name)
    found = session.scalar(known)
    if found is None:
        found = Department(hospital_id=hospital_id, name=name, floor="", bring="")
        session.add(found)
        session.flush()
    return found


@retried
def create_shift(specialist: Specialist, plan: ShiftPlan, *, by: Actor) -> Shift:
    """Save a shift of a specialist's expert clinic as one slot with both pools.

    Raises:
        ShiftInPast, ShiftOverlaps.
    """
    at = clock.now()
    if plan.starts_at <= at:
        raise ShiftInPast()
    try:
        with transaction() as session:
            # Two administrators at once: the specialist's row decides who is first.
            session.get(Specialist, specialist.id, with_for_update=True)
            taken = select(Shift.id).where(
                Shift.specialist_id == specialist.id, Shift.starts_at < plan.ends_at, Shift.ends_at > plan.starts_at
            )
            if session.scalar(taken.limit(1)):
                raise ShiftOverlaps()
            shift = Shift(
                hospital_id=specialist.hospital_id,
                department_id=specialist.department_id,
                specialist_id=specialist.id,
                kind=SlotKind.EXPERT,
                starts_at=plan.starts_at,
                ends_at=plan.ends_at,
                capacity=plan.capacity,
                share_pct=plan.share_pct,
                fd_places=plan.family_doctor_places,
            )
            session.add(shift)
            session.flush()
            session.add(_slot(shift, plan))
            record("shift_created", shift, by=by, at=at)
    except IntegrityError as cause:
        raise ShiftOverlaps() from cause
    return shift


def _slot(shift: Shift, plan: ShiftPlan) -> Slot:
    return Slot(
        shift_id=shift.id,
        hospital_id=shift.hospital_id,
        department_id=shift.department_id,
        kind=shift.kind,
        status=SlotStatus.OPEN,
        capacity=plan.capacity,
        fd_capacity=plan.family_doctor_places,
        fd_taken=0,
        public_capacity=plan.public_places,
        public_taken=0,
        other_capacity=0,
        given_over=0,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        release_at=plan.release_at,
    )
