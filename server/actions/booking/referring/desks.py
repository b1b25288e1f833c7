"""Whom to ask for at a hospital, and notes of who looked at what."""

from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.booking.referring.refusals import DeskOfAnother
from server.database import db, retried, transaction
from server.models import AdminLogin, Discharge, Hospital, Referral, ReferralDesk, audit
from server.models.actor import Actor
from server.models.states import StaleState


@dataclass(frozen=True)
class DeskDetails:
    """A referral office and its green channel. ``person`` is who answers by name (CYS 六2)."""

    office: str
    phone: str
    person: str = ""
    place: str = ""
    green_name: str = ""
    green_phone: str = ""


@retried
def save_desk(hospital: Hospital, details: DeskDetails, *, admin: AdminLogin, by: Actor) -> ReferralDesk:
    """Write down a hospital's referral desk. The hospital's own login answers there from the first time it saves this.

    Raises:
        DeskOfAnother: the hospital's own login answers there; only it changes this.
    """
    try:
        with transaction() as session:
            row = session.scalar(
                select(ReferralDesk).where(ReferralDesk.hospital_id == hospital.id).with_for_update(of=ReferralDesk)
            )
            if row is None:
                row = ReferralDesk(hospital_id=hospital.id, **asdict(details))
                session.add(row)
            elif row.organisation_id not in (None, admin.organisation_id):
                raise DeskOfAnother()
            for name, value in asdict(details).items():
                setattr(row, name, value.strip())
            if admin.organisation.name == hospital.name:
                row.organisation_id = admin.organisation_id
            session.flush()
            audit.record("referral_desk_saved", row, by=by, at=clock.now())
    except IntegrityError as cause:  # two administrators at once
        raise StaleState() from cause
    return row


@retried
def note_opened(row: Referral | Discharge, *, by: Actor) -> None:
    """Write down that somebody read what is in a referral or a discharge."""
    with transaction():
        audit.record("referral_opened", row, by=by, at=clock.now())


@retried
def note_withdrawal(referral: Referral, *, by: Actor) -> None:
    """The desk has read that a referral it worked on was ended. Twice is once."""
    with transaction() as session:
        session.refresh(referral)
        if referral.withdrawn_at is not None:
            referral.withdrawn_at = None
            audit.record("referral_withdrawal_read", referral, by=by, at=clock.now())


@retried
def note_export(*, admin: AdminLogin, by: Actor) -> None:
    """Write down that a month's list was taken."""
    with transaction():
        audit.record("referrals_exported", db.session.get_one(AdminLogin, admin.id), by=by, at=clock.now())
