"""Logging in to the mini-program."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("login", __name__, url_prefix="/api")
