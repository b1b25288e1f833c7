"""Who is told, and over which channel: the words in which ``known`` and the senders speak of it."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from server.database import db
from server.models import NoticeSetting, Resident
from server.policy.notice_topics import topic_of


@dataclass(frozen=True)
class Way:
    """A channel of policy.notices and the address on it; an SMS has none here: the number is read when it is sent."""

    channel: str
    openid: str = field(repr=False)
    is_for_good: bool = False
    """Allowed without a count: an accepted message uses nothing up."""


@dataclass(frozen=True)
class User:
    """A WeChat user as far as telling him something goes."""

    id: str
    resident_id: str | None


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


def phone_of(resident_id: str) -> str | None:
    """Return a resident's phone number, opened for the one SMS that is sent now; leaves no transaction open."""
    number = db.session.scalar(select(Resident.phone).where(Resident.id == resident_id))
    db.session.rollback()
    return number
