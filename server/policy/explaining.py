"""A region's rules in plain words, each with the document it comes from: what a resident may know before signing. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from server import policy as policies
from server.policy import benefits
from server.policy.schema import Policy
from server.policy.texts import chinese, read

OURS = "domain.md"
"""Our own defaults: they have no document a resident could look up."""

SLOTS = {"GENERAL": "普通号", "SPECIALIST": "专科号", "EXPERT": "专家号", "EXAM": "检查", "BED": "床位"}
RENEWALS = {
    "explicit": "到期前由您确认续签，不会自动续签",
    "sign_confirm": "到期续签需要您重新签字确认",
    "redo": "到期续签需要重新办理签约手续",
    "auto_reconfirm": "到期没有申请解约的自动续约，双方要在{days}天内再次确认",
}
TERMINATIONS = {
    "allowed": "签约期内可以向签约机构申请解约",
    "allowed_with_review": "签约期内可以申请解约，由签约机构审核",
    "not_allowed": "签约期内原则上不能解约，搬离本地、团队未按协议服务等情形除外",
}
SIGNERS = {"each_adult": "成年人本人签字", "head_or_representative": "户主或一位家庭代表可以代表全家签字"}
VISITS = {
    "monthly_right": "符合条件的签约居民每月上门访视一次",
    "on_need": "行动不便等确有需要的居民可以预约上门访视",
    "never_promised": "由团队根据需要安排，不承诺上门",
}


@dataclass(frozen=True)
class Line:
    """One rule for residents. ``document`` and ``clause`` are empty where no document settles it."""

    key: str
    title: str
    text: str
    document: str
    clause: str


@dataclass(frozen=True)
class Rule:
    """One rule for administrators, as it stands in the profile. ``profile`` is the file that says it."""

    part: str
    key: str
    value: str
    unit: str
    document: str
    clause: str
    since: date
    profile: str


def for_residents(policy: Policy) -> list[Line]:
    """Return what a resident may want to know, in the order in which he would ask."""
    said = ((key, title, words(policy)) for key, title, words in TOPICS)
    return [Line(key, title, text, *_source(policy.region, key)) for key, title, text in said if text]


def for_administrators(region: str) -> list[Rule]:
    """Return every rule of a region with its source. Raises PolicyError."""
    return [
        Rule(
            part, key, _written(rule.entry.value), rule.entry.unit, _document(rule.entry.source), rule.entry.clause,
            rule.entry.since, rule.profile,
        )
        for (part, key), rule in sorted(policies.rules(region).items())
    ]  # fmt: skip


def _source(region: str, key: str) -> tuple[str, str]:
    part, _, name = key.partition(".")
    entry = policies.rules(region)[part, name].entry
    return ("", "") if entry.source == OURS else (_document(entry.source), entry.clause)


def _document(source: str) -> str:
    return "默认值（可由本地区调整）" if source == OURS else str(read("sources").get(source, source))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "；".join(f"{key}：{_written(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(_written(item) for item in value) or "无"
    return "无" if value == "none" else str(value)


# ---------------------------------------------------------------- words


def _term(policy: Policy) -> str:
    rules = policy.signing
    if rules.fixed_end_on:
        return f"不论哪天签约，统一到{chinese(rules.fixed_end_on)}为止"
    if rules.term_months_min == rules.term_months_max:
        return _months(rules.term_months)
    longer = "，双方协商一致可以更长" if rules.term_extendable else ""
    return f"{_months(rules.term_months_min)}到{_months(rules.term_months_max)}{longer}"


def _months(number: int) -> str:
    return f"{number // 12}年" if number % 12 == 0 else f"{number}个月"


def _start(policy: Policy) -> str:
    return "自签字当天起" if policy.signing.effective_from == "signing_date" else "自团队确认之日起"


def _numbers(policy: Policy) -> str:
    rules = policy.booking
    if rules.share_basis == "none":
        return "没有固定比例，由转诊窗口优先安排" if rules.priority_for else ""
    kinds = "、".join(SLOTS[kind] for kind in rules.slot_types)
    least = "至少" if rules.share_basis == "minimum" else ""
    where = "、".join(rules.quota_hospitals) or f"{'、'.join(map(_level, rules.hospital_levels))}医院"
    return f"{where}把{least}{rules.share_pct}%的{kinds}优先留给签约居民"


def _level(number: int) -> str:
    return {1: "一级", 2: "二级", 3: "三级"}.get(number, str(number))


def _long_prescription(policy: Policy) -> str:
    rules = policy.prescriptions
    return f"病情稳定的可以一次开{rules.long_min_days}到{rules.long_max_days}天的药"


def _complaints(policy: Policy) -> str:
    mediated = "，受理单位负责调解" if policy.complaints.mediated else ""
    return f"{policy.wording.complaint_phone}{mediated}"


TOPICS: tuple[tuple[str, str, Callable[[Policy], str]], ...] = (
    ("signing.term_months_max", "签约期限", _term),
    ("signing.effective_from", "从哪天算起", _start),
    ("signing.household_signer", "谁来签字", lambda policy: SIGNERS[policy.signing.household_signer]),
    (
        "renewal.mode",
        "到期以后",
        lambda policy: RENEWALS[policy.renewal.mode].format(days=policy.renewal.reconfirm_within_days),
    ),
    ("termination.in_term", "中途解约", lambda policy: TERMINATIONS[policy.termination.in_term]),
    ("wording.fee_note", "服务费", lambda policy: policy.wording.fee_note),
    ("insurance.outpatient_preference", "医保待遇", lambda policy: "".join(benefits.lines(policy))),
    ("booking.share_pct", "预约专家", _numbers),
    ("followups.home_visit_promise", "上门访视", lambda policy: VISITS[policy.followups.home_visit_promise]),
    ("prescriptions.long_max_days", "长期处方", _long_prescription),
    ("wording.complaint_phone", "投诉电话", _complaints),
)
