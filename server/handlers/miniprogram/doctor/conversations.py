"""Messages of residents."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("doctor_conversations", __name__, url_prefix="/api/doctor")
