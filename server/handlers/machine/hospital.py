"""Whose key this is: the first request of a system that is being connected."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.handlers.machine.signing import hospital_of_request

blueprint = APIBlueprint("machine_hospital", __name__, url_prefix="/machine", enable_openapi=False)


@blueprint.get("/Organization")
def who() -> dict[str, Any]:
    """Return the hospital the key belongs to, and our clock."""
    hospital = hospital_of_request()
    return {
        "resourceType": "Organization",
        "id": hospital.id,
        "name": hospital.name,
        "mustConfirm": hospital.must_confirm,
        "checksIn": hospital.checks_in,
        "now": clock.local(clock.now()).isoformat(),
    }
