"""Policy profiles as they stood when somebody signed under them: written once, never changed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Hash, LongText, Model, UtcDateTime, db, primary_key, table


class PolicyProfile(Model):
    """One version of one region's rules, whole (domain.md §8.2: old agreements keep the profile they were signed under)."""

    __tablename__ = "policy_profile"
    __table_args__ = table()
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    sha256: Mapped[str] = mapped_column(Hash, unique=True)
    region: Mapped[str] = mapped_column(Code)
    version: Mapped[str] = mapped_column(Code)
    body: Mapped[str] = mapped_column(LongText)
    """Canonical JSON of the policy."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def kept(region: str, version: str, body: str, sha256: str, at: datetime) -> PolicyProfile:
    """Return the row of a frozen profile, made when new. A simultaneous first meets UNIQUE: the action runs again."""
    found = db.session.scalar(select(PolicyProfile).where(PolicyProfile.sha256 == sha256))
    if found is None:
        found = PolicyProfile(region=region, version=version, body=body, sha256=sha256, created_at=at)
        db.session.add(found)
        db.session.flush()
    return found
