"""Households (家庭): who lives together, who heads it, and what each is to the head."""

import secrets
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server import masking
from server.database import Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.resident import Resident

CODE_DIGITS = 8
HEAD = "02"
NextHead = Callable[[list[tuple[str, str, int]]], str | None]
SeenFrom = Callable[[str, int, str, int], str]


class MemberState(StrEnum):
    """Where somebody stands in a household. Only ``joined`` counts anywhere."""

    WAITING = "waiting"  # named by another member; neither he nor a member of staff said yes
    JOINED = "joined"
    REFUSED = "refused"
    LEFT = "left"


MEMBER_LABELS = {
    MemberState.WAITING: "待确认",
    MemberState.JOINED: "已加入",
    MemberState.REFUSED: "未通过",
    MemberState.LEFT: "已退出",
}


class Proof(StrEnum):
    """What shows a relation (domain.md §6.3)."""

    DECLARED = "declared"
    HOUSEHOLD_BOOK = "household_book"
    BIRTH_CERTIFICATE = "birth_certificate"
    MARRIAGE_CERTIFICATE = "marriage_certificate"
    COURT_RULING = "court_ruling"
    COMMITTEE_LETTER = "committee_letter"
    WRITTEN_AUTHORITY = "written_authority"


PROOF_LABELS = {
    Proof.DECLARED: "本人申报",
    Proof.HOUSEHOLD_BOOK: "户口簿",
    Proof.BIRTH_CERTIFICATE: "出生医学证明",
    Proof.MARRIAGE_CERTIFICATE: "结婚证",
    Proof.COURT_RULING: "法院判决书",
    Proof.COMMITTEE_LETTER: "居（村）委会证明",
    Proof.WRITTEN_AUTHORITY: "书面委托书",
}


class Household(Model):
    """People who live together and may sign together. Found by its code, which its members tell staff."""

    __tablename__ = "household"
    __table_args__ = table()
    PERSONAL = ("address", "register_number")

    id: Mapped[str] = primary_key()
    code: Mapped[str] = mapped_column(String(8), unique=True)
    """Eight digits a member tells the staff who looks at the proof; it opens nothing to anybody else."""
    address: Mapped[str] = mapped_column(Sealed("household.address"), default="")
    """Town, village, group, house (domain.md AG-08)."""
    register_number: Mapped[str | None] = mapped_column(Sealed("household.register_number"))
    """Number of the household register (户口簿户号)."""
    book_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When staff saw the household register, where members come from it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    members: Mapped[list["HouseholdMember"]] = relationship(
        back_populates="household", order_by="HouseholdMember.id", lazy="selectin"
    )

    @property
    def head(self) -> "HouseholdMember | None":
        """The head (户主)."""
        return next((member for member in self.members if member.head_key), None)

    @property
    def joined(self) -> list["HouseholdMember"]:
        """Those who belong to it now, the head first."""
        now = [member for member in self.members if member.state == MemberState.JOINED]
        return sorted(now, key=lambda member: (not member.head_key, member.id))


