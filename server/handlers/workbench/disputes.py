"""Services that residents dispute: what was recorded, what they say, and the answer."""

from flask import Response, request, url_for

from server.access import rights as access
from server.actions import serving
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import admin, as_admin
from server.handlers.workbench import site
from server.models import ItemKind
from server.models.package import ITEM_KIND_LABELS


def list_disputes() -> Response:
    """List what waits for an answer, the earliest promise first."""
    return _list()


def answer_dispute(dispute_id: str) -> Response:
    """Answer one: the record is taken back, or it stands."""
    found = access.institution_dispute(dispute_id, by=admin())
    try:
        upheld = request.form.get("upheld") == "true"
        serving.answer(found, upheld=upheld, reply=request.form.get("reply", "")[:200], by=as_admin())
    except (Invalid, Conflict) as error:
        return _list(error)
    return site.done(url_for("workbench.list_disputes"), "已答复，居民会收到通知")


def _list(error: AppError | None = None) -> Response:
    rows = access.institution_disputes(site.cursor(), by=admin())
    return site.page(
        "disputes.html",
        here="disputes",
        rows=rows,
        people=access.residents_of({row.resident_id for row in rows.items}),
        kinds={str(kind): ITEM_KIND_LABELS[kind] for kind in ItemKind},
        error=error,
    )
