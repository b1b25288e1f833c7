"""Who pays how much of a package, for one person (rows 13, 14 of domain.md §1.9). Pure; money in fen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.policy.schema import Policy

FUND, SELF, UNASSIGNED = "fund", "self", "unassigned"


@dataclass(frozen=True)
class Share:
    """What one payer bears of one year, and out of which account."""

    payer: str
    amount_fen: int
    account: str
    guidance_fen: int = 0


def split(
    shares: Mapping[str, int],
    guidance_fen: int,
    accounts: Mapping[str, str],
    policy: Policy,
    *,
    insurance: str | None,
    groups: Collection[str],
) -> list[Share]:
    """Return what each payer bears for one person and year; together it is the package's price.

    Where the fee goes by the population served (C-11) nothing hangs on a single agreement: the list is empty. The own
    share of somebody in a subsidised group is borne by the subsidy (PK-14); where all is for nothing there is none (PK-15).
    A person whose insurance is unknown, or not provided for, has no account: "unassigned" (C-12).

    Args:
        shares: fen a year by payer. accounts: account by insurance, for the insurance's share.
        insurance: the person's, None when he has not declared it. groups: key populations he counts in.
    """
    if policy.fee.base == "served":
        return []
    amounts = {payer: fen for payer, fen in shares.items() if fen}
    if set(policy.fee.subsidy_groups) & set(groups) and "resident" in amounts:
        amounts["subsidy"] = amounts.get("subsidy", 0) + amounts.pop("resident")
    found = []
    for payer, fen in amounts.items():
        account = {"insurance": accounts.get(insurance or "", UNASSIGNED), "resident": SELF}.get(payer, FUND)
        found.append(Share(payer, fen, account, guidance_fen if payer == "public_health_fund" else 0))
    return found


def agreement_years(months: int) -> int:
    """Return how many yearly fees an agreement of so many months has; a begun year is one."""
    return -(-months // 12)


def listed(policy: Policy) -> dict[str, int] | None:
    """Return the shares by payer that the region's document fixes, None where it leaves the price to others."""
    if policy.fee.set_by == "free":
        return {}
    if policy.fee.set_by != "document" or policy.fee.amount_fen is None:
        return None
    return {line.payer: line.amount_fen for line in policy.fee.payers if line.amount_fen}


def listed_guidance(policy: Policy) -> int:
    """Return what of the public-health fund's share is for the hospital's doctor."""
    lines = [line for line in policy.fee.payers if line.payer == "public_health_fund"]
    return sum(part.amount_fen for line in lines for part in line.of_which)


def listed_accounts(policy: Policy) -> dict[str, str]:
    """Return the insurance's account by a person's insurance, as the region's document says."""
    lines = [line for line in policy.fee.payers if line.payer == "insurance"]
    return {str(kind): str(account) for line in lines for kind, account in line.accounts.items()}
