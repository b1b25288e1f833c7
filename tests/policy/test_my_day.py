"""The order of a doctor's day, and the sentence beside each entry."""

from datetime import date, timedelta
from typing import Any

import pytest

from server.policy.my_day import (
    ACTIONS,
    KIND_LABELS,
    PRIORITY_LABELS,
    Entry,
    Kind,
    Priority,
    arrange,
    page,
    priority,
    why,
)

TODAY = date(2026, 3, 16)


def entry(kind: Kind = Kind.FOLLOWUP, days: int = 0, key: str = "a", home: str = "", **fields: Any) -> Entry:
    return Entry(kind, key, TODAY + timedelta(days=days), home or key, **fields)


@pytest.mark.parametrize(
    ("given", "band"),
    [
        (entry(Kind.MESSAGE, is_urgent=True), Priority.NOW),
        (entry(is_hard=True), Priority.HARD),
        (entry(days=-2, is_hard=True), Priority.HARD),
        (entry(days=-1), Priority.LATE),
        (entry(Kind.MESSAGE, days=-1), Priority.LATE),
        (entry(), Priority.TODAY),
        (entry(Kind.VISIT), Priority.TODAY),
        (entry(Kind.MISSED, days=-20), Priority.MISSED),
        (entry(Kind.DISPUTE, days=-3), Priority.ANSWER),
        (entry(Kind.CALL), Priority.ANSWER),
        (entry(days=1), Priority.SOON),
        (entry(days=3, is_hard=True), Priority.SOON),
        (entry(Kind.RENEWAL, days=12), Priority.SOON),
    ],
)
def test_band(given: Entry, band: Priority) -> None:
    assert priority(given, TODAY) == band


def test_clinical_priority_goes_before_the_due_day() -> None:
    oldest_paper = entry(Kind.SIGNING, -30, "paper")
    late, urgent = entry(days=-2, key="late"), entry(Kind.MESSAGE, 0, "urgent", is_urgent=True)
    earlier = entry(days=-5, key="earlier")

    order = [home[0].id for home in arrange([oldest_paper, late, urgent, earlier], TODAY)]

    assert order == ["urgent", "earlier", "late", "paper"]


def test_a_household_stands_where_its_most_pressing_entry_does() -> None:
    alone = entry(days=-1, key="alone")
    wife, husband = entry(days=5, key="wife", home="H"), entry(days=-3, key="husband", home="H")

    assert [[one.id for one in home] for home in arrange([wife, alone, husband], TODAY)] == [
        ["husband", "wife"],
        ["alone"],
    ]


def test_pages_hold_whole_households_and_lose_nobody() -> None:
    homes = arrange([entry(days=n % 9 - 4, key=f"{n:02}", home=f"H{n // 3}") for n in range(60)], TODAY)

    seen: list[str] = []
    after = None
    for _ in range(60):
        shown, after = page(homes, after, 7, TODAY)
        assert sum(map(len, shown)) < 7 + 3
        seen += [one.id for home in shown for one in home]
        if after is None:
            break
    assert after is None
    assert sorted(seen) == sorted(one.id for home in homes for one in home)
    assert len(set(seen)) == 60


def test_what_is_done_between_two_pages_hides_nobody() -> None:
    homes = arrange([entry(days=-n, key=f"{n:02}") for n in range(9)], TODAY)
    first, after = page(homes, None, 3, TODAY)

    rest, _ = page(homes[2:], after, 20, TODAY)  # the first two were done meanwhile

    assert [home[0].id for home in first + rest] == [home[0].id for home in homes]


@pytest.mark.parametrize(
    ("given", "last", "sentence"),
    [
        (entry(detail="高血压随访", is_hard=True), "控制不满意", "高血压14天随访：上次控制不满意，今天截止"),
        (entry(days=-3, detail="高血压随访"), "控制满意", "高血压随访：上次控制满意，已超期3天"),
        (entry(days=2, detail="高血压随访"), "", "高血压随访：第一次随访，2天后到期"),
        (entry(days=0, detail="出院后随访", is_hard=True), "", "出院后随访：第一次随访，今天截止"),
        (entry(title="孕中期第2次随访", is_hard=True), "", "孕中期第2次随访：今天截止"),
        (entry(days=0, detail="高血压随访", is_hard=True), None, "高血压随访：今天截止"),
        (entry(Kind.MESSAGE, waited_minutes=25), None, "发来消息，已等25分钟"),
        (entry(Kind.MESSAGE, waited_minutes=200, is_urgent=True), None, "紧急消息，已等3小时"),
        (entry(Kind.MESSAGE, waited_minutes=3000), None, "发来消息，已等2天"),
        (entry(Kind.VISIT, detail="王护士，上午 9:00—11:30"), None, "上门访视：王护士，上午 9:00—11:30，今天"),
        (entry(Kind.VISIT, days=-1, detail="王护士，上午"), None, "上门访视：王护士，上午，昨天没有去"),
        (entry(Kind.VISIT, days=4), None, "上门访视还没安排，4天后截止"),
        (entry(Kind.MEASURED, waited_minutes=9), None, "自测超出参考值，已等9分钟"),
        (entry(Kind.MEASURED, is_urgent=True), None, "自测出现危急值，已等0分钟"),
        (entry(Kind.CHECK, days=-1, detail="高血压随访"), None, "高血压随访后建议转诊：问问去了没有，已超期1天"),
        (entry(Kind.REFERRAL, days=-2), None, "医院已转回2天，等您接收"),
        (entry(Kind.MISSED, days=-9, detail="上门访视"), None, "上门访视：9天前到期，没有完成，请补访或补录"),
        (entry(Kind.DISPUTE, days=-1), None, "对服务记录有疑问，答复已超过承诺1天"),
        (entry(Kind.SIGNING), None, "申请签约，今天是承诺答复的最后一天"),
        (entry(Kind.CHANGE, days=5), None, "申请变更团队，承诺5天内答复"),
        (entry(Kind.CALL, detail="预约提醒"), None, "微信没有送达“预约提醒”，请电话告知"),
        (entry(Kind.RECONFIRM, days=10), None, "已自动续约，等您确认，10天后截止"),
        (entry(Kind.RENEWAL, days=12), None, "协议还有12天到期，还没有续签"),
    ],
)
def test_why(given: Entry, last: str | None, sentence: str) -> None:
    assert why(given, TODAY, last=last) == sentence


def test_every_kind_has_its_words() -> None:
    assert set(KIND_LABELS) == set(ACTIONS) == set(Kind)
    assert set(PRIORITY_LABELS) == set(Priority)
    assert all(why(entry(kind, detail="随访"), TODAY) for kind in Kind)
