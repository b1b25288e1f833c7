"""Functional communities (功能社区): organisations whose people the service reaches together, and campaigns (专项活动).

The organisation signs a frame agreement through an authorised person; each member still signs for himself.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.doctor import Organisation, Team
from server.models.states import StateEvent

KIND_LABELS = {
    "childcare": "托育机构",
    "school": "学校",
    "enterprise": "企业、事业单位",
    "nursing_home": "养老机构",
    "home_care_centre": "居家养老服务中心",
    "government": "党政机关",
    "industrial_park": "产业园区",
    "office_building": "商务楼宇",
}
"""By the kinds of policy key communities.kinds."""


class FrameStatus(StrEnum):
    """States of a frame agreement."""

    ACTIVE = "active"
    EXPIRED = "expired"
    TERMINATED = "terminated"


S = FrameStatus

MOVES: dict[FrameStatus, frozenset[FrameStatus]] = {
    S.ACTIVE: frozenset({S.EXPIRED, S.TERMINATED}),
    S.EXPIRED: frozenset(),
    S.TERMINATED: frozenset(),
}

STATUS_LABELS = {S.ACTIVE: "有效", S.EXPIRED: "已到期", S.TERMINATED: "已终止"}


class Community(Model):
    """An organisation of one of the region's kinds. ``contact_name`` and ``contact_phone`` are a person's."""

    __tablename__ = "community"
    __table_args__ = table(UniqueConstraint("organisation_id", "name"))
    PERSONAL = ("contact_name", "contact_phone")

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    """The health institution that serves it."""
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), index=True)
    kind: Mapped[str] = mapped_column(Code)
    name: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(255))
    area_id: Mapped[str | None] = mapped_column(Id, ForeignKey("area.id"), index=True)
    contact_name: Mapped[str] = mapped_column(Sealed("community.contact_name"))
    contact_phone: Mapped[str] = mapped_column(Sealed("community.contact_phone"))
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")

    @property
    def kind_label(self) -> str:
        """The kind, for people."""
        return KIND_LABELS.get(self.kind, self.kind)


class FrameAgreementEvent(StateEvent, Model):
    """One step of a frame agreement: never changed, never deleted."""

    __tablename__ = "frame_agreement_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("frame_agreement.id"), index=True)


class FrameAgreement(Model):
    """What an organisation signed; one in force at a time (``open_key`` = community id)."""

    __tablename__ = "frame_agreement"
    MOVES = MOVES
    EVENT = FrameAgreementEvent
    __table_args__ = table(
        CheckConstraint("(status = 'active') = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("end_on >= start_on", name="ends_after_start"),
        Index(None, "community_id", "start_on"),
        Index(None, "status", "end_on"),
    )
    PERSONAL = ("text_body", "signer_name", "signature")

    id: Mapped[str] = primary_key()
    number: Mapped[str] = mapped_column(Code, unique=True)
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("community.id"))
    status: Mapped[FrameStatus] = mapped_column(String(12), default=FrameStatus.ACTIVE)
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    start_on: Mapped[date] = mapped_column(Date)
    end_on: Mapped[date] = mapped_column(Date)
    """Inclusive: the last day on which it holds, whatever ended it."""
    region: Mapped[str] = mapped_column(Code)
    policy_version: Mapped[str] = mapped_column(Code)
    text_version: Mapped[str] = mapped_column(Code)
    text_body: Mapped[str] = mapped_column(Sealed("frame_agreement.text_body", long=True))
    text_sha256: Mapped[str] = mapped_column(Hash)
    signer_name: Mapped[str] = mapped_column(Sealed("frame_agreement.signer_name"))
    signer_title: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(Sealed("frame_agreement.signature", long=True))
    """PNG as a data URL, drawn by the authorised person."""
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(Code)

    community: Mapped[Community] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[FrameStatus(self.status)]

    def key_for(self, status: FrameStatus) -> dict[str, Any]:
        """Return the value of ``open_key`` in a state; pass it to ``move``."""
        return {"open_key": self.community_id if status == FrameStatus.ACTIVE else None}


class Answer(StrEnum):
    """What a member made of the invitation."""

    INVITED = "invited"
    DECLINED = "declined"
    JOINED = "joined"


class CommunityMember(Model):
    """A line of an organisation's roster, found by the keyed hash of the document when its holder logs in."""

    __tablename__ = "community_member"
    __table_args__ = table(
        UniqueConstraint("community_id", "identity_hash"),
        CheckConstraint("(answer = 'joined') = (agreement_id IS NOT NULL)", name="joined_by_agreement"),
        Index(None, "identity_hash"),
        Index(None, "community_id", "answer"),
    )
    PERSONAL = ("name", "identity_number", "phone", "answer")

    id: Mapped[str] = primary_key()
    community_id: Mapped[str] = mapped_column(Id, ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(Sealed("community_member.name"))
    document_type: Mapped[str] = mapped_column(String(4))
    identity_number: Mapped[str] = mapped_column(Sealed("community_member.identity_number"))
    identity_hash: Mapped[str] = mapped_column(Hash)
    phone: Mapped[str | None] = mapped_column(Sealed("community_member.phone"))
    answer: Mapped[Answer] = mapped_column(String(12), default=Answer.INVITED)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreement_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"), unique=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    community: Mapped[Community] = relationship(lazy="joined")


class Campaign(Model):
    """A campaign (专项活动) of an institution: whom it is for, its phases and its last day."""

    __tablename__ = "campaign"
    __table_args__ = table(UniqueConstraint("organisation_id", "name"), Index(None, "filled_at"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(64))
    group_codes: Mapped[list[str]] = mapped_column(JSON)
    area_id: Mapped[str | None] = mapped_column(Id, ForeignKey("area.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    deadline_on: Mapped[date] = mapped_column(Date)
    """Inclusive."""
    target_pct: Mapped[int] = mapped_column(Integer)
    last_resident_id: Mapped[str] = mapped_column(Id, default="")
    """How far the list of its targets has been made."""
    filled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    phases: Mapped[list["CampaignPhase"]] = relationship(order_by="CampaignPhase.starts_on", lazy="selectin")


class CampaignPhase(Model):
    """A dated phase of a campaign; the last day is inclusive."""

    __tablename__ = "campaign_phase"
    __table_args__ = table(
        UniqueConstraint("campaign_id", "starts_on"), CheckConstraint("ends_on >= starts_on", name="ends_after_start")
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id"))
    name: Mapped[str] = mapped_column(String(64))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)


class CampaignTarget(Model):
    """Somebody a campaign is for, once."""

    __tablename__ = "campaign_target"
    __table_args__ = table(UniqueConstraint("campaign_id", "resident_id"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), index=True)


def joined(agreement_id: str, community_id: str, identity_hash: str, at: datetime) -> None:
    """Note that a member's own agreement came into being, in the caller's transaction."""
    db.session.execute(
        update(CommunityMember)
        .where(CommunityMember.community_id == community_id, CommunityMember.identity_hash == identity_hash)
        .values(answer=Answer.JOINED, answered_at=at, agreement_id=agreement_id)
        .execution_options(synchronize_session=False)
    )


def member(community_id: str, identity_hash: str) -> CommunityMember | None:
    """Return somebody's line on a roster."""
    return db.session.scalar(
        select(CommunityMember).where(
            CommunityMember.community_id == community_id, CommunityMember.identity_hash == identity_hash
        )
    )
