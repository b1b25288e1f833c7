"""Functional communities: register, frame agreement, roster, and the numbers the organisation may be told."""

from flask import Response, request, url_for
from pydantic import Field

from server import clock, sheets
from server.access import admin as teams
from server.access import communities as access
from server.actions import communities, signing
from server.actions.communities import Details, RosterInvalid
from server.errors import AppError
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import Community

FORM_BYTES = 64 * 1024


def most_bytes() -> int:
    """Return how many bytes a form with a roster or a drawing may have."""
    return communities.MOST_BYTES + FORM_BYTES


class CommunityForm(forms.Form):
    kind: forms.Name
    name: forms.Line
    address: forms.Line
    team_id: str = Field(min_length=1, max_length=26)
    contact_name: forms.Name
    contact_phone: forms.Phone


class FrameForm(forms.Form):
    signer: forms.Name
    title: forms.Name
    signature: str = Field(default="", max_length=400_000)


def list_communities() -> Response:
    """List the institution's communities, with the form for another one; or say that the region has none."""
    return _list()


def register_community() -> Response:
    """Register an organisation."""
    try:
        form = forms.read(CommunityForm)
        team = teams.team(form.team_id, by=admin())
        details = Details(form.kind, form.name, form.address, form.contact_name, form.contact_phone)
        made = communities.register(team, details, policy=wiring().policy, by=as_admin())
    except AppError as error:
        return _list(error)
    return site.done(_address(made), "单位已登记")


def show_community(community_id: str) -> Response:
    """Show an organisation with its frame agreements and roster."""
    return _page(access.community(community_id, by=admin()))


def sign_frame(community_id: str) -> Response:
    """Keep the frame agreement that the authorised person signed on this screen."""
    found = access.community(community_id, by=admin())
    try:
        form = forms.read(FrameForm)
        signing.check_signature(form.signature)
        communities.sign_frame(
            found,
            signer=form.signer,
            title=form.title,
            signature=form.signature,
            policy=wiring().policy,
            by=as_admin(),
        )
    except AppError as error:
        return _page(found, error)
    return site.done(_address(found), "框架协议已签署")


def end_frame(community_id: str, frame_id: str) -> Response:
    """End a frame agreement."""
    found = access.community(community_id, by=admin())
    try:
        communities.end_frame(access.frame(frame_id, found), by=as_admin())
    except AppError as error:
        return _page(found, error)
    return site.done(_address(found), "框架协议已终止，个人已签的协议不受影响")


def show_frame(community_id: str, frame_id: str) -> Response:
    """Show a frame agreement's frozen text."""
    found = access.community(community_id, by=admin())
    frame = access.frame(frame_id, found)
    title, *paragraphs = frame.text_body.splitlines()
    return site.page("frame.html", here="communities", community=found, frame=frame, title=title, paragraphs=paragraphs)


def import_roster(community_id: str) -> Response:
    """Take a roster, all of it or nothing."""
    found = access.community(community_id, by=admin())
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise sheets.FileEmpty("请选择文件")
        taken = communities.take_roster(found, sent.stream.read(), policy=wiring().policy, by=as_admin())
    except AppError as error:
        return _page(found, error)
    return site.done(_address(found), f"已导入 {taken.added} 人，{taken.known} 人原来就在名单上")


def show_summary(community_id: str) -> Response:
    """Show what may be handed to the organisation: numbers only."""
    found = access.community(community_id, by=admin())
    return site.page(
        "community_summary.html",
        here="communities",
        community=found,
        counts=access.counts([found.id])[found.id],
        made_on=clock.today(),
    )


def _address(found: Community) -> str:
    return url_for("workbench.show_community", community_id=found.id)


def _list(error: AppError | None = None) -> Response:
    rows = access.communities(site.cursor(), by=admin())
    policy = wiring().policy
    return site.page(
        "communities.html",
        here="communities",
        rows=rows,
        counts=access.counts([row.id for row in rows.items]),
        kinds=communities.kinds(policy),
        teams=[(team.id, team.name) for team in teams.team_choices(by=admin())],
        error=error,
    )


def _page(found: Community, error: AppError | None = None) -> Response:
    policy = wiring().policy
    _, text = communities.frame_text(found, "＿＿＿＿", "＿＿＿＿", policy)
    return site.page(
        "community.html",
        here="communities",
        community=found,
        counts=access.counts([found.id])[found.id],
        frames=access.frames(found),
        rows=access.members(found, site.cursor()),
        has_frames=policy.communities.organisation_signs,
        is_here=bool(policy.communities.kinds),
        text=text,
        wrong_lines=error.wrong if isinstance(error, RosterInvalid) else (),
        error=error,
    )
