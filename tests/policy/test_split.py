"""Who pays what, for one person: the same package, different regions, insurances and groups."""

import pytest

from server import policy
from server.policy import fees

MY = {"public_health_fund": 700, "insurance": 300}


def of(region: str, shares: dict[str, int], insurance: str | None = "resident", groups: tuple[str, ...] = ()):
    rules = policy.load(region)
    accounts = fees.listed_accounts(rules)
    guidance = fees.listed_guidance(rules)
    return fees.split(shares, guidance, accounts, rules, insurance=insurance, groups=groups)


@pytest.mark.parametrize(
    ("insurance", "account"),
    [
        ("resident", "outpatient_pool"),
        ("employee", "personal_account"),
        ("other", "unassigned"),
        ("uninsured", "unassigned"),
        (None, "unassigned"),
    ],
)
def test_c12_three_yuan_come_from_the_account_of_the_persons_insurance(insurance: str | None, account: str) -> None:
    fund, insurer = of("mianyang", MY, insurance)

    assert (fund.amount_fen, fund.guidance_fen, fund.account) == (700, 200, "fund")
    assert (insurer.amount_fen, insurer.account) == (300, account)


def test_c11_where_the_fee_goes_by_the_population_served_no_agreement_has_one() -> None:
    assert of("erqi", {"subsidy": 1000}) == []
    assert sum(share.amount_fen for share in of("mianyang", MY)) == 1000


def test_pk14_the_own_share_of_a_subsidised_group_is_borne_by_the_subsidy() -> None:
    shares = MY | {"resident": 5000}

    own = {share.payer: share.amount_fen for share in of("mianyang", shares)}
    poor = {share.payer: share.amount_fen for share in of("mianyang", shares, groups=("OUT_OF_POVERTY",))}

    assert own == {**MY, "resident": 5000}
    assert poor == {**MY, "subsidy": 5000}


def test_pk15_where_all_is_for_nothing_nobody_is_listed() -> None:
    assert fees.listed(policy.load("changyinsha_special")) == {}
    assert fees.listed(policy.load("changyinsha")) is None
    assert fees.listed(policy.load("mianyang")) == MY


@pytest.mark.parametrize(("months", "years"), [(12, 1), (11, 1), (13, 2), (36, 3), (1, 1)])
def test_a_begun_year_is_a_year(months: int, years: int) -> None:
    assert fees.agreement_years(months) == years
