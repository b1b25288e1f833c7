"""One conversation on its page: history, notes, what can be done; each opening is on record."""

from typing import Any

from flask import Response, jsonify, request, url_for

from server import clock
from server.access import answering, desk_queue, media, rights
from server.access import conversations as access
from server.access import desk as desk_access
from server.actions import messaging
from server.errors import AppError, NotFound
from server.handlers import context
from server.handlers.desk import site
from server.handlers.files import inline
from server.handlers.miniprogram.doctor.conversations import listed_rows, said
from server.handlers.miniprogram.doctor.desk import replies_for
from server.handlers.miniprogram.shapes.desk import NoteOut
from server.ids import new_id
from server.models import Agreement, Conversation
from server.policy.business_hours import spoken


def conversation(conversation_id: str) -> Response:
    """Show it; each opening is on record."""
    return page_of(given(conversation_id))


def pulse(conversation_id: str) -> Response:
    """Say whether it moved, without showing anything of it."""
    return jsonify(mark=desk_queue.mark_of(given(conversation_id), clock.now()))


def medium(message_id: str) -> Response:
    """A photo or voice of the resident's; looking at it is on record."""
    row = media.of_team(message_id, context.staff(), clock.now())
    messaging.look_at(row, by=context.as_staff())
    return inline(media.playable(media.opened(row)))


def given(conversation_id: str) -> Conversation:
    """Return a conversation the doctor may see. Raises ConversationNotFound."""
    return access.of_team(conversation_id, context.staff())


def agreement_of(row: Conversation) -> Agreement | None:
    """Return the agreement under which one of the doctor's teams serves the resident; None: he only answers him."""
    try:
        return rights.served(row.user.resident_id or "", context.staff())
    except NotFound:
        return None


def address_of(row: Conversation) -> str:
    """Return where its page is."""
    return url_for("desk.conversation", conversation_id=row.id)


def after(row: Conversation, words: str, **secret: str) -> Response:
    """Go back to the conversation; a draft that came along stays on the page."""
    if carried().strip():
        return page_of(row, note={"text": words, **secret})
    return site.done(address_of(row), words, **secret)


def page_of(
    row: Conversation,
    error: AppError | None = None,
    *,
    form: str = "reply",
    draft: str = "",
    note: dict[str, str] | None = None,
    record: Any = None,
) -> Response:
    """Render its page; with ``error`` the ``form`` that was refused keeps what was typed. ``record``: the resident's."""
    cursor = request.args.get("cursor") or None
    messaging.open_for(row, by=context.as_staff())
    found, now = access.messages(row, cursor), clock.now()
    colleagues = desk_access.colleagues(context.staff())
    notes = [NoteOut.of(one) for one in desk_access.notes(row)]
    notes += [NoteOut.of_shift(one) for one in desk_access.shifts(row)]
    return site.page(
        "conversation.html",
        here="",
        error=error,
        form=form if error else "",
        row=row,
        shown=listed_rows([row])[0],
        due=answering.promises([row.id]).get(row.id),
        said=said(found.items, row, f"{site.PATH}/messages")[::-1],
        older=found.next,
        is_newest=cursor is None,
        notes=sorted(notes, key=lambda one: (one.at, one.id)),
        canned=replies_for(row),
        colleagues=colleagues,
        away=answering.stand_ins([one.id for one in colleagues], now),
        may_lead=agreement_of(row) is not None,
        is_mine=row.staff_id == context.staff().id and row.status == "with_doctor",
        note=note,
        record=record,
        draft=draft or carried() or (typed() if error and form == "reply" else ""),
        client_id=form_id() if error else new_id(),
        mark=desk_queue.mark_of(row, now),
        most=most_characters(),
        spoken=spoken,
    )


def typed() -> str:
    """The words of the form that was sent."""
    return _written("text")


def carried() -> str:
    """The answer that stood in its field while another form was sent; the page puts it in."""
    return _written("draft")


def _written(name: str) -> str:
    # forms end their lines as typewriters did
    return request.form.get(name, "").replace("\r\n", "\n")


def form_id() -> str:
    """Return what makes a form that is sent twice count once."""
    return request.form.get("client_id", "")[:40] or new_id()


def most_characters() -> int:
    """Return how many characters a message may have."""
    return context.wiring().settings.messaging.max_text_characters
