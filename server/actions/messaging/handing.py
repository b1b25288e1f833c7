"""A conversation goes from one doctor to another: given with a reason, or because somebody is away and comes back.

The resident is told by name, in the conversation and by a notice; at every moment the conversation has an owner.
"""

from datetime import datetime

from sqlalchemy import select

from server import clock
from server.access import answering as access
from server.actions.messaging import promising, steps
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import (
    Absence,
    Conversation,
    ConversationShift,
    ConversationStatus,
    Staff,
    WechatUser,
    audit,
    notification,
)
from server.models.actor import CLOCK, Actor
from server.models.conversation import Sender
from server.models.states import IllegalMove, move
from server.policy.business_hours import spoken
from server.policy.schema import Policy

C = ConversationStatus
LONGEST_REASON = 60


class ReasonMissing(Invalid):
    """A conversation is given to a colleague only with a reason."""

    code, default_message = "reason_missing", f"请写明转交的原因，最多{LONGEST_REASON}个字"


class ColleagueUnsuitable(Conflict):
    """The colleague cannot take it: it is oneself, or he is away."""

    code, default_message = "colleague_unsuitable", "不能转交给这位同事"


@retried
def transfer(conversation: Conversation, to: Staff, reason: str, *, policy: Policy, by: Actor) -> Conversation:
    """Give a conversation to a colleague of the same institution, who holds it from now on.

    Args:
        to: somebody access.desk.colleague gave. reason: read by the colleague and told to the resident.
    Raises:
        ReasonMissing, ColleagueUnsuitable. ConversationHeld: another doctor holds it. IllegalMove: it is closed.
    """
    at = clock.now()
    why = " ".join(reason.replace("\x00", "").split())
    if not why or len(why) > LONGEST_REASON:
        raise ReasonMissing()
    giver = steps.staff_of(by)
    with transaction():
        row = steps.relocked(conversation)
        absence = access.away(to.id, at)
        if absence is not None:
            raise ColleagueUnsuitable(f"{to.name}现在不在，由{absence.stand_in.name}代班")
        if row.status == C.CLOSED:
            raise IllegalMove(old=str(row.status), new=str(C.WITH_DOCTOR))
        if to.id == giver.id:
            raise ColleagueUnsuitable("不用转交给自己，直接回复就可以")
        if row.status == C.WITH_DOCTOR and row.staff_id != giver.id:
            raise steps.ConversationHeld(f"这位居民正由{row.staff.name if row.staff else '其他医生'}接待")
        give(row, to, reason="transfer", by=by, at=at)
        _note(row, "transfer", giver.id, to.id, None, why, by, at)
        _say(row, f"您的咨询由{giver.name}转给{to.name}，由{to.name}继续答复您。原因：{why}", at)
        promising.keep_up(row, policy=policy, at=at)
        audit.record("conversation_transferred", row, by=by, at=at)
    return row


def give(conversation: Conversation, to: Staff, *, reason: str, by: Actor, at: datetime) -> None:
    """Let another doctor hold it and tell him, in the caller's transaction. Raises IllegalMove (closed)."""
    if conversation.status == C.WITH_DOCTOR:
        move(conversation, C.WAITING_DOCTOR, by=by, at=at, reason=reason, staff_id=None)
    move(conversation, C.WITH_DOCTOR, by=by, at=at, reason=reason, staff_id=to.id)
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == to.id).limit(1))
    if user_id is not None:
        notification.queue(
            "conversation_given",
            dedupe_key=f"conversation_given:{conversation.id}:{to.id}:{at.isoformat()}",
            subject_id=conversation.id,
            user_id=user_id,
            team_id=conversation.team_id,
            facts={"short_no": conversation.short_no},
            is_urgent=conversation.is_urgent,
            at=at,
        )


def stand_in(conversation: Conversation, *, at: datetime, by: Actor = CLOCK) -> str:
    """Let the stand-in answer when the doctor is away, in the caller's transaction. Returns what to tell, once, else "".

    What the absent doctor held goes to the stand-in; what nobody holds yet waits for him.
    """
    awaited = access.responsible(conversation)
    absence = access.away(awaited, at)
    if absence is None or conversation.status not in access.OPEN or _told(conversation, absence, "stand_in"):
        return ""
    if conversation.status == C.WITH_DOCTOR:
        give(conversation, absence.stand_in, reason="stand_in", by=by, at=at)
    _note(conversation, "stand_in", absence.staff_id, absence.stand_in_id, absence, "", by, at)
    audit.record("conversation_stood_in", conversation, by=by, at=at)
    return f"{absence.staff.name}现在不在（{spoken(absence.until_at, at)}回来），这段时间由{absence.stand_in.name}替他答复您。"


