"""Every rule of the region with its document and clause, and of its variants."""

from itertools import groupby

from flask import Response, request

from server import policy as policies
from server.handlers.context import wiring
from server.handlers.workbench import site
from server.policy import explaining

PARTS = {
    "signing": "签约",
    "teams": "团队",
    "area": "服务区域",
    "combination": "组合签约",
    "renewal": "续签",
    "termination": "解约",
    "refusal": "拒签",
    "packages": "服务包",
    "fee": "服务费",
    "fee_use": "费用使用",
    "insurance": "医保待遇",
    "booking": "号源预约",
    "referral": "转诊",
    "followups": "随访和访视",
    "prescriptions": "长期处方",
    "health_card": "健康服务卡",
    "limits": "服务限额",
    "coverage": "签约率目标",
    "groups": "重点人群",
    "communities": "功能社区",
    "assessment": "考核",
    "reports": "月报",
    "records": "资料和核对",
    "complaints": "投诉",
    "reminders": "提醒",
    "wording": "对外用语",
}


def list_rules() -> Response:
    """Show the rules in force, part by part."""
    region = wiring().policy.region
    choices = [region, *policies.variants(region)]
    chosen = request.args.get("profile", region)
    chosen = chosen if chosen in choices else region
    by_part = groupby(explaining.for_administrators(chosen), key=lambda rule: rule.part)
    return site.page(
        "local_rules.html",
        here="local_rules",
        policy=policies.load(chosen),
        choices=[(name, policies.load(name).name) for name in choices],
        chosen=chosen,
        groups=[(PARTS.get(part, part), list(rules)) for part, rules in by_part],
    )
