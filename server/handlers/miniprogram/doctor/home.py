"""What awaits a doctor today."""

from dataclasses import asdict

from apiflask import APIBlueprint

from server import clock
from server.access.doctor_home import home as counts_for
from server.handlers import context
from server.handlers.miniprogram.shapes.followups import DoctorHomeOut

blueprint = APIBlueprint("doctor_home", __name__, url_prefix="/api/doctor")


@blueprint.get("/home")
@blueprint.output(DoctorHomeOut)
def home() -> DoctorHomeOut:
    """My day in numbers."""
    staff = context.staff()
    team_name = staff.team.name if staff.team else ""
    return DoctorHomeOut(name=staff.name, team_name=team_name, **asdict(counts_for(staff, clock.today())))
