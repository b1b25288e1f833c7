"""Home visits: planning, the route of a day, the arrival."""

from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from server.handlers.miniprogram.shapes.edges import Day, In, Out, instant
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.models import FollowUp, HomeVisit, Staff, Window
from server.models.visit import WINDOW_LABELS
from server.policy.routing import Leg


class MonthIn(In):
    """Which visits of which month."""

    tab: Literal["to_plan", "planned", "missed", "done"] = "to_plan"
    month: Day | None = None
    """Any day of it; left out: this month."""
    cursor: str | None = Field(default=None, max_length=500)


class DayIn(In):
    """Which day; left out: today."""

    day: Day | None = None


class PlanIn(In):
    """Whom to visit when, and who goes; left out: whoever plans."""

    followup_ids: list[str] = Field(min_length=1, max_length=20)
    planned_on: Day
    window: Window
    visitor_id: str | None = Field(default=None, max_length=26)


class ArriveIn(In):
    """Where, and when where it is entered later; latitude and longitude (GCJ-02) where the phone told them."""

    place: str = Field(min_length=1, max_length=100)
    arrived_at: AwareDatetime | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude come together")
        return self


class PhotoIn(In):
    """A portrait as a data URL."""

    photo: str = Field(max_length=900_000)


class VisitOut(Out):
    """One visit: the contact it makes, and its plan where there is one."""

    followup_id: str
    programme: str
    resident: ContactOut
    area: str
    due_on: str
    status: str
    status_label: str
    planned_on: str | None
    window_label: str | None
    visitor_name: str | None
    arrived_at: str | None
    place: str | None

    @classmethod
    def of(cls, row: FollowUp, visit: HomeVisit | None, area: str) -> Self:
        """Show a visit to the team."""
        return cls(
            followup_id=row.id,
            programme=row.programme,
            resident=ContactOut.of(row.resident),
            area=area,
            due_on=row.window_end_on.isoformat(),
            status=row.status,
            status_label=row.status_label,
            planned_on=visit.planned_on.isoformat() if visit else None,
            window_label=visit.window_label if visit else None,
            visitor_name=visit.visitor.name if visit else None,
            arrived_at=instant(visit.arrived_at) if visit and visit.arrived_at else None,
            place=visit.place if visit else None,
        )


class DoorOut(Out):
    """One household of a route."""

    title: str
    address: str
    visits: list[VisitOut]


class LegOut(Out):
    """Households of one area in one part of the day."""

    window_label: str
    area: str
    doors: list[DoorOut]

    @classmethod
    def of(cls, leg: Leg, visits: dict[str, HomeVisit]) -> Self:
        """Show a leg; ``visits`` by their ids."""
        doors = []
        for home in leg.homes:
            rows = [visits[stop.id] for stop in home.stops]
            names = dict.fromkeys(row.followup.resident.name_masked for row in rows)
            shown = [VisitOut.of(row.followup, row, leg.area) for row in rows]
            doors.append(DoorOut(title="、".join(names), address=home.address, visits=shown))
        return cls(window_label=WINDOW_LABELS[Window(leg.window)], area=leg.area, doors=doors)


class ColleagueOut(Out):
    """Who may be sent."""

    id: str
    name: str
    title: str

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """Show a colleague."""
        return cls(id=staff.id, name=staff.name, title=staff.title)


class ComingOut(Out):
    """Who comes to see me, as the resident reads it after login."""

    followup_id: str
    planned_on: str
    window_label: str
    visitor_name: str
    visitor_title: str
    team_name: str
    team_phone: str
    photo: str | None

    @classmethod
    def of(cls, visit: HomeVisit, photo: str | None) -> Self:
        """Show a visit to the person who is visited."""
        team = visit.followup.team
        return cls(
            followup_id=visit.followup_id,
            planned_on=visit.planned_on.isoformat(),
            window_label=visit.window_label,
            visitor_name=visit.visitor.name,
            visitor_title=visit.visitor.title,
            team_name=team.name,
            team_phone=team.phone,
            photo=photo,
        )
