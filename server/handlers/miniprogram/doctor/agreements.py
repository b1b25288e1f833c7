"""Requests to accept and the panel."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("doctor_agreements", __name__, url_prefix="/api/doctor")
