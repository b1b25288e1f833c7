"""The readings in a message that triage weighs: the worst one where there are several. ``slots`` reads them."""

from dataclasses import dataclass

from server.chatbot.slots.glucose import MG_PER_MMOL, glucoses
from server.chatbot.slots.plain import plain
from server.chatbot.slots.pressure import pressures


@dataclass(frozen=True)
class Readings:
    """What was measured: mmHg and mmol/L, None where nothing was said."""

    systolic: int | None = None
    diastolic: int | None = None
    glucose: float | None = None


def read(text: str, asked: str | None = None) -> Readings:
    """Return the readings named in a message; the worst one where there are several.

    Args:
        asked: "bp" or "glucose" when that was asked for, so that a bare number is one.
    """
    said = plain(text)
    found = pressures(said, expected=asked == "bp", halves=True)
    for one in found:
        said = said[: one.start] + "x" * (one.end - one.start) + said[one.end :]
    sugars = [
        round(float(one.said) / MG_PER_MMOL, 1) if one.is_mg else float(one.said)
        for one in glucoses(said, expected=asked == "glucose")
    ]
    return Readings(
        max((one.sys for one in found if one.sys), default=None),
        max((one.dia for one in found if one.dia), default=None),
        max(sugars, key=lambda value: abs(value - 8), default=None),
    )
