"""Who is told, over which channel, at this moment: as far as we know, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import or_, select

from server.database import db
from server.models import (
    Authority,
    AuthorityKind,
    AuthorityState,
    HouseholdMember,
    NoticeSetting,
    Notification,
    NotificationStatus,
    PushConsent,
    Resident,
    WechatAccount,
    WechatUser,
    allowance,
)
from server.models.notice_setting import setting_of
from server.policy.notice_topics import may_travel_together, topic_of
from server.policy.notices import CHATS, KINDS, SMS

TRAVELLERS = tuple(name for name in KINDS if may_travel_together(name))


@dataclass(frozen=True)
class Way:
    """A channel of policy.notices and the address on it; an SMS has none here: the number is read when it is sent."""

    channel: str
    openid: str = field(repr=False)


@dataclass(frozen=True)
class Person:
    """A resident as far as telling him something goes."""

    resident_id: str
    birth_on: date
    phone_hash: str | None = field(repr=False)
    setting: NoticeSetting | None

    def age_on(self, day: date) -> int:
        """Return full years."""
        born = self.birth_on
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def takes_sms(self) -> bool:
        """Whether a number is known that is not known to be wrong, and he has not said no."""
        if self.phone_hash is None:
            return False
        return self.setting is None or (self.setting.sms_allowed and self.setting.bad_phone_hash != self.phone_hash)

    def is_muted(self, day: date) -> bool:
        """Whether reminders stay away from him on this day."""
        return self.setting is not None and self.setting.is_muted(day)

    def wants(self, kind: str) -> bool:
        """Whether he has not turned this kind of notice off."""
        return self.setting is None or topic_of(kind) not in self.setting.opted_out


def recipient(row: Notification) -> WechatUser | None:
    """Return the WeChat user a notification is for; None when that resident has none."""
    if row.user_id:
        return db.session.get(WechatUser, row.user_id, populate_existing=True)
    return db.session.scalar(select(WechatUser).where(WechatUser.resident_id == row.resident_id))


def person(resident_id: str) -> Person | None:
    """Return what matters about a resident; None when he has died."""
    found = db.session.execute(
        select(Resident.birth_on, Resident.phone_hash, Resident.died_on).where(Resident.id == resident_id)
    ).one_or_none()
    if found is None or found.died_on is not None:
        return None
    return Person(resident_id, found.birth_on, found.phone_hash, setting_of(resident_id))


def guardians(resident_id: str, day: date) -> list[str]:
    """Return who is guardian of somebody on a day, as residents, the one known longest first."""
    return _agents(resident_id, day, (AuthorityKind.MINOR, AuthorityKind.INCAPACITY))


def substitutes(who: Person, day: date) -> list[str]:
    """Return who may be told instead of a person nobody can reach: delegates, then the contact he named at home."""
    found = _agents(who.resident_id, day, (AuthorityKind.PROXY,))
    contact = who.setting.contact_id if who.setting else None
    if contact and contact not in found and _live_together(who.resident_id, contact):
        found.append(contact)
    return found


def _agents(resident_id: str, day: date, kinds: tuple[AuthorityKind, ...]) -> list[str]:
    rows = db.session.scalars(
        select(Authority)
        .where(
            Authority.principal_id == resident_id,
            Authority.state == AuthorityState.CERTIFIED,
            Authority.kind.in_(kinds),
        )
        .order_by(Authority.id)
    )
    return [row.agent_id for row in rows if row.holds_on(day)]


def _live_together(one: str, other: str) -> bool:
    homes = (
        select(HouseholdMember.household_id)
        .where(HouseholdMember.current_key.in_((one, other)))
        .order_by(HouseholdMember.household_id)
    )
    found = list(db.session.scalars(homes))
    return len(found) == 2 and found[0] == found[1]


def others_waiting(row: Notification, person_id: str, at: datetime) -> list[Notification]:
    """Return the other reminders that wait to be told to the same person about the same person, oldest first."""
    users = select(WechatUser.id).where(WechatUser.resident_id == person_id)
    about = Notification.about_id.is_(None) if row.about_id is None else Notification.about_id == row.about_id
    return list(
        db.session.scalars(
            select(Notification)
            .where(
                or_(Notification.resident_id == person_id, Notification.user_id.in_(users)),
                about,
                Notification.status == NotificationStatus.CREATED,
                Notification.kind.in_(TRAVELLERS),
                Notification.next_attempt_at <= at,
                Notification.attempts == 0,
                Notification.is_urgent.is_(False),
                or_(Notification.expires_at.is_(None), Notification.expires_at > at),
                Notification.id != row.id,
            )
            .order_by(Notification.created_at, Notification.id)
            .execution_options(populate_existing=True)
        )
    )


def first_open(
    user: WechatUser | None, channels: Sequence[str], *, tried: Sequence[str], at: datetime, takes_sms: bool = False
) -> Way | None:
    """Return the first channel that may work. Without an accept we know of WeChat is not even asked."""
    accounts = _accounts(user)
    for channel in channels:
        name, _, template = channel.partition(":")
        if channel in tried:
            continue
        if name == SMS:
            if takes_sms:
                return Way(SMS, "")
            continue
        account = accounts.get("miniprogram" if name == "subscribe" else CHATS.get(name, "service_account"))
        if user is None or account is None:
            continue
        if name == "subscribe" and not _may_subscribe(user.id, template):
            continue
        if name in CHATS and not allowance.is_left(account, at):
            continue
        if name == "service_template" and not account.follows:
            continue
        return Way(channel, account.openid)
    return None


def _accounts(user: WechatUser | None) -> dict[str, WechatAccount]:
    if user is None:
        return {}
    rows = db.session.scalars(
        select(WechatAccount).where(WechatAccount.user_id == user.id).execution_options(populate_existing=True)
    )
    return {account.app: account for account in rows}


def phone_of(resident_id: str) -> str | None:
    """Return a resident's phone number, opened for the one SMS that is sent now; leaves no transaction open."""
    number = db.session.scalar(select(Resident.phone).where(Resident.id == resident_id))
    db.session.rollback()
    return number


def _may_subscribe(user_id: str, template: str) -> bool:
    consent = db.session.scalar(
        select(PushConsent)
        .where(PushConsent.user_id == user_id, PushConsent.template == template)
        .execution_options(populate_existing=True)
    )
    # never heard of is no: both witnesses of an accept are ours (decision 4), and WeChat would only answer 43101
    return consent is not None and (consent.is_long_term or consent.one_time_left > 0)
