"""What awaits a doctor today."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("doctor_home", __name__, url_prefix="/api/doctor")
