"""Errands about numbers: book, cancel, choose another time, look. The same actions as the pages (domain.md §5)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from server import clock
from server.access import bookings as access
from server.access import free_numbers
from server.access.measurements import agreement_of, asked_for_by
from server.actions import booking, reading
from server.chatbot.flows import Choice, Options, State, links
from server.chatbot.flows.definition import line
from server.conversing import persons
from server.conversing.context import Context, Errand, Outcome, day
from server.errors import NotFound
from server.models import Appointment, AppointmentStatus, Channel, Resident, Slot

A = AppointmentStatus
CHAT = booking.Origin(channel=Channel.CHAT)
MOST_LINES = 6
PARTS = {"am": (0, 12), "noon": (11, 14), "pm": (12, 18), "evening": (17, 24)}
PART_WORDS = {"am": "上午", "noon": "中午", "pm": "下午", "evening": "晚上"}
TEAMS = links.line("签约团队", "/pages/teams/list")
HOSPITALS = links.line("预约专家", "/pages/booking/hospitals")
MINE = links.line("我的预约", "/pages/appointments/list")


def _who(context: Context, state: State) -> Resident:
    return persons.find(access.people, context, state)


# ---------------------------------------------------------------- where, on which day, at what time


def departments(context: Context, state: State) -> Options:
    """The department that was meant, else a list of those with free numbers."""
    if agreement_of(_who(context, state).id) is None:
        waits = asked_for_by(state.known["person"]) is not None
        told = line("agreement_waits" if waits else "needs_agreement").format(who=state.labels["person"])
        return Options(refusal=told if waits else told + "\n" + TEAMS)
    rows = free_numbers.departments(context.policy.booking.horizon_days)
    if not rows:
        return Options(refusal=line("no_numbers") + "\n" + HOSPITALS)
    several = len({row.hospital_id for row in rows}) > 1
    lines = [Choice(row.id, f"{row.name}（{row.hospital.name}）" if several else row.name) for row in rows]
    wanted = str(state.said.get("department") or "")
    if not wanted:
        return Options(items=tuple(lines[:MOST_LINES]), note=_more(lines))
    fits = [line for line, row in zip(lines, rows, strict=True) if _same(wanted, row.name)]
    exact = [line for line, row in zip(lines, rows, strict=True) if row.name == wanted]
    fits = exact or fits
    if len(fits) == 1:
        return Options(chosen=fits[0])
    note = "" if fits else f"没有找到{wanted}的可约号。"
    return Options(items=tuple((fits or lines)[:MOST_LINES]), note=note)


def _more(lines: list[Choice]) -> str:
    return f"有号的科室共{len(lines)}个，先列出{MOST_LINES}个。" if len(lines) > MOST_LINES else ""


def _same(wanted: str, name: str) -> bool:
    """Whether somebody means a department: 心内科 is 心血管内科."""
    left = iter(name)
    return all(sign in left for sign in wanted.removesuffix("科").removesuffix("门诊"))


def _free(context: Context, state: State, on: date | None = None) -> list[Slot]:
    """Return the numbers that may be taken; the one somebody has is no other time."""
    has = _appointment(context, state).slot if "appointment" in state.known else None
    department_id = has.department_id if has else state.known.get("department")
    if department_id is None:
        raise NotFound()
    found = free_numbers.slots(department_id, context.policy.booking.horizon_days, on)
    others = [slot for slot in found if has is None or slot.id != has.id]
    return [slot for slot in others if booking.why_not(slot, context.policy, context.at) is None]


def _days(context: Context, state: State) -> Options:
    free: dict[date, int] = {}
    for slot in _free(context, state):
        on = clock.local(slot.starts_at).date()
        free[on] = free.get(on, 0) + slot.places_left
    if not free:
        return Options(refusal=line("no_numbers") + "\n" + HOSPITALS)
    said = state.said.get("date")
    wanted = date.fromisoformat(str(said)) if said else None
    if wanted in free:
        return Options(chosen=Choice(wanted.isoformat(), day(wanted, context.today)))
    first, last = _span(state)
    inside = [on for on in free if first <= on <= last] or list(free)
    note = f"{day(wanted, context.today)}没有可约的号。" if wanted else ""
    lines = [Choice(on.isoformat(), f"{day(on, context.today)} 还有{free[on]}个号") for on in inside[:MOST_LINES]]
    return Options(items=tuple(lines), note=note)


def _span(state: State) -> tuple[date, date]:
    said = state.said.get("date_range")
    if not isinstance(said, list | tuple) or len(said) != 2:
        return date.min, date.max
    return date.fromisoformat(str(said[0])), date.fromisoformat(str(said[1]))


def _slots(context: Context, state: State) -> Options:
    on = date.fromisoformat(state.known["day"])
    free = _free(context, state, on)
    if not free:
        return Options(refusal=f"{day(on, context.today)}的号刚刚约完了。请换一天再说一次，例如“改到后天”。")
    doctor, at = str(state.said.get("doctor") or ""), str(state.said.get("time") or "")
    note = ""
    if doctor:
        his = [slot for slot in free if slot.shift.who.startswith(doctor[:1])]
        note = "" if his else f"{day(on, context.today)}没有{doctor}的号。"
        free = his or free
    if at:
        then = [slot for slot in free if _is_at(slot, at)]
        note += "" if then else f"{PART_WORDS.get(at, at)}没有号了。"
        free = then or free
    lines = [Choice(slot.id, _line(slot)) for slot in free[:MOST_LINES]]
    if len(lines) == 1 and not note and (doctor or at):
        return Options(chosen=lines[0])
    return Options(items=tuple(lines), note=note)


def _is_at(slot: Slot, said: str) -> bool:
    starts = clock.local(slot.starts_at)
    if said in PARTS:
        first, end = PARTS[said]
        return first <= starts.hour < end
    try:
        wanted = time.fromisoformat(said)
    except ValueError:
        return True
    meant = datetime.combine(starts.date(), wanted, clock.SHANGHAI)
    return starts <= meant < clock.local(slot.ends_at) or abs(meant - starts) < timedelta(minutes=30)


def _line(slot: Slot) -> str:
    return f"{clock.local(slot.starts_at):%H:%M} {slot.shift.who} {slot.shift.title} 剩{slot.places_left}个"


def _full(slot: Slot, today: date) -> str:
    starts, shift = clock.local(slot.starts_at), slot.shift
    place = f"{shift.hospital.name} {shift.department.name} {shift.who}（{shift.title}）"
    return f"{day(starts.date(), today)}{starts:%H:%M}，{place}"


# ---------------------------------------------------------------- what somebody has booked


def _booked(*statuses: AppointmentStatus) -> Callable[[Context, State], Options]:
    def options(context: Context, state: State) -> Options:
        who = _who(context, state)
        _note_read(context, who)
        rows = free_numbers.coming(who, statuses)
        if not rows:
            return Options(refusal=line("no_bookings").format(who=state.labels["person"]) + "\n" + MINE)
        fits = _meant(rows, state)
        lines = [Choice(row.id, _full(row.slot, context.today)) for row in fits[:MOST_LINES]]
        return Options(chosen=lines[0]) if len(lines) == 1 else Options(items=tuple(lines))

    return options


def _meant(rows: list[Appointment], state: State) -> list[Appointment]:
    """Return the appointments that fit what was said of them; all of them when none does. Another time's day is the new one."""
    wanted, doctor = str(state.said.get("department") or ""), str(state.said.get("doctor") or "")
    on = str(state.said.get("date") or "") if state.flow == "cancel_booking" else ""
    fits = [row for row in rows if not wanted or _same(wanted, row.slot.shift.department.name)] or rows
    fits = [row for row in fits if not doctor or row.slot.shift.who.startswith(doctor[:1])] or fits
    return [row for row in fits if not on or clock.local(row.slot.starts_at).date().isoformat() == on] or fits


