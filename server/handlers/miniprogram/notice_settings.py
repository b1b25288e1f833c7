"""How I want to be told."""

from apiflask import APIBlueprint

from server.actions import notice_settings as settings
from server.errors import Invalid
from server.handlers import context
from server.handlers.miniprogram.shapes.notices import NoticeSettingsIn, NoticeSettingsOut
from server.models.notice_setting import setting_of

blueprint = APIBlueprint("notice_settings", __name__, url_prefix="/api")


@blueprint.get("/notice-settings")
@blueprint.output(NoticeSettingsOut)
def show() -> NoticeSettingsOut:
    """What I turned off, my hospital stay, SMS, and whom of my household may be told instead of me."""
    me = context.resident()
    return NoticeSettingsOut.of(me, setting_of(me.id), settings.candidates(me))


@blueprint.post("/notice-settings")
@blueprint.input(NoticeSettingsIn, arg_name="body")
@blueprint.output(NoticeSettingsOut)
def save(body: NoticeSettingsIn) -> NoticeSettingsOut:
    """Save all of it. Errors: invalid_input, mute_invalid, contact_not_at_home."""
    if (body.muted_from is None) != (body.muted_until is None):
        raise Invalid()
    muted = (body.muted_from, body.muted_until) if body.muted_from and body.muted_until else None
    wishes = settings.Wishes(frozenset(body.off), body.sms_allowed, muted, body.contact_id)
    me = context.resident()
    row = settings.save(me, wishes, by=context.as_resident())
    return NoticeSettingsOut.of(me, row, settings.candidates(me))
