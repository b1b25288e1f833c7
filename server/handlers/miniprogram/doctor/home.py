"""What awaits a doctor today."""

from dataclasses import asdict

from apiflask import APIBlueprint

from server import clock
from server.access.doctor_home import home as counts_for
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.followups import DoctorHomeOut
from server.models import CapUnit, Staff

blueprint = APIBlueprint("doctor_home", __name__, url_prefix="/api/doctor")


@blueprint.get("/home")
@blueprint.output(DoctorHomeOut)
def home() -> DoctorHomeOut:
    """My day in numbers."""
    staff = context.staff()
    team_name = staff.team.name if staff.team else ""
    counts = asdict(counts_for(staff, clock.today()))
    return DoctorHomeOut(name=staff.name, team_name=team_name, panel_warning=_warning(staff), **counts)


def _warning(staff: Staff) -> str:
    """What the team should know about its caps; empty while there is room."""
    policy = context.wiring().policy
    pressure = signing.pressure(staff.team, policy) if staff.team else signing.Pressure.ROOM
    if pressure == signing.Pressure.ROOM:
        return ""
    if pressure == signing.Pressure.FULL:
        return "签约名额已满，不能再接收"
    return f"签约已达到 {policy.signing.cap_soft} {CapUnit(policy.signing.cap_unit).word}，接近上限"
