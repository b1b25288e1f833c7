"""Which notices people may turn off, and which count as reminders. Pure; domain.md §7.1.

A reminder comes by the calendar: at most so many a day reach one person, what is more waits or travels together. Answers
to what somebody did, and what cannot wait without harm, are not counted. A kind nobody sorted counts as a reminder.
"""

from typing import Final

from server.policy.notices import DIGEST, KINDS

TOPICS: Final[dict[str, str]] = {
    "followup": "健康随访和体检提醒",
    "visit": "上门访视通知",
    "renewal": "签约到期和续签提醒",
    "card": "健康服务卡提醒",
}
"""What may be turned off, by code. Everything else is about somebody's rights or appointments and always comes."""

_TOPIC_OF: Final = {
    "followup_due": "followup",
    "discharge_followup": "followup",
    "vaccination_due": "followup",
    "vaccination_overdue": "followup",
    "child_check_due": "followup",
    "child_check_overdue": "followup",
    "check_due": "followup",
    "check_overdue": "followup",
    "exam_due": "followup",
    "tcm_due": "followup",
    "home_visit": "visit",
    "visit_tomorrow": "visit",
    "visit_today": "visit",
    "renewal_offer": "renewal",
    "agreement_expired": "renewal",
    "card_used": "card",
    "card_expiring": "card",
}

ALWAYS: Final = frozenset(
    {
        # answers to what the person, his team or the hospital just did
        "agreement_decided", "agreement_ended", "signed_for_you", "team_changed", "transfer_planned",
        "transfer_cancelled", "supplement_offered", "dispute_answered", "card_used", "doctor_reply", "bot_answer",
        "referral_consent", "referral_answered", "booking_blocked", "booking_unblocked", "block_appeal_refused",
        "waiting_joined", "waiting_ended", "no_show_recorded", "answerer_changed",
        # late is too late: appointments, places held for minutes, limits of hours
        "appointment_booked", "appointment_reminder", "appointment_cancelled", "appointment_today",
        "appointment_suspended", "clinic_doctor_changed", "waiting_offer", "waiting_offer_over", "retro_running",
        "visit_tomorrow", "visit_today",
        # a value that cannot wait, and what the doctor or the courier just did
        "measurement_advice", "prescription_to_sign", "delivery_done",
    }
)  # fmt: skip
"""Not counted among a day's reminders."""


def topic_of(kind: str) -> str | None:
    """Return the topic under which a kind of notice may be turned off; None: it may not."""
    return _TOPIC_OF.get(kind)


def is_reminder(kind: str) -> bool:
    """Tell whether a kind counts among a day's reminders to a resident."""
    known = KINDS.get(kind)
    return known is not None and known.who == "resident" and kind not in ALWAYS


def may_travel_together(kind: str) -> bool:
    """Tell whether a waiting notice may be told in one message with others."""
    return kind != DIGEST and is_reminder(kind)
