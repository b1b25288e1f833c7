"""My conversation, and what was sent to me."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("messages", __name__, url_prefix="/api")
