"""Names and mobile numbers as people type them."""

import re

from server.policy.identity.errors import NameFormat, PhoneFormat
from server.policy.identity.numbers import half_width

CHINESE = r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
CHINESE_NAME = re.compile(rf"^{CHINESE}(?:·?{CHINESE})*$")
LATIN = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
LATIN_NAME = re.compile(rf"^[{LATIN}][{LATIN} ,'.\-]*$")
# Keyboards offer several dots; cards print the one in the middle.
DOTS = str.maketrans(dict.fromkeys("•‧・．", "·"))
SHORTEST, LONGEST = 2, 50
MOBILE = re.compile(r"^1[3-9]\d{9}$", re.ASCII)
LANDLINE = re.compile(r"^(0\d{2,3})-?(\d{7,8})(?:-(\d{1,6}))?$", re.ASCII)


def check_name(text: str) -> str:
    """Return a trimmed name of 2 to 50 characters: Chinese (rare four-byte characters are kept, ``·`` between the parts
    of a minority name) or Latin for foreigners. Raises NameFormat.
    """
    name = text.strip().translate(DOTS)
    if re.search(r"\d", name):
        raise NameFormat("姓名里不能有数字")
    if len(name) < SHORTEST:
        raise NameFormat("请填写证件上的完整姓名")
    if len(name) > LONGEST or not (CHINESE_NAME.match(name) or LATIN_NAME.match(name)):
        raise NameFormat()
    return name


def check_mobile(text: str) -> str:
    """Return a mainland mobile number of 11 digits without +86, spaces and hyphens. Raises PhoneFormat."""
    phone = re.sub(r"[\s\-]", "", half_width(text))
    phone = re.sub(r"^(?:\+86|0086|86(?=\d{11}$))", "", phone)
    if not MOBILE.fullmatch(phone):
        raise PhoneFormat()
    return phone


def check_contact_phone(text: str) -> str:
    """Return a mobile number as ``check_mobile`` does, or a landline as 0816-2222222[-8] (domain.md §3.5).

    Raises PhoneFormat.
    """
    landline = LANDLINE.fullmatch(re.sub(r"\s", "", half_width(text)))
    if landline is None:
        return check_mobile(text)
    return "-".join(part for part in landline.groups() if part)
