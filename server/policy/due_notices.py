"""Words of what the daily planner tells (``reminders/catalogue.toml``): residents of one due day, staff of how many. Pure."""

from collections.abc import Callable

from server.policy.notice_words import CUSTOMER_SERVICE, Facts, Kind, Words, day, neutral, said_of

NOTICE, WAITING = "service_template:notice", "service_template:waiting"
FOLLOWUP = ("subscribe:followup_long", "subscribe:followup", NOTICE)
VISIT = ("subscribe:visit", NOTICE)
PLAN, LIST = "pages/followups/list", "pages/doctor/followups"


def _due(usual: str, hint: str, text: str) -> Callable[[Facts], Words]:
    """Something a resident does until a day; ``text`` may hold {item}, {day}."""

    def words(facts: Facts) -> Words:
        team, on, item = neutral(facts["team"], "家庭医生团队"), facts["due_on"], said_of(facts, usual)
        fields = {"item": item, "time": on, "date": on, "team": team, "phone": facts["phone"], "hint": hint}
        return Words(fields, f"{text.format(item=item, day=day(on))}，{team}，电话 {facts['phone']}")

    return words


def _visit(when: str) -> Callable[[Facts], Words]:
    """A visitor who comes at a part of a day (``window``)."""

    def words(facts: Facts) -> Words:
        item, on = said_of(facts, "家庭医生上门访视"), facts["due_on"]
        visitor, window = neutral(facts["visitor"], "家庭医生"), neutral(facts["window"], "")
        hint = f"{when}{window}上门，请留人在家"
        fields = {"item": item, "date": on, "time": on, "visitor": visitor, "phone": facts["phone"], "hint": hint}
        return Words(fields, f"{item}：{day(on)}{window}，{visitor}，电话 {facts['phone']}")

    return words


def _many(sender: str, hint: str) -> Callable[[Facts], Words]:
    """What waits for a member of staff; ``hint`` may hold facts in braces."""

    def words(facts: Facts) -> Words:
        said = neutral(hint.format_map(facts), "请在小程序中查看")
        return Words({"sender": sender, "item": sender, "time": facts["sent_at"], "hint": said}, said)

    return words


def _licence(facts: Facts) -> Words:
    hint = f"您的执业证{day(facts['due_on'])}到期"
    return Words(
        {"sender": "执业证到期", "item": "执业证", "time": facts["sent_at"], "hint": hint}, f"{hint}，请及时办理"
    )


def _resident(title: str, words: Callable[[Facts], Words], channels: tuple[str, ...] = FOLLOWUP) -> Kind:
    return Kind(title, "resident", channels, words, PLAN)


def _staff(title: str, words: Callable[[Facts], Words], page: str = LIST) -> Kind:
    return Kind(title, "staff", (WAITING, CUSTOMER_SERVICE), words, page, repeat_safe=True)


_COME = "{item}：请于{day}前到中心"
_LATE = "{item}：约定的{day}已过，请尽快联系"

DUE_KINDS: dict[str, Kind] = {
    "vaccination_due": _resident(
        "预防接种提醒", _due("预防接种", "请带接种证到接种门诊", "{item}：请于{day}前到接种门诊")
    ),
    "vaccination_overdue": _resident("预防接种提醒", _due("预防接种", "已过应种日期，请尽快补种", _LATE)),
    "child_check_due": _resident("儿童健康检查提醒", _due("儿童健康检查", "请带孩子到中心检查", _COME)),
    "child_check_overdue": _resident("儿童健康检查提醒", _due("儿童健康检查", "本次检查即将截止，请联系", _LATE)),
    "check_due": _resident("健康检查提醒", _due("健康检查", "请到中心检查，或与医生约时间", _COME)),
    "check_overdue": _resident("健康检查提醒", _due("健康检查", "约定时间已过，请尽快联系", _LATE)),
    "exam_due": _resident("年度健康体检提醒", _due("年度健康体检", "请空腹，带身份证", _COME)),
    "tcm_due": _resident("中医药健康服务提醒", _due("中医药健康服务", "可与年度体检同时进行", _COME)),
    "visit_tomorrow": _resident("明日上门访视", _visit("明天"), VISIT),
    "visit_today": _resident("今日上门访视", _visit("今天"), VISIT),
    "followups_waiting": _staff("随访待办", _many("随访待办", "有{count}项随访将到期，请查看")),
    "followups_hard": _staff("限期随访", _many("限期随访", "有{count}项限期随访待完成")),
    "followups_overdue": _staff("随访逾期", _many("随访逾期", "有{count}项随访已逾期，请尽快")),
    "followups_escalated": _staff("逾期升级", _many("逾期升级", "团队有{count}项随访逾期未处理")),
    "visits_waiting": _staff("上门访视待完成", _many("上门访视", "有{count}次上门访视尚未完成")),
    "visits_tomorrow": _staff("明日上门访视", _many("上门访视", "明天有{count}户上门访视，请准备")),
    "visits_today": _staff("今日上门访视", _many("上门访视", "今天有{count}户上门访视，请按时")),
    "exams_left": _staff("年度体检未完成", _many("年度体检", "今年还有{count}人未体检")),
    "first_visit_due": _staff("限时入户", _many("限时入户", "一位居民待首次入户，限72小时")),
    "birth_visit_due": _staff("限时上门", _many("限时上门", "一位居民待上门访视，限7天内")),
    "first_visit_missed": _staff("限时入户超时", _many("限时入户", "一位居民72小时未入户，请上报")),
    "referral_unchecked": _staff("转诊追踪", _many("转诊追踪", "有{count}位转诊居民待核实结果")),
    "team_near_cap": _staff(
        "签约人数提醒", _many("签约人数", "团队签约已达上限的{percent}%"), "pages/doctor/residents"
    ),
    "licence_expiring": _staff("执业证到期", _licence, "pages/doctor/home"),
}
"""The kinds of notices that lines of the catalogue with ``made = "plan_reminders"`` name."""
