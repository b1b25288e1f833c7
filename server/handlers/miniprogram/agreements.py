"""My agreements: preview, sign, withdraw, renew."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("agreements", __name__, url_prefix="/api")
