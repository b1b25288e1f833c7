"""Who I am: session, phone, identity, joining a member of staff."""

from apiflask import APIBlueprint
from flask import request

from server.access import resident as access
from server.actions import accounts
from server.errors import Conflict
from server.handlers import context
from server.handlers.miniprogram.shapes.people import CodeIn, IdentityIn, MeOut
from server.models.account import WechatUser
from server.policy import texts

blueprint = APIBlueprint("identity", __name__, url_prefix="/api")


class NoMiniprogramAccount(Conflict):
    """The session was not started in the mini-program."""

    code, default_message = "miniprogram_needed", "请在小程序中操作"


def me_of(user: WechatUser) -> MeOut:
    """Show the caller to himself."""
    version, _ = texts.privacy()
    return MeOut.of(user, consent_needed=access.has_accepted(user, "privacy", version) is None)


@blueprint.get("/me")
@blueprint.output(MeOut)
def me() -> MeOut:
    """Who I am, masked."""
    return me_of(context.user())


@blueprint.post("/logout")
@blueprint.output({}, status_code=204)
def logout() -> str:
    """End this session."""
    token = request.headers["Authorization"].partition(" ")[2].strip()
    accounts.sign_out(token, by=context.as_resident())
    return ""


@blueprint.post("/me/phone")
@blueprint.input(CodeIn, arg_name="body")
@blueprint.output(MeOut)
def phone(body: CodeIn) -> MeOut:
    """Register the phone number WeChat confirms. Errors: phone_code_invalid, phone_format, wechat_unavailable."""
    account = context.user().account("miniprogram")
    if account is None:
        raise NoMiniprogramAccount()
    number = context.wiring().gateway.phone_number(body.code, account.openid)
    accounts.record_phone(context.user(), number, by=context.as_resident())
    return me_of(context.user())


@blueprint.post("/me/identity")
@blueprint.input(IdentityIn, arg_name="body")
@blueprint.output(MeOut)
def bind_identity(body: IdentityIn) -> MeOut:
    """Register my name and document. Errors: privacy_consent_needed, name_format, id_format, id_region, id_birthdate,
    id_checksum, id_mismatch, identity_incomplete, nationality_unknown, already_bound, identity_taken.
    """
    rules = context.wiring().policy.groups
    accounts.bind_identity(context.user(), **body.model_dump(), rules=rules, by=context.as_resident())
    return me_of(context.user())


@blueprint.post("/me/staff")
@blueprint.input(CodeIn, arg_name="body")
@blueprint.output(MeOut)
def join_staff(body: CodeIn) -> MeOut:
    """Join my WeChat to a member of staff with the code from the workbench. Errors: bind_code_invalid, too_many_attempts."""
    accounts.join_staff(context.user(), body.code, by=context.as_resident())
    return me_of(context.user())
