"""WeChat's content safety looks at one picture, or listens to one voice, by a secret link of half an hour."""

from apiflask import APIBlueprint
from flask import Response

from server import clock
from server.access import media
from server.actions import messaging
from server.handlers.files import inline

blueprint = APIBlueprint("media_link", __name__, url_prefix="/wechat/media", enable_openapi=False)


@blueprint.get("/<secret>")
def medium(secret: str) -> Response:
    """Show what WeChat was just asked about. Errors: not_found."""
    return inline(media.opened(media.being_checked(messaging.linked(secret, clock.now()))))
