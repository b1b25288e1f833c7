"""A region's policy as it stood when an agreement was signed: one canonical text, its hash, and the way back. Pure."""

import hashlib
import json
from typing import Any

from server import policy as policies
from server.policy.schema import Policy


def freeze(policy: Policy) -> tuple[str, str]:
    """Return the canonical JSON of a policy and its SHA-256 (64 hex characters)."""
    body = json.dumps(policy.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return body, hashlib.sha256(body.encode()).hexdigest()


def thaw(body: str) -> Policy:
    """Return the policy that was frozen.

    A rule that did not exist then takes the value the region has now, because some value is needed; one that no longer
    exists is left out.

    Raises:
        PolicyError: the region has no profile any more.
    """
    then = json.loads(body)
    now = policies.load(then["region"]).model_dump(mode="json")
    return Policy.model_validate({key: _overlaid(value, then.get(key, value)) for key, value in now.items()})


def _overlaid(now: Any, then: Any) -> Any:
    return {rule: then.get(rule, value) for rule, value in now.items()} if isinstance(now, dict) else then
