"""What I agreed to: the privacy document."""

from apiflask import APIBlueprint

from server.access import resident as access
from server.actions import accounts
from server.handlers import context
from server.handlers.miniprogram.identity import me_of
from server.handlers.miniprogram.shapes.edges import instant
from server.handlers.miniprogram.shapes.people import ConsentDocumentOut, MeOut, VersionIn
from server.policy import texts

blueprint = APIBlueprint("consents", __name__, url_prefix="/api")


@blueprint.get("/consents/privacy")
@blueprint.output(ConsentDocumentOut)
def privacy() -> ConsentDocumentOut:
    """The privacy document in force, and when I accepted it."""
    version, text = texts.privacy()
    given = access.has_accepted(context.user(), "privacy", version)
    accepted_at = instant(given.accepted_at) if given else None
    return ConsentDocumentOut(
        version=version, title=text.title, paragraphs=list(text.paragraphs), accepted_at=accepted_at
    )


@blueprint.post("/consents/privacy")
@blueprint.input(VersionIn, arg_name="body")
@blueprint.output(MeOut)
def accept_privacy(body: VersionIn) -> MeOut:
    """Accept the privacy document I was shown. Errors: privacy_version_old."""
    accounts.accept_privacy(context.user(), body.version, by=context.as_resident())
    return me_of(context.user())
