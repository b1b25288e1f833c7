"""Identity documents and names: formats, checksums, and what a number says (domain.md §3). Pure."""

import re
from dataclasses import dataclass
from datetime import date

from server.errors import Invalid

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(first, last + 1)
)
EARLIEST_BIRTH = date(1875, 1, 1)
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
NAME = re.compile(r"^(?:[\u3400-\u9fff\U00020000-\U0003ffff·]{2,50}|[A-Za-z][A-Za-z '.\-]{1,49})$")
MOBILE = re.compile(r"^1[3-9]\d{9}$")


class IdentityFormat(Invalid):
    """Not 18 characters of digits with a digit or X at the end."""

    code, default_message = "id_format", "身份证号应为18位，请检查是否多填或少填"


class IdentityRegion(Invalid):
    """The first two digits are no province."""

    code, default_message = "id_region", "身份证号开头的地区代码有误，请核对"


class IdentityBirthDate(Invalid):
    """The date does not exist, lies in the future or too far back."""

    code, default_message = "id_birthdate", "身份证号中的出生日期有误，请核对"


class IdentityChecksum(Invalid):
    """A digit is wrong or two are swapped."""

    code, default_message = "id_checksum", "身份证号校验不通过，请逐位核对"


class NameFormat(Invalid):
    """Not a name."""

    code, default_message = "name_format", "姓名应为2至50个汉字（或外文字母），请按证件填写"


class PhoneFormat(Invalid):
    """Not a mainland mobile number."""

    code, default_message = "phone_format", "请使用11位中国大陆手机号"


@dataclass(frozen=True)
class Identity:
    """What a checked number says. ``sex`` per GB/T 2261.1: 1 male, 2 female."""

    number: str
    birth_on: date
    sex: int


def check_identity_card(text: str, today: date) -> Identity:
    """Check a resident identity card number (GB 11643) in the order of domain.md §3.3.

    Raises:
        IdentityFormat, IdentityRegion, IdentityBirthDate, IdentityChecksum.
    """
    number = normalise(text)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        raise IdentityFormat()
    if number[:2] not in PROVINCES:
        raise IdentityRegion()
    birth_on = _birth(number[6:14], today)
    if number[-1] != check_character(number):
        raise IdentityChecksum()
    return Identity(number, birth_on, 1 if int(number[16]) % 2 else 2)


def check_character(number: str) -> str:
    """Return the check character of the first 17 digits (ISO 7064 MOD 11-2, domain.md §3.2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def normalise(text: str) -> str:
    """Return a document number trimmed, half-width, upper-case, without spaces and hyphens."""
    return re.sub(r"[\s\-]", "", text.translate(FULL_WIDTH)).upper()


def check_name(text: str) -> str:
    """Return a trimmed name; rare four-byte characters are kept. Raises NameFormat."""
    name = text.strip()
    if not NAME.fullmatch(name):
        raise NameFormat()
    return name


def check_mobile(text: str) -> str:
    """Return a mainland mobile number of 11 digits without +86, spaces and hyphens. Raises PhoneFormat."""
    phone = re.sub(r"[\s\-]", "", text.translate(FULL_WIDTH))
    phone = re.sub(r"^(?:\+86|0086|86(?=\d{11}$))", "", phone)
    if not MOBILE.fullmatch(phone):
        raise PhoneFormat()
    return phone


def _birth(digits: str, today: date) -> date:
    try:
        birth_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentityBirthDate() from None
    if not EARLIEST_BIRTH <= birth_on <= today:
        raise IdentityBirthDate()
    return birth_on
