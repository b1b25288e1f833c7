"""The workbench: pages for administrators."""

from flask import Blueprint

blueprint = Blueprint("workbench", __name__, url_prefix="/workbench")
