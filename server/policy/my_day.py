"""A doctor's day as one list: what comes first, what stands together, and the sentence that says why. Pure.

Clinical priority first, then the due day; the work of one household stays together where its most pressing part stands
(field_notes 2.8: priority and route are what doctors miss in other systems).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What is to be done."""

    MESSAGE = "message"
    MEASURED = "measured"
    FOLLOWUP = "followup"
    VISIT = "visit"
    REFERRAL = "referral"
    CHECK = "check"
    MISSED = "missed"
    DISPUTE = "dispute"
    SIGNING = "signing"
    CHANGE = "change"
    CALL = "call"
    RECONFIRM = "reconfirm"
    RENEWAL = "renewal"


KIND_LABELS = {
    Kind.MESSAGE: "消息",
    Kind.MEASURED: "自测",
    Kind.FOLLOWUP: "随访",
    Kind.VISIT: "上门",
    Kind.REFERRAL: "转诊",
    Kind.CHECK: "转诊追踪",
    Kind.MISSED: "漏访",
    Kind.DISPUTE: "服务核实",
    Kind.SIGNING: "签约",
    Kind.CHANGE: "变更团队",
    Kind.CALL: "电话",
    Kind.RECONFIRM: "续约",
    Kind.RENEWAL: "续签",
}
ACTIONS = {
    Kind.MESSAGE: "回复",
    Kind.MEASURED: "查看",
    Kind.FOLLOWUP: "填写",
    Kind.VISIT: "上门",
    Kind.REFERRAL: "接收",
    Kind.CHECK: "问结果",
    Kind.MISSED: "补录",
    Kind.DISPUTE: "答复",
    Kind.SIGNING: "答复",
    Kind.CHANGE: "答复",
    Kind.CALL: "处理",
    Kind.RECONFIRM: "确认",
    Kind.RENEWAL: "续签",
}
"""The word on the one button."""
CLINICAL = frozenset({Kind.MESSAGE, Kind.MEASURED, Kind.FOLLOWUP, Kind.VISIT, Kind.REFERRAL, Kind.CHECK})
"""Somebody's health hangs on these; the rest is paper that somebody was promised."""


class Priority(IntEnum):
    """The bands of the list, in order."""

    NOW = 0
    HARD = 1
    LATE = 2
    TODAY = 3
    MISSED = 4
    ANSWER = 5
    SOON = 6


PRIORITY_LABELS = {
    Priority.NOW: "马上处理",
    Priority.HARD: "今天必须完成",
    Priority.LATE: "已超期",
    Priority.TODAY: "今天",
    Priority.MISSED: "漏访",
    Priority.ANSWER: "等您答复",
    Priority.SOON: "近期",
}


@dataclass(frozen=True)
class Entry:
    """One thing to do. ``due_on`` is the day it is due, or the day since when somebody waits for an answer.

    ``is_hard``: the due day has no grace. ``household``: who shares it stands together; a person without one is his own.
    """

    kind: Kind
    id: str
    due_on: date
    household: str
    resident_id: str | None = None
    is_urgent: bool = False
    is_hard: bool = False
    detail: str = ""
    """What the sentence needs besides: the programme, the notice, the visitor."""
    title: str = ""
    """What a window of the programme is called; "" where the programme says it."""
    waited_minutes: int = 0

    def key(self, today: date) -> tuple[int, str, str, str]:
        """Return where it stands: unique, and of plain values for a cursor."""
        return priority(self, today), self.due_on.isoformat(), self.kind, self.id


Key = tuple[int, str, str, str]


def priority(entry: Entry, today: date) -> Priority:
    """Return the band an entry stands in on a day."""
    if entry.is_urgent:
        return Priority.NOW
    if entry.kind == Kind.MISSED:
        return Priority.MISSED
    if entry.due_on > today:
        return Priority.SOON
    if entry.kind not in CLINICAL:
        return Priority.ANSWER
    if entry.is_hard:
        return Priority.HARD
    return Priority.LATE if entry.due_on < today else Priority.TODAY


