"""Whether an address code of GB/T 2260 is one we know.

There is no complete historical county table here: a code lives on in numbers long after its county was renamed or
dissolved, and such tables are not public in one authoritative piece. Known are the first four digits (province, and city
or prefecture, of today and of earlier years: ``data/regions.toml``). Of the last two only what no county ever had counts
as unknown: 99, and 00 outside the cities without counties. So a wrong county within a right prefecture goes unnoticed,
and an answer "unknown" may be wrong; it is a warning and never a refusal (domain.md §3.3).
"""

import functools
import tomllib
from pathlib import Path

DATA = Path(__file__).parent / "data" / "regions.toml"
NEVER_A_COUNTY = "99"
CITIES_WITHOUT_COUNTIES = frozenset({"441900", "442000", "460400", "620200"})

PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(first, last + 1)
)
"""Digits 1 and 2 of a resident identity card. 71 stands in GB/T 2260 but on no card."""


def is_known(region: str) -> bool:
    """Return whether the six digits are an address code as far as we can tell."""
    if region[4:] == NEVER_A_COUNTY or region[:4] not in _prefixes():
        return False
    return region[4:] != "00" or region in CITIES_WITHOUT_COUNTIES


@functools.cache
def _prefixes() -> frozenset[str]:
    provinces: dict[str, str] = tomllib.loads(DATA.read_text(encoding="utf-8"))
    found = set()
    for province, spans in provinces.items():
        for span in spans.split():
            first, _, last = span.partition("-")
            found |= {f"{province}{number:02}" for number in range(int(first), int(last or first) + 1)}
    return frozenset(found)
