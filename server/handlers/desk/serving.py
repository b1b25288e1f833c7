"""A service written down at the desk: for a resident for whom no follow-up is planned, as on the phone."""

from flask import Response

from server import clock
from server.access import rights
from server.actions import serving
from server.errors import AppError, NotFound
from server.handlers import context
from server.handlers.desk import forms
from server.handlers.desk.conversation import after
from server.handlers.desk.leading import Lead, kept, lead, page
from server.handlers.miniprogram.shapes.rights import EntitlementOut
from server.models.service_record import PLACES


def page_of(found: Lead, error: AppError | None = None) -> Response:
    """List what his agreement promises; that it was shown is on record."""
    serving.note_seen(found.agreement, by=context.as_staff())
    rows = [EntitlementOut.of(one) for one in rights.entitlements(found.agreement, clock.today())]
    return page(
        found,
        "service.html",
        error,
        package=found.agreement.package.name,
        items=rows,
        places=PLACES,
        choices={one["key"]: one["label"] for row in rows for one in row.choices},
        today=clock.today(),
        kept=kept,
    )


def record(conversation_id: str) -> Response:
    """Write it down; a form sent twice counts once."""
    found = lead(conversation_id)
    try:
        told = forms.read(forms.ServiceForm)
        promised = rights.promised(told.entitlement_id, context.staff())
        if promised.agreement_id != found.agreement.id:
            raise NotFound("没有找到这项权益")
        act = serving.Act(**told.model_dump(exclude={"entitlement_id"}))
        serving.record(promised, act, staff=context.staff(), by=context.as_staff())
    except AppError as error:
        return page_of(found, error)
    return after(found.row, f"已登记服务：{promised.name}，居民可在小程序里查看和确认")
