"""Every page of a doctor's desk in one table."""

from apiflask import APIBlueprint

from server.handlers.desk import (
    acting,
    booking,
    conversation,
    followups,
    leading,
    queue,
    record,
    referral,
    replies,
    serving,
    site,
)

blueprint = APIBlueprint("desk", __name__, url_prefix=site.PATH, enable_openapi=False)
blueprint.before_request(site.before)

ONE = "/conversations/<conversation_id>"
PAGES = (
    ("GET", "/", queue.queue, "queue"),
    ("GET", "/pulse", queue.pulse, "pulse"),
    ("GET", "/next", queue.next_one, "next"),
    ("POST", "/logout", queue.leave, "leave"),
    ("GET", ONE, conversation.conversation, "conversation"),
    ("GET", f"{ONE}/pulse", conversation.pulse, "conversation_pulse"),
    ("POST", f"{ONE}/take", acting.take, "take"),
    ("POST", f"{ONE}/reply", acting.reply, "reply"),
    ("POST", f"{ONE}/photos", acting.photo, "photo"),
    ("POST", f"{ONE}/canned", acting.fill, "fill"),
    ("POST", f"{ONE}/notes", acting.note, "note"),
    ("POST", f"{ONE}/transfer", acting.transfer, "transfer"),
    ("POST", f"{ONE}/release", acting.release, "release"),
    ("POST", f"{ONE}/close", acting.close, "close"),
    ("POST", f"{ONE}/phone", acting.phone, "phone"),
    ("POST", f"{ONE}/back", leading.back, "back"),
    ("GET", f"{ONE}/followup", followups.show, "followup"),
    ("POST", f"{ONE}/followup", followups.show, "open_followup"),
    ("POST", f"{ONE}/followups/<followup_id>", followups.complete, "complete"),
    ("POST", f"{ONE}/followups/<followup_id>/absence", followups.absence, "absence"),
    ("POST", f"{ONE}/services", serving.record, "record_service"),
    ("GET", f"{ONE}/booking", booking.show, "booking"),
    ("POST", f"{ONE}/booking", booking.show, "open_booking"),
    ("POST", f"{ONE}/bookings", booking.book, "book"),
    ("GET", f"{ONE}/referral", referral.show, "referral"),
    ("POST", f"{ONE}/referral", referral.show, "open_referral"),
    ("POST", f"{ONE}/referrals", referral.send, "refer"),
    ("POST", f"{ONE}/emergencies", referral.emergency, "emergency"),
    ("GET", f"{ONE}/record", record.show, "record"),
    ("POST", f"{ONE}/record", record.show, "open_record"),
    ("GET", "/canned", replies.replies, "replies"),
    ("POST", "/canned", replies.keep, "keep_reply"),
    ("POST", "/canned/<reply_id>", replies.change, "change_reply"),
    ("POST", "/canned/<reply_id>/remove", replies.remove, "remove_reply"),
    ("GET", "/messages/<message_id>/medium", conversation.medium, "medium"),
)

for method, path, view, endpoint in PAGES:
    blueprint.add_url_rule(path, endpoint, view, methods=[method])
