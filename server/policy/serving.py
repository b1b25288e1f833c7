"""Which of a region's rules the running code does not follow yet: such a region must not go live unnoticed."""

from server.policy.schema import Policy

RENEWAL_MODES = ("explicit", "sign_confirm")


def unserved(policy: Policy) -> list[str]:
    """Return the rules of a region that signing would break today, each with its value; empty when it may go live."""
    found = []
    if policy.renewal.mode not in RENEWAL_MODES:
        found.append(f"renewal.mode = {policy.renewal.mode}")
    if policy.signing.end_rule != "rolling":
        found.append(f"signing.end_rule = {policy.signing.end_rule}")
    return found
