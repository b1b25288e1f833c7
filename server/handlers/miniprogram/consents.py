"""What I agreed to: the privacy document and being pushed messages."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("consents", __name__, url_prefix="/api")
