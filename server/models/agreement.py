"""Agreements (签约协议): what a resident and a team agreed, from when to when, and every step of it."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models import evidence
from server.models.doctor import Team
from server.models.package import ServicePackage
from server.models.policy_profile import PolicyProfile
from server.models.resident import Resident
from server.models.states import StateEvent


class AgreementStatus(StrEnum):
    """States of domain.md §6.1."""

    DRAFT = "draft"  # begun, nothing signed
    PENDING_RESIDENT = "pending_resident"  # staff began it, the resident must read and sign
    PENDING_TEAM = "pending_team"  # the resident signed, the team must answer
    PENDING_PAYMENT = "pending_payment"  # the team accepted, the resident's own share is not paid
    SIGNED = "signed"  # both signed, starts later
    ACTIVE = "active"  # both signed, start ≤ today ≤ end
    TERMINATION_REQUESTED = "termination_requested"  # asked to end it; still served
    CHANGE_REQUESTED = "change_requested"  # asked for another team; still served by the old one
    AUTO_RENEWED_UNCONFIRMED = "auto_renewed_unconfirmed"  # went on silently, both must confirm
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RENEWED = "renewed"  # ended, and a successor carries on
    TERMINATED = "terminated"
    TRANSFERRED = "transferred"  # another team carries on
    CLOSED_DEATH = "closed_death"
    CLOSED_MOVED = "closed_moved"
    VOID = "void"  # entered wrongly: two administrators said so


S = AgreementStatus

CLOSED = (S.TERMINATED, S.TRANSFERRED, S.CLOSED_DEATH, S.CLOSED_MOVED)
EVENTS = frozenset({S.CLOSED_DEATH, S.CLOSED_MOVED, S.VOID})
"""What may befall an agreement in force whatever it is waiting for (L19–L21)."""

MOVES: dict[AgreementStatus, frozenset[AgreementStatus]] = {
    S.DRAFT: frozenset({S.PENDING_RESIDENT, S.PENDING_TEAM, S.WITHDRAWN, S.VOID}),
    S.PENDING_RESIDENT: frozenset({S.PENDING_TEAM, S.WITHDRAWN, S.VOID}),
    S.PENDING_TEAM: frozenset({S.PENDING_PAYMENT, S.SIGNED, S.ACTIVE, S.REJECTED, S.WITHDRAWN, S.VOID}),
    S.PENDING_PAYMENT: frozenset({S.SIGNED, S.ACTIVE, S.WITHDRAWN, S.VOID}),
    S.SIGNED: frozenset({S.ACTIVE, S.WITHDRAWN, S.VOID}),
    S.ACTIVE: frozenset(
        {
            S.TERMINATION_REQUESTED,
            S.CHANGE_REQUESTED,
            S.AUTO_RENEWED_UNCONFIRMED,
            S.EXPIRED,
            S.RENEWED,
            S.TRANSFERRED,
            *EVENTS,
        }
    ),
    S.TERMINATION_REQUESTED: frozenset({S.ACTIVE, S.EXPIRED, S.TERMINATED, *EVENTS}),
    S.CHANGE_REQUESTED: frozenset({S.ACTIVE, S.EXPIRED, S.TRANSFERRED, *EVENTS}),
    S.AUTO_RENEWED_UNCONFIRMED: frozenset({S.ACTIVE, S.EXPIRED, S.TRANSFERRED, *EVENTS}),
    S.REJECTED: frozenset({S.VOID}),
    S.WITHDRAWN: frozenset({S.VOID}),
    S.EXPIRED: frozenset({S.VOID}),
    S.RENEWED: frozenset({S.VOID}),
    S.TERMINATED: frozenset({S.VOID}),
    S.TRANSFERRED: frozenset({S.VOID}),
    S.CLOSED_DEATH: frozenset({S.VOID}),
    S.CLOSED_MOVED: frozenset({S.VOID}),
    S.VOID: frozenset(),
}

BORN = (S.DRAFT, S.PENDING_TEAM, S.ACTIVE, S.EXPIRED)
"""How it may begin: drafted; signed in one sitting; taken over or entered afterwards from paper (L18, L22)."""
OPEN = (S.DRAFT, S.PENDING_RESIDENT, S.PENDING_TEAM, S.PENDING_PAYMENT, S.SIGNED)
"""On its way: these hold ``open_key``."""
IN_FORCE = (S.ACTIVE, S.TERMINATION_REQUESTED, S.CHANGE_REQUESTED, S.AUTO_RENEWED_UNCONFIRMED)
"""The team serves the resident: these hold ``active_key``."""
NEVER_IN_FORCE = (S.DRAFT, S.PENDING_RESIDENT, S.PENDING_TEAM, S.PENDING_PAYMENT, S.REJECTED, S.WITHDRAWN, S.VOID)
"""These need no first and last day."""
HOLDS_PLACE = (S.PENDING_PAYMENT, S.SIGNED, *IN_FORCE)
"""The team accepted: these count towards its cap."""

STATUS_LABELS = {
    S.DRAFT: "草稿",
    S.PENDING_RESIDENT: "等待居民签字",
    S.PENDING_TEAM: "等待医生确认",
    S.PENDING_PAYMENT: "等待缴费",
    S.SIGNED: "已签约，未到开始日期",
    S.ACTIVE: "履约中",
    S.TERMINATION_REQUESTED: "解约申请中",
    S.CHANGE_REQUESTED: "变更团队申请中",
    S.AUTO_RENEWED_UNCONFIRMED: "自动续约待确认",
    S.REJECTED: "医生未通过",
    S.WITHDRAWN: "已撤回",
    S.EXPIRED: "已到期",
    S.RENEWED: "已续签",
    S.TERMINATED: "已解约",
    S.TRANSFERRED: "已转签",
    S.CLOSED_DEATH: "已终止（去世）",
    S.CLOSED_MOVED: "已终止（迁出）",
    S.VOID: "已作废",
}


def _in(states: Iterable[AgreementStatus]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


class SignedBy(StrEnum):
    """On what ground the resident's side was signed (domain.md §6.3)."""

    SELF = "self"
    MARK = "mark"  # he cannot write: his mark, witnessed by two members of staff
    GUARDIAN = "guardian"
    HEAD = "head"  # head or representative of the household, where the region says so
    PROXY = "proxy"


