"""Which rules hold for somebody."""

from server import clock
from server import policy as policies
from server.models import Resident
from server.models.household import members_of
from server.models.population import groups_of
from server.policy.schema import Policy


def policy_for(resident: Resident, policy: Policy) -> Policy:
    """Return the rules under which a person would sign today: the region's, or its variant for his household.

    A variant holds for a household when one of its members belongs to a group the variant names; declared groups count
    once certified (domain.md §4).

    Args:
        policy: the region this installation serves.
    """
    return policy_of(resident.id, policy)


def policy_of(resident_id: str, policy: Policy) -> Policy:
    """The same, by the person's id."""
    if not policies.variants(policy.region):
        return policy
    today = clock.today()
    groups = groups_of(members_of(resident_id, today), today).values()
    found = policies.for_groups(policy.region, frozenset().union(*groups))
    return policy if found.region == policy.region else found