class HouseholdMember(Model):
    """One person in one household, from a day to a day. ``current_key`` = resident id while he belongs to it: UNIQUE, so
    nobody belongs to two; ``head_key`` = household id of the one head.

    Name, document and number are what whoever added him typed: whether a number is known is never told by this row.
    ``resident_id`` is set when he is joined, or before when the typed name and number are a known person's.
    """

    __tablename__ = "household_member"
    __table_args__ = table(
        CheckConstraint("state IN ('waiting', 'joined', 'refused', 'left')", name="state"),
        CheckConstraint("(state = 'joined') = (current_key IS NOT NULL)", name="current_key"),
        CheckConstraint("current_key IS NULL OR current_key = resident_id", name="current_key_is_resident"),
        CheckConstraint("head_key IS NULL OR (head_key = household_id AND state = 'joined')", name="head_key"),
        CheckConstraint("state <> 'left' OR left_on IS NOT NULL", name="left_on"),
        CheckConstraint("state <> 'joined' OR joined_on IS NOT NULL", name="joined_on"),
        Index(None, "resident_id", "state"),
        Index(None, "identity_hash", "state"),
    )
    PERSONAL = ("name", "identity_number", "proof", "birth_on", "sex", "physical_condition")

    id: Mapped[str] = primary_key()
    household_id: Mapped[str] = mapped_column(Id, ForeignKey("household.id"), index=True)
    resident_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"))
    state: Mapped[MemberState] = mapped_column(String(12))
    current_key: Mapped[str | None] = mapped_column(Id, unique=True)
    head_key: Mapped[str | None] = mapped_column(Id, unique=True)
    relation: Mapped[str] = mapped_column(String(2))
    """What he is to the head, GB/T 4761."""
    name: Mapped[str] = mapped_column(Sealed("household_member.name"))
    document_type: Mapped[str] = mapped_column(String(4))
    identity_number: Mapped[str] = mapped_column(Sealed("household_member.identity_number"))
    identity_hash: Mapped[str] = mapped_column(Hash)
    birth_on: Mapped[date] = mapped_column(Date)
    sex: Mapped[int] = mapped_column()
    nationality: Mapped[str] = mapped_column(String(3), default="CHN")
    proof_kind: Mapped[Proof] = mapped_column(String(24), default=Proof.DECLARED)
    proof: Mapped[str | None] = mapped_column(Sealed("household_member.proof", long=True))
    """Photo as a data URL."""
    physical_condition: Mapped[str | None] = mapped_column(Sealed("household_member.physical_condition"))
    """As he, or staff with him, put it; for the form that has a column for it (SG-12)."""
    added_by: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    """Actor who said yes or no: the person himself, or staff who saw the proof."""
    joined_on: Mapped[date | None] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
    """The first day on which he no longer belongs to it."""

    household: Mapped[Household] = relationship(back_populates="members")
    resident: Mapped[Resident | None] = relationship(foreign_keys=[resident_id], lazy="joined")

    @property
    def is_head(self) -> bool:
        """Whether he heads the household."""
        return self.head_key is not None

    @property
    def state_label(self) -> str:
        """Where he stands, for people."""
        return MEMBER_LABELS[MemberState(self.state)]

    @property
    def name_masked(self) -> str:
        """The typed name as others see it."""
        return masking.name(self.name)


def new_code() -> str:
    """Return a code for a household; UNIQUE decides whether it is free."""
    return "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))


def members_of(resident_id: str, on: date) -> list[str]:
    """Return the residents of a person's household on a day, himself included; just himself when he has none.

    Returns:
        Resident ids, his own first.
    """
    belongs = (HouseholdMember.joined_on <= on) & (HouseholdMember.left_on.is_(None) | (HouseholdMember.left_on > on))
    home = select(HouseholdMember.household_id).where(HouseholdMember.resident_id == resident_id, belongs)
    household_id = db.session.scalar(home.order_by(HouseholdMember.joined_on.desc()).limit(1))
    if household_id is None:
        return [resident_id]
    others = select(HouseholdMember.resident_id).where(
        HouseholdMember.household_id == household_id, belongs, HouseholdMember.resident_id != resident_id
    )
    return [resident_id, *sorted({str(other) for other in db.session.scalars(others)})]


def household_of(resident_id: str) -> Household | None:
    """Return the household somebody belongs to now."""
    return db.session.scalar(
        select(Household)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(HouseholdMember.current_key == resident_id)
    )


def join(member: HouseholdMember, resident: Resident, *, by: str, on: date) -> None:
    """Let a waiting member belong to his household from a day on, in the caller's transaction. UNIQUE: to one only."""
    member.resident_id = resident.id
    member.state, member.current_key = MemberState.JOINED, resident.id
    member.joined_on, member.confirmed_by = on, by
    db.session.flush()


def leave(member: HouseholdMember, *, on: date, next_head: NextHead, seen_from: SeenFrom) -> None:
    """Take a joined member out of his household from a day on, in the caller's transaction; the next one heads it.

    Args:
        next_head, seen_from: as ``policy.relations`` has them.
    """
    was_head = member.is_head
    home = db.session.get_one(Household, member.household_id, with_for_update=True, populate_existing=True)
    member.state, member.current_key, member.head_key = MemberState.LEFT, None, None
    member.left_on = max(on, member.joined_on or on)
    db.session.flush()
    if was_head:
        staying = home.joined
        found = next_head([(row.id, row.relation, _age(row.birth_on, on)) for row in staying])
        if found is not None:
            head_by(home, next(row for row in staying if row.id == found), seen_from=seen_from)


def head_by(home: Household, member: HouseholdMember, *, seen_from: SeenFrom) -> None:
    """Let a joined member head his household; what the others are to him follows, in the caller's transaction."""
    before = home.head
    if before is not None:
        before.head_key = None
        db.session.flush()
    was, sex = member.relation, member.sex
    for row in home.joined:
        if row.id != member.id:
            row.relation = seen_from(was, sex, row.relation, row.sex)
    member.relation, member.head_key = HEAD, home.id
    db.session.flush()


def _age(birth_on: date, on: date) -> int:
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))
