"""Where specialist numbers (号源) come from: hospitals, specialists, and shifts split into pools."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import sessions
from server.actions.booking.sessions import MAX_CAPACITY, CapacityInvalid, OwnShareTooLarge
from server.database import retried, transaction
from server.errors import Conflict, Invalid
from server.models import Department, Hospital, Shift, SlotKind, Specialist
from server.models.actor import Actor
from server.models.audit import record
from server.policy import numbers
from server.policy.schema import Booking

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
    kind: SlotKind = SlotKind.EXPERT
    label: str = ""
    other_places: int = 0
    """What the hospital gives out by itself."""
    minutes: int = 0
    """How long one time range is; 0: the session is one."""


family_doctor_places = numbers.places_of


def plan_shift(
    day: date,
    starts: time,
    ends: time,
    capacity: int,
    *,
    rules: Booking,
    hospital: Hospital | None = None,
    kind: SlotKind = SlotKind.EXPERT,
    label: str = "",
    other: int = 0,
    minutes: int = 0,
) -> ShiftPlan:
    """Return how a shift would be split, without saving it; times are Shanghai wall-clock times of ``day``.

    Args:
        hospital: whose share it is; None: the region's.
    Raises:
        CapacityInvalid, OwnShareTooLarge, ShiftEndsEarly, ShiftInPast, ShiftTooFar.
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
    share, release = rules.share_pct, rules.release_day_before_at
    if hospital is not None:
        share = numbers.share_of(rules, hospital.name, hospital.level, kind)
        release = numbers.rules_for(rules, hospital.name, kind).release_day_before_at
    kept = family_doctor_places(capacity, share)
    if kept + other > capacity:
        raise OwnShareTooLarge()
    return ShiftPlan(
        starts_at=starts_at,
        ends_at=datetime.combine(day, ends, clock.SHANGHAI),
        capacity=capacity,
        share_pct=share,
        family_doctor_places=kept,
        public_places=capacity - kept - other,
        release_at=datetime.combine(day - timedelta(days=1), release, clock.SHANGHAI),
        kind=kind,
        label=label,
        other_places=other,
        minutes=minutes,
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


@dataclass(frozen=True)
class HospitalDetails:
    """What administrators say of a hospital; ``must_confirm`` and ``checks_in`` as in models.hospital."""

    name: str
    level: int
    address: str
    referral_phone: str
    must_confirm: bool
    checks_in: bool


@retried
def edit_hospital(hospital: Hospital, details: HospitalDetails, *, by: Actor) -> Hospital:
    """Change a hospital; shares already given out stay as they are. Raises HospitalExists."""
    try:
        with transaction() as session:
            session.refresh(hospital)
            for key, value in vars(details).items():
                setattr(hospital, key, value)
            session.flush()
            record("hospital_changed", hospital, by=by, at=clock.now())
    except IntegrityError as cause:
        raise HospitalExists() from cause
    return hospital


@retried
def keep_department(hospital: Hospital, name: str, *, floor: str, bring: str, by: Actor) -> Department:
    """Add a hospital's department, or change where it is and what to bring."""
    with transaction() as session:
        department = department_of(session, hospital.id, name)
        department.floor, department.bring = floor, bring
        session.flush()
        record("department_kept", department, by=by, at=clock.now())
    return department


@retried
def create_specialist(hospital: Hospital, *, department: str, name: str, title: str, by: Actor) -> Specialist:
    """Register a hospital doctor whose clinic can be booked, and his department if it is new. Raises SpecialistExists."""
    try:
        with transaction() as session:
            where = department_of(session, hospital.id, department)
            specialist = Specialist(hospital_id=hospital.id, department_id=where.id, name=name, title=title)
            session.add(specialist)
            session.flush()
            record("specialist_created", specialist, by=by, at=clock.now())
    except IntegrityError as cause:
        raise SpecialistExists() from cause
    return specialist


def department_of(session: Session, hospital_id: str, name: str) -> Department:
    """Return a hospital's department by its name, made where it is new, in the caller's transaction."""
    known = select(Department).where(Department.hospital_id == hospital_id, Department.name == name)
    found = session.scalar(known)
    if found is None:
        found = Department(hospital_id=hospital_id, name=name, floor="", bring="")
        session.add(found)
        session.flush()
    return found


def specialist_of(session: Session, department: Department, name: str, title: str) -> Specialist:
    """Return a department's doctor by his name, made where he is new, in the caller's transaction."""
    known = select(Specialist).where(Specialist.department_id == department.id, Specialist.name == name)
    found = session.scalar(known)
    if found is None:
        found = Specialist(hospital_id=department.hospital_id, department_id=department.id, name=name, title=title)
        session.add(found)
        session.flush()
    return found


@retried
def create_shift(who: Specialist | Department, plan: ShiftPlan, *, by: Actor) -> Shift:
    """Save a shift of a specialist, or of a department (an examination, beds), cut into its time ranges.

    Raises:
        ShiftInPast, ShiftOverlaps, CapacityInvalid, OwnShareTooLarge.
    """
    at = clock.now()
    if plan.starts_at <= at:
        raise ShiftInPast()
    is_person = isinstance(who, Specialist)
    cut = sessions.cut(plan.starts_at, plan.ends_at, plan.capacity, other=plan.other_places, minutes=plan.minutes)
    try:
        with transaction() as session:
            hospital = session.get_one(Hospital, who.hospital_id)
            if isinstance(who, Specialist):
                check_free(session, who.id, plan.starts_at, plan.ends_at)
            made = sessions.Plan(
                hospital=hospital,
                department_id=who.department_id if isinstance(who, Specialist) else who.id,
                specialist_id=who.id if is_person else None,
                kind=plan.kind,
                label=plan.label,
                parts=cut,
            )
            rows = sessions.rows_of(made, plan.share_pct, clock.local(plan.release_at).time())
            sessions.insert_rows(session, [rows])
            shift = session.get_one(Shift, rows[0]["id"])
            record("shift_created", shift, by=by, at=at)
    except IntegrityError as cause:
        raise ShiftOverlaps() from cause
    return shift


def check_free(session: Session, specialist_id: str, starts_at: datetime, ends_at: datetime, but: str = "") -> None:
    """Refuse a second session of one doctor at a time; his row decides who is first. Raises ShiftOverlaps."""
    session.get(Specialist, specialist_id, with_for_update=True)
    taken = select(Shift.id).where(
        Shift.specialist_id == specialist_id, Shift.starts_at < ends_at, Shift.ends_at > starts_at, Shift.id != but
    )
    if session.scalar(taken.limit(1)):
        raise ShiftOverlaps()
