"""A policy's values in plain words, for the answers. Illnesses are never named: 慢性病 stands for all of them. Pure."""

from collections.abc import Iterable
from datetime import date

from server.policy.parts.benefits import PackageType, RateRise
from server.policy.parts.kinds import Group

GROUPS = {
    Group.CHILD: "儿童",
    Group.MATERNAL: "孕产妇",
    Group.DISABLED: "残疾人",
    Group.SPECIAL_FP: "计划生育特殊家庭",
    Group.OUT_OF_POVERTY: "脱贫人口",
    Group.MONITORED: "防返贫监测户",
    Group.LOW_INCOME: "低收入家庭",
    Group.HARDSHIP_ILLNESS: "大病困难群众",
    Group.IMMOBILE: "行动不便的居民",
    Group.FLOATING: "流动人口",
    Group.NONLOCAL: "外地居民",
}
ILL = "慢性病等患者"
"""… for every group that an illness defines."""
SLOTS = {"GENERAL": "普通号", "SPECIALIST": "专科号", "EXPERT": "专家号", "EXAM": "检查", "BED": "床位"}
LEVELS = {1: "一级", 2: "二级", 3: "三级"}
PRIORITY = {"VISIT": "看病", "EXAM": "检查", "ADMISSION": "住院"}
OUTSIDERS = {"floating": "流动人口", "hk_macao_taiwan": "港澳台居民", "foreigner": "外国人"}
EXCEPTIONS = {"death": "去世", "moved": "搬离本地", "breach": "团队没有按协议服务"}
WHO = {"active": "在职", "retired": "退休"}
ITEMS = {
    "team": "固定医生团队",
    "health_card": "健康服务卡",
    "health_prescription": "健康处方",
    "nursing_training": "护理培训",
}


def groups(listed: Iterable[Group], elderly_min_age: int) -> str:
    """Return groups of people by name, those whom an illness defines together."""
    found = dict.fromkeys(
        f"{elderly_min_age}岁以上老人" if one is Group.ELDER else GROUPS.get(one, ILL) for one in listed
    )
    return "、".join([*(name for name in found if name != ILL), *([ILL] if ILL in found else [])])


def months(number: int) -> str:
    """Return a number of months: 1年, 18个月."""
    return f"{number // 12}年" if number % 12 == 0 else f"{number}个月"


def span(least_days: int, most_days: int) -> str:
    """Return two numbers of days: in weeks where both are whole weeks, else in months."""
    if least_days % 7 == 0 and most_days % 7 == 0:
        return f"{least_days // 7}到{most_days // 7}周"
    return f"{round(least_days / 30)}到{round(most_days / 30)}个月"


def yuan(fen: int) -> str:
    """Return an amount of money in yuan."""
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}"


def day(value: date) -> str:
    """Return a day for people."""
    return f"{value.year}年{value.month}月{value.day}日"


def packages(types: Iterable[PackageType]) -> str:
    """Return the packages' names, without what stands in brackets: it may be an illness."""
    return "、".join(dict.fromkeys(one.name.partition("（")[0] for one in types))


def rates(rises: Iterable[RateRise]) -> str:
    """Return the insurance's rates before and after."""
    return "，".join(f"{WHO[one.who]}{one.before_pct}%提到{one.after_pct}%" for one in rises)


def hospitals(names: Iterable[str], levels: Iterable[int]) -> str:
    """Return the hospitals that give numbers: by name, else by level."""
    return "、".join(names) or "、".join(LEVELS.get(level, str(level)) for level in levels) + "医院"


def slots(kinds: Iterable[str]) -> str:
    """Return kinds of numbers."""
    return "、".join(SLOTS[kind] for kind in kinds)


def priority(kinds: Iterable[str]) -> str:
    """Return what residents under contract get first."""
    return "、".join(PRIORITY[kind] for kind in kinds)


def outsiders(kinds: Iterable[str]) -> str:
    """Return who may sign without a local household register."""
    return "、".join(OUTSIDERS[kind] for kind in kinds)


def exceptions(kinds: Iterable[str]) -> str:
    """Return what always allows to leave."""
    return "、".join(EXCEPTIONS[kind] for kind in kinds)


def items(kinds: Iterable[str]) -> str:
    """Return what special households are promised."""
    return "、".join(ITEMS[kind] for kind in kinds)
