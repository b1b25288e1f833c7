"""An administrator sees his own organisation: Lin's centre, her own and a stranger's rows."""

import pytest
from apiflask import APIFlask

from server import clock
from server.access import admin as access
from server.errors import NotFound
from server.models import (
    AdminLogin,
    AgreementStatus,
    AuditEvent,
    Conversation,
    ConversationStatus,
    NotificationStatus,
    PhoneTask,
    Team,
)
from tests import make
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.rows import note


@pytest.fixture
def lin(app: APIFlask) -> AdminLogin:
    return browsers.admin()


@pytest.fixture
def ours(lin: AdminLogin) -> Team:
    return make.team(lead=make.staff(organisation=lin.organisation_id), name="甲")


@pytest.fixture
def theirs(app: APIFlask) -> Team:
    return make.team(name="乙")


def test_teams_staff_and_members(lin: AdminLogin, ours: Team, theirs: Team) -> None:
    assert [team.id for team in access.teams(by=lin).items] == [ours.id]
    assert [team.id for team in access.team_choices(by=lin)] == [ours.id]
    assert access.team(ours.id, by=lin) is ours
    member, strange = ours.memberships[0], theirs.memberships[0]
    assert access.membership(member.id, ours.id, by=lin) is member
    assert access.staff_member(member.staff_id, by=lin).id == member.staff_id
    assert [staff.id for staff in access.staff_list(by=lin).items] == [member.staff_id]
    assert [staff.id for staff in access.staff_choices(by=lin)] == [member.staff_id]

    for attempt in (
        lambda: access.team(theirs.id, by=lin),
        lambda: access.team("' OR 1=1 --", by=lin),
        lambda: access.membership(strange.id, theirs.id, by=lin),
        lambda: access.membership(strange.id, ours.id, by=lin),
        lambda: access.staff_member(strange.staff_id, by=lin),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_who_joined_wechat(lin: AdminLogin, ours: Team) -> None:
    joined, waiting = ours.memberships[0].staff, make.staff(organisation=lin.organisation_id)
    make.user(staff=joined)

    assert access.joined_wechat([joined, waiting]) == {joined.id}
    assert access.joined_wechat([]) == set()


def test_agreements(lin: AdminLogin, ours: Team, theirs: Team) -> None:
    mine, strange = make.agreement(team=ours), make.agreement(team=theirs)

    assert [row.id for row in access.agreements(by=lin).items] == [mine.id]
    assert access.agreements(team_id=theirs.id, by=lin).items == []
    assert access.agreements(status=AgreementStatus.EXPIRED, by=lin).items == []
    assert access.agreement(mine.id, by=lin) is mine
    with pytest.raises(NotFound):
        access.agreement(strange.id, by=lin)


def test_late_means_after_the_promised_day(lin: AdminLogin, ours: Team) -> None:
    today = clock.today()
    for answer_by_on in (today.replace(day=1), today):
        make.agreement(team=ours, status=AgreementStatus.PENDING_TEAM, answer_by_on=answer_by_on)
    make.agreement(team=ours, answer_by_on=today.replace(day=1))

    assert [row.answer_by_on for row in access.agreements(late=True, by=lin).items] == [today.replace(day=1)]
    assert access.counts(by=lin).late_agreements == 1


def test_agreement_pages_join_without_gap_or_repeat(lin: AdminLogin, ours: Team) -> None:
    made = [make.agreement(team=ours).id for _ in range(21)]

    first = access.agreements(by=lin)
    second = access.agreements(first.next, by=lin)

    assert [row.id for row in (*first.items, *second.items)] == made[::-1]
    assert second.next is None


def test_notifications_of_teams_and_of_nobody(lin: AdminLogin, ours: Team, theirs: Team) -> None:
    mine = note(NotificationStatus.FAILED, team_id=ours.id)
    nobodys = note(NotificationStatus.UNKNOWN)
    strange = note(NotificationStatus.FAILED, team_id=theirs.id)

    assert {row.id for row in access.notifications(by=lin).items} == {mine.id, nobodys.id}
    failed = access.notifications(statuses=(NotificationStatus.FAILED,), by=lin)
    assert [row.id for row in failed.items] == [mine.id]
    counts = access.counts(by=lin)
    assert (counts.failed_notifications, counts.unknown_notifications) == (1, 1)
    with pytest.raises(NotFound):
        access.notification(strange.id, by=lin)


def test_conversations_that_need_somebody(lin: AdminLogin, ours: Team, theirs: Team) -> None:
    def talk(team: Team | None, *, urgent: bool, status: ConversationStatus) -> str:
        who, at = make.user(), clock.now()
        is_open = status is not ConversationStatus.CLOSED
        made: Conversation = make.saved(
            Conversation(
                user_id=who.id,
                open_key=who.id if is_open else None,
                status=status,
                team_id=team.id if team else None,
                is_urgent=urgent,
                short_no=1,
                created_at=at,
                last_message_at=at,
            )
        )
        return made.id

    waiting, closed, bot = ConversationStatus.WAITING_DOCTOR, ConversationStatus.CLOSED, ConversationStatus.BOT
    homeless = talk(None, urgent=False, status=waiting)
    urgent = talk(ours, urgent=True, status=waiting)
    for team, is_urgent, status in (
        (ours, False, waiting),
        (ours, True, closed),
        (theirs, True, waiting),
        (None, False, bot),
    ):
        talk(team, urgent=is_urgent, status=status)

    assert [row.id for row in access.conversations(by=lin).items] == [urgent, homeless]
    assert access.counts(by=lin).waiting_conversations == 2


def test_phone_tasks(lin: AdminLogin, ours: Team, theirs: Team) -> None:
    for team in (ours, theirs):
        item = note(NotificationStatus.FAILED, team_id=team.id)
        make.saved(
            PhoneTask(
                notification_id=item.id,
                team_id=team.id,
                resident_id=item.resident_id,
                reason="no_consent",
                about="followup_due",
                created_at=clock.now(),
            )
        )

    assert [task.team_id for task in access.phone_tasks(by=lin).items] == [ours.id]
    assert access.phone_tasks(status="done", by=lin).items == []
    assert access.counts(by=lin).open_tasks == 1


def test_audit_trail_of_ones_own_people_and_of_the_clock(lin: AdminLogin, ours: Team, theirs: Team) -> None:
    patient = make.user(resident=make.resident())
    make.agreement(team=ours, resident=patient.resident)
    stranger = make.user(resident=make.resident())
    actors = {
        "admin": lin.id,
        "staff": ours.memberships[0].staff_id,
        "resident": patient.id,
        "system": "clock",
    }
    others = (("staff", theirs.memberships[0].staff_id), ("resident", stranger.id), ("admin", browsers.admin().id))
    for kind, actor_id in (*actors.items(), *others):
        make.saved(
            AuditEvent(
                at=clock.now(),
                actor_kind=kind,
                actor_id=actor_id,
                action=f"{kind}_acted",
                object_kind="team",
                object_id="0" * 26,
            )
        )

    found = access.audit_trail(by=lin).items
    assert {(event.actor_kind, event.actor_id) for event in found} == set(actors.items())
    assert [event.actor_id for event in access.audit_trail(action="staff_", by=lin).items] == [actors["staff"]]
    assert access.audit_trail(action="%", by=lin).items == []
    names = access.names_of({event.actor_id for event in found})
    assert names == {lin.id: lin.name, actors["staff"]: ours.lead.name if ours.lead else ""}


def test_hospitals_are_for_every_administrator(app: APIFlask) -> None:
    slot = make.slot()

    assert [hospital.id for hospital in access.hospitals()] == [slot.hospital_id]
    assert access.hospital(slot.hospital_id).id == slot.hospital_id
    (specialist,) = access.specialists()
    assert access.specialist(specialist.id) is specialist
    assert [row.id for row in access.coming_slots(slot.hospital_id).items] == [slot.id]
    assert access.coming_slots("0" * 26).items == []
    for missing in (access.hospital, access.specialist):
        with pytest.raises(NotFound):
            missing("0" * 26)


def test_organisation_by_name(lin: AdminLogin) -> None:
    found = access.organisation_named(f" {lin.organisation.name} ")

    assert found and found.id == lin.organisation_id
    assert access.organisation_named("没有的机构") is None