def _appointment(context: Context, state: State) -> Appointment:
    return access.appointment(state.known["appointment"], context.me)


def _note_read(context: Context, who: Resident) -> None:
    reading.note_family_read("bookings_read", [who], me=context.me, by=context.by)


def _words(context: Context, state: State) -> dict[str, str]:
    chosen = free_numbers.slot(state.known["slot"]) if "slot" in state.known else None
    words = {"slot_full": _full(chosen, context.today) if chosen else ""}
    if "day" in state.known:  # a line of the list also says how many numbers are left
        words["day"] = day(date.fromisoformat(state.known["day"]), context.today)
    return words


def _bookings(context: Context, state: State) -> dict[str, str]:
    if "person" not in state.known:
        return {}
    who = _who(context, state)
    _note_read(context, who)
    rows = free_numbers.coming(who, (A.HELD, A.PENDING, A.BOOKED, A.SUSPENDED))
    lines = [f"· {_full(row.slot, context.today)}，{row.status_label}" for row in rows[:MOST_LINES]]
    name = state.labels["person"]
    text = f"{name}接下来的预约：\n" + "\n".join(lines) if lines else f"{name}没有接下来的预约。"
    return {"bookings": text + ("\n要取消或改时间，直接跟我说。" if lines else "")}


# ---------------------------------------------------------------- after the yes


def _book(context: Context, state: State) -> Outcome:
    who = _who(context, state)
    made, _ = booking.reserve(state.known["slot"], who, policy=context.policy, by=context.by, origin=CHAT)
    waits = made.status == A.PENDING
    hint = "医院确认后会通知您。" if waits else "请带身份证按时取号，不能去请提前取消。"
    return Outcome(_words(context, state) | {"status": "已提交，等医院确认" if waits else "预约成功", "hint": hint})


def _cancel(context: Context, state: State) -> Outcome:
    booking.cancel(_appointment(context, state), policy=context.policy, by=context.by)
    return Outcome({})


def _move(context: Context, state: State) -> Outcome:
    found = _appointment(context, state)
    is_there = found.slot_id == state.known["slot"] and found.status in (A.BOOKED, A.PENDING)
    if not (is_there and found.sequence > 0):  # else the same yes was heard before
        booking.reschedule(found, state.known["slot"], policy=context.policy, by=context.by)
    return Outcome(_words(context, state))


_PERSON = persons.chooser(access.people)
_TIMES: dict[str, Callable[[Context, State], Options]] = {
    "day": _days,
    "slot": _slots,
}
ERRANDS = {
    "book_specialist": Errand({"person": _PERSON, "department": departments, **_TIMES}, _words, _book),
    "cancel_booking": Errand(
        {"person": _PERSON, "appointment": _booked(A.HELD, A.PENDING, A.BOOKED, A.SUSPENDED)}, _words, _cancel
    ),
    "reschedule_booking": Errand(
        {"person": _PERSON, "appointment": _booked(A.BOOKED, A.SUSPENDED), **_TIMES}, _words, _move
    ),
    "my_bookings": Errand({"person": _PERSON}, _bookings),
}
