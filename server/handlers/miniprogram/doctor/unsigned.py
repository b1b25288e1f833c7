"""Whom my teams should still sign: asked, why not, and the informed notice of who declines."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import doctor as doctors
from server.access import unsigned as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import listed
from server.handlers.miniprogram.shapes.unsigned import (
    NoticeDraftOut,
    NoticeIn,
    NoticeOut,
    ReasonIn,
    TabIn,
    UnsignedOptionsOut,
    UnsignedOut,
)
from server.models.doctor import Team
from server.models.refusal import UnsignedEntry

blueprint = APIBlueprint("doctor_unsigned", __name__, url_prefix="/api/doctor/unsigned")


def shown(rows: list[UnsignedEntry]) -> list[UnsignedOut]:
    """Show people on the list with their groups, reason and notice."""
    ids, today, policy = [row.resident_id for row in rows], clock.today(), context.wiring().policy
    groups, reasons, notices = access.groups(ids, today), access.reasons(ids), access.notices(ids)
    return [
        UnsignedOut.of(
            row, groups[row.resident_id], reasons.get(row.resident_id), notices.get(row.resident_id), policy, today
        )
        for row in rows
    ]


def team_for(entry: UnsignedEntry) -> Team:
    """Return the team that tells him: the entry's, else the caller's."""
    return entry.team or doctors.team_of(context.staff())


@blueprint.get("")
@blueprint.input(TabIn, location="query", arg_name="query")
def unsigned(query: TabIn) -> dict[str, Any]:
    """People on my teams' list, those of the first groups in front, with the reasons to choose from."""
    found = access.of_staff(context.staff(), query.tab, query.cursor)
    rows = [row.model_dump() for row in shown(found.items)]
    return {"options": UnsignedOptionsOut.of(context.wiring().policy).model_dump()} | listed(rows, found.next)


@blueprint.post("/<entry_id>/contact")
@blueprint.output(UnsignedOut)
def contact(entry_id: str) -> UnsignedOut:
    """I asked him, he has not decided. Errors: not_found, illegal_move, stale_state."""
    found = access.entry(entry_id, context.staff())
    return shown([signing.note_contact(found, by=context.as_staff())])[0]


@blueprint.post("/<entry_id>/reason")
@blueprint.input(ReasonIn, arg_name="body")
@blueprint.output(UnsignedOut)
def reason(entry_id: str, body: ReasonIn) -> UnsignedOut:
    """Why he is unsigned; a death is registered for everything.

    Errors: not_found, reason_not_listed, reason_note_needed, notice_needed, closing_date_invalid, illegal_move,
    stale_state.
    """
    found = access.entry(entry_id, context.staff())
    policy, by = context.wiring().policy, context.as_staff()
    done = signing.give_reason(found, body.code, note=body.note, died_on=body.died_on, policy=policy, by=by)
    return shown([done])[0]


@blueprint.get("/<entry_id>/notice")
@blueprint.output(NoticeDraftOut)
def notice_draft(entry_id: str) -> NoticeDraftOut:
    """The informed notice he would sign, with his full name; recorded. Errors: not_found."""
    found, me, policy = access.entry(entry_id, context.staff()), context.staff(), context.wiring().policy
    team = team_for(found)
    _, text = signing.show_notice(found, team, policy=policy, by=context.as_staff(), staff=me)
    return NoticeDraftOut(
        entry=shown([found])[0],
        required=policy.refusal.notice == "required",
        title=text.title,
        paragraphs=list(text.paragraphs),
        text_sha256=text.sha256,
        witnesses=[row.staff.name for row in team.memberships if row.staff_id != me.id],
    )


@blueprint.post("/<entry_id>/notice")
@blueprint.input(NoticeIn, arg_name="body")
def keep_notice(entry_id: str, body: NoticeIn) -> tuple[dict[str, Any], int]:
    """Keep the signed informed notice; 201 when new, 200 when repeated.

    Errors: not_found, signature_invalid, witness_unnamed, agreement_text_changed, resident_deceased, illegal_move,
    stale_state.
    """
    found = access.entry(entry_id, context.staff())
    notice, is_new = signing.inform(
        found,
        team_for(found),
        text_sha256=body.text_sha256,
        signer=body.signer,
        signature=body.signature,
        witness_name=body.witness_name,
        policy=context.wiring().policy,
        by=context.as_staff(),
        staff=context.staff(),
    )
    return NoticeOut.of(notice, opened=True).model_dump(), 201 if is_new else 200
