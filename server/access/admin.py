"""What an administrator may see: the teams, agreements and messages of his own organisation.

Hospitals and their numbers belong to the region, so every administrator sees them. What has no team yet (a conversation
nobody is responsible for, a note without a team) is seen by every administrator too: else nobody would look after it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    AdminLogin,
    Agreement,
    AgreementEvent,
    AgreementStatus,
    Attempt,
    AuditEvent,
    Conversation,
    ConversationStatus,
    Department,
    Hospital,
    JobRun,
    MemberRemoval,
    Membership,
    Notification,
    NotificationStatus,
    Organisation,
    PhoneTask,
    ServicePackage,
    Slot,
    Specialist,
    Staff,
    Team,
    Training,
    WechatUser,
)
from server.models.actor import ActorKind
from server.models.agreement import IN_FORCE

T = TypeVar("T")

AGREEMENT_STEPS = 50
CHOICES = 500
"""Rows of a drop-down list; an organisation or a region has far fewer."""


@dataclass(frozen=True)
class Counts:
    """What the first page says at a glance; numbers of rows of the administrator's organisation."""

    teams: int
    active_agreements: int
    late_agreements: int
    """Requests that the team has not answered by the promised day."""
    open_tasks: int
    failed_notifications: int
    unknown_notifications: int
    waiting_conversations: int
    """Waiting for a doctor and urgent, or without a team."""


def _own_teams(by: AdminLogin) -> Select[str]:
    return select(Team.id).where(Team.organisation_id == by.organisation_id)


def _count(statement: Select[str]) -> int:
    return db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def counts(*, by: AdminLogin) -> Counts:
    """Return the numbers of the first page."""
    notes = select(Notification.id).where(_visible_note(by))
    mine = select(Agreement.id).where(Agreement.team_id.in_(_own_teams(by)))
    tasks = select(PhoneTask.id).where(PhoneTask.team_id.in_(_own_teams(by)), PhoneTask.status == "open")
    return Counts(
        teams=_count(_own_teams(by)),
        active_agreements=_count(mine.where(Agreement.status.in_(IN_FORCE))),
        late_agreements=_count(mine.where(_is_late())),
        open_tasks=_count(tasks),
        failed_notifications=_count(notes.where(Notification.status == NotificationStatus.FAILED)),
        unknown_notifications=_count(notes.where(Notification.status == NotificationStatus.UNKNOWN)),
        waiting_conversations=_count(select(Conversation.id).where(_needs_attention(by))),
    )


# ---------------------------------------------------------------- organisations, teams, staff


def organisation_named(name: str) -> Organisation | None:
    """Return an organisation by its full name, for the command line."""
    return db.session.scalar(select(Organisation).where(Organisation.name == name.strip()))


def teams(cursor: str | None = None, *, by: AdminLogin) -> Page[Team]:
    """Return the organisation's teams by name."""
    mine = select(Team).where(Team.organisation_id == by.organisation_id)
    members = selectinload(Team.memberships).joinedload(Membership.staff)
    return page(mine.options(members), (Team.name, Team.id), cursor)


def team_choices(*, by: AdminLogin) -> list[Team]:
    """Return the organisation's teams by name, for a drop-down list."""
    mine = select(Team).where(Team.organisation_id == by.organisation_id)
    return list(db.session.scalars(mine.order_by(Team.name, Team.id).limit(CHOICES)))


def package_choices() -> list[ServicePackage]:
    """Return the packages by code, the newest version of each, for a drop-down list."""
    newest: dict[str, ServicePackage] = {}
    for package in db.session.scalars(select(ServicePackage).order_by(ServicePackage.version)).unique():
        newest[package.code] = package
    return [newest[code] for code in sorted(newest)][:CHOICES]


def team(team_id: str, *, by: AdminLogin) -> Team:
    """Return one team of the organisation. Raises NotFound."""
    return _one(select(Team).where(Team.id == team_id, Team.organisation_id == by.organisation_id))


def membership(membership_id: str, team_id: str, *, by: AdminLogin) -> Membership:
    """Return one membership of a team of the organisation. Raises NotFound."""
    return _one(
        select(Membership).where(
            Membership.id == membership_id, Membership.team_id == team_id, Membership.team_id.in_(_own_teams(by))
        )
    )


def removals(team: Team, *, by: AdminLogin) -> list[MemberRemoval]:
    """Return who was taken out of a team of the organisation and why, newest first; the last fifty."""
    rows = select(MemberRemoval).where(MemberRemoval.team_id == team.id, MemberRemoval.team_id.in_(_own_teams(by)))
    return list(db.session.scalars(rows.order_by(MemberRemoval.id.desc()).limit(AGREEMENT_STEPS)))


def trainings(staff: Staff) -> list[Training]:
    """Return the trainings of somebody, newest first; the last fifty."""
    rows = select(Training).where(Training.staff_id == staff.id)
    return list(db.session.scalars(rows.order_by(Training.held_on.desc(), Training.id).limit(AGREEMENT_STEPS)))


