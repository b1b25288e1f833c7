"""Every page of a doctor's desk in one table."""

from apiflask import APIBlueprint

from server.handlers.desk import acting, conversation, queue, replies, site

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
    ("GET", "/canned", replies.replies, "replies"),
    ("POST", "/canned", replies.keep, "keep_reply"),
    ("POST", "/canned/<reply_id>", replies.change, "change_reply"),
    ("POST", "/canned/<reply_id>/remove", replies.remove, "remove_reply"),
    ("GET", "/messages/<message_id>/medium", conversation.medium, "medium"),
)

for method, path, view, endpoint in PAGES:
    blueprint.add_url_rule(path, endpoint, view, methods=[method])
