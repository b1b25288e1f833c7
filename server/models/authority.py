"""Who may sign for whom (监护、委托): guardians of minors and of adults without capacity, and proxies."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server import masking
from server.database import Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.household import Proof
from server.models.resident import Resident


class AuthorityKind(StrEnum):
    """On what ground one person signs for another."""

    MINOR = "minor"
    INCAPACITY = "incapacity"
    PROXY = "proxy"


AUTHORITY_LABELS = {
    AuthorityKind.MINOR: "未成年人监护",
    AuthorityKind.INCAPACITY: "成年人监护",
    AuthorityKind.PROXY: "委托代签",
}


class AuthorityState(StrEnum):
    """Where it stands. Only ``certified``, within its days, lets somebody sign."""

    WAITING = "waiting"
    CERTIFIED = "certified"
    REFUSED = "refused"
    REVOKED = "revoked"


A = AuthorityState
OPEN = (A.WAITING, A.CERTIFIED)

STATE_LABELS = {A.WAITING: "待核对", A.CERTIFIED: "有效", A.REFUSED: "未通过", A.REVOKED: "已撤销"}


class Authority(Model):
    """One person may sign for another one, from a day to a day, both inclusive; at most one open of a kind per pair.

    ``agent`` signs, ``principal`` is signed for. Name and number of the principal are what the agent typed; whether they
    are a known person's is told by nothing here before a member of staff saw the proof.
    """

    __tablename__ = "authority"
    __table_args__ = table(
        CheckConstraint("kind IN ('minor', 'incapacity', 'proxy')", name="kind"),
        CheckConstraint("state IN ('waiting', 'certified', 'refused', 'revoked')", name="state"),
        CheckConstraint("(state IN ('waiting', 'certified')) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("state <> 'certified' OR principal_id IS NOT NULL", name="principal_known"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        CheckConstraint("kind = 'incapacity' OR valid_to IS NOT NULL", name="limited"),
        CheckConstraint("principal_id IS NULL OR principal_id <> agent_id", name="two_persons"),
        CheckConstraint("state <> 'certified' OR decided_by IS NOT NULL", name="decided_by"),
        Index(None, "principal_id", "state"),
        Index(None, "agent_id", "state"),
        Index(None, "kind", "state", "valid_to"),
    )
    PERSONAL = ("name", "identity_number", "birth_on", "sex", "proof", "note")

    id: Mapped[str] = primary_key()
    kind: Mapped[AuthorityKind] = mapped_column(String(12))
    state: Mapped[AuthorityState] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(8), unique=True)
    """Eight digits the agent tells the staff who looks at the proof."""
    open_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    """Kind, agent and the hash of the principal's document while open."""
    agent_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    principal_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(Sealed("authority.name"))
    document_type: Mapped[str] = mapped_column(String(4))
    identity_number: Mapped[str] = mapped_column(Sealed("authority.identity_number"))
    identity_hash: Mapped[str] = mapped_column(Hash, index=True)
    birth_on: Mapped[date] = mapped_column(Date)
    sex: Mapped[int] = mapped_column()
    nationality: Mapped[str] = mapped_column(String(3), default="CHN")
    relation: Mapped[str] = mapped_column(String(2))
    """What the agent is to the principal, GB/T 4761."""
    proof_kind: Mapped[Proof] = mapped_column(String(24))
    proof: Mapped[str] = mapped_column(Sealed("authority.proof", long=True))
    """Photo as a data URL."""
    note: Mapped[str] = mapped_column(Sealed("authority.note"), default="")
    """Why nobody nearer signs, where the order of guardians asks for it; or why it was refused."""
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    """The last day, inclusive; for a minor the day before his 18th birthday. None: until revoked."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the ward was asked to sign himself from his 18th birthday on."""

    agent: Mapped[Resident] = relationship(foreign_keys=[agent_id], lazy="joined")
    principal: Mapped[Resident | None] = relationship(foreign_keys=[principal_id], lazy="joined")

    def holds_on(self, day: date) -> bool:
        """Whether the agent may sign on this day."""
        return self.state == A.CERTIFIED and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def name_masked(self) -> str:
        """The principal's name as others see it."""
        return masking.name(self.name)


def open_key(kind: AuthorityKind, agent_id: str, identity_hash: str) -> str:
    """Return the key that one open authority of a kind has between two people."""
    return f"{kind}:{agent_id}:{identity_hash}"


def held_by(agent_id: str, principal_id: str, on: date) -> Authority | None:
    """Return what lets one person sign for another on a day; guardianship before delegation."""
    rows = db.session.scalars(
        select(Authority).where(
            Authority.principal_id == principal_id, Authority.agent_id == agent_id, Authority.state == A.CERTIFIED
        )
    ).all()
    valid = [row for row in rows if row.holds_on(on)]
    return min(valid, key=lambda row: row.kind == AuthorityKind.PROXY, default=None)


def guardianships_of(principal_ids: list[str], on: date) -> dict[str, list[Authority]]:
    """Return who is guardian of these people for want of capacity on a day, by principal."""
    rows = db.session.scalars(
        select(Authority).where(
            Authority.principal_id.in_(principal_ids),
            Authority.state == A.CERTIFIED,
            Authority.kind == AuthorityKind.INCAPACITY,
        )
    )
    found: dict[str, list[Authority]] = {}
    for row in rows:
        if row.holds_on(on):
            found.setdefault(str(row.principal_id), []).append(row)
    return found


def end_all(resident_id: str, *, at: datetime) -> None:
    """Revoke what somebody may sign for others and others for him, in the caller's transaction: he has died."""
    statement = (
        update(Authority)
        .where((Authority.agent_id == resident_id) | (Authority.principal_id == resident_id), Authority.state.in_(OPEN))
        .values(state=A.REVOKED, open_key=None, ended_at=at)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)