def staff_list(cursor: str | None = None, *, by: AdminLogin) -> Page[Staff]:
    """Return the organisation's staff, newest first."""
    mine = select(Staff).where(Staff.organisation_id == by.organisation_id)
    in_teams = selectinload(Staff.memberships).joinedload(Membership.team)
    return page(mine.options(in_teams), (Staff.id,), cursor, newest_first=True)


def staff_choices(*, by: AdminLogin) -> list[Staff]:
    """Return the organisation's staff by name, for a drop-down list."""
    mine = select(Staff).where(Staff.organisation_id == by.organisation_id)
    return list(db.session.scalars(mine.order_by(Staff.name, Staff.id).limit(CHOICES)))


def staff_member(staff_id: str, *, by: AdminLogin) -> Staff:
    """Return one member of the organisation's staff. Raises NotFound."""
    return _one(select(Staff).where(Staff.id == staff_id, Staff.organisation_id == by.organisation_id))


def joined_wechat(staff: list[Staff]) -> set[str]:
    """Return the ids of those who have joined their own WeChat."""
    ids = [member.id for member in staff]
    joined = db.session.scalars(select(WechatUser.staff_id).where(WechatUser.staff_id.in_(ids)))
    return {staff_id for staff_id in joined if staff_id}


# ---------------------------------------------------------------- hospitals and their numbers


def hospitals() -> list[Hospital]:
    """Return the region's hospitals by name."""
    return list(db.session.scalars(select(Hospital).order_by(Hospital.name).limit(CHOICES)))


def hospital(hospital_id: str) -> Hospital:
    """Return a hospital. Raises NotFound."""
    return _one(select(Hospital).where(Hospital.id == hospital_id))


def specialists() -> list[Specialist]:
    """Return the specialists by hospital, department and name, for lists."""
    order = (Hospital.name, Department.name, Specialist.name)
    joined = select(Specialist).join(Specialist.department).join(Specialist.hospital)
    loaded = joined.options(contains_eager(Specialist.department), contains_eager(Specialist.hospital))
    return list(db.session.scalars(loaded.order_by(*order).limit(CHOICES)))


def specialist(specialist_id: str) -> Specialist:
    """Return a specialist. Raises NotFound."""
    return _one(select(Specialist).where(Specialist.id == specialist_id))


def coming_slots(hospital_id: str | None = None, cursor: str | None = None) -> Page[Slot]:
    """Return the slots of clinics that have not begun, soonest first; of one hospital or all."""
    coming = select(Slot).where(Slot.starts_at > clock.now())
    if hospital_id:
        coming = coming.where(Slot.hospital_id == hospital_id)
    return page(coming, (Slot.starts_at, Slot.id), cursor)


# ---------------------------------------------------------------- agreements


def _is_late() -> ColumnElement[bool]:
    return (Agreement.status == AgreementStatus.PENDING_TEAM) & (Agreement.answer_by_on < clock.today())


def agreements(
    cursor: str | None = None,
    *,
    status: AgreementStatus | None = None,
    team_id: str | None = None,
    late: bool = False,
    by: AdminLogin,
) -> Page[Agreement]:
    """Return the agreements of the organisation's teams, newest request first; those to be confirmed by their deadline.

    Args:
        late: only requests not answered by the promised day.
    """
    found = select(Agreement).where(Agreement.team_id.in_(_own_teams(by)))
    if status:
        found = found.where(Agreement.status == status)
    if team_id:
        found = found.where(Agreement.team_id == team_id)
    if late:
        found = found.where(_is_late())
    if status == AgreementStatus.AUTO_RENEWED_UNCONFIRMED:
        return page(found, (Agreement.reconfirm_by_on, Agreement.id), cursor)
    return page(found, (Agreement.requested_at, Agreement.id), cursor, newest_first=True)


def agreement(agreement_id: str, *, by: AdminLogin) -> Agreement:
    """Return an agreement of one of the organisation's teams. Raises NotFound."""
    return _one(select(Agreement).where(Agreement.id == agreement_id, Agreement.team_id.in_(_own_teams(by))))


def agreement_steps(agreement: Agreement) -> list[AgreementEvent]:
    """Return an agreement's steps, oldest first."""
    steps = select(AgreementEvent).where(AgreementEvent.subject_id == agreement.id)
    return list(db.session.scalars(steps.order_by(AgreementEvent.at, AgreementEvent.id).limit(AGREEMENT_STEPS)))


# ---------------------------------------------------------------- messages and tasks


def _visible_note(by: AdminLogin) -> ColumnElement[bool]:
    return or_(Notification.team_id.in_(_own_teams(by)), Notification.team_id.is_(None))


