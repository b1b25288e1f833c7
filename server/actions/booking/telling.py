"""What is told about an appointment."""

from datetime import datetime, time, timedelta
from typing import Any

from server import clock
from server.actions.booking.rules import day_before
from server.models import Appointment
from server.models import notification as notifications

REMIND_AT = time(10)  # N-20: 10:00 on the day before, ahead of the cancel deadline
TODAY_AHEAD, NOT_BEFORE = timedelta(hours=2), time(7)  # N-21
ABOUT = ("appointment_booked", "appointment_reminder", "appointment_today")


def facts_of(appointment: Appointment) -> dict[str, str]:
    """Return the neutral words for a message about an appointment."""
    shift = appointment.slot.shift
    return {
        "hospital": shift.hospital.name,
        "department": shift.department.name,
        "starts_at": clock.local(appointment.slot.starts_at).isoformat(),
        "appointment_id": appointment.id,
    }


def tell_booked(appointment: Appointment, team_id: str, at: datetime) -> None:
    """Queue the confirmation now, a reminder for the day before and one for the day itself (N-19, N-20, N-21)."""
    for note in notes_of_booked(appointment, team_id, at):
        notifications.queue(**note)


def notes_of_booked(appointment: Appointment, team_id: str, at: datetime) -> list[dict[str, Any]]:
    """Return what ``tell_booked`` queues, as arguments of ``notification.queue``."""
    slot = appointment.slot
    remind_at = day_before(slot.starts_at, REMIND_AT)
    common: dict[str, Any] = {
        "subject_id": appointment.id,
        "resident_id": appointment.resident_id,
        "team_id": team_id,
        "facts": facts_of(appointment),
        "expires_at": slot.starts_at,
        "at": at,
    }
    again = f":{appointment.sequence}" if appointment.sequence else ""
    told, reminded, today = ABOUT
    found = [{"kind": told, "dedupe_key": f"{told}:{appointment.id}{again}", **common}]
    if remind_at > at:
        key = f"{reminded}:{appointment.id}:{clock.local(slot.starts_at).date()}{again}"
        found.append({"kind": reminded, "dedupe_key": key, "due_at": remind_at, **common})
    today_at = max(slot.starts_at - TODAY_AHEAD, day_before(slot.starts_at, NOT_BEFORE, 0))
    if at < today_at < slot.starts_at:
        department = slot.shift.department
        facts = common["facts"] | {"floor": department.floor, "bring": department.bring}
        key = f"{today}:{appointment.id}{again}"
        found.append({"kind": today, "dedupe_key": key, "due_at": today_at, **common, "facts": facts})
    return found


def tell_cancelled(appointment: Appointment, at: datetime) -> None:
    """Stop what was still to be told, and say that it is cancelled."""
    hush(appointment)
    notifications.queue(
        "appointment_cancelled",
        dedupe_key=f"appointment_cancelled:{appointment.id}",
        subject_id=appointment.id,
        at=at,
        resident_id=appointment.resident_id,
        facts=facts_of(appointment),
        expires_at=appointment.slot.starts_at,
    )


def tell_offer_over(appointment: Appointment, at: datetime) -> None:
    """Say that the time of an offer of the waiting list ran out, and that he stands where he stood."""
    assert appointment.waiting_id is not None
    notifications.queue(
        "waiting_offer_over",
        dedupe_key=f"waiting_offer_over:{appointment.id}",
        subject_id=appointment.waiting_id,
        at=at,
        resident_id=appointment.resident_id,
        facts=facts_of(appointment),
        expires_at=appointment.slot.starts_at,
    )


def hush(appointment: Appointment) -> None:
    """Stop what was still to be told about an appointment as it was."""
    notifications.cancel(subject_id=appointment.id, kinds=ABOUT)
