"""Which rules hold for somebody."""

from server.models import Resident
from server.policy.schema import Policy


def policy_for(resident: Resident, policy: Policy) -> Policy:
    """Return the rules under which a person would sign today: the region's.

    Args:
        policy: the region this installation serves.
    """
    return policy
