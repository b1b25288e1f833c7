"""What is known about the people of a batch of waiting notices, and which channel to each of them may work."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from server import clock
from server.access.channels import Person, User, Way
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
from server.policy.notice_topics import may_travel_together
from server.policy.notices import CHATS, KINDS, SMS

TRAVELLERS = tuple(name for name in KINDS if may_travel_together(name))
GUARDIANS = (AuthorityKind.MINOR, AuthorityKind.INCAPACITY)


class Known:
    """What is known about the people of some waiting notices, read by one statement for all of them each.

    Whoever turns up later is read then. Holds for the transaction it was read in.
    """

    def __init__(self, rows: Sequence[Notification], at: datetime) -> None:
        self.at = at
        self._today = clock.local(at).date()
        self._users: dict[str, User | None] = {}
        self._user_of: dict[str, User | None] = {}
        self._people: dict[str, Person | None] = {}
        self._guardians: dict[str, list[str]] = {}
        self._accounts: dict[str, dict[str, Any]] = {}
        self._consents: dict[tuple[str, str], Any] = {}
        self._spent: dict[tuple[str, str], int] = defaultdict(int)
        self._waiting: dict[str, list[Notification]] = {}
        self._chatting: set[str] = set()
        self._taken: dict[str, int] = defaultdict(int)
        self.gone: set[str] = set()
        """Notices that are decided already: reserved, or travelling in one message with others."""
        self._read_users({row.user_id for row in rows if row.user_id})
        residents = {one for row in rows for one in (row.resident_id, row.about_id) if one}
        residents |= {user.resident_id for user in self._users.values() if user and user.resident_id}
        self._read_users_of({row.resident_id for row in rows if row.resident_id and not row.user_id})
        self._read_people(residents)
        self._read_guardians({row.resident_id for row in rows if row.resident_id and not (row.user_id or row.about_id)})
        self._read_accounts({user.id for user in (*self._users.values(), *self._user_of.values()) if user})
        self._read_waiting({self.person_id(row) for row in rows if is_gatherable(row)} - {None})

    # ------------------------------------------------------------ people

    def recipient(self, row: Notification) -> User | None:
        """Return the WeChat user a notification is for; None when that resident has none."""
        if row.user_id:
            return self._users.get(row.user_id)
        if row.resident_id is None:
            return None
        if row.resident_id not in self._user_of:
            self._read_users_of({row.resident_id})
        return self._user_of.get(row.resident_id)

    def person_id(self, row: Notification) -> str | None:
        """Return which resident is told."""
        if row.resident_id:
            return row.resident_id
        user = self._users.get(row.user_id or "")
        return user.resident_id if user else None

    def person(self, resident_id: str) -> Person | None:
        """Return what matters about a resident; None when he has died."""
        if resident_id not in self._people:
            self._read_people({resident_id})
        return self._people.get(resident_id)

    def has_died(self, row: Notification) -> bool:
        """Tell whether the recipient, or whom it is about, is known to have died."""
        return any(one and self.person(one) is None for one in (self.person_id(row), row.about_id))

    def guardians(self, resident_id: str) -> list[str]:
        """Return who is guardian of somebody today, as residents, the one known longest first."""
        if resident_id not in self._guardians:
            self._read_guardians({resident_id})
        return self._guardians[resident_id]

    def substitutes(self, who: Person) -> list[str]:
        """Return who may be told instead of a person nobody can reach: delegates, then the contact he named at home."""
        found = _agents({who.resident_id}, self._today, (AuthorityKind.PROXY,))[who.resident_id]
        contact = who.setting.contact_id if who.setting else None
        if contact and contact not in found and _live_together(who.resident_id, contact):
            found.append(contact)
        return found

    def others_waiting(self, row: Notification, person_id: str) -> list[Notification]:
        """Return the other reminders that wait to be told to the same person about the same person, oldest first."""
        if person_id not in self._waiting:
            self._read_waiting({person_id})
        return [
            other
            for other in self._waiting.get(person_id, [])
            if other.id != row.id and other.id not in self.gone and other.about_id == row.about_id
        ]

    # ------------------------------------------------------------ channels

    def may_subscribe(self, user_id: str, template: str) -> tuple[bool, bool]:
        """Tell whether somebody accepted one more message of a template, and whether that is for good."""
        consent = self._consents.get((user_id, template))
        # never heard of is no: both witnesses of an accept are ours (decision 4), and WeChat would only answer 43101
        if consent is None:
            return False, False
        left = consent.one_time_left - self._spent[user_id, f"subscribe:{template}"]
        return consent.is_long_term or left > 0, consent.is_long_term

    def may_chat(self, user: User) -> bool:
        """Take somebody's chat for one of these notices: what else is said there waits, so that the order is kept."""
        is_free = user.id not in self._chatting
        self._chatting.add(user.id)
        return is_free

    def accounts(self, user: User | None) -> dict[str, Any]:
        """Return somebody's accounts in our apps."""
        if user is None:
            return {}
        if user.id not in self._accounts:
            self._read_accounts({user.id})
        return self._accounts[user.id]

    def spend(self, user: User | None, way: Way) -> None:
        """Remember that one of these notices takes this way: the next one finds one less allowed."""
        if user is not None and not way.is_for_good:
            self._spent[user.id, way.channel] += 1

    def has_room(self, who: Person, most: int) -> bool:
        """Take one more place of today for a reminder to somebody, as far as these notices know; the database decides."""
        setting = who.setting
        told = setting.told_count if setting is not None and setting.told_on == self._today else 0
        if told + self._taken[who.resident_id] >= most:
            return False
        self._taken[who.resident_id] += 1
        return True

    # ------------------------------------------------------------ reading

    def _read_users(self, ids: set[str]) -> None:
        if ids:
            found = db.session.execute(select(WechatUser.id, WechatUser.resident_id).where(WechatUser.id.in_(ids)))
            self._users |= {user_id: User(user_id, resident_id) for user_id, resident_id in found}

    def _read_users_of(self, residents: set[str]) -> None:
        self._user_of |= dict.fromkeys(residents)
        if residents:
            columns = select(WechatUser.id, WechatUser.resident_id)
            found = db.session.execute(columns.where(WechatUser.resident_id.in_(residents)))
            self._user_of |= {str(resident_id): User(user_id, resident_id) for user_id, resident_id in found}

    def _read_people(self, ids: set[str]) -> None:
        if not ids:
            return
        settings = db.session.scalars(
            select(NoticeSetting).where(NoticeSetting.resident_id.in_(ids)).execution_options(populate_existing=True)
        )
        setting_of = {setting.resident_id: setting for setting in settings}
        columns = select(Resident.id, Resident.birth_on, Resident.phone_hash, Resident.died_on)
        for row in db.session.execute(columns.where(Resident.id.in_(ids))):
            living = Person(row.id, row.birth_on, row.phone_hash, setting_of.get(row.id))
            self._people[row.id] = None if row.died_on is not None else living

    def _read_guardians(self, ids: set[str]) -> None:
        if ids:
            self._guardians |= _agents(ids, self._today, GUARDIANS)

    def _read_accounts(self, users: set[str]) -> None:
        if not users:
            return
        self._accounts |= {user_id: {} for user_id in users}
        columns = (
            WechatAccount.user_id,
            WechatAccount.app,
            WechatAccount.openid,
            WechatAccount.follows,
            WechatAccount.window_left,
            WechatAccount.window_until_at,
            WechatAccount.brief_left,
            WechatAccount.brief_until_at,
        )
        for account in db.session.execute(select(*columns).where(WechatAccount.user_id.in_(users))):
            self._accounts[account.user_id][account.app] = account
        consents = select(
            PushConsent.user_id, PushConsent.template, PushConsent.one_time_left, PushConsent.is_long_term
        )
        for consent in db.session.execute(consents.where(PushConsent.user_id.in_(users))):
            self._consents[consent.user_id, consent.template] = consent

    def _read_waiting(self, people: set[Any]) -> None:
        """Read the reminders that could travel together: by resident, and by the user of one."""
        if not people:
            return
        self._waiting |= {person_id: [] for person_id in people}
        owners = select(WechatUser.id, WechatUser.resident_id).where(WechatUser.resident_id.in_(people))
        users: dict[str | None, str | None] = {row.id: row.resident_id for row in db.session.execute(owners)}
        columns = select(Notification.id, Notification.resident_id, Notification.user_id).where(*self._travels())
        found = list(db.session.execute(columns.where(Notification.resident_id.in_(people))))
        if users:
            of_users = Notification.user_id.in_(users), Notification.resident_id.is_(None)
            found += db.session.execute(columns.where(*of_users))
        whose = {row.id: row.resident_id or str(users[row.user_id]) for row in found}
        several = {one for one, times in Counter(whose.values()).items() if times > 1}
        ids = [row_id for row_id, person_id in whose.items() if person_id in several]
        if ids:  # most wait alone: rows are only read where there is somebody to travel with
            rows = select(Notification).where(Notification.id.in_(ids)).execution_options(populate_existing=True)
            for row in sorted(db.session.scalars(rows), key=lambda one: (one.created_at, one.id)):
                self._waiting[whose[row.id]].append(row)

    def _travels(self) -> tuple[ColumnElement[bool], ...]:
        return (
            Notification.status == NotificationStatus.CREATED,
            Notification.kind.in_(TRAVELLERS),
            Notification.next_attempt_at <= self.at,
            Notification.attempts == 0,
            Notification.is_urgent.is_(False),
            or_(Notification.expires_at.is_(None), Notification.expires_at > self.at),
        )


