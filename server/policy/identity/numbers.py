"""What all numbers share: normalisation, the check character, birth dates, ages."""

import re
from datetime import date

from server.policy.identity.errors import IdentityBirthDate, IdentityChecksum

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
EARLIEST_BIRTH = date(1875, 1, 1)
OLDEST_YEARS = 120
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def half_width(text: str) -> str:
    """Return the text with full-width letters, digits and signs as ASCII."""
    return text.translate(FULL_WIDTH)


def normalise(text: str) -> str:
    """Return a document number trimmed, half-width, upper-case, without spaces and hyphens."""
    return re.sub(r"[\s\-]", "", half_width(text)).upper()


def check_character(number: str) -> str:
    """Return the check character of the first 17 digits (ISO 7064 MOD 11-2, domain.md §3.2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def check_sum(number: str) -> None:
    """Raise IdentityChecksum unless the 18th character is right."""
    if number[17] != check_character(number):
        raise IdentityChecksum()


def sex_of(digit: str) -> int:
    """Return 1 (male) for an odd digit, 2 (female) for an even one (GB/T 2261.1)."""
    return 1 if int(digit) % 2 else 2


def birth_date(digits: str, today: date) -> date:
    """Return the date of YYYYMMDD. Raises IdentityBirthDate: no such day, before 1875, or in the future."""
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentityBirthDate("第7到14位是出生日期，请核对") from None
    if not is_possible_birth(found, today):
        raise IdentityBirthDate("第7到14位是出生日期，请核对")
    return found


def is_possible_birth(day: date, today: date) -> bool:
    """Return whether somebody alive may have been born then."""
    return EARLIEST_BIRTH <= day <= today


def age_on(birth_on: date, day: date) -> int:
    """Return full years (周岁): one less until the birthday; of 29 February, 1 March counts (domain.md §0.4)."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))
