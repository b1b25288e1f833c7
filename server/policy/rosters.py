"""The roster an organisation hands in: who its people are, so that each of them can be asked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.errors import AppError
from server.policy import identity
from server.policy.identity.kinds import LABELS, DocumentType

MOST_ROWS = 5000
HEADINGS = {
    "name": ("姓名",),
    "document_type": ("证件类型", "证件种类"),
    "number": ("证件号码", "身份证号", "身份证号码", "证件号"),
    "phone": ("手机号", "手机号码", "联系电话", "电话"),
}
REQUIRED = ("name", "number")
TYPES = {label: kind for kind, label in LABELS.items()} | {"身份证": DocumentType.ID_CARD, "": DocumentType.ID_CARD}


@dataclass(frozen=True)
class Person:
    """A checked line; ``document_type`` and ``number`` are what one person has once."""

    name: str
    document_type: str
    number: str
    phone: str | None


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a line, in words; never what stands in it."""

    number: int
    why: str


def columns(headings: Sequence[str]) -> dict[str, int] | None:
    """Return where each column stands, None when the headings are not those of a roster."""
    places = {text.strip().rstrip("*"): index for index, text in reversed(list(enumerate(headings)))}
    found = {key: places[name] for key, names in HEADINGS.items() for name in reversed(names) if name in places}
    return found if all(key in found for key in REQUIRED) else None


def read(values: dict[str, str], today: date) -> Person | str:
    """Check one line.

    Returns:
        The person, or what is wrong with the line.
    """
    kind = TYPES.get(values.get("document_type", "").strip())
    if kind is None:
        return "没有这种证件类型"
    try:
        name = identity.check_name(values.get("name", ""))
        found = identity.check(kind, values.get("number", ""), today)
        written = values.get("phone", "").strip()
        phone = identity.check_mobile(written) if written else None
    except AppError as error:
        return error.message
    document_type, number = found.key
    return Person(name, document_type, number, phone)
