"""When doctors answer and within which time: domain.md §7.4, field_notes.md 2.10."""

from typing import Self

from pydantic import Field, model_validator

from server.policy.parts.kinds import Part


class Answering(Part):
    workday_hours: list[str]
    """Periods of a working day in which teams answer, "08:00-12:00"; a team may have its own (§7.4)."""
    restday_hours: list[str]
    """The same on weekends and holidays."""
    promise_minutes: int = Field(ge=1)
    """Minutes of working time within which a resident is answered (§7.4)."""
    urgent_minutes: int = Field(ge=1)
    """Minutes within which an emergency is looked at, day and night (§7.4)."""
    escalate_percent: list[int] = Field(min_length=3, max_length=3)
    """Parts of that time after which the doctor, the team leader, the institution hear of it."""
    rated_least: int = Field(ge=1)
    """Ratings a team must have before its doctors see their average: fewer could be traced to a person."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if sorted(set(self.escalate_percent)) != self.escalate_percent:
            raise ValueError("escalate_percent ascends")
        return self
