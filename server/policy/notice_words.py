"""What every notice is made of, and the words no notice may say. Pure.

A push never names a disease (domain.md §7.1): whatever a fact says, words of ``SENSITIVE`` do not get through ``neutral``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

Facts = Mapping[str, Any]
Who = Literal["resident", "staff"]
CUSTOMER_SERVICE = "customer_service"
KEFU = "kefu"
ITEM = "健康随访"

SENSITIVE = (
    "高血压", "血压", "糖尿", "血糖", "冠心", "心脏病", "卒中", "中风", "脑梗", "肿瘤", "癌", "结核", "肺病", "慢阻肺", "肝炎",
    "艾滋", "HIV", "梅毒", "性病", "淋病", "精神", "心理", "抑郁", "焦虑", "双相", "癫痫", "痴呆", "自杀", "残疾", "流产",
    "妊娠", "怀孕", "孕产", "产科", "产前", "产后", "分娩", "阻塞", "肺疾", "传染", "感染", "透析", "肾病", "哮喘", "心梗",
    "心衰", "胸痛", "白血病", "帕金森", "病床", "特殊家庭",
)  # fmt: skip


_NAMES_ONE = re.compile("|".join(map(re.escape, SENSITIVE)), re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """What one notice says: values by our template field names, and the same in one sentence."""

    fields: dict[str, str]
    text: str
    page: str = ""
    """Path in the mini-program that a tap opens."""


@dataclass(frozen=True)
class Kind:
    """One kind of notice.

    ``repeat_safe``: telling twice does no harm, so a lost answer is tried again. ``keeps_quiet``: waits out the night.
    ``needs_call``: when no channel is left the team phones. ``page`` may hold facts in braces.
    """

    title: str
    who: Who
    channels: tuple[str, ...]
    words: Callable[[Facts], Words]
    page: str
    repeat_safe: bool = False
    keeps_quiet: bool = True
    needs_call: bool = True


def neutral(value: str, instead: str) -> str:
    """Return the value, or ``instead`` when it names a disease or a clinic that gives one away."""
    return instead if _NAMES_ONE.search(value) else value


def day(value: str) -> str:
    """Return an ISO day for people: 2026年3月9日."""
    year, month, number = value[:10].split("-")
    return f"{int(year)}年{int(month)}月{int(number)}日"


def short_day(value: str) -> str:
    """Return an ISO day without its year: 3月9日."""
    _, month, number = value[:10].split("-")
    return f"{int(month)}月{int(number)}日"


def moment(value: str) -> str:
    """Return an ISO instant for people, Shanghai time."""
    at = datetime.fromisoformat(value).astimezone(ZoneInfo("Asia/Shanghai"))
    return f"{day(at.isoformat())} {at:%H:%M}"


def said_of(facts: Facts, usual: str = ITEM) -> str:
    """Return what a notice calls its subject: the region's word for it (``reminders.changes``), else the usual one."""
    return neutral(str(facts.get("item") or usual), usual)
