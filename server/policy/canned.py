"""Ready-made replies: their variables are known ones when saved, and all have a value when used. Pure."""

import re
from collections.abc import Mapping

from server.errors import Invalid

VARIABLES = {
    "name": "居民姓名",
    "doctor": "医生姓名",
    "team": "团队名称",
    "phone": "团队电话",
    "hours": "团队工作时间",
    "date": "今天的日期",
    "next_visit": "下次随访日期",
}
"""What may stand in braces, and what it is called for people."""
_IN_BRACES = re.compile(r"[{｛]([^{}｛｝]*)[}｝]")


class VariableUnknown(Invalid):
    """A ready-made reply names something nobody can fill in."""

    code, default_message = "variable_unknown", "常用回复里有不认识的变量"


class VariableMissing(Invalid):
    """A variable has no value for this resident, or was not filled in before sending."""

    code, default_message = "variable_missing", "这条回复还有没填上的内容"


def check(text: str) -> None:
    """Refuse unknown variables and stray braces, on saving. Raises VariableUnknown."""
    unknown = sorted({name for name in _IN_BRACES.findall(text) if name not in VARIABLES})
    if unknown or re.search(r"[{}｛｝]", _IN_BRACES.sub("", text)):
        named = "、".join(f"{{{name}}}" for name in unknown) or "多余的大括号"
        known = " ".join(f"{{{name}}}" for name in VARIABLES)
        raise VariableUnknown(f"不认识 {named}，可以用：{known}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the reply with its variables filled in. Raises VariableMissing, and VariableUnknown as ``check``."""
    check(text)
    missing = sorted({name for name in _IN_BRACES.findall(text) if not values.get(name)})
    if missing:
        named = "、".join(VARIABLES[name] for name in missing)
        raise VariableMissing(f"这位居民没有“{named}”，请改写后再发", missing=missing)
    return _IN_BRACES.sub(lambda found: values[found[1]], text)


def refuse_open(text: str) -> None:
    """Refuse to send words in which a known variable still stands. Raises VariableMissing."""
    left = [name for name in _IN_BRACES.findall(text) if name in VARIABLES]
    if left:
        named = "、".join(f"{{{name}}}" for name in left)
        raise VariableMissing(f"{named} 还没有填上，请改写后再发", missing=left)
