"""The catalogue in words for people: times, recipients and ways, in Chinese. Pure."""

from server.policy.reminders import Effective
from server.policy.reminders.shape import RESIDENTS

WHO = {
    "resident": "居民",
    "guardian": "监护人",
    "doctor": "家庭医生",
    "nurse": "护士/公卫",
    "leader": "团队长",
    "hospital": "医院",
    "administrator": "管理员",
}
OF = {
    "due_on": "应访日",
    "window_start_on": "时间窗开始",
    "window_end_on": "最后期限",
    "end_on": "签约到期日",
    "start_on": "续约起始日",
    "answer_by_on": "承诺答复日",
    "move_on": "移交日",
    "event": "发生时",
    "visit": "上门或就诊",
    "release": "转公开时间",
    "limit": "办理时限",
    "calendar": "日历",
    "until": "恢复日",
    "until_on": "有效期末",
    "supply_end": "药品用完日",
    "delivery": "配送",
    "expected_on": "预计日",
    "planned_at": "通知时间",
    "period_end": "考核期末",
    "cap": "人数上限",
    "birthday_18": "18周岁生日",
    "birthday_14": "14周岁生日",
    "login": "下次登录",
    "service": "服务",
    "deadline_on": "截止日",
    "valid_to": "证件到期日",
}
WEEKDAYS = "一二三四五六日"


def time_of(token: str) -> str:
    """Return one time of a line: "-7" → 提前7天."""
    fixed = {"now": "即时", "0": "当天", "monthly": "每月", "yearly": "每年"}
    if token in fixed:
        return fixed[token]
    name, _, number = token.partition(":")
    if name == "day":
        return f"每月{number}日"
    if name == "weekly":
        return f"每周{WEEKDAYS[int(number) - 1]}"
    if name == "date":
        month, _, day = number.partition("-")
        return f"每年{int(month)}月{int(day)}日"
    if token.endswith("%"):
        return f"达{token}"
    unit = "小时" if token.endswith("h") else "天"
    count = abs(int(token.removesuffix("h")))
    return f"提前{count}{unit}" if token.startswith("-") else f"{count}{unit}后"


def times(line: Effective) -> str:
    """Return all times of a line with what they count from: 应访日：提前7天、提前1天、当天，09:00."""
    said = "、".join(time_of(token) for token in line.when)
    by_day = any(token not in ("now",) and not token.endswith(("h", "%")) for token in line.when)
    return f"{OF[line.line.of]}：{said}{f'，{line.at:%H:%M}' if by_day else ''}"


def recipients(line: Effective) -> str:
    """Return who is told."""
    return "、".join(WHO[who] for who in line.line.to)


def way(line: Effective) -> str:
    """Return over which way."""
    if line.line.to[0] in RESIDENTS:
        return "推送" if line.line.by == "push" else "小程序内"
    if line.line.to[0] in ("administrator", "hospital"):
        return "工作台"
    return "推送和待办" if line.line.by == "push" else "待办"


def holds_back(line: Effective) -> str:
    """Return what nights, weekends and holidays do to it."""
    if line.line.is_for_residents:
        return "夜间照发" if line.line.passes_quiet else "夜间顺延"
    return "提前到工作日" if line.line.moves_to_workday else "节假日照发"
