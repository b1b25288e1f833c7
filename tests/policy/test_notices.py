"""What is pushed: complete for every template, and never a disease."""

from datetime import UTC, datetime

import pytest

from server.policy import programmes
from server.policy.notices import (
    CHATS,
    ITEM,
    KINDS,
    SENSITIVE,
    channel_label,
    neutral,
    render,
    template_of,
)
from server.wechat.fields import fit, kind_of
from tests.configured import SERVICE_FIELDS, TEMPLATE_FIELDS

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FACTS = {
    "team": "城北家庭医生团队",
    "phone": "0816-3333333",
    "due_on": "2026-03-16",
    "package": "基础服务包",
    "end_on": "2027-03-01",
    "confirm_by_on": "2027-05-31",
    "until": "2026-03-09",
    "move_on": "2026-03-20",
    "late": "1",
    "result": "已通过",
    "agreement_id": "A",
    "followup_id": "F",
    "hospital": "市中心医院",
    "department": "眼科",
    "starts_at": "2026-03-07T09:00:00+08:00",
    "appointment_id": "P",
    "hold_until": "2026-03-05T16:00:00+08:00",
    "sender": "张*明",
    "short_no": 12,
    "summary": "请问明天几点开门",
    "balance_fen": 95000,
    "left": "36",
    "referral_id": "R",
    "hospitals": 2,
    "count": 7,
    "release_at": "2026-03-06T15:00:00+08:00",
    "floor": "门诊楼3楼",
    "bring": "以前的检查单",
    "visitor": "陈静医生",
    "window": "上午",
    "percent": 90,
    "resident_id": "N",
    "courier": "王平",
    "address": "北街1号",
}
PROGRAMMES = (
    "高血压", "2型糖尿病", "严重精神障碍", "肺结核", "孕产妇", "慢性阻塞性肺疾病", "残疾人", "产后访视", "产前检查",
    "重性精神疾病", "肺结核患者健康管理", "HIV感染者", "流产后关怀",
)  # fmt: skip
"""What the programmes and their visits are called by doctors."""
# what an upset resident, a package or a clinic may be called
DISEASES = ("高血压", "糖尿病", "肺结核", "艾滋病", "HIV", "乙型肝炎", "精神分裂症", "抑郁症", "肺癌", "肿瘤", "冠心病", "脑梗死",
            "慢阻肺", "梅毒", "癫痫", "怀孕", "流产", "残疾", "孕产妇")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_template_of_a_kind_is_filled_with_acceptable_values(kind: str) -> None:
    words = render(kind, FACTS, AT)

    for channel in KINDS[kind].channels:
        if channel in CHATS:
            assert words.text
            continue
        fields = (TEMPLATE_FIELDS if channel.startswith("subscribe:") else SERVICE_FIELDS)[template_of(channel)]
        for name, key in fields.items():
            assert fit(key, words.fields[name]), (channel, name)


@pytest.mark.parametrize("kind", KINDS)
def test_no_notice_names_a_disease(kind: str) -> None:
    days = ("due_on", "end_on", "confirm_by_on", "until", "move_on", "starts_at", "release_at", "hold_until")
    quiet = {name: FACTS[name] for name in (*days, "result", "phone", "left")}
    for disease in (*DISEASES, *PROGRAMMES):
        loud = {name: f"{value}{disease}" for name, value in FACTS.items() if isinstance(value, str)}

        words = render(kind, FACTS | loud | quiet | {"reason": disease, "item": disease}, AT)

        said = " ".join([words.text, *words.fields.values()])
        assert disease not in said
        assert not [word for word in SENSITIVE if word in said], disease


@pytest.mark.parametrize("kind", KINDS)
def test_what_we_write_ourselves_is_never_cut(kind: str) -> None:
    """WeChat refuses a whole message with 47003 for one field that is too long; cut, it would say half of a thing."""
    words = render(kind, FACTS, AT)

    for channel in KINDS[kind].channels:
        if channel not in CHATS:
            fields = (TEMPLATE_FIELDS if channel.startswith("subscribe:") else SERVICE_FIELDS)[template_of(channel)]
            long = {name: words.fields[name] for name, key in fields.items() if not _fits(key, words.fields[name])}
            assert long == {}, channel


def _fits(key: str, value: str) -> bool:
    """The lengths of WeChat's own list; days and times are written anew by ``fit``."""
    most = {"thing": 20, "phrase": 5, "name": 10}.get(kind_of(key))
    return most is None or (len(value) <= most and fit(key, value) == value)


@pytest.mark.parametrize("name", programmes.names())
def test_no_programme_is_called_by_a_name_that_gives_it_away(name: str) -> None:
    """Whatever a resident may not be told in a push, its doctors' name stops at ``neutral``; its own name passes."""
    table = programmes.load(name, AT.date())

    assert neutral(table.neutral_title, "") == table.neutral_title
    if table.neutral_title == ITEM:
        assert neutral(table.title, ITEM) == ITEM
        for kind in KINDS:
            loud = dict.fromkeys(("item", "team", "visitor", "package", "hospital", "summary", "reason"), table.title)
            words = render(kind, FACTS | loud, AT)
            assert table.title not in " ".join([words.text, *words.fields.values()]), kind


def test_channels_fit_their_column() -> None:
    assert all(len(channel) <= 24 for kind in KINDS.values() for channel in kind.channels)


def test_a_missing_fact_is_an_error_and_not_an_empty_message() -> None:
    with pytest.raises(KeyError):
        render("followup_due", {"team": "城北"}, AT)


def test_neutral_keeps_harmless_words() -> None:
    assert neutral("眼科", "专科门诊") == "眼科"
    assert neutral("精神科", "专科门诊") == "专科门诊"


def test_channel_labels_are_for_people() -> None:
    assert channel_label("subscribe:visit") == "微信服务通知"
    assert channel_label(None) == ""


def test_a_tap_on_a_reminder_opens_the_page_that_does_it() -> None:
    """Renewal in two taps: the reminder, and the button on the page it opens."""
    pages = {kind: render(kind, FACTS, AT).page for kind in ("renewal_offer", "agreement_expired", "reconfirm_due")}

    assert pages == {
        "renewal_offer": "pages/renew/renew?id=A",
        "agreement_expired": "pages/renew/renew?id=A",
        "reconfirm_due": "pages/renew/confirm?id=A",
    }


def test_whoever_is_renewed_silently_is_told_so_before_and_how_to_stop_it() -> None:
    plain, silent = (render("renewal_offer", FACTS | more, AT) for more in ({}, {"goes_on": "1"}))

    assert "自动续约" not in plain.text + plain.fields["hint"]
    assert "自动续约" in silent.text and "解约" in silent.text and "解约" in silent.fields["hint"]
    assert len(silent.fields["hint"]) <= 20
