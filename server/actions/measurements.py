"""Self-measured values: kept once per tap, looked at by the team, taken over by an administrator (domain.md §2.0, N-09)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access import measurements as access
from server.database import retried, transaction
from server.errors import Conflict, Invalid
from server.models import Measurement, MeasurementReview, Resident, audit, evidence, measurement
from server.models.actor import CLOCK, Actor
from server.policy import measuring
from server.policy.measuring import MeasurementUnusual, Reading, Verdict
from server.policy.schema import Policy

OLDEST = timedelta(days=7)
AHEAD = timedelta(minutes=10)
"""How far a phone's clock may be fast."""
TRIES = 3


class MeasuredTimeInvalid(Invalid):
    """The time cannot be meant."""

    code, default_message = "measured_time_invalid", "测量时间应在最近 7 天之内，且不能晚于现在"


class MeasuringNotAllowed(Conflict):
    """The resident took back the consent to have his health data handled."""

    code = "measuring_not_allowed"
    default_message = "您已撤回健康信息处理的同意，不能保存测量。身体不舒服请联系医生，情况紧急请拨打120"


class ReviewDone(Conflict):
    """A colleague closed it."""

    code, default_message = "review_done", "这条自测已经处理过"


@dataclass(frozen=True)
class Recorded:
    """A value that was written down, and whether this tap was the first."""

    row: Measurement
    is_new: bool


def record(
    resident: Resident,
    reading: Reading,
    client_id: str,
    *,
    measured_at: datetime | None,
    is_confirmed: bool,
    is_own: bool,
    source: str,
    by: Actor,
    policy: Policy,
) -> Recorded:
    """Write a self-measured value down; the same ``client_id`` of the same person does it once.

    It never makes a class of a follow-up. At the emergency thresholds leader and doctors are alarmed at once; above the
    reference the team is asked to look.

    Args:
        measured_at: now unless said. is_confirmed: the person was shown a rare value again.
        is_own: the resident himself enters it. source: "page", "device" or "chat".
    Raises:
        MeasurementUnusual, MeasuredTimeInvalid, MeasuringNotAllowed.
    Source:
        domain.md §2.0, §2.1, §2.2, N-09, T40.
    """
    if measuring.is_unusual(reading) and not is_confirmed:
        raise MeasurementUnusual(_ask_again(resident, reading, policy))

    def step() -> Recorded:
        return _record(
            resident, reading, client_id, measured_at=measured_at, is_own=is_own, source=source, by=by, policy=policy
        )

    return _settled(step)


def _settled(step: Callable[[], Recorded]) -> Recorded:
    """Run again what met another one's first insert: this time it is found."""
    for _ in range(TRIES - 1):
        try:
            return step()
        except IntegrityError:
            continue
    return step()


@retried
def _record(
    resident: Resident,
    reading: Reading,
    client_id: str,
    *,
    measured_at: datetime | None,
    is_own: bool,
    source: str,
    by: Actor,
    policy: Policy,
) -> Recorded:
    at = clock.now()
    when = measured_at or at
    if not at - OLDEST <= when <= at + AHEAD:
        raise MeasuredTimeInvalid()
    key = f"{by.id}:{client_id}"
    with transaction():
        same = measurement.known(key)
        if same is not None:
            return Recorded(same, False)
        agreement = access.agreement_of(resident.id)
        if agreement is not None and not evidence.stands(agreement.id, "health_data"):
            raise MeasuringNotAllowed()
        on = clock.local(when).date()
        row = measurement.keep(
            resident,
            agreement.team if agreement else None,
            kind=reading.kind,
            values=reading.values,
            unit=reading.unit,
            verdict=measuring.judge(reading, access.facts_of(resident, on), on, policy.followups),
            source=source,
            measured_at=min(when, at),
            at=at,
            by=by,
            client_key=key,
            is_own=is_own,
        )
    return Recorded(row, True)


def _ask_again(resident: Resident, reading: Reading, policy: Policy) -> str:
    asked = f"您输入的是{reading.words}，这个数值很少见，请核对。没有输错请再确认一次"
    today = clock.today()
    verdict = measuring.judge(reading, access.facts_of(resident, today), today, policy.followups)
    return f"{asked}；如果是真的，请立即拨打120" if verdict is Verdict.EMERGENCY else asked


@retried
def look(resident: Resident, *, by: Actor) -> None:
    """Write down that a member of staff was shown somebody's values; a team's look stops the call to the administrator."""
    at = clock.now()
    with transaction():
        audit.record("measurements_seen", resident, by=by, at=at)
        if by.kind == "staff":
            measurement.seen(resident.id, by=by, at=at)


@retried
def list_shown(residents: list[Resident], *, by: Actor) -> None:
    """Write down that a list with somebody's latest values was shown; at most a page of people. It is no look yet."""
    at = clock.now()
    with transaction():
        for resident in residents:
            audit.record("measurements_seen", resident, by=by, at=at)


@retried
def finish(review: MeasurementReview, outcome: str, note: str, *, by: Actor) -> MeasurementReview:
    """Close a review with what was done. Raises ReviewDone when a colleague was first."""
    at = clock.now()
    with transaction() as session:
        statement = (
            update(MeasurementReview)
            .where(MeasurementReview.id == review.id, MeasurementReview.status == "open")
            .values(
                status="done", done_at=at, done_by=by.id, outcome=outcome, note=note or None, open_key=None,
                escalate_at=None,
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
            raise ReviewDone()
        session.refresh(review)
        audit.record("measurement_reviewed", review, by=by, at=at)
    return review


@retried
def escalate_next() -> bool:
    """Hand one emergency that nobody of the team looked at to the administrators. Returns False when there is none.

    Source:
        domain.md N-09: the administrator if unread for 15 minutes.
    """
    at = clock.now()
    with transaction() as session:
        due = (MeasurementReview.status == "open") & (MeasurementReview.escalate_at <= at)
        oldest = select(MeasurementReview.id).where(due).order_by(MeasurementReview.escalate_at).limit(1)
        found = session.scalar(oldest.with_for_update())
        if found is None:
            return False
        row = session.get_one(MeasurementReview, found, populate_existing=True)
        row.escalate_at, row.escalated_at = None, at
        audit.record("measurement_escalated", row, by=CLOCK, at=at)
    return True
