"""What a message names: days, times, departments, persons, readings, medicines, phone numbers. Pure grammar, no model."""

from datetime import date

from server.chatbot.slots import dates, departments, doctors, glucose, medicines, members, phones, pressure
from server.chatbot.slots.plain import plain

_WITH_NUMBERS = dates.BOOKING | {"change_phone", "clinic_info", "packages_fees", "insurance"}
"""Matters in which two numbers side by side are no blood pressure."""


def extract(text: str, today: date, *, asked: str | None = None, flow: str | None = None) -> dict[str, object]:
    """Return the slots of a message in the value forms of the schema (docs/chatbot.md).

    Args:
        asked: the slot that was just asked for; a bare answer counts: 25 as a date, 七点八 as a glucose.
        flow: the intent that is being served, which tells which of two days is meant.

    Beyond the schema: ``shift`` (days a booking is to be moved by, 早两天 = -2) and ``medicines`` (all, if several).
    """
    said = plain(text)
    found: dict[str, object] = {}
    phone = phones.read(said)
    if phone:
        found["phone"] = phone.number
        # its digits are nothing else
        said = said[: phone.start] + " " + said[phone.end :]
    found |= _readings(said, asked, flow)
    if asked not in ("bp", "glucose", "phone"):
        found |= dates.read(said, today, asked, flow, has_reading=bool(found.keys() & {"bp", "glucose"}))
    found |= _names(said, asked, flow)
    return found


def _readings(said: str, asked: str | None, flow: str | None) -> dict[str, object]:
    found: dict[str, object] = {}
    expected = asked == "bp" or (flow == "report_bp" and asked in (None, "confirm"))
    pressures = pressure.pressures(said, expected=expected, loose=asked is None and flow not in _WITH_NUMBERS)
    for name, one in zip(("bp", "bp_alt"), [one for one in pressures if not one.is_supposed], strict=False):
        found[name] = one.as_slot()
    rest = said
    for one in pressures:
        rest = rest[: one.start] + "x" * (one.end - one.start) + rest[one.end :]
    sugars = glucose.glucoses(rest, expected=asked == "glucose" or (flow == "report_glucose" and asked is None))
    for name, sugar in zip(("glucose", "glucose_alt"), [one for one in sugars if not one.is_supposed], strict=False):
        found[name] = sugar.as_slot()
    return found


def _names(said: str, asked: str | None, flow: str | None) -> dict[str, object]:
    drugs = medicines.read(said, asked, flow)
    found = {
        "department": departments.read(said, asked, flow),
        "member": members.read(said, asked, flow),
        "doctor": doctors.read(said, asked),
        "medicine": drugs[0] if drugs else None,
        "medicines": drugs if len(drugs) > 1 else None,
    }
    return {name: value for name, value in found.items() if value}