def is_gatherable(row: Notification) -> bool:
    """Tell whether a notice may travel with others at all."""
    return not row.attempts and not row.is_urgent and may_travel_together(row.kind)


def first_open(
    user: User | None, channels: Sequence[str], *, tried: Sequence[str], known: Known, takes_sms: bool = False
) -> Way | None:
    """Return the first channel that may work. Without an accept we know of WeChat is not even asked."""
    accounts = known.accounts(user)
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
        is_for_good = False
        if name == "subscribe":
            may, is_for_good = known.may_subscribe(user.id, template)
            if not may:
                continue
        if name in CHATS and not allowance.is_left(account, known.at):
            continue
        if name == "service_template" and not account.follows:
            continue
        return Way(channel, account.openid, is_for_good or name != "subscribe")
    return None


def _agents(principals: Iterable[str], day: date, kinds: tuple[AuthorityKind, ...]) -> dict[str, list[str]]:
    """Who may act for these people on a day, the one known longest first."""
    ids = list(principals)
    found: dict[str, list[str]] = {one: [] for one in ids}
    rows = db.session.scalars(
        select(Authority)
        .where(
            Authority.principal_id.in_(ids),
            Authority.state == AuthorityState.CERTIFIED,
            Authority.kind.in_(kinds),
        )
        .order_by(Authority.id)
    )
    for row in rows:
        if row.principal_id is not None and row.holds_on(day):
            found[row.principal_id].append(row.agent_id)
    return found


def _live_together(one: str, other: str) -> bool:
    homes = (
        select(HouseholdMember.household_id)
        .where(HouseholdMember.current_key.in_((one, other)))
        .order_by(HouseholdMember.household_id)
    )
    found = list(db.session.scalars(homes))
    return len(found) == 2 and found[0] == found[1]
