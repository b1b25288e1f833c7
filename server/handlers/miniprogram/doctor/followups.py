"""Follow-ups, visits and phone tasks of the team."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("doctor_followups", __name__, url_prefix="/api/doctor")
