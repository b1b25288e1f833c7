"""What signing means for somebody's insurance here, as sentences: rates in percentage points (C-20), no promise of money."""

from collections.abc import Iterator

from server.policy.parts.benefits import InsuranceBenefits
from server.policy.schema import Policy

WHO = {"active": "在职职工", "retired": "退休人员"}
CLOSING = "具体待遇以医保部门结算为准。"


def lines(policy: Policy) -> list[str]:
    """Return the region's insurance rules for people under contract, one sentence each; empty where there are none."""
    found = [*_outpatient(policy.insurance), *_inpatient(policy.insurance)]
    return [*found, CLOSING] if found else []


def _outpatient(rules: InsuranceBenefits) -> Iterator[str]:
    if rules.registration_fee_waived:
        yield "在签约的家庭医生处看门诊，不另收挂号费。"
    if rules.realtime_extra_points:
        yield f"签约和转诊信息能实时读取的，报销比例提高{rules.realtime_extra_points}个百分点。"
    if limit := rules.outpatient_limit:
        yield f"居民医保门诊年度限额由{_yuan(limit.before_fen)}元提高到{_yuan(limit.after_fen)}元。"
    if rate := rules.prescription:
        before, points = rate.after_pct - rate.extra_points, rate.extra_points
        limit_text = f"居民医保在签约机构的单张处方（{_yuan(rate.limit_fen)}元以内）"
        yield f"{limit_text}，报销比例由{before}%提高到{rate.after_pct}%，即{points}个百分点。"
    for rise in rules.employee_rates:
        points = rise.after_pct - rise.before_pct
        rates = f"由{rise.before_pct}%提高到{rise.after_pct}%"
        yield f"职工医保（{WHO[rise.who]}）门诊统筹{rates}，即{points}个百分点。"


def _inpatient(rules: InsuranceBenefits) -> Iterator[str]:
    if rules.inpatient_up == "difference_only":
        yield "经团队转诊到上级医院，只补起付标准的差额。"
    if rules.inpatient_up == "no_second":
        yield "经家庭医生转诊到医联体医院，不再另计起付标准。"
    if rules.inpatient_down == "none":
        yield "由上级医院转回基层，不再另计起付标准。"
    if rules.first_deductible_discount_pct:
        yield f"经团队转诊首次住院，起付标准下调{rules.first_deductible_discount_pct}%。"
    if rules.stepwise_accumulates:
        yield "逐级转诊继续住院的，起付标准累计计算。"


def _yuan(fen: int) -> str:
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}"