SIGNED_BY_LABELS = {
    SignedBy.SELF: "本人签字",
    SignedBy.MARK: "本人按印，两人见证",
    SignedBy.GUARDIAN: "监护人代签",
    SignedBy.HEAD: "户主或家庭代表代签",
    SignedBy.PROXY: "受托人代签",
}


class AgreementEvent(StateEvent, Model):
    """One step of an agreement: never changed, never deleted."""

    __tablename__ = "agreement_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), index=True)


class Agreement(Model):
    """One agreement between a resident and a team.

    ``open_key`` = resident id while an answer or a start is awaited, ``active_key`` = resident id while it is in force;
    both UNIQUE, so the database allows one of each per person; CHECKs tie them to the status. ``predecessor_id`` is
    UNIQUE: an agreement is renewed once. The text shown at signing, its hash, the policy profile and its version stay.
    """

    __tablename__ = "agreement"
    MOVES = MOVES
    BORN = BORN
    EVENT = AgreementEvent
    __table_args__ = table(
        UniqueConstraint("predecessor_id"),
        CheckConstraint(f"(status IN {_in(OPEN)}) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint(f"(status IN {_in(IN_FORCE)}) = (active_key IS NOT NULL)", name="active_key"),
        CheckConstraint("open_key IS NULL OR open_key = resident_id", name="open_key_is_resident"),
        CheckConstraint("active_key IS NULL OR active_key = resident_id", name="active_key_is_resident"),
        CheckConstraint("end_on >= start_on", name="ends_after_start"),
        CheckConstraint(
            f"status IN {_in(NEVER_IN_FORCE)} OR (start_on IS NOT NULL AND end_on IS NOT NULL)",
            name="dated_when_signed",
        ),
        CheckConstraint("status <> 'auto_renewed_unconfirmed' OR reconfirm_by_on IS NOT NULL", name="reconfirm_by"),
        CheckConstraint("term_months IS NULL OR term_months BETWEEN 1 AND 120", name="term_months"),
        CheckConstraint("(signed_by IN ('guardian', 'head', 'proxy')) = (signer_id IS NOT NULL)", name="signer_id"),
        CheckConstraint("(signed_by IN ('guardian', 'proxy')) = (authority_id IS NOT NULL)", name="authority_id"),
        CheckConstraint("signer_id IS NULL OR signer_id <> resident_id", name="signer_is_another"),
        CheckConstraint("second_witness_id IS NULL OR second_witness_id <> witness_id", name="two_witnesses"),
        Index(None, "joint_id"),
        Index(None, "signer_id", "requested_at"),
        Index(None, "team_id", "status", "end_on"),
        Index(None, "status", "end_on"),
        Index(None, "status", "start_on"),
        Index(None, "status", "next_notice_on"),
        Index(None, "status", "reconfirm_by_on"),
        Index(None, "status", "answer_by_on"),
        Index(None, "status", "promise_step", "answer_by_on"),
        Index(None, "resident_id", "requested_at"),
        Index(None, "status", "ledger_until_on"),
    )
    PERSONAL = ("signature", "text_body", "client_address")

    id: Mapped[str] = primary_key()
    number: Mapped[str] = mapped_column(Code, unique=True)
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    package_id: Mapped[str] = mapped_column(Id, ForeignKey("service_package.id"))
    status: Mapped[AgreementStatus] = mapped_column(String(24))
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    active_key: Mapped[str | None] = mapped_column(Id, unique=True)
    predecessor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer_by_on: Mapped[date] = mapped_column(Date)
    """The day by which the next step was promised: the team's answer, or while it is not signed the resident's."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(Id)
    start_on: Mapped[date | None] = mapped_column(Date)
    end_on: Mapped[date | None] = mapped_column(Date)
    """Inclusive: the last day on which it is valid, whatever ended it."""
    agreed_end_on: Mapped[date | None] = mapped_column(Date)
    """The last day that was agreed, when something ended it earlier."""
    next_notice_on: Mapped[date | None] = mapped_column(Date)
    """The day of the next notice about its end; NULL while nobody worked it out, or when none will come."""
    renewal_mode: Mapped[str | None] = mapped_column(String(16))
    """How it came to follow another one (policy renewal.mode); NULL on first ones."""
    reconfirm_by_on: Mapped[date | None] = mapped_column(Date)
    """The last day on which both may confirm that it went on silently (L14)."""
    resident_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    team_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    promise_step: Mapped[int] = mapped_column(Integer, default=0)
    """How many of the notices about the step that is waited for were already queued."""
    draft_step: Mapped[str | None] = mapped_column(String(12))
    """The page on which a draft was left: read, consent or sign."""
    community_id: Mapped[str | None] = mapped_column(Id, ForeignKey("community.id"), index=True)
    """The organisation with which he signed; the agreement is his own all the same."""
    begun_by: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    """The member of staff who began it for the resident to sign; None: he began it himself."""
    reject_code: Mapped[str | None] = mapped_column(Code)
    reject_note: Mapped[str | None] = mapped_column(Text)
    term_months: Mapped[int | None] = mapped_column(Integer)
    """What was agreed; NULL where the region's agreements all end on one day."""
    is_cross_area: Mapped[bool | None] = mapped_column(Boolean)
    """Whether the resident lived outside the team's areas when he asked; None: not told, or no areas are drawn."""
    is_extended: Mapped[bool] = mapped_column(Boolean, default=False)
    """True: longer than the region's longest term, and both sides marked it so (C-01)."""
    region: Mapped[str] = mapped_column(Code)
    policy_id: Mapped[str | None] = mapped_column(Id, ForeignKey("policy_profile.id"))
    """The rules it was signed under, frozen whole; NULL only on rows from before profiles were kept."""
    policy_version: Mapped[str] = mapped_column(Code)
    text_body: Mapped[str] = mapped_column(Sealed("agreement.text_body", long=True))
    """The frozen text: title and paragraphs, one per line."""
    text_sha256: Mapped[str] = mapped_column(Hash)
    consents: Mapped[list[str]] = mapped_column(JSON)
    signature: Mapped[str | None] = mapped_column(Sealed("agreement.signature", long=True))
    """PNG as a data URL, drawn by the resident; NULL on renewals that need none."""
    signed_by: Mapped[SignedBy] = mapped_column(String(12), default=SignedBy.SELF)
    signer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"))
    """Who signed for him; NULL when he signed himself."""
    authority_id: Mapped[str | None] = mapped_column(Id, ForeignKey("authority.id"))
    """The guardianship or delegation it was signed by."""
    joint_id: Mapped[str | None] = mapped_column(Id)
    """The same on all agreements one signature made."""
    own_consent_due: Mapped[bool] = mapped_column(Boolean, default=False)
    """True: the consent to the processing of his health data is his own to give, and he has not given it yet."""
    own_consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opt_out_until_on: Mapped[date | None] = mapped_column(Date)
    """The last day on which he may leave what the head signed for him."""
    witness_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    second_witness_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"))
    channel: Mapped[str] = mapped_column(Code)
    signed_on: Mapped[date | None] = mapped_column(Date)
    """The day on the paper, of an agreement entered afterwards (L22); ``requested_at`` is when it was entered."""
    paper_reference: Mapped[str | None] = mapped_column(Code)
    """Where the paper or its scan is kept; only with ``signed_on``."""
    device: Mapped[str] = mapped_column(String(128), default="")
    """What the client says it is; part of the evidence."""
    client_address: Mapped[str] = mapped_column(String(64), default="")
    ledger_until_on: Mapped[date | None] = mapped_column(Date)
    """Until when its entitlements are written down; NULL: not yet. Whoever moves its end later sets it back to NULL."""

    resident: Mapped[Resident] = relationship(foreign_keys=[resident_id], lazy="joined")
    signer: Mapped[Resident | None] = relationship(foreign_keys=[signer_id], lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")
    package: Mapped[ServicePackage] = relationship(lazy="joined")
    policy: Mapped[PolicyProfile | None] = relationship()

    @property
    def is_renewal(self) -> bool:
        """Whether it continues an earlier agreement."""
        return self.predecessor_id is not None

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[AgreementStatus(self.status)]

    @property
    def signed_by_label(self) -> str:
        """Who signed, for people."""
        return SIGNED_BY_LABELS[SignedBy(self.signed_by)]

    def keys_for(self, status: AgreementStatus) -> dict[str, Any]:
        """Return the values the two uniqueness keys must have in a state; pass them to ``move``."""
        return {
            "open_key": self.resident_id if status in OPEN else None,
            "active_key": self.resident_id if status in IN_FORCE else None,
        }

    def witness(self, event: StateEvent) -> None:
        """Keep evidence of a step; called by ``states.move``."""
        evidence.witness(self, event)
