"""What people measure at home (自测), and what the team still has to look at (复核). In the caller's transaction."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import audit, notification
from server.models.account import WechatUser
from server.models.actor import Actor
from server.models.doctor import Role, Team
from server.models.resident import Resident

SOURCES = {"page": "小程序填写", "chat": "对话中识别", "device": "设备上传"}
OUTCOMES = {
    "contacted": "已联系本人",
    "visit": "已安排随访或上门",
    "referred": "已建议就诊或转诊",
    "no_action": "已查看，无需处理",
}
"""What the team did about a value."""
CLOSED = "closed"
"""Nobody has to look at it any more: the team no longer serves the person."""
UNSEEN = timedelta(minutes=15)
"""How long the team has before an administrator takes over (N-09)."""
FRESH = timedelta(hours=24)
"""A value that is older is looked at, but nobody is called out of bed for it."""
ADVICE = "measurement_advice"
ALARM = "measurement_alarm"


class Measurement(Model):
    """One self-measured value: sealed JSON, canonical and as entered. ``client_key`` makes a repeated tap keep it once."""

    __tablename__ = "measurement"
    __table_args__ = table(
        CheckConstraint("kind IN ('blood_pressure', 'glucose')", name="kind"),
        CheckConstraint("verdict IN ('fine', 'high', 'emergency')", name="verdict"),
        CheckConstraint("source IN ('page', 'chat', 'device')", name="source"),
        Index(None, "resident_id", "kind", "measured_at"),
        Index(None, "resident_id", "measured_at"),
    )
    PERSONAL = ("kind", "value", "verdict", "unit")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(Sealed("measurement.value"))
    """JSON: systolic and diastolic in mmHg, or glucose in mmol/L and moment; entered: as it was typed, in ``unit``."""
    unit: Mapped[str] = mapped_column(String(8))
    verdict: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(8))
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(64))
    client_key: Mapped[str] = mapped_column(String(128), unique=True)

    resident: Mapped[Resident] = relationship(lazy="joined")

    @property
    def values(self) -> dict[str, Any]:
        """The value, opened."""
        opened: dict[str, Any] = json.loads(self.value)
        return opened


class MeasurementReview(Model):
    """The team has to look at somebody's values: one open per person (``open_key``), raised by a worse one."""

    __tablename__ = "measurement_review"
    __table_args__ = table(
        CheckConstraint("status IN ('open', 'done')", name="status"),
        CheckConstraint("(status = 'open') = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name="done_at"),
        CheckConstraint("urgency IN (0, 1)", name="urgency"),
        CheckConstraint("escalate_at IS NULL OR urgency = 0", name="escalates_emergencies"),
        CheckConstraint("escalated_at IS NULL OR urgency = 0", name="escalated"),
        Index(None, "team_id", "status", "urgency", "opened_at"),
        Index(None, "status", "escalate_at"),
        Index(None, "resident_id", "status"),
    )
    PERSONAL = ("note",)

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    measurement_id: Mapped[str] = mapped_column(Id, ForeignKey("measurement.id"))
    """The value it is about now: the worst, then the latest."""
    status: Mapped[str] = mapped_column(String(8), default="open")
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    urgency: Mapped[int] = mapped_column(Integer, default=1)
    """0: an emergency, looked at first; 1: above its reference."""
    values_count: Mapped[int] = mapped_column(Integer, default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by: Mapped[str | None] = mapped_column(Id)
    escalate_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an administrator takes over if nobody of the team has looked; None when that is not (any more) to come."""
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(Id)
    outcome: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Sealed("measurement_review.note"))

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")
    measurement: Mapped[Measurement] = relationship()

    @property
    def is_emergency(self) -> bool:
        """Whether one of the values could not wait."""
        return self.urgency == 0


def known(client_key: str) -> Measurement | None:
    """Return what the same tap wrote down before."""
    return db.session.scalar(select(Measurement).where(Measurement.client_key == client_key))


def keep(
    resident: Resident,
    team: Team | None,
    *,
    kind: str,
    values: dict[str, Any],
    unit: str,
    verdict: str,
    source: str,
    measured_at: datetime,
    at: datetime,
    by: Actor,
    client_key: str,
    is_own: bool,
    told: tuple[str, ...] = (),
) -> Measurement:
    """Write a value down and do what it calls for: alarm at once, or a review by the team; never a formal class.

    Args:
        team: who serves the person; without one there is nobody to look. verdict: "fine", "high" or "emergency".
        is_own: the person entered it himself and reads the advice there and then.
        told: WeChat users who are alarmed in another way.
    Source:
        domain.md §2.0 (self-measured values), N-09.
    """
    row = _add(
        resident, kind=kind, values=values, unit=unit, verdict=verdict, source=source, measured_at=measured_at,
        at=at, by=by, client_key=client_key,
    )  # fmt: skip
    audit.record("measurement_recorded", row, by=by, at=at)
    is_urgent = verdict == "emergency" and at - measured_at <= FRESH
    if team is not None and verdict != "fine":
        # where nobody of the team can be reached in WeChat, an administrator sees it at once
        reached = alarm(row, team, at=at, told=told) if is_urgent else 0
        _ask_to_look(row, team, at=at, escalate_at=(at + UNSEEN if reached else at) if is_urgent else None)
    if is_urgent and not is_own:
        advise(row, team, at=at)
    return row


def _add(
    resident: Resident,
    *,
    kind: str,
    values: dict[str, Any],
    unit: str,
    verdict: str,
    source: str,
    measured_at: datetime,
    at: datetime,
    by: Actor,
    client_key: str,
) -> Measurement:
    row = Measurement(
        resident=resident,
        kind=kind,
        value=json.dumps(values, ensure_ascii=False),
        unit=unit,
        verdict=verdict,
        source=source,
        measured_at=measured_at,
        recorded_at=at,
        recorded_by=by.id,
        client_key=client_key,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _ask_to_look(row: Measurement, team: Team, *, at: datetime, escalate_at: datetime | None) -> MeasurementReview:
    """Open a review of a value, or raise the open one: an emergency is unseen again, and stays one.

    Args:
        escalate_at: for an emergency, when an administrator hears of it if nobody of the team has looked.
    """
    found = db.session.scalar(
        select(MeasurementReview.id).where(MeasurementReview.open_key == row.resident_id).with_for_update()
    )
    is_emergency = escalate_at is not None
    if found is None:
        opened = MeasurementReview(
            resident_id=row.resident_id,
            team_id=team.id,
            measurement_id=row.id,
            status="open",
            open_key=row.resident_id,
            urgency=0 if is_emergency else 1,
            values_count=1,
            opened_at=at,
            escalate_at=escalate_at,
        )
        db.session.add(opened)
        db.session.flush()
        return opened
    known_one = db.session.get_one(MeasurementReview, found, populate_existing=True)
    known_one.values_count += 1
    known_one.team_id = team.id
    if is_emergency or not known_one.is_emergency:
        known_one.measurement_id = row.id
    if is_emergency:
        known_one.urgency, known_one.seen_at, known_one.seen_by = 0, None, None
        known_one.escalate_at, known_one.escalated_at = escalate_at, None
    db.session.flush()
    return known_one


def seen(resident_id: str, *, by: Actor, at: datetime) -> bool:
    """Note that a member of the team looked at somebody's values; no administrator has to any more."""
    statement = (
        update(MeasurementReview)
        .where(
            MeasurementReview.resident_id == resident_id,
            MeasurementReview.status == "open",
            MeasurementReview.seen_at.is_(None),
        )
        .values(seen_at=at, seen_by=by.id, escalate_at=None)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount > 0  # type: ignore[attr-defined, no-any-return]


def drop(resident_id: str, *, by: Actor, at: datetime) -> None:
    """Close what the team would still have looked at: it no longer serves the person."""
    db.session.execute(
        update(MeasurementReview)
        .where(MeasurementReview.resident_id == resident_id, MeasurementReview.status == "open")
        .values(status="done", done_at=at, done_by=by.id[:26], outcome=CLOSED, open_key=None, escalate_at=None)
        .execution_options(synchronize_session=False)
    )


def doctors_of(team: Team) -> list[str]:
    """Return the WeChat users of a team's leader and family doctors, the leader first."""
    wanted = [one.staff_id for one in sorted(team.memberships, key=lambda one: not one.is_lead)
              if one.is_lead or one.role == Role.FAMILY_DOCTOR]  # fmt: skip
    found = select(WechatUser.staff_id, WechatUser.id).where(WechatUser.staff_id.in_(wanted))
    users = {row.staff_id: row.id for row in db.session.execute(found)}
    return [users[staff_id] for staff_id in wanted if staff_id in users]


def alarm(row: Measurement, team: Team, *, at: datetime, told: tuple[str, ...] = ()) -> int:
    """Tell the leader and the family doctors at once (N-09). Returns how many of them can be reached in WeChat.

    Args:
        told: who hears of it in another way.
    """
    users = doctors_of(team)
    for user_id in users:
        if user_id not in told:
            notification.queue(
                ALARM,
                dedupe_key=f"{ALARM}:{row.id}:{user_id}",
                subject_id=row.id,
                at=at,
                user_id=user_id,
                team_id=team.id,
                is_urgent=True,
                facts={"sender": row.resident.name_masked, "resident_id": row.resident_id},
            )
    return len(users)


def advise(row: Measurement, team: Team | None, *, at: datetime) -> None:
    """Tell the person himself what to do, where somebody else or a device entered his value (N-09)."""
    notification.queue(
        ADVICE,
        dedupe_key=f"{ADVICE}:{row.id}",
        subject_id=row.id,
        at=at,
        resident_id=row.resident_id,
        team_id=team.id if team else None,
        is_urgent=True,
        facts={
            "team": team.name if team else "",
            "phone": team.phone if team else "",
            "address": team.organisation.address if team else "",
        },
    )
