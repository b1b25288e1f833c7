"""How sure we must be who somebody is (L1)."""

from typing import Literal

from server.actions.signing.refusals import RealNameNeeded
from server.models import RealNameState, Resident
from server.policy.schema import Policy

SURE = (RealNameState.VERIFIED, RealNameState.STAFF_SEEN)


def check_real_name(resident: Resident, policy: Policy, step: Literal["request", "acceptance"]) -> None:
    """Refuse a step for somebody whose identity nobody confirmed.

    Raises:
        RealNameNeeded.
    Source:
        domain.md L1; policy key signing.real_name_needed.
    """
    needed = policy.signing.real_name_needed
    if (needed == "request" or needed == step) and resident.real_name_state not in SURE:
        raise RealNameNeeded()
