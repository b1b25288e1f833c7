"""How somebody wants to be told: topics turned off, a hospital stay, SMS, whom at home instead of himself."""

from dataclasses import dataclass
from datetime import date, timedelta

from server import clock
from server.database import retried, transaction
from server.errors import Invalid
from server.models import NoticeSetting, Resident, notice_setting
from server.models.actor import Actor
from server.models.audit import record
from server.models.household import household_of
from server.policy.notice_topics import TOPICS

LONGEST_MUTE = timedelta(days=90)


class MuteInvalid(Invalid):
    """The days of a hospital stay are turned round, over, or too many."""

    code, default_message = "mute_invalid", "免打扰的日期不对：最长 90 天，结束不能早于今天或早于开始"


class ContactNotAtHome(Invalid):
    """The person is not an adult of his household."""

    code, default_message = "contact_not_at_home", "只能选同一家庭中已满 18 周岁的成员"


@dataclass(frozen=True)
class Wishes:
    """What somebody chose, complete. ``off``: topics of policy.notice_topics. ``muted``: first and last day, or None."""

    off: frozenset[str]
    sms_allowed: bool
    muted: tuple[date, date] | None
    contact_id: str | None


@retried
def save(resident: Resident, wishes: Wishes, *, by: Actor) -> NoticeSetting:
    """Write down how somebody wants to be told, as a whole; the same again changes nothing.

    Raises:
        Invalid: a topic that cannot be turned off. MuteInvalid, ContactNotAtHome.
    """
    at = clock.now()
    if not wishes.off <= TOPICS.keys():
        raise Invalid()
    _check_mute(wishes.muted, clock.today())
    with transaction() as session:
        if wishes.contact_id is not None and wishes.contact_id not in {who.id for who, _ in candidates(resident)}:
            raise ContactNotAtHome()
        notice_setting.own_row(resident.id, at)
        row = notice_setting.setting_of(resident.id)
        assert row is not None
        row.opted_out = sorted(wishes.off)
        row.sms_allowed = wishes.sms_allowed
        row.muted_from, row.muted_until = wishes.muted or (None, None)
        if row.contact_id != wishes.contact_id:
            row.contact_id, row.contact_agreed_at = wishes.contact_id, at if wishes.contact_id else None
        row.entered_by, row.updated_at = by.id, at
        record("notice_settings_saved", row, by=by, at=at)
        session.flush()
    return row


def _check_mute(muted: tuple[date, date] | None, today: date) -> None:
    if muted and not (today <= muted[1] and muted[0] <= muted[1] and muted[1] - muted[0] < LONGEST_MUTE):
        raise MuteInvalid()


def candidates(resident: Resident) -> list[tuple[Resident, str]]:
    """Return whom somebody may name to be told instead of him, with the relation to the head of the household."""
    home, today = household_of(resident.id), clock.today()
    members = home.joined if home else []
    return [
        (member.resident, member.relation)
        for member in members
        if member.resident is not None and member.resident_id != resident.id and member.resident.age_on(today) >= 18
    ]
