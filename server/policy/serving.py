"""Which of a region's rules the running code does not follow: such a region must not go live unnoticed.

Every mode the schema knows today is followed; a new one is named here when the code follows it, too.
"""

from server.policy.schema import Policy

RENEWAL_MODES = ("explicit", "sign_confirm", "redo", "auto_reconfirm")
END_RULES = ("rolling", "fixed")


def unserved(policy: Policy) -> list[str]:
    """Return the rules of a region that signing would break today, each with its value; empty when it may go live."""
    found = []
    for mode in (policy.renewal.mode, policy.renewal.team_change_mode, *policy.renewal.alternatives):
        if mode not in RENEWAL_MODES:
            found.append(f"renewal.mode = {mode}")
    if policy.signing.end_rule not in END_RULES:
        found.append(f"signing.end_rule = {policy.signing.end_rule}")
    return found
