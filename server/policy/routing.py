"""Home visits of a day in the order of the road: by area, then by household, so that no door is passed twice. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

UNKNOWN_AREA = "未登记住址"
WINDOW_ORDER = ("morning", "afternoon", "evening")


@dataclass(frozen=True)
class Stop:
    """One visit of a route. ``household``: who shares it is visited in one go; a person without one is his own."""

    id: str
    window: str
    area_code: str
    area_name: str
    household: str
    address: str


@dataclass(frozen=True)
class Home:
    """One door."""

    household: str
    address: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True)
class Leg:
    """One part of the day in one area."""

    window: str
    area: str
    homes: tuple[Home, ...]


def route(stops: Iterable[Stop]) -> list[Leg]:
    """Return the legs of a day: first by the promised part of the day, then by area, household and address.

    A household is visited in one go, at the earliest of what its people were promised.
    """
    homes: dict[str, list[Stop]] = {}
    for stop in sorted(stops, key=lambda one: (_rank(one.window), one.area_code, one.address, one.id)):
        homes.setdefault(stop.household, []).append(stop)
    legs: dict[tuple[str, str], list[Home]] = {}
    for household, found in homes.items():
        first = found[0]
        address = next((one.address for one in found if one.address), "")
        legs.setdefault((first.window, first.area_name or UNKNOWN_AREA), []).append(
            Home(household, address, tuple(found))
        )
    return [Leg(window, area, tuple(doors)) for (window, area), doors in legs.items()]


def _rank(window: str) -> int:
    return WINDOW_ORDER.index(window)