def arrange(entries: Iterable[Entry], today: date) -> list[list[Entry]]:
    """Return the households in the order of their most pressing entry, each with its entries in order."""
    homes: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.key(today)):
        homes.setdefault(entry.household, []).append(entry)
    return list(homes.values())  # the first entry met decides where a household stands


def page(homes: list[list[Entry]], after: Key | None, rows: int, today: date) -> tuple[list[list[Entry]], Key | None]:
    """Return the households of one page, never split, and the key after which the next page begins; None at the end.

    Args:
        after: as returned before; entries done meanwhile move nothing. rows: entries at which a page is full.
    """
    shown: list[list[Entry]] = []
    left = [home for home in homes if after is None or home[0].key(today) > after]
    for number, home in enumerate(left):
        shown.append(home)
        if sum(map(len, shown)) >= rows and number + 1 < len(left):
            return shown, home[0].key(today)
    return shown, None


# ---------------------------------------------------------------- why it stands there


def why(entry: Entry, today: date, *, last: str | None = None) -> str:
    """Return the sentence an entry stands there for.

    Args:
        last: how the last follow-up of the programme ended, "" when there was none, None: not to be told.
    """
    days = (entry.due_on - today).days
    if entry.kind == Kind.FOLLOWUP:
        again = f"{entry.detail.removesuffix('随访')}14天随访" if entry.is_hard and last else entry.detail
        name = entry.title or again
        before = f"上次{last}，" if last else "第一次随访，" if last is not None and not entry.title else ""
        return f"{name}：{before}{_due(days, hard=entry.is_hard)}"
    if entry.kind == Kind.MESSAGE:
        return f"{'紧急消息' if entry.is_urgent else '发来消息'}，已等{waited(entry.waited_minutes)}"
    if entry.kind == Kind.MEASURED:
        return f"自测{'出现危急值' if entry.is_urgent else '超出参考值'}，已等{waited(entry.waited_minutes)}"
    if entry.kind == Kind.VISIT:
        return (
            f"上门访视：{entry.detail}，{_day(days)}" if entry.detail else f"上门访视还没安排，{_due(days, hard=True)}"
        )
    return _office(entry, days)


def _office(entry: Entry, days: int) -> str:
    sentences = {
        Kind.REFERRAL: f"医院已转回{f'{-days}天' if days < 0 else ''}，等您接收",
        Kind.CHECK: f"{entry.detail}后建议转诊：问问去了没有，{_due(days, hard=True)}",
        Kind.MISSED: f"{entry.title or entry.detail}：{-days}天前到期，没有完成，请补访或补录",
        Kind.DISPUTE: f"对服务记录有疑问，{_promised(days)}",
        Kind.SIGNING: f"申请签约，{_promised(days)}",
        Kind.CHANGE: f"申请变更团队，{_promised(days)}",
        Kind.CALL: f"微信没有送达“{entry.detail}”，请电话告知",
        Kind.RECONFIRM: f"已自动续约，等您确认，{_due(days, hard=True)}",
        Kind.RENEWAL: f"协议{_ends(days)}，还没有续签",
    }
    return sentences[entry.kind]


def _day(days: int) -> str:
    near = {-1: "昨天没有去", 0: "今天", 1: "明天"}
    return near.get(days, f"{days}天后" if days > 0 else f"{-days}天前没有去")


def _due(days: int, *, hard: bool) -> str:
    word = "截止" if hard else "到期"
    if days == 0:
        return f"今天{word}"
    return f"{days}天后{word}" if days > 0 else f"已超期{-days}天"


def _promised(days: int) -> str:
    if days == 0:
        return "今天是承诺答复的最后一天"
    return f"承诺{days}天内答复" if days > 0 else f"答复已超过承诺{-days}天"


def _ends(days: int) -> str:
    return "今天到期" if days == 0 else f"还有{days}天到期" if days > 0 else f"已到期{-days}天"


def waited(minutes: int) -> str:
    """Return how long somebody waits, in words a doctor reads at a glance."""
    if minutes < 60:
        return f"{max(minutes, 0)}分钟"
    hours = minutes // 60
    return f"{hours}小时" if hours < 24 else f"{hours // 24}天"
