"""Recording an encounter: one or several programmes of one person are judged, and all that follows is written at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.actions.followups import alarms, following
from server.actions.followups.judging import checked, history_of, kept_judgement, kept_values, person_of
from server.actions.followups.refusals import DateInvalid, EncounterInvalid
from server.database import db, retried, transaction
from server.ids import new_id
from server.models import (
    Agreement,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    ItemKind,
    Programme,
    ReferralCheck,
    ServiceRecord,
    audit,
    entitlement,
    notification,
    referral,
)
from server.models.actor import Actor
from server.models.followup import REMINDERS
from server.models.states import move
from server.policy import programmes
from server.policy.programmes import Judgement
from server.policy.schema import Policy

OLDEST_VISIT_DAYS = 366
RECORDED = "已记录"
METHODS = {"clinic": "门诊", "home": "上门", "phone": "电话"}
HOME_SERVICE = (Programme.HOME_VISIT, Programme.SPECIAL, Programme.HOME_BED)


@dataclass(frozen=True)
class Part:
    """What one programme's form says; ``values`` by field key, see ``programmes.values.read``."""

    followup: FollowUp
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Encounter:
    """What holds for every programme done in it.

    Args:
        method: a key of METHODS. is_confirmed: unusual values were looked at again.
        next_on: the doctor's own next day, None: the rule's. next_reason: needed where it is later.
    """

    visited_on: date
    method: str
    note: str | None = None
    is_confirmed: bool = False
    next_on: date | None = None
    next_reason: str | None = None


@dataclass(frozen=True)
class Completed:
    """A recorded visit and what follows from it."""

    followup: FollowUp
    next: FollowUp | None
    judged: Judgement
    check: ReferralCheck | None = None

    @property
    def class_label(self) -> str:
        """The class, for people."""
        return self.judged.class_label

    @property
    def advice(self) -> str:
        """What to do."""
        return self.judged.advice

    @property
    def is_emergency(self) -> bool:
        """Whether something has to happen now."""
        return self.judged.is_emergency


@retried
def complete(parts: Sequence[Part], encounter: Encounter, *, by: Actor, policy: Policy) -> list[Completed]:
    """Record an encounter, judge it, plan what comes next; a missed follow-up may be entered late with its true day.

    Several programmes come next on the same day, the earliest of theirs; the package's contact is used up once.

    Args:
        by: a member of the follow-ups' team.
    Raises:
        DateInvalid, EncounterInvalid, MeasurementInvalid, ConfirmationNeeded, ReasonNeeded, states.IllegalMove,
        states.StaleState. Nothing is written then.
    Source:
        domain.md §2.0; the programme's table.
    """
    at = clock.now()
    today = clock.local(at).date()
    if not today - timedelta(days=OLDEST_VISIT_DAYS) <= encounter.visited_on <= today:
        raise DateInvalid("随访日期不能晚于今天，也不能早于一年前")
    _check_one_person(parts)
    encounter_id = new_id() if len(parts) > 1 else None
    with transaction():
        judged = [_record(part, encounter, encounter_id, by, at, policy) for part in parts]
        agreement_id = db.session.scalar(
            select(Agreement.id).where(Agreement.active_key == parts[0].followup.resident_id)
        )
        booked: set[ItemKind] = set()
        nexts = following.follow(
            [(part.followup, one) for part, one in zip(parts, judged, strict=True)],
            following.Wish(encounter.visited_on, encounter.next_on, encounter.next_reason),
            by=by,
            at=at,
            numbers=policy.followups,
        )
        found = []
        for part, one, following_one in zip(parts, judged, nexts, strict=True):
            _record_service(part.followup, agreement_id, booked, encounter.visited_on, by, at)
            found.append(Completed(part.followup, following_one, one, _check_on(part.followup, one)))
        alarms.tell([(part.followup, one) for part, one in zip(parts, judged, strict=True)], at, by=by)
    return found


def _check_one_person(parts: Sequence[Part]) -> None:
    people = {part.followup.resident_id for part in parts}
    if len(people) != 1 or len({part.followup.programme for part in parts}) < len(parts):
        raise EncounterInvalid()


def _record(
    part: Part, encounter: Encounter, encounter_id: str | None, by: Actor, at: datetime, policy: Policy
) -> Judgement:
    followup, on = part.followup, encounter.visited_on
    table = programmes.load(followup.programme, on)
    facts = db.session.get_one(Enrolment, followup.enrolment_id).facts
    person = person_of(followup.resident, facts, on)
    clean = checked(table, part.values, person, on, is_confirmed=encounter.is_confirmed, numbers=policy.followups)
    judged = programmes.judge(table, clean, person, on, history_of(followup, on), numbers=policy.followups)
    if not table.rules:
        judged = replace(judged, class_label=RECORDED, advice="")
    move(
        followup,
        FollowUpStatus.DONE,
        by=by,
        at=at,
        visited_on=on,
        entered_at=at,
        entered_by=by.id,
        method=encounter.method,
        encounter_id=encounter_id,
        outcome_class=judged.outcome_class,
        rules_version=f"{table.name}/{table.version}",
        found=kept_values(clean),
        result=kept_judgement(judged, encounter.note),
    )
    notification.cancel(subject_id=followup.id, kinds=REMINDERS)
    if followup.programme == Programme.DISCHARGE:
        referral.followed_up(followup.id, by=by, at=at)
    audit.record("followup_completed", followup, by=by, at=at)
    return judged


def _check_on(followup: FollowUp, judged: Judgement) -> ReferralCheck | None:
    """Plan to ask what became of the referral, or of the other thing the rule names (domain.md §2.0)."""
    if judged.check_on is None:
        return None
    row = ReferralCheck(
        followup_id=followup.id,
        resident_id=followup.resident_id,
        team_id=followup.team_id,
        programme=followup.programme,
        reason_code=judged.refer or judged.rule,
        due_on=judged.check_on,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _record_service(
    followup: FollowUp, agreement_id: str | None, booked: set[ItemKind], on: date, by: Actor, at: datetime
) -> None:
    kind = ItemKind.HOME_VISIT if followup.programme in HOME_SERVICE else ItemKind.FOLLOWUP
    is_first = kind not in booked  # one encounter is one contact of what was promised
    booked.add(kind)
    db.session.add(
        ServiceRecord(
            resident_id=followup.resident_id,
            agreement_id=agreement_id,
            team_id=followup.team_id,
            staff_id=by.id,
            kind=kind,
            source_key=f"followup:{followup.id}",
            served_on=on,
            recorded_at=at,
            entitlement_id=entitlement.book(agreement_id, kind, on) if is_first else None,
            place=followup.method,
        )
    )