def notifications(
    cursor: str | None = None,
    *,
    statuses: tuple[NotificationStatus, ...] = (),
    kind: str = "",
    on: date | None = None,
    by: AdminLogin,
) -> Page[Notification]:
    """Return the organisation's notifications, newest first; in some statuses, of a kind, of a day, or all."""
    found = select(Notification).where(_visible_note(by))
    if statuses:
        found = found.where(Notification.status.in_(statuses))
    if kind:
        found = found.where(Notification.kind == kind)
    if on:
        begins = datetime.combine(on, time(), clock.SHANGHAI)
        found = found.where(Notification.created_at >= begins, Notification.created_at < begins + timedelta(days=1))
    return page(found, (Notification.created_at, Notification.id), cursor, newest_first=True)


def notification(notification_id: str, *, by: AdminLogin) -> Notification:
    """Return one of the organisation's notifications. Raises NotFound."""
    return _one(select(Notification).where(Notification.id == notification_id, _visible_note(by)))


def attempts_of(notes: list[Notification]) -> dict[str, list[Attempt]]:
    """Return the tries of some notifications, in order, by notification id."""
    tries: dict[str, list[Attempt]] = {note.id: [] for note in notes}
    found = select(Attempt).where(Attempt.notification_id.in_(tries)).order_by(Attempt.notification_id, Attempt.number)
    for attempt in db.session.scalars(found):
        tries[attempt.notification_id].append(attempt)
    return tries


def _needs_attention(by: AdminLogin) -> ColumnElement[bool]:
    urgent = Conversation.is_urgent & Conversation.team_id.in_(_own_teams(by))
    homeless = Conversation.team_id.is_(None) & (Conversation.status == ConversationStatus.WAITING_DOCTOR)
    return (Conversation.status != ConversationStatus.CLOSED) & or_(urgent, homeless)


def conversations(cursor: str | None = None, *, by: AdminLogin) -> Page[Conversation]:
    """Return open conversations that are urgent, or wait for a doctor while no team is responsible; urgent first."""
    keys = (Conversation.is_urgent, Conversation.last_message_at, Conversation.id)
    return page(select(Conversation).where(_needs_attention(by)), keys, cursor, newest_first=True)


def phone_tasks(cursor: str | None = None, *, status: str = "open", by: AdminLogin) -> Page[PhoneTask]:
    """Return the phone calls the organisation's teams have to make (or made), oldest first."""
    found = select(PhoneTask).where(PhoneTask.team_id.in_(_own_teams(by)), PhoneTask.status == status)
    return page(found, (PhoneTask.created_at, PhoneTask.id), cursor)


# ---------------------------------------------------------------- the audit trail


def audit_trail(cursor: str | None = None, *, action: str = "", by: AdminLogin) -> Page[AuditEvent]:
    """Return what this organisation's people did, and what happened by itself, newest first.

    Args:
        action: only actions that begin with this text, e.g. "agreement_".
    """
    admins = select(AdminLogin.id).where(AdminLogin.organisation_id == by.organisation_id)
    staff = select(Staff.id).where(Staff.organisation_id == by.organisation_id)
    residents = (
        select(WechatUser.id)
        .join(Agreement, Agreement.resident_id == WechatUser.resident_id)
        .where(Agreement.team_id.in_(_own_teams(by)))
    )
    actor = AuditEvent.actor_id
    is_ours = AuditEvent.actor_kind.in_([ActorKind.SYSTEM, ActorKind.HOSPITAL])
    own = or_(is_ours, actor.in_(admins), actor.in_(staff), actor.in_(residents))
    found = select(AuditEvent).where(own)
    if action:
        found = found.where(AuditEvent.action.startswith(action, autoescape=True))
    return page(found, (AuditEvent.at, AuditEvent.id), cursor, newest_first=True)


def names_of(actor_ids: set[str]) -> dict[str, str]:
    """Return the public names of administrators and staff among some actors, by id; residents stay nameless."""
    admins = db.session.scalars(select(AdminLogin).where(AdminLogin.id.in_(actor_ids))).unique()
    staff = db.session.scalars(select(Staff).where(Staff.id.in_(actor_ids))).unique()
    return {row.id: row.name for row in (*admins, *staff)}


# ---------------------------------------------------------------- jobs


def job_runs(cursor: str | None = None) -> Page[JobRun]:
    """Return the runs that did something or failed, newest first."""
    return page(select(JobRun), (JobRun.started_at, JobRun.id), cursor, newest_first=True)


def _one(statement: Select[T]) -> T:
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def agreement_numbers(agreement_ids: list[str]) -> dict[str, str]:
    """Return the numbers of some agreements by id, asked for in batches."""
    found: dict[str, str] = {}
    for start in range(0, len(agreement_ids), CHOICES):
        some = agreement_ids[start : start + CHOICES]
        rows = db.session.execute(select(Agreement.id, Agreement.number).where(Agreement.id.in_(some)))
        found.update((row_id, number) for row_id, number in rows)
    return found
