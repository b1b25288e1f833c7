"""Every page of a doctor's desk in one table."""

from apiflask import APIBlueprint

from server.handlers.desk import conversation, queue, replies, site

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
    ("POST", f"{ONE}/take", conversation.take, "take"),
    ("POST", f"{ONE}/reply", conversation.reply, "reply"),
    ("POST", f"{ONE}/canned", conversation.fill, "fill"),
    ("POST", f"{ONE}/notes", conversation.note, "note"),
    ("POST", f"{ONE}/transfer", conversation.transfer, "transfer"),
    ("POST", f"{ONE}/release", conversation.release, "release"),
    ("POST", f"{ONE}/close", conversation.close, "close"),
    ("POST", f"{ONE}/phone", conversation.phone, "phone"),
    ("GET", "/canned", replies.replies, "replies"),
    ("POST", "/canned", replies.keep, "keep_reply"),
    ("POST", "/canned/<reply_id>", replies.change, "change_reply"),
    ("POST", "/canned/<reply_id>/remove", replies.remove, "remove_reply"),
    ("GET", "/messages/<message_id>/medium", conversation.medium, "medium"),
)

for method, path, view, endpoint in PAGES:
    blueprint.add_url_rule(path, endpoint, view, methods=[method])
