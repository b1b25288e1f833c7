"""Teams and their packages, open to choose."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("teams", __name__, url_prefix="/api")
