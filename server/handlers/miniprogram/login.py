"""Logging in to the mini-program."""

from apiflask import APIBlueprint

from server.actions import accounts
from server.handlers import context
from server.handlers.miniprogram.identity import me_of
from server.handlers.miniprogram.shapes.edges import instant
from server.handlers.miniprogram.shapes.people import CodeIn, SessionOut

blueprint = APIBlueprint("login", __name__, url_prefix="/api")


@blueprint.post("/login")
@blueprint.input(CodeIn, arg_name="body")
@blueprint.output(SessionOut)
def login(body: CodeIn) -> SessionOut:
    """Exchange a wx.login code for a session. Errors: login_code_invalid, user_blocked, wechat_unavailable."""
    wiring = context.wiring()
    found = wiring.gateway.exchange_code(body.code)
    days = wiring.settings.privacy.session_days
    token, session = accounts.sign_in(found, source=context.source(), session_days=days)
    return SessionOut(token=token, expires_at=instant(session.expires_at), me=me_of(session.user))
