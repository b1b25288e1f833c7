"""A doctor's desk beside the conversations: give to a colleague, notes, replies kept ready, absences, figures."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import answering, conversations
from server.access import desk as access
from server.access.doctor import team_of
from server.actions import messaging
from server.errors import AppError, NotAllowed
from server.handlers import context
from server.handlers.miniprogram.doctor.conversations import shown
from server.handlers.miniprogram.shapes.desk import (
    AnsweringOut,
    CannedIn,
    CannedListOut,
    CannedOut,
    ColleagueOut,
    ColleaguesOut,
    LeaveIn,
    NoteIn,
    NoteOut,
    NotesOut,
    StandInOut,
    StandInsOut,
    TransferIn,
)
from server.handlers.miniprogram.shapes.messages import ConversationOut
from server.models import CannedReply, Conversation
from server.policy import canned

blueprint = APIBlueprint("doctor_desk", __name__, url_prefix="/api/doctor")


@blueprint.get("/colleagues")
@blueprint.output(ColleaguesOut)
def colleagues() -> ColleaguesOut:
    """The others of my institution: to whom a conversation can be given, who can stand in."""
    rows = access.colleagues(context.staff())
    away = answering.stand_ins([row.id for row in rows], clock.now())
    return ColleaguesOut(items=[ColleagueOut.of(row, is_away=row.id in away) for row in rows])


@blueprint.post("/conversations/<conversation_id>/transfer")
@blueprint.input(TransferIn, arg_name="body")
@blueprint.output(ConversationOut)
def transfer(conversation_id: str, body: TransferIn) -> ConversationOut:
    """Give it to a colleague with a reason, which the resident is told.

    Errors: not_found, reason_missing, colleague_unsuitable, conversation_held, illegal_move (closed).
    """
    found = conversations.of_team(conversation_id, context.staff())
    to = access.colleague(body.staff_id, context.staff())
    return shown(messaging.transfer(found, to, body.reason, policy=context.wiring().policy, by=context.as_staff()))


@blueprint.get("/conversations/<conversation_id>/notes")
@blueprint.output(NotesOut)
def notes(conversation_id: str) -> NotesOut:
    """What colleagues wrote beside it and who gave it to whom; the read is audited. Errors: not_found."""
    found = messaging.open_for(conversations.of_team(conversation_id, context.staff()), by=context.as_staff())
    rows = [NoteOut.of(row) for row in access.notes(found)]
    rows += [NoteOut.of_shift(row) for row in access.shifts(found)]
    return NotesOut(items=sorted(rows, key=lambda row: (row.at, row.id)))


@blueprint.post("/conversations/<conversation_id>/notes")
@blueprint.input(NoteIn, arg_name="body")
@blueprint.output(NoteOut, status_code=201)
def note(conversation_id: str, body: NoteIn) -> NoteOut:
    """Write a note that the resident never sees. Errors: not_found, message_empty, message_too_long."""
    found = conversations.of_team(conversation_id, context.staff())
    most = context.wiring().settings.messaging.max_text_characters
    return NoteOut.of(messaging.note(found, body.text, body.client_id, by=context.as_staff(), most=most))


@blueprint.get("/canned")
@blueprint.output(CannedListOut)
def replies() -> CannedListOut:
    """My team's replies kept ready and mine."""
    return _replies()


@blueprint.get("/conversations/<conversation_id>/canned")
@blueprint.output(CannedListOut)
def filled(conversation_id: str) -> CannedListOut:
    """The same, filled in for one resident. Errors: not_found."""
    found = conversations.of_team(conversation_id, context.staff())
    return _listed(replies_for(found))


@blueprint.post("/canned")
@blueprint.input(CannedIn, arg_name="body")
@blueprint.output(CannedOut, status_code=201)
def keep(body: CannedIn) -> CannedOut:
    """Keep a reply ready; for the team only as its leader. Errors: canned_invalid, variable_unknown, not_allowed."""
    staff = context.staff()
    if body.for_team and not access.leads(staff):
        raise NotAllowed("只有团队长可以保存团队的常用回复")
    owner = team_of(staff) if body.for_team else staff
    return CannedOut.of(messaging.keep_reply(owner, body.title, body.text, by=context.as_staff()))


@blueprint.post("/canned/<reply_id>/remove")
@blueprint.output(CannedListOut)
def remove(reply_id: str) -> CannedListOut:
    """Take one away. Errors: not_found."""
    messaging.remove_reply(access.own_reply(reply_id, context.staff()), by=context.as_staff())
    return _replies()


@blueprint.get("/absences")
@blueprint.output(StandInsOut)
def absences() -> StandInsOut:
    """When I am away, and for whom I answer."""
    return _absences()


@blueprint.post("/absences")
@blueprint.input(LeaveIn, arg_name="body")
@blueprint.output(StandInOut, status_code=201)
def leave(body: LeaveIn) -> StandInOut:
    """Say when I am away and who answers for me. Errors: not_found, absence_invalid, stand_in_unsuitable."""
    staff = context.staff()
    stand_in = access.colleague(body.stand_in_id, staff)
    row = messaging.enter_absence(staff, stand_in, from_at=body.from_at, until_at=body.until_at, by=context.as_staff())
    return StandInOut.of(row, mine=True, now=clock.now())


@blueprint.post("/absences/<absence_id>/end")
@blueprint.output(StandInsOut)
def come_back(absence_id: str) -> StandInsOut:
    """I am back, or do not go. Errors: not_found."""
    messaging.end_absence(access.own_absence(absence_id, context.staff()), by=context.as_staff())
    return _absences()


@blueprint.get("/answering")
@blueprint.output(AnsweringOut)
def figures() -> AnsweringOut:
    """How my team answered in 30 days; stars only when enough residents rated. Errors: not_found."""
    found = access.figures([team_of(context.staff())], clock.now())[0]
    enough = found.ratings >= context.wiring().policy.answering.rated_least
    return AnsweringOut(
        waiting=found.waiting,
        late=found.late,
        answered=found.answered,
        percent=found.percent,
        minutes=round(found.minutes) if found.minutes is not None else None,
        stars=round(found.stars, 1) if enough and found.stars is not None else None,
        days=access.FIGURES_DAYS,
    )


def replies_for(conversation: Conversation) -> list[CannedOut]:
    """Return the caller's ready-made replies as they would be said in a conversation he was given."""
    values = access.values_for(conversation, context.staff())
    return [_filled(row, values) for row in access.replies(context.staff())]


def _replies() -> CannedListOut:
    return _listed([CannedOut.of(row) for row in access.replies(context.staff())])


def _absences() -> StandInsOut:
    staff, now = context.staff(), clock.now()
    rows = access.own_absences(staff, now)
    return StandInsOut(items=[StandInOut.of(row, mine=row.staff_id == staff.id, now=now) for row in rows])


def _listed(items: list[CannedOut]) -> CannedListOut:
    return CannedListOut(items=items, variables=canned.VARIABLES, leads=access.leads(context.staff()))


def _filled(reply: CannedReply, values: dict[str, Any]) -> CannedOut:
    try:
        return CannedOut.of(reply, filled=canned.fill(reply.text, values))
    except AppError as refusal:
        return CannedOut.of(reply, problem=refusal.message)
