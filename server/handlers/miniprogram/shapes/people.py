"""Session, Me, and who somebody is."""

from datetime import date
from typing import Literal, Self

from pydantic import Field

from server import masking
from server.handlers.miniprogram.shapes.edges import Day, In, Out
from server.models.account import WechatUser
from server.models.resident import REAL_NAME_LABELS, Resident

SEX_LABELS = {1: "男", 2: "女"}


class CodeIn(In):
    """A code WeChat gave the client, or a one-time bind code."""

    code: str = Field(min_length=1, max_length=512)


class VersionIn(In):
    """A document's version."""

    version: str = Field(min_length=1, max_length=64)


class IdentityIn(In):
    """Name and document, as on the card; birth date, sex and nationality where the number does not say them."""

    name: str = Field(min_length=1, max_length=100)
    document_type: Literal["01", "03C", "03F", "06", "06N", "07", "08", "09"] = "01"
    number: str = Field(min_length=1, max_length=40)
    birth_on: Day | None = None
    sex: Literal[1, 2] | None = None
    nationality: str | None = Field(default=None, pattern="^[A-Z]{3}$")


class StaffOut(Out):
    """The caller as a member of staff."""

    id: str
    name: str
    title: str
    team_id: str | None
    team_name: str | None


class MeOut(Out):
    """The caller, masked."""

    bound: bool
    name_masked: str | None
    phone_masked: str | None
    identity_masked: str | None
    real_name_label: str | None
    consent_needed: bool
    follows_service_account: bool
    staff: StaffOut | None

    @classmethod
    def of(cls, user: WechatUser, *, consent_needed: bool) -> Self:
        """Show a user to himself."""
        account = user.account("service_account")
        resident = user.resident
        return cls(
            bound=resident is not None,
            name_masked=resident.name_masked if resident else None,
            phone_masked=masking.phone(user.phone) if user.phone else None,
            identity_masked=masking.identity_number(resident.identity_number) if resident else None,
            real_name_label=REAL_NAME_LABELS[resident.real_name_state] if resident else None,
            consent_needed=consent_needed,
            follows_service_account=bool(account and account.follows),
            staff=_staff(user),
        )


def _staff(user: WechatUser) -> StaffOut | None:
    if user.staff is None:
        return None
    team = user.staff.team
    return StaffOut(
        id=user.staff.id,
        name=user.staff.name,
        title=user.staff.title,
        team_id=team.id if team else None,
        team_name=team.name if team else None,
    )


class SessionOut(Out):
    """A new session; the token is shown this once."""

    token: str
    expires_at: str
    me: MeOut


class ConsentDocumentOut(Out):
    """A document to read and accept."""

    version: str
    title: str
    paragraphs: list[str]
    accepted_at: str | None


class PhoneOut(Out):
    """A full number, to be dialled at once and kept nowhere."""

    phone: str


class RealNameOut(Out):
    """How sure we are who somebody is: unverified, verified, failed, staff_seen."""

    real_name_state: str
    real_name_label: str

    @classmethod
    def of(cls, resident: Resident) -> Self:
        """Show the state."""
        state = resident.real_name_state
        return cls(real_name_state=state, real_name_label=REAL_NAME_LABELS[state])


class PatientOut(Out):
    """A resident as his team sees him in a list."""

    id: str
    name_masked: str
    phone_masked: str
    age: int
    sex_label: str
    real_name_state: str
    real_name_label: str

    @classmethod
    def of(cls, resident: Resident, today: date) -> Self:
        """Show a resident, masked."""
        return cls(
            id=resident.id,
            name_masked=resident.name_masked,
            phone_masked=masking.phone(resident.phone) if resident.phone else "未登记",
            age=resident.age_on(today),
            sex_label=SEX_LABELS.get(resident.sex, "未知"),
            real_name_state=resident.real_name_state,
            real_name_label=REAL_NAME_LABELS[resident.real_name_state],
        )
