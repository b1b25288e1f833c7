"""One conversation: read, take over, answer, note, give to a colleague, give back, end. The mini-program's own actions."""

from collections.abc import Callable

from flask import Response, jsonify, request, url_for

from server import clock
from server.access import answering, desk_queue, doctor, media
from server.access import conversations as access
from server.access import desk as desk_access
from server.actions import messaging, reveals
from server.errors import AppError, Conflict, Invalid
from server.handlers import context
from server.handlers.desk import site
from server.handlers.files import inline
from server.handlers.miniprogram.doctor.conversations import listed_rows, said
from server.handlers.miniprogram.doctor.desk import replies_for
from server.handlers.miniprogram.shapes.desk import NoteOut
from server.ids import new_id
from server.models import Conversation
from server.policy.business_hours import spoken


class DraftTaken(Invalid):
    """The button that puts a ready-made reply into the draft was sent without one."""

    code, default_message = "canned_missing", "请选择一条常用回复"


class DraftUnsent(Conflict):
    """Something is written and not sent."""

    code, default_message = "draft_unsent", "还有写好没发出的内容，请先发送或清空"


def conversation(conversation_id: str) -> Response:
    """Show it; each opening is on record."""
    return _page(_given(conversation_id))


def pulse(conversation_id: str) -> Response:
    """Say whether it moved, without showing anything of it."""
    return jsonify(mark=desk_queue.mark_of(_given(conversation_id), clock.now()))


def medium(message_id: str) -> Response:
    """A photo or voice of the resident's; looking at it is on record."""
    row = media.of_team(message_id, context.staff(), clock.now())
    messaging.look_at(row, by=context.as_staff())
    return inline(media.opened(row))


def take(conversation_id: str) -> Response:
    """Take it over: from now on the assistant is silent."""
    return _do(conversation_id, lambda row: messaging.take(row, by=context.as_staff()), "您已接诊，智能助手不再答复")


def reply(conversation_id: str) -> Response:
    """Answer; a form sent twice answers once."""
    row = _given(conversation_id)
    try:
        messaging.reply(row, _text(), _client_id(), by=context.as_staff(), most=_most(), via="workbench")
    except AppError as error:
        return _page(row, error)
    return site.done(_address(row), "已发出，送达情况见消息下方")


def fill(conversation_id: str) -> Response:
    """Put a ready-made reply into the draft, filled in for this resident; nothing is sent."""
    row = _given(conversation_id)
    found = next((one for one in replies_for(row) if one.id == request.form.get("reply_id", "")), None)
    if found is None:
        return _page(row, DraftTaken())
    if found.problem:
        return _page(row, Invalid(found.problem))
    return _page(row, draft="\n".join(filter(None, (_text().rstrip(), found.filled))))


def note(conversation_id: str) -> Response:
    """Write a note that the resident never sees."""
    row = _given(conversation_id)
    try:
        messaging.note(row, _text(), _client_id(), by=context.as_staff(), most=_most())
    except AppError as error:
        return _page(row, error, form="note")
    return _after(row, "备注已保存，居民看不到")


def transfer(conversation_id: str) -> Response:
    """Give it to a colleague with a reason, which the resident is told."""
    row = _given(conversation_id)
    try:
        to = desk_access.colleague(request.form.get("staff_id", ""), context.staff())
        why = request.form.get("reason", "")
        messaging.transfer(row, to, why, policy=context.wiring().policy, by=context.as_staff())
    except AppError as error:
        return _page(row, error, form="transfer")
    return site.done(url_for("desk.queue"), f"已转给{to.name}，居民已收到告知")


def release(conversation_id: str) -> Response:
    """Give it back: to the assistant, or with an open question to the team's queue."""
    return _do(conversation_id, lambda row: messaging.release(_all_said(row), by=context.as_staff()), "已交回")


def close(conversation_id: str) -> Response:
    """End it."""
    return _do(conversation_id, lambda row: messaging.close(_all_said(row), by=context.as_staff()), "会话已结束")


def phone(conversation_id: str) -> Response:
    """Show the resident's number once, to call him; who asked is on record."""
    row = _given(conversation_id)
    try:
        resident = doctor.callable_resident(row.user.resident_id or "", context.staff())
        number = reveals.phone(resident, by=context.as_staff())
    except AppError as error:
        return _page(row, error)
    return _after(row, "居民电话（只显示这一次，查看已记录）", name=number)


def _given(conversation_id: str) -> Conversation:
    return access.of_team(conversation_id, context.staff())


def _do(conversation_id: str, action: Callable[[Conversation], object], words: str) -> Response:
    row = _given(conversation_id)
    try:
        action(row)
    except AppError as error:
        return _page(row, error)
    return _after(row, words)


def _all_said(row: Conversation) -> Conversation:
    """Return a conversation that goes out of the doctor's hands. Raises DraftUnsent."""
    if _draft().strip():
        raise DraftUnsent()
    return row


def _after(row: Conversation, words: str, **secret: str) -> Response:
    """Go back to the conversation; a draft that came along stays on the page."""
    if _draft().strip():
        return _page(row, note={"text": words, **secret})
    return site.done(_address(row), words, **secret)


def _page(
    row: Conversation,
    error: AppError | None = None,
    *,
    form: str = "reply",
    draft: str = "",
    note: dict[str, str] | None = None,
) -> Response:
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
        is_mine=row.staff_id == context.staff().id and row.status == "with_doctor",
        note=note,
        draft=draft or _draft() or (_text() if error and form == "reply" else ""),
        client_id=_client_id() if error else new_id(),
        mark=desk_queue.mark_of(row, now),
        most=_most(),
        spoken=spoken,
    )


def _address(row: Conversation) -> str:
    return url_for("desk.conversation", conversation_id=row.id)


def _text() -> str:
    return _written("text")


def _draft() -> str:
    """The answer that stood in its field while another form was sent; the page puts it in."""
    return _written("draft")


def _written(name: str) -> str:
    # forms end their lines as typewriters did
    return request.form.get(name, "").replace("\r\n", "\n")


def _client_id() -> str:
    return request.form.get("client_id", "")[:40] or new_id()


def _most() -> int:
    return context.wiring().settings.messaging.max_text_characters
