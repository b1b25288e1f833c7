"""What a doctor does in a conversation at his desk: the mini-program's own actions; a refusal keeps what was typed."""

import base64
import io
from collections.abc import Callable
from contextlib import closing

from flask import Response, request, url_for

from server.access import desk as desk_access
from server.access import doctor
from server.actions import messaging, reveals
from server.errors import AppError, Conflict, Invalid
from server.handlers import bodies, context
from server.handlers.desk import site
from server.handlers.desk.conversation import (
    address_of,
    after,
    carried,
    form_id,
    given,
    most_characters,
    page_of,
    typed,
)
from server.handlers.miniprogram.doctor.desk import replies_for
from server.models import Conversation
from server.policy import media as kinds

MOST_PHOTO_BYTES = 12 * 1024 * 1024
"""What a camera makes; the page makes it smaller before it goes, and the action refuses what is still too large."""


class DraftTaken(Invalid):
    """The button that puts a ready-made reply into the draft was sent without one."""

    code, default_message = "canned_missing", "请选择一条常用回复"


class DraftUnsent(Conflict):
    """Something is written and not sent."""

    code, default_message = "draft_unsent", "还有写好没发出的内容，请先发送或清空"


def take(conversation_id: str) -> Response:
    """Take it over: from now on the assistant is silent."""
    return _do(conversation_id, lambda row: messaging.take(row, by=context.as_staff()), "您已接诊，智能助手不再答复")


def reply(conversation_id: str) -> Response:
    """Answer; a form sent twice answers once."""
    row = given(conversation_id)
    try:
        messaging.reply(row, typed(), form_id(), by=context.as_staff(), most=most_characters(), via="workbench")
    except AppError as error:
        return page_of(row, error)
    return site.done(address_of(row), "已发出，送达情况见消息下方")


def photo(conversation_id: str) -> Response:
    """Answer with a photo."""
    row, sent = given(conversation_id), request.files.get("photo")
    with closing(sent or io.BytesIO()) as file:
        content = file.read()
    url = f"data:{kinds.type_of(content)};base64,{base64.b64encode(content).decode()}"
    try:
        messaging.reply_photo(row, url, form_id(), by=context.as_staff())
    except AppError as error:
        return page_of(row, error, form="photo")
    return after(row, "照片已发出，送达情况见消息下方")


def fill(conversation_id: str) -> Response:
    """Put a ready-made reply into the draft, filled in for this resident; nothing is sent."""
    row = given(conversation_id)
    found = next((one for one in replies_for(row) if one.id == request.form.get("reply_id", "")), None)
    if found is None:
        return page_of(row, DraftTaken())
    if found.problem:
        return page_of(row, Invalid(found.problem))
    return page_of(row, draft="\n".join(filter(None, (typed().rstrip(), found.filled))))


def note(conversation_id: str) -> Response:
    """Write a note that the resident never sees."""
    row = given(conversation_id)
    try:
        messaging.note(row, typed(), form_id(), by=context.as_staff(), most=most_characters())
    except AppError as error:
        return page_of(row, error, form="note")
    return after(row, "备注已保存，居民看不到")


def transfer(conversation_id: str) -> Response:
    """Give it to a colleague with a reason, which the resident is told."""
    row = given(conversation_id)
    try:
        to = desk_access.colleague(request.form.get("staff_id", ""), context.staff())
        why = request.form.get("reason", "")
        messaging.transfer(row, to, why, policy=context.wiring().policy, by=context.as_staff())
    except AppError as error:
        return page_of(row, error, form="transfer")
    return site.done(url_for("desk.queue"), f"已转给{to.name}，居民已收到告知")


def release(conversation_id: str) -> Response:
    """Give it back: to the assistant, or with an open question to the team's queue."""
    return _do(conversation_id, lambda row: messaging.release(_all_said(row), by=context.as_staff()), "已交回")


def close(conversation_id: str) -> Response:
    """End it."""
    return _do(conversation_id, lambda row: messaging.close(_all_said(row), by=context.as_staff()), "会话已结束")


def phone(conversation_id: str) -> Response:
    """Show the resident's number once, to call him; who asked is on record."""
    row = given(conversation_id)
    try:
        resident = doctor.callable_resident(row.user.resident_id or "", context.staff())
        number = reveals.phone(resident, by=context.as_staff())
    except AppError as error:
        return page_of(row, error)
    return after(row, "居民电话（只显示这一次，查看已记录）", name=number)


def _do(conversation_id: str, action: Callable[[Conversation], object], words: str) -> Response:
    row = given(conversation_id)
    try:
        action(row)
    except AppError as error:
        return page_of(row, error)
    return after(row, words)


def _all_said(row: Conversation) -> Conversation:
    """Return a conversation that goes out of the doctor's hands. Raises DraftUnsent."""
    if carried().strip():
        raise DraftUnsent()
    return row


def most_photo_bytes() -> int:
    """Return how many bytes a form with a photo may have."""
    return MOST_PHOTO_BYTES


bodies.LARGER["desk.photo"] = most_photo_bytes
