"""Who I am: session, phone, identity, joining a member of staff."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("identity", __name__, url_prefix="/api")
