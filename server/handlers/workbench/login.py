"""Signing in to the workbench."""

from flask import Blueprint

blueprint = Blueprint("workbench_login", __name__, url_prefix="/workbench")
