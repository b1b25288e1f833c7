"""Whom the region visits at home each month, its variants for some households included (C-14). Pure."""

from dataclasses import dataclass

from server import policy as profiles
from server.policy.schema import Policy

MONTHLY = "monthly"


@dataclass(frozen=True)
class Monthly:
    """``everybody`` enrolled is visited monthly; otherwise only who belongs to one of ``groups``."""

    everybody: bool
    groups: frozenset[str]


def monthly(policy: Policy) -> Monthly:
    """Return whom a region visits monthly.

    A household that a variant holds for is visited through its members in the variant's groups, because one visit serves
    the household.

    Source:
        policy keys followups.home_visit_mode, followups.home_visit_groups, groups.applies_to.
    """
    groups: set[str] = set()
    everybody = policy.followups.home_visit_mode == MONTHLY
    if everybody:
        groups |= set(policy.followups.home_visit_groups)
    for name in profiles.variants(policy.region):
        variant = profiles.load(name)
        if variant.followups.home_visit_mode == MONTHLY:
            groups |= set(variant.followups.home_visit_groups or variant.groups.applies_to)
    return Monthly(everybody, frozenset(groups))
