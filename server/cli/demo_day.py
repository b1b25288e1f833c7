"""Demo data of a doctor's day: somebody with two programmes and a visit before, whose next one is due in two days."""

from datetime import timedelta

from server import clock
from server.actions import followups
from server.models import Programme, Resident, Staff
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy.dates import add_months
from server.policy.schema import Policy

PRESSURE = {"systolic": 132, "diastolic": 82, "symptoms": ["1"], "adr": "1", "complication": "1", "adherence": "1"}
LIFE = {"smoking": 0, "alcohol": 0, "exercise_times": 5, "exercise_minutes": 30, "salt": "1"}
TABLETS = [{"name": "氨氯地平片", "times": 1, "dose": "5", "unit": "mg"}]
SUGAR = {"fasting_glucose": "6.4", "symptoms": ["1"], "foot_pulse": "1", "hypoglycaemia": "1"}
METFORMIN = [{"name": "二甲双胍片", "times": 2, "dose": "500", "unit": "mg"}]


def seed(resident: Resident, lead: Staff, policy: Policy) -> None:
    """Write down the visit of three months ago, both programmes in one encounter."""
    today = clock.today()
    pressure = followups.enrol(resident, Programme.HTN, start_on=today, by=CLOCK, policy=policy)
    sugar = followups.enrol(resident, Programme.DM, start_on=today, by=CLOCK, policy=policy)
    parts = [
        followups.Part(pressure, PRESSURE | LIFE | {"medicines": TABLETS}),
        followups.Part(sugar, {**PRESSURE, **SUGAR, "medicines": METFORMIN}),
    ]
    visited_on = add_months(today, -3) + timedelta(days=2)
    encounter = followups.Encounter(visited_on, "clinic")
    followups.complete(parts, encounter, by=Actor(ActorKind.STAFF, lead.id), policy=policy)
