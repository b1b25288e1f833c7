"""A hospital's system tells of a discharge: the team's first contact is planned in the same step (FJ 三（六）)."""

import hashlib
import re
from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import request
from pydantic import Field

from server.access import referrals as access
from server.actions.booking import referring
from server.errors import Invalid
from server.handlers.context import wiring
from server.handlers.machine.signing import as_hospital, hospital_of_request
from server.handlers.miniprogram.shapes.edges import Day, In

blueprint = APIBlueprint("machine_discharges", __name__, url_prefix="/machine", enable_openapi=False)
KEY = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class MessageKeyNeeded(Invalid):
    """Without it a repetition could not be told from a second discharge."""

    code, default_message = "message_key_needed", "请在 Idempotency-Key 中给出消息编号：8 至 64 位字母、数字、点、横线"


class PatientIn(In):
    """Who went home."""

    document_type: str = Field(default="01", max_length=8)
    number: str = Field(min_length=1, max_length=64)


class DischargeIn(In):
    """A discharge as docs/machine-api.md says."""

    patient: PatientIn
    discharged_on: Day
    admitted_on: Day | None = None
    diagnosis: str = Field(default="", max_length=2000)
    drugs: str = Field(default="", max_length=4000)
    needs: str = Field(default="", max_length=4000)
    next_clinic_on: Day | None = None
    down_reason: str | None = Field(default=None, max_length=32)


@blueprint.post("/discharges")
@blueprint.input(DischargeIn, arg_name="body")
def discharge(body: DischargeIn) -> tuple[dict[str, Any], int]:
    """Tell of a discharge; 201 when new, 200 when repeated.

    Errors: message_key_needed, message_key_reused, discharge_not_wanted, discharge_invalid, discharge_content_needed,
    not_under_contract, referral_reason_invalid.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.match(key):
        raise MessageKeyNeeded()
    resident = access.patient(body.patient.document_type, body.patient.number)
    fields = body.model_dump(exclude={"patient"})
    push = referring.Push(key=key, body_sha256=hashlib.sha256(request.get_data()).hexdigest(), **fields)
    row, is_new = referring.receive(hospital_of_request(), resident, push, policy=wiring().policy, by=as_hospital())
    return {"id": row.id, "contact_by_on": _text(row.contact_by_on)}, 201 if is_new else 200


def _text(day: date) -> str:
    return day.isoformat()
