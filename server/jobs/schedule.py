"""What happens by itself: every job, when, and why. Work is rows in the database; a job only says "everything due now".

Daily times are Shanghai time by our clock. A daily job that missed its time runs as soon as somebody leads again, once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

from server.access.jobs import Rhythm
from server.jobs import (
    agreements,
    ahead,
    appointments,
    campaigns,
    followups,
    housekeeping,
    identities,
    imports,
    learning,
    measurements,
    messages,
    notifications,
    populations,
    prescriptions,
    referrals,
    reminders,
    wards,
)
from server.jobs.work import Work


@dataclass(frozen=True)
class Job:
    """One line of the schedule; ``late`` there is in minutes, after which /health turns red."""

    id: str
    rhythm: Rhythm
    run: Callable[[Work], int]
    why: str


def _every(seconds: int, job_id: str, run: Callable[[Work], int], why: str, *, late: int) -> Job:
    return Job(job_id, Rhythm(job_id, seconds, None, timedelta(minutes=late)), run, why)


def _daily(at: str, job_id: str, run: Callable[[Work], int], why: str, *, late: int) -> Job:
    return Job(job_id, Rhythm(job_id, None, time.fromisoformat(at), timedelta(minutes=late)), run, why)


# fmt: off
JOBS: tuple[Job, ...] = (
    _every(2, "deliver_notifications", notifications.deliver, "what waits in the outbox goes out within seconds", late=2),
    _every(60, "recover_notifications", notifications.recover, "nothing stays half sent when a sender dies", late=5),
    _every(60, "plan_reminders", reminders.plan, "whoever has something due hears of it at its hour", late=10),
    _every(60, "release_slots", appointments.release, "unused numbers reach the public in time", late=5),
    _every(300, "tell_falling_back", appointments.tell_falling_back, "doctors hear of numbers before they are gone", late=20),
    _every(10, "expire_holds", appointments.expire_holds, "a place held and not confirmed is free again at once", late=5),
    _every(10, "suspend_appointments", appointments.suspend, "whose clinic is called off chooses another time at once", late=5),
    _every(60, "mark_no_shows", appointments.mark_no_shows, "a visit nobody came to is seen by hospital and resident", late=20),
    _every(10, "offer_places", appointments.offer_places, "who waits hears within a minute of a place", late=2),
    _every(30, "offer_free_places", appointments.offer_free_places, "new sessions reach who waits for them", late=5),
    _every(60, "end_waits", appointments.end_waits, "nobody waits for a day that is over", late=20),
    _every(10, "train_chatbot", learning.train, "a training asked for at the workbench is measured at once", late=20),
    _every(300, "finish_appointments", appointments.finish, "past appointments leave the list", late=20),
    _every(60, "verify_identities", identities.verify, "a register confirms who people say they are", late=30),
    _every(2, "import_files", imports.work_on_files, "uploaded files are read, checked and entered", late=10),
    _every(30, "escalate_measurements", measurements.escalate, "an alarm that nobody looks at reaches the institution", late=5),
    _every(30, "escalate_followups", followups.escalate, "a critical visit nobody looks at reaches the institution", late=5),
    _every(2, "fetch_media", messages.fetch_media, "WeChat forgets pictures and voice after three days", late=10),
    _every(2, "check_content", messages.check_content, "risky content is held back, the rest waits a minute at most", late=10),
    _every(30, "keep_promises", messages.keep_promises, "whoever waits for a doctor is not forgotten", late=5),
    _every(60, "hand_to_stand_ins", messages.hand_to_stand_ins, "who is away is answered for, by name", late=10),
    _every(300, "close_conversations", messages.close_idle, "the bot answers again after days of silence", late=20),
    _every(60, "open_ledgers", agreements.open_ledgers, "what an imported agreement promises can be used, too", late=60),
    _every(60, "list_transfers", agreements.list_transfers, "residents of a closing team hear of it ahead", late=60),
    _every(60, "move_transfers", agreements.move_transfers, "on the day other teams take over, step by step", late=60),
    _every(30, "escalate_referrals", referrals.escalate, "an urgent referral has half an hour for its answer", late=5),
    _every(300, "expire_referrals", referrals.expire, "a referral nobody answers ends, and the team hears of it", late=20),
    _every(300, "miss_referrals", referrals.miss, "who did not come to the hospital is called by his team", late=60),
    _daily("00:02", "start_agreements", agreements.activate, "signed ahead, valid from today", late=60),
    _daily("00:05", "expire_agreements", agreements.expire, "an agreement ends with its last day", late=60),
    _every(60, "derive_new_groups", populations.derive, "new and corrected people get their groups at once", late=20),
    _daily("00:10", "derive_groups", populations.derive, "birthdays change who is a child or elderly", late=60),
    _daily("00:10", "mark_missed_followups", followups.mark_missed, "a passed window is seen, nobody drops out", late=60),
    _daily("00:25", "enrol_tagged", followups.enrol_tagged, "who belongs to a group is looked after", late=240),
    _every(300, "plan_windows", followups.plan_windows, "what is due by age, week or month is planned ahead", late=60),
    _daily("00:20", "plan_home_visits", followups.plan_visits, "one home visit a month where the region wants it", late=60),
    _daily("00:30", "withdraw_overdue_requests", agreements.withdraw_overdue, "a request nobody answers does not block", late=60),
    _daily("00:35", "lapse_team_changes", agreements.lapse_changes, "a wish no team answers does not hang", late=60),
    _every(60, "fill_campaigns", campaigns.fill, "whom a campaign is for stands on its list within minutes", late=30),
    _daily("00:15", "expire_frames", campaigns.expire_frames, "a frame agreement ends with its last day", late=60),
    _daily("01:10", "list_unsigned", agreements.list_unsigned, "whom the teams should sign, each month", late=240),
    _daily("01:30", "lay_out_patterns", appointments.lay_out, "the coming weeks' clinics are there in time", late=240),
    _daily("03:00", "housekeeping", housekeeping.tidy, "old sessions, callbacks and runs are deleted", late=240),
    _daily("09:05", "tell_low_use", appointments.tell_low_use, "on Mondays it is said whose numbers were little used", late=240),
    _daily("00:25", "end_prescriptions", prescriptions.end, "a supply ends with its last day", late=60),
    _daily("09:00", "tell_prescriptions", prescriptions.tell, "nobody runs out of medicine without having been told", late=240),
    _daily("09:20", "tell_ahead", ahead.tell, "cards, birthdays, visits and campaigns are spoken of in time", late=240),
    _daily("09:00", "end_blocks", appointments.end_blocks, "whose pause is over hears that he may book again", late=240),
    _daily("09:10", "ask_wards_to_sign", wards.ask_to_sign, "who becomes 18 signs himself from then on", late=240),
    _daily("09:00", "remind_signings", agreements.remind_signings, "who has to sign, answer or pay hears of it", late=240),
    _daily("09:00", "offer_renewals", agreements.offer_renewals, "before and after the end, resident and team are told", late=60),
)
# fmt: on


def job(job_id: str) -> Job:
    """Return a job by its id. Raises KeyError."""
    return {job.id: job for job in JOBS}[job_id]
