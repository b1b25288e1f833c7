"""My follow-ups and visits."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("followups", __name__, url_prefix="/api")
