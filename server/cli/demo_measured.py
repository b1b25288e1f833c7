"""Demo data of self-measured values: a week of the member's own pressure and glucose; the latest one the team has to look at."""

from datetime import timedelta

from server import clock
from server.actions import measurements
from server.models import WechatUser
from server.models.actor import Actor, ActorKind
from server.policy.measuring import Moment, Unit, glucose, pressure
from server.policy.schema import Policy

PRESSURES = ((160, 136, 84), (136, 134, 86), (112, 138, 88), (88, 132, 80), (64, 136, 82), (40, 134, 84), (16, 152, 92))
"""Hours ago, mmHg."""
GLUCOSES = ((150, "6.4"), (102, "6.8"), (54, "6.2"), (30, "6.0"))
"""Hours ago, mmol/L, fasting."""


def seed(user: WechatUser, policy: Policy) -> None:
    """Write down what the member measured in the last days, as on his page."""
    readings = [(hours, pressure(high, low)) for hours, high, low in PRESSURES]
    readings += [(hours, glucose(value, Unit.MMOL, Moment.FASTING)) for hours, value in GLUCOSES]
    resident = user.resident
    assert resident is not None
    for hours, reading in sorted(readings, key=lambda one: -one[0]):
        measurements.record(
            resident,
            reading,
            f"demo{hours}",
            measured_at=clock.now() - timedelta(hours=hours),
            is_confirmed=False,
            is_own=True,
            source="page",
            by=Actor(ActorKind.RESIDENT, user.id),
            policy=policy,
        )
