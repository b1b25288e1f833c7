"""Countries and territories of ISO 3166-1, with the Chinese names people choose from (``data/countries.tsv``)."""

import functools
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data" / "countries.tsv"
CHINA = "CHN"
NOT_FOREIGN = frozenset({CHINA, "HKG", "MAC", "TWN"})
"""Codes nobody holds a foreign nationality of."""


@dataclass(frozen=True)
class Country:
    """``code`` is alpha-3, ``numeric`` the three digits of documents, ``name`` Chinese."""

    code: str
    numeric: str
    name: str


@functools.cache
def every() -> dict[str, Country]:
    """Return all countries by alpha-3 code, in the order of the codes."""
    rows = (line.split("\t") for line in DATA.read_text(encoding="utf-8").splitlines())
    return {code: Country(code, numeric, name) for code, numeric, name in rows}


@functools.cache
def _codes() -> dict[str, str]:
    return {country.numeric: country.code for country in every().values()}


def by_numeric(numeric: str) -> str | None:
    """Return the alpha-3 code of three digits, None where ISO assigns none (such as 900 to 999)."""
    return _codes().get(numeric)
