"""The doctor's desk: colleagues, absences, notes, replies kept ready, ratings; and what a resident sees of it."""

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, Field

from server.handlers.miniprogram.shapes.edges import In, Out, Whole, instant
from server.models.desk import SHIFT_LABELS, Absence, CannedReply, ConversationNote, ConversationShift
from server.models.doctor import Staff
from server.policy.business_hours import spoken


class TransferIn(In):
    """To whom and why."""

    staff_id: str = Field(min_length=26, max_length=26)
    reason: str = Field(max_length=200)


class NoteIn(In):
    """A private note; ``client_id`` as in MessageIn."""

    text: str = Field(max_length=4000)
    client_id: str = Field(min_length=1, max_length=40, pattern=r"^[\w.:-]+$")


class CannedIn(In):
    """A reply to keep ready, for oneself or for the team."""

    title: str = Field(max_length=100)
    text: str = Field(max_length=4000)
    for_team: bool = False


class LeaveIn(In):
    """From when until when somebody is away, and who answers for him."""

    stand_in_id: str = Field(min_length=26, max_length=26)
    from_at: AwareDatetime
    until_at: AwareDatetime


class RatingIn(In):
    """What a resident thinks of a conversation that is over."""

    stars: Whole = Field(ge=1, le=5)
    words: str = Field(default="", max_length=1000)


class ColleagueOut(Out):
    """Somebody of the institution."""

    id: str
    name: str
    title: str
    team: str
    away: bool

    @classmethod
    def of(cls, staff: Staff, *, is_away: bool) -> Self:
        """Show a colleague."""
        team = staff.team.name if staff.team else ""
        return cls(id=staff.id, name=staff.name, title=staff.title, team=team, away=is_away)


class ColleaguesOut(Out):
    """The others of the institution."""

    items: list[ColleagueOut]


class NoteOut(Out):
    """A private note, or a step from one doctor to another."""

    id: str
    who: str
    text: str
    at: str

    @classmethod
    def of(cls, note: ConversationNote) -> Self:
        """Show a note."""
        return cls(id=note.id, who=note.staff.name, text=note.text, at=instant(note.at))

    @classmethod
    def of_shift(cls, shift: ConversationShift) -> Self:
        """Show who gave it to whom and why."""
        giver = shift.from_staff.name if shift.from_staff else ""
        words = f"{SHIFT_LABELS[shift.kind]}：{giver} → {shift.to_staff.name}"
        return cls(
            id=shift.id, who="", text=f"{words}（{shift.reason}）" if shift.reason else words, at=instant(shift.at)
        )


class NotesOut(Out):
    """What colleagues wrote beside a conversation, oldest first."""

    items: list[NoteOut]


class CannedOut(Out):
    """A reply kept ready by institution, team or oneself (``owner``).

    ``filled`` is what would be said in a conversation, "" with ``problem`` saying why not.
    """

    id: str
    title: str
    text: str
    is_team: bool
    owner: str
    filled: str
    problem: str

    @classmethod
    def of(cls, reply: CannedReply, filled: str = "", problem: str = "") -> Self:
        """Show a reply."""
        return cls(
            id=reply.id,
            title=reply.title,
            text=reply.text,
            is_team=reply.team_id is not None,
            owner=reply.owner,
            filled=filled,
            problem=problem,
        )


class CannedListOut(Out):
    """All replies of a doctor, and the variables that may stand in them."""

    items: list[CannedOut]
    variables: dict[str, str]
    leads: bool
    """Whether he may keep some for his team."""


class StandInOut(Out):
    """Who is away, and who answers for him."""

    id: str
    name: str
    stand_in: str
    mine: bool
    from_at: str
    until_at: str
    label: str

    @classmethod
    def of(cls, absence: Absence, *, mine: bool, now: datetime) -> Self:
        """Show an absence."""
        return cls(
            id=absence.id,
            name=absence.staff.name,
            stand_in=absence.stand_in.name,
            mine=mine,
            from_at=instant(absence.from_at),
            until_at=instant(absence.until_at),
            label=f"{spoken(absence.from_at, now)} 至 {spoken(absence.until_at, now)}",
        )


class StandInsOut(Out):
    """Absences to come or running."""

    items: list[StandInOut]


class AnsweringOut(Out):
    """How a team answers, for its members; ``stars`` only when so many rated that nobody can be found out."""

    waiting: int
    late: int
    answered: int
    percent: int | None
    minutes: int | None
    stars: float | None
    days: int


class RatingOut(Out):
    """A rating that was kept."""

    stars: int


class AwaitedOut(Out):
    """What a resident sees of who answers him."""

    promised: str
    """By when he is answered, for people; "" when nobody waits."""
    late: bool
    stand_in: str
    """Who answers for whom, for people."""
    rate_id: str
    """The conversation he is asked to rate; ""."""
    reply_minutes: int | None
    """Working time its answers took, on average."""
