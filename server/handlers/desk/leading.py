"""From a message to a form: whom it is about, what he said, and back to the conversation with what was being written."""

from dataclasses import dataclass
from typing import Any

from flask import Response, request

from server.access import conversations as access
from server.actions import messaging
from server.errors import AppError, NotFound
from server.handlers import context
from server.handlers.desk import site
from server.handlers.desk.conversation import address_of, agreement_of, carried, form_id, given, page_of, typed
from server.handlers.desk.forms import LABELS
from server.handlers.miniprogram.doctor.conversations import said
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.ids import new_id
from server.models import Agreement, Conversation, Resident

LONGEST = 200
"""As on the phone: so many characters of a message are taken along."""


class NotServed(NotFound):
    """The resident has no agreement in force with one of the doctor's teams: a stand-in answers, and no more."""

    code, default_message = "not_found", "这位居民不由您的团队签约服务，不能从这里办理"


@dataclass(frozen=True)
class Lead:
    """A conversation out of which something is done, and the resident's message that led to it."""

    row: Conversation
    agreement: Agreement
    message_id: str
    words: str

    @property
    def resident(self) -> Resident:
        """For whom it is done."""
        return self.agreement.resident

    @property
    def taken(self) -> str:
        """What a form begins with."""
        return f"居民说：{self.words}"[:LONGEST] if self.words else ""


def lead(conversation_id: str) -> Lead:
    """Return what the page that was asked for is about. Raises ConversationNotFound, NotServed."""
    row = given(conversation_id)
    agreement = agreement_of(row)
    if agreement is None:
        raise NotServed()
    message = access.by_resident(row, request.values.get("message", ""))
    # what content safety holds back is not taken along either
    words = said([message], row)[0].text if message else ""
    return Lead(row, agreement, message.id if message else "", words)


def page(found: Lead, template: str, error: AppError | None = None, **values: Any) -> Response:
    """Render one of the forms; that what the resident said was shown is on record."""
    messaging.open_for(found.row, by=context.as_staff())
    return site.page(
        template,
        here="",
        error=error,
        wrong=error.details.get("fields", {}) if error else {},
        labels=LABELS,
        lead=found,
        row=found.row,
        person=ContactOut.of(found.resident),
        back=address_of(found.row),
        draft=carried() or typed(),
        client_id=form_id() if error else new_id(),
        **values,
    )


def back(conversation_id: str) -> Response:
    """Go back without doing anything; what was being written to the resident stands in its field again."""
    return page_of(given(conversation_id))


def kept(name: str, otherwise: str = "") -> str:
    """Return what stood in a field of the page before, ``otherwise`` where the page is new."""
    return request.form.get(name, otherwise).replace("\r\n", "\n")
