"""Whoever pays, the parts must add up."""

from typing import Any

import pytest
from pydantic import ValidationError

from server import policy
from server.policy.parts.benefits import Fee, Packages

ACCOUNTS = {
    "resident": "outpatient_pool",
    "employee": "personal_account",
    "other": "unassigned",
    "uninsured": "unassigned",
}


def fee(**changes: Any) -> Fee:
    """10 yuan = 7 + 3, with changes."""
    fund = {
        "payer": "public_health_fund",
        "amount_fen": 700,
        "of_which": [{"purpose": "hospital_doctor_guidance", "amount_fen": 200}],
    }
    insurer = {"payer": "insurance", "amount_fen": 300, "accounts": ACCOUNTS}
    sound = {
        "set_by": "document",
        "base": "signed",
        "amount_fen": 1000,
        "payers": [fund, insurer],
        "resident_fen": 0,
        "subsidy_groups": [],
    }
    return Fee.model_validate(sound | changes)


def test_ten_is_seven_and_three() -> None:
    assert fee() == policy.load("mianyang").fee.model_copy(update={"subsidy_groups": []})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_fen": 1001}, "add up to 1000"),
        ({"amount_fen": "none"}, "add up to 1000"),
        ({"payers": []}, "needs its payers"),
        ({"payers": [{"payer": "subsidy", "amount_fen": 999}]}, "add up to 999"),
        ({"payers": [{"payer": "subsidy", "amount_fen": 500}, {"payer": "subsidy", "amount_fen": 500}]}, "twice"),
        ({"payers": [{"payer": "subsidy", "amount_fen": 1000}, {"payer": "resident", "amount_fen": "none"}]}, "known"),
        ({"payers": [{"payer": "resident", "amount_fen": 1000}]}, "resident_fen"),
        ({"resident_fen": 100}, "resident_fen"),
        ({"set_by": "free"}, "no price"),
        ({"payers": [{"payer": "insurance", "amount_fen": 1000, "accounts": {"resident": "unassigned"}}]}, "every"),
        (
            {
                "payers": [
                    {
                        "payer": "subsidy",
                        "amount_fen": 1000,
                        "of_which": [{"purpose": "hospital_doctor_guidance", "amount_fen": 1001}],
                    }
                ]
            },
            "of_which",
        ),
        ({"payers": [{"payer": "subsidy", "amount_fen": 1000.0}]}, "int"),
        ({"payers": [{"payer": "subsidy", "amount_fen": -1000}]}, "greater"),
    ],
)
def test_a_fee_that_does_not_add_up_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        fee(**changes)


def test_packages_have_codes_of_their_own() -> None:
    kind = {"code": "BASIC", "name": "基础服务包", "tier": "basic"}

    with pytest.raises(ValidationError, match="share a code"):
        Packages.model_validate(
            {"types": [kind, kind], "yearly_frequency_required": True, "uniform_clauses": False, "free_items": []}
        )