@retried
def hand_next() -> bool:
    """Take one step of what absences ask for: a conversation goes to the stand-in, or comes back. Returns whether."""
    at = clock.now()
    with transaction() as session:
        open_ones = Absence.returned_at.is_(None) & (Absence.from_at <= at)
        begun = open_ones & (Absence.until_at > at) & Absence.handed_at.is_(None)
        over = open_ones & (Absence.until_at <= at)
        oldest = select(Absence.id).where(begun | over).order_by(Absence.from_at).limit(1)
        found = session.scalar(oldest.with_for_update())
        absence = session.get(Absence, found, populate_existing=True) if found else None
        if absence is None:
            return False
        if absence.until_at > at:
            _hand_one(absence, at)
        else:
            _bring_one_back(absence, at)
    return True


def _hand_one(absence: Absence, at: datetime) -> None:
    told = select(ConversationShift.id).where(
        ConversationShift.conversation_id == Conversation.id,
        ConversationShift.absence_id == absence.id,
        ConversationShift.kind == "stand_in",
    )
    led = [membership.team_id for membership in absence.staff.memberships if membership.is_lead]
    waits = (Conversation.status == C.WAITING_DOCTOR) & Conversation.team_id.in_(led)
    held = (Conversation.status == C.WITH_DOCTOR) & (Conversation.staff_id == absence.staff_id)
    which = select(Conversation.id).where(waits | held, ~told.exists()).order_by(Conversation.created_at).limit(1)
    row = steps.locked(Conversation.id == (db.session.scalar(which) or ""))
    words = stand_in(row, at=at) if row is not None else ""
    if row is None or not words:
        absence.handed_at = at
        return
    _say(row, words, at)


def _bring_one_back(absence: Absence, at: datetime) -> None:
    shift = ConversationShift
    lent = select(shift.conversation_id).where(shift.absence_id == absence.id, shift.kind == "stand_in")
    which = select(Conversation.id).where(
        Conversation.id.in_(lent),
        Conversation.status == C.WITH_DOCTOR,
        Conversation.staff_id == absence.stand_in_id,
        ~select(shift.id)
        .where(shift.conversation_id == Conversation.id, shift.absence_id == absence.id, shift.kind == "back")
        .exists(),
    )
    row = steps.locked(Conversation.id == (db.session.scalar(which.order_by(Conversation.created_at).limit(1)) or ""))
    if row is None or row.status != C.WITH_DOCTOR or row.staff_id != absence.stand_in_id:
        absence.returned_at = at
        return
    give(row, absence.staff, reason="back", by=CLOCK, at=at)
    _note(row, "back", absence.stand_in_id, absence.staff_id, absence, "", CLOCK, at)
    _say(row, f"{absence.staff.name}回来了，由{absence.staff.name}继续答复您。", at)
    audit.record("conversation_given_back", row, by=CLOCK, at=at)


def _told(conversation: Conversation, absence: Absence, kind: str) -> bool:
    found = select(ConversationShift.id).where(
        ConversationShift.conversation_id == conversation.id,
        ConversationShift.absence_id == absence.id,
        ConversationShift.kind == kind,
    )
    return db.session.scalar(found) is not None


def _note(
    conversation: Conversation,
    kind: str,
    from_id: str | None,
    to_id: str,
    absence: Absence | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    db.session.add(
        ConversationShift(
            conversation_id=conversation.id,
            kind=kind,
            from_staff_id=from_id,
            to_staff_id=to_id,
            absence_id=absence.id if absence else None,
            reason=reason,
            by=by.id,
            at=at,
        )
    )
    db.session.flush()


def _say(conversation: Conversation, words: str, at: datetime) -> None:
    """Tell the resident in the conversation, and that there is something to read."""
    said = steps.add_message(conversation, Sender.SYSTEM, words, via="miniprogram", at=at)
    notification.queue(
        "answerer_changed",
        dedupe_key=f"answerer_changed:{said.id}",
        subject_id=said.id,
        user_id=conversation.user_id,
        resident_id=conversation.user.resident_id,
        team_id=conversation.team_id,
        facts={"short_no": conversation.short_no},
        at=at,
    )
