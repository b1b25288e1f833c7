"""An appointment as a calendar file (RFC 5545): the same UID always, SEQUENCE one higher with each change of time."""

from datetime import UTC, datetime, timedelta

from server.models.appointment import WITHOUT_PLACE, Appointment

ENDED = (*WITHOUT_PLACE, "late_cancelled")
MOST_BYTES = 75


def entry(appointment: Appointment, at: datetime) -> bytes:
    """Return the file's bytes. The summary names the hospital and no department: others read calendars, too."""
    slot, shift = appointment.slot, appointment.slot.shift
    where = f"{shift.hospital.name} {shift.hospital.address} {shift.department.floor}".strip()
    bring = f"；请带{shift.department.bring}" if shift.department.bring else ""
    is_over = appointment.status in ENDED
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//family-doctor//booking//CN",
        f"METHOD:{'CANCEL' if is_over else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:{appointment.id}@family-doctor",
        f"SEQUENCE:{appointment.sequence + is_over}",
        f"DTSTAMP:{_utc(at)}",
        f"DTSTART:{_utc(slot.starts_at)}",
        f"DTEND:{_utc(slot.ends_at)}",
        f"SUMMARY:{_text(f'就诊：{shift.hospital.name}')}",
        f"LOCATION:{_text(where)}",
        f"DESCRIPTION:{_text(f'第{appointment.number}号，请带身份证{bring}')}",
        f"STATUS:{'CANCELLED' if is_over else 'CONFIRMED'}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:-PT{int(timedelta(hours=2).total_seconds() // 60)}M",
        "DESCRIPTION:就诊提醒",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    for plain in ("\\", ";", ","):
        value = value.replace(plain, f"\\{plain}")
    return value.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """At most 75 bytes a line, no character cut in two; what follows begins with a blank."""
    parts, part = [], b""
    for character in line:
        more = character.encode()
        if len(part) + len(more) > MOST_BYTES:
            parts.append(part)
            part = b" "
        part += more
    return b"\r\n".join([*parts, part])
