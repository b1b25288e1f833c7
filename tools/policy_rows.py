"""The rows and conflicts of domain.md §1.9 and §1.10 that docs/policy.md and docs/policy-conflicts.md list."""

from typing import NamedTuple

ROWS = {
    1: "Signing unit",
    2: "Who signs on the provider's side",
    3: "Composition of a team",
    4: "Cap",
    5: "Areas and other regions",
    6: "Residents without local register",
    7: "Combination signing",
    8: "Term and end",
    9: "Renewal",
    10: "Termination within the term",
    11: "Notice for those who decline",
    12: "Packages",
    13: "Fee per person and year, and who pays",
    14: "Use of the fee, penalty for referrals",
    15: "Insurance, outpatient",
    16: "Insurance, inpatient",
    17: "Family doctors' share of numbers",
    18: "Which numbers",
    19: "Beds",
    20: "Registration after the fact",
    21: "Discharge",
    22: "Home visits",
    23: "Long prescriptions",
    24: "Delivery of medicine",
    25: "Health card",
    26: "Limits of examinations, specialist visits",
    27: "Targets of coverage",
    28: "Key populations",
    29: "Functional communities",
    30: "Assessment",
    31: "Monthly reports",
    32: "Back-fill and data checks",
    33: "Complaints",
    34: "Data for the insurer",
}


class Conflict(NamedTuple):
    """One disagreement between the documents: what decides it, and how the product deals with it."""

    topic: str
    rules: tuple[str, ...]
    handling: str


CONFLICTS = {
    "C-01": Conflict(
        "Term",
        ("signing.term_months", "signing.term_months_min", "signing.term_months_max", "signing.fixed_end_on"),
        "A range with a usual term, an extension both sides mark, or one fixed day.",
    ),
    "C-02": Conflict(
        "Renewal",
        ("renewal.mode", "renewal.alternatives"),
        "A named mode. Nothing is renewed silently where the mode is another.",
    ),
    "C-03": Conflict(
        "Termination",
        ("termination.in_term", "termination.exceptions"),
        "Allowed, reviewed or refused; the exceptions hold everywhere.",
    ),
    "C-04": Conflict(
        "What the cap counts",
        ("signing.cap_unit", "signing.cap_soft", "signing.cap_hard"),
        "The unit is a rule; warned at the soft cap, refused above the hard one.",
    ),
    "C-05": Conflict(
        "Who one agreement stands for",
        ("signing.units",),
        "A set of units. Each person is a member row in every case, so rates count persons.",
    ),
    "C-06": Conflict(
        "Share of numbers",
        ("booking.share_pct", "booking.share_basis"),
        "The figure and what the document says about it; always rounded up. Without a figure: the national default.",
    ),
    "C-07": Conflict(
        "Which numbers",
        ("booking.slot_types",),
        "A list of kinds of numbers.",
    ),
    "C-08": Conflict(
        "Two lists of hospitals",
        ("booking.quota_hospitals", "combination.guidance_hospitals"),
        "Two lists: who gives numbers, who guides.",
    ),
    "C-09": Conflict(
        "30 percent of the permanent residents",
        ("coverage.thirty_pct_meaning",),
        "Taken as a sample for the assessment, not as a target. To be confirmed by the district.",
    ),
    "C-10": Conflict(
        "Cycle of the plan and of the agreement",
        ("signing.effective_from", "reports.cycle_from", "reports.cycle_to"),
        "The agreement begins with the signature; reports use the plan's days.",
    ),
    "C-11": Conflict(
        "What the fee counts",
        ("fee.base", "fee.amount_fen"),
        "Persons under contract or the population served; one line per payer.",
    ),
    "C-12": Conflict(
        "Somebody without the two insurances",
        ("fee.payers",),
        "The insurance's part is unassigned for him and shown to the administrator.",
    ),
    "C-13": Conflict(
        "Long prescriptions in months or weeks",
        ("prescriptions.long_min_days", "prescriptions.long_max_days"),
        "Both in days.",
    ),
    "C-14": Conflict(
        "Home visits",
        ("followups.home_visit_mode", "followups.home_visit_groups", "followups.home_visit_promise"),
        "Who is visited and how messages may speak of it are two rules.",
    ),
    "C-15": Conflict(
        "Report due before the 26th",
        ("reports.due_day", "reports.due_inclusive"),
        "The 26th is in time; reminders come earlier.",
    ),
    "C-16": Conflict(
        "Months or totals in reports",
        ("reports.forms",),
        "Form 5 is cumulative. Form 4 does not say: both are kept and shown.",
    ),
    "C-17": Conflict(
        "Names of poverty groups",
        ("groups.key", "groups.poverty_labels"),
        "One list of words with the time they hold; no code says one.",
    ),
    "C-18": Conflict(
        "Elderly, or 65 and more",
        ("groups.elderly_min_age",),
        "65 everywhere; one document says so, for the others it is the national standard.",
    ),
    "C-19": Conflict(
        "Denominators of coverage",
        ("coverage.targets",),
        "Each target carries its population and year.",
    ),
    "C-20": Conflict(
        "Ten percent more of a prescription",
        ("insurance.prescription", "insurance.realtime_extra_points"),
        "Percentage points: 50 becomes 60.",
    ),
}
