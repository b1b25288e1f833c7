"""What a resident may see: his own things, and what is open to everybody."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from server import clock as clocks
from server.access import resident as access
from server.errors import NotFound
from server.ids import new_id
from server.models import AgreementStatus, Appointment, Pool, Slot, SlotStatus
from tests import make
from tests.reads import reads

S = AgreementStatus
HORIZON = 21


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def appointment(resident: Any, slot: Slot | None = None, status: str = "booked") -> Appointment:
    slot = slot or make.slot(taken=1)
    open_ = status != "cancelled"
    made: Appointment = make.saved(
        Appointment(
            slot_id=slot.id,
            resident_id=resident.id,
            agreement_id=make.agreement(resident=resident, status=S.WITHDRAWN).id,
            status=status,
            active_key=f"{slot.id}:{resident.id}" if open_ else None,
            number=1,
            number_key=f"{slot.id}:1" if open_ else None,
            booked_at=clocks.now(),
            cancelled_at=None if open_ else clocks.now(),
        )
    )
    return made


def hidden(look: Callable[[], object]) -> str:
    """The words of the refusal."""
    with pytest.raises(NotFound) as refusal:
        look()
    return refusal.value.message


@pytest.mark.parametrize("status", list(S))
def test_agreement_is_shown_to_its_owner_in_every_state(status: AgreementStatus) -> None:
    lin = make.resident()
    made = make.agreement(resident=lin, status=status)

    assert access.agreement(made.id, lin).id == made.id


def test_agreement_of_somebody_else_is_as_absent_as_none() -> None:
    lin, wang = make.resident(), make.resident()
    made = make.agreement(resident=lin)

    assert hidden(lambda: access.agreement(made.id, wang)) == hidden(lambda: access.agreement("x", wang))
    assert access.agreements(wang, None).items == []


def test_appointment_is_shown_to_its_owner_only() -> None:
    lin, wang = make.resident(), make.resident()
    made = appointment(lin)

    assert access.appointment(made.id, lin).id == made.id
    assert [row.id for row in access.appointments(lin, None).items] == [made.id]
    assert hidden(lambda: access.appointment(made.id, wang)) == hidden(lambda: access.appointment("x", wang))
    assert access.appointments(wang, None).items == []


def test_ids_are_compared_letter_by_letter() -> None:
    lin = make.resident()
    made = make.agreement(resident=lin)

    hidden(lambda: access.agreement(made.id.lower(), lin))
    hidden(lambda: access.agreement(made.id[:-1], lin))


@pytest.mark.parametrize(
    ("status", "counts"), [(S.PENDING_TEAM, True), (S.SIGNED, True), (S.ACTIVE, True), (S.REJECTED, False)]
)
def test_successor_is_what_renews_not_what_was_rejected(status: AgreementStatus, counts: bool) -> None:
    lin = make.resident()
    before = make.agreement(resident=lin, status=S.EXPIRED)
    after = make.agreement(resident=lin, status=status, predecessor_id=before.id)

    assert access.successor_ids([before.id]).get(before.id) == (after.id if counts else None)


def test_closed_teams_and_withdrawn_packages_are_hidden() -> None:
    closed, withdrawn = make.team(is_open=False), make.package(is_offered=False)

    hidden(lambda: access.open_team(closed.id))
    hidden(lambda: access.offered_package(withdrawn.id))
    assert (access.open_teams(None).items, access.offered_packages()) == ([], [])


def test_packages_come_cheapest_first() -> None:
    dear, cheap = make.package(price_fen=5000, self_pay_fen=4000), make.package(price_fen=1000)

    assert [package.id for package in access.offered_packages()] == [cheap.id, dear.id]


def at(days: int, hour: int = 9) -> datetime:
    return clocks.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days, hours=hour)


def test_slots_are_the_reserved_open_ones_of_the_hospital_within_the_horizon() -> None:
    wanted = make.slot(starts=at(3))
    hospital = wanted.shift.specialist.hospital
    for fields in (
        {"starts": at(-1)},
        {"starts": at(HORIZON + 1)},
        {"pool": Pool.PUBLIC},
        {"status": SlotStatus.SUSPENDED},
        {"released": True},
    ):
        make.slot(hospital=hospital, **fields)
    make.slot(starts=at(3))

    assert [slot.id for slot in access.slots(hospital.id, HORIZON, None).items] == [wanted.id]
    assert access.slots("x", HORIZON, None).items == []


def test_hospitals_without_numbers_are_listed_with_none() -> None:
    make.slot(status=SlotStatus.SUSPENDED)

    ((_, left),) = access.hospitals(HORIZON)

    assert left == 0


def test_privacy_consent_is_of_one_person_and_one_version() -> None:
    lin, wang = make.user(consent="2026.1"), make.user()

    assert access.has_accepted(lin, "privacy", "2026.1") is not None
    assert access.has_accepted(lin, "privacy", "2026.2") is None
    assert access.has_accepted(wang, "privacy", "2026.1") is None


# ---------------------------------------------------------------- hospitals with numbers


def many_slots(like: Slot, numbers: range) -> None:
    """More slots like one, each so many seconds after it."""
    columns = {column.key: getattr(like, column.key) for column in Slot.__table__.columns}
    later = [columns | {"id": new_id(), "starts_at": like.starts_at + timedelta(seconds=n)} for n in numbers]
    with make.transaction() as session:
        session.execute(insert(Slot), later)


def test_hospitals_with_places_stand_first_and_counting_stops_where_nobody_needs_the_number() -> None:
    full = make.slot(hospital=make.hospital(name="甲医院"), capacity=2, taken=2)
    few = make.slot(hospital=make.hospital(name="乙医院"), capacity=5, taken=2)
    many = make.slot(hospital=make.hospital(name="丙医院"), capacity=5)
    many_slots(many, range(1, 61))

    found = [(hospital.name, left) for hospital, left in access.hospitals(HORIZON)]

    assert found == [("丙医院", access.MANY_LEFT), ("乙医院", 3), ("甲医院", 0)]
    assert [slot.hospital_id for slot in (many, few, full)] == [
        hospital.id for hospital, _ in access.hospitals(HORIZON)
    ]


def test_more_slots_cost_the_list_of_hospitals_nothing() -> None:
    slot = make.slot(capacity=5)
    many_slots(slot, range(1, 201))
    with reads() as before:
        access.hospitals(HORIZON)
    many_slots(slot, range(201, 3201))

    with reads() as after:
        access.hospitals(HORIZON)

    assert after[0] <= 1.5 * before[0], f"{after[0]} against {before[0]}"
