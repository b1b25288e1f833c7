"""The rules an agreement was signed under: frozen once, used for as long as it lives (domain.md §8.2)."""

import functools

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server import policy as policies
from server.database import db, retried, transaction
from server.models import Agreement, PolicyProfile
from server.models import policy_profile as profiles
from server.policy import freezing
from server.policy.schema import Policy


def rules_of(agreement: Agreement) -> Policy:
    """Return the policy an agreement was signed under.

    Raises:
        PolicyError: its region has no profile any more.
    """
    return kept_rules(agreement.policy_id, agreement.region)


def kept_rules(policy_id: str | None, region: str) -> Policy:
    """Return the policy of a kept profile, without the agreement; None: from before profiles were kept.

    Raises:
        PolicyError: its region has no profile any more.
    """
    return policies.load(region) if policy_id is None else _kept(policy_id)


@functools.lru_cache(maxsize=64)
def _kept(policy_id: str) -> Policy:
    """A profile is never changed: its id says all."""
    return freezing.thaw(db.session.scalars(select(PolicyProfile.body).where(PolicyProfile.id == policy_id)).one())


def frozen(policy: Policy) -> str:
    """Return the id of the kept profile that says exactly this, kept now when it is new.

    A step of its own before the step that refers to it: two first signings at once must not look like two signings of
    one person.
    """
    body, sha256 = freezing.freeze(policy)
    known = db.session.scalar(select(PolicyProfile.id).where(PolicyProfile.sha256 == sha256))
    if known is not None:
        return known
    try:
        return _keep(policy, body, sha256)
    except IntegrityError:
        return _keep(policy, body, sha256)


@retried
def _keep(policy: Policy, body: str, sha256: str) -> str:
    at = clock.now()
    with transaction():
        return profiles.kept(policy.region, policy.version, body, sha256, at).id
