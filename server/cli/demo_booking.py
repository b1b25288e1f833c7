"""Demo data of booking: where departments are and what to bring, who books for her mother, who may not book for a while."""

from datetime import datetime, time, timedelta

from sqlalchemy import select

from server import clock
from server.access import people
from server.actions import authorities
from server.cli.demo_family import PAGE
from server.database import transaction
from server.models import AuthorityKind, BlockStatus, BookingBlock, Department, Proof, Resident, states
from server.models.actor import CLOCK

WHERE = ("门诊楼2楼东侧", "门诊楼3楼", "门诊楼5楼西侧")
BRING = "以前的检查单和正在吃的药"
DAYS, COUNT = 90, 3


def for_a_mother(daughter: Resident, name: str, number: str) -> None:
    """Let somebody book for her mother, who signed a paper for it; what exists stays."""
    today = clock.today()
    claim = authorities.Claim(
        kind=AuthorityKind.PROXY,
        person=people.typed(name, number, today),
        relation="30",
        proof_kind=Proof.WRITTEN_AUTHORITY,
        proof=PAGE,
        valid_to=today + timedelta(days=180),
    )
    asked, is_new = authorities.ask(daughter, claim, by=CLOCK)
    if is_new:
        authorities.certify(asked, by=CLOCK)


def seed(paused: str) -> None:
    """Say where the departments are; pause the resident of an identity number, who may still object."""
    with transaction() as session:
        who = session.scalars(select(Resident).where(Resident.identity_hash == Resident.hash_of("01", paused))).one()
        for index, department in enumerate(session.scalars(select(Department).order_by(Department.id))):
            department.floor = department.floor or WHERE[index % len(WHERE)]
            department.bring = department.bring or BRING
        if session.scalar(select(BookingBlock).limit(1)):
            return
        today = clock.today()
        block = BookingBlock(
            resident_id=who.id,
            live_key=who.id,
            status=BlockStatus.ACTIVE,
            from_on=today,
            until_on=today + timedelta(days=DAYS),
            count=COUNT,
            policy_version="demo",
        )
        session.add(block)
        session.flush()
        states.born(block, by=CLOCK, at=datetime.combine(today, time(0), clock.SHANGHAI))
