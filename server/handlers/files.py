"""Answers that are files."""

from flask import Response

from server.access.media import File
from server.policy.media import ending_of


def inline(file: File) -> Response:
    """Show a picture or voice, never as anything but what its content is, and never from a cache."""
    response = Response(file.content, content_type=file.content_type)
    response.headers["Content-Disposition"] = f"inline; filename=medium.{ending_of(file.content_type)}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
