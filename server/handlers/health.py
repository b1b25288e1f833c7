"""Is everything running?"""

from apiflask import APIBlueprint

blueprint = APIBlueprint("health", __name__, url_prefix="")
