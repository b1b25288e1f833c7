"""When old signings may be entered: rows 32 of domain.md §1.9, per region."""

from datetime import date

from server.policy.parts.oversight import Records


def campaign_problem(rules: Records, signed_on: date, entered_on: date) -> str | None:
    """Return why a signing may not be entered, ``late_entry`` when it may with that mark, or None."""
    if rules.backfill_from is not None and signed_on < rules.backfill_from:
        return "outside_campaign"
    if rules.backfill_to is not None and signed_on > rules.backfill_to:
        return "outside_campaign"
    if rules.backfill_deadline is None or entered_on <= rules.backfill_deadline:
        return None
    return "after_deadline" if rules.after_deadline == "refused" else "late_entry"
