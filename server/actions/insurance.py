"""A resident says how he is insured: it decides out of which account his fee is paid (domain.md C-12)."""

from typing import get_args

from server import clock
from server.database import retried, transaction
from server.errors import Invalid
from server.models import Resident, audit
from server.models.actor import Actor
from server.policy.parts.kinds import Insurance


class InsuranceUnknown(Invalid):
    """Not one of the kinds of insurance."""

    code, default_message = "insurance_unknown", "请从列表中选择医保类型"


@retried
def declare(resident: Resident, insurance: str, *, by: Actor) -> Resident:
    """Write down how somebody is insured; agreements signed before keep their frozen fee. Raises InsuranceUnknown."""
    if insurance not in get_args(Insurance):
        raise InsuranceUnknown()
    at = clock.now()
    with transaction():
        if resident.insurance != insurance:
            resident.insurance, resident.insurance_declared_at = insurance, at
            audit.record("insurance_declared", resident, by=by, at=at)
    return resident
