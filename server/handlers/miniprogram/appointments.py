"""Reserved numbers and my appointments."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("appointments", __name__, url_prefix="/api")
