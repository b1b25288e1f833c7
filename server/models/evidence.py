"""Evidence of agreements (存证): what was signed, by whom, how, and every later step, in a chain nobody changes unseen.

Each entry's digest covers the digest before it and its own manifest in canonical JSON; a keyed hash over the digest
stops whoever can write to the database but does not hold the key. Rows are never changed and never deleted, except that
a consent notes when it was withdrawn and a package counts its entries (domain.md §6.4).
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from server import sealing
from server.database import Code, Hash, Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models.doctor import Staff

FIRST = "0" * 64
CODE_BYTES = 16  # 128 bits: nobody finds one by trying
MAC_PURPOSE = "evidence.digest"


class EntryKind(StrEnum):
    """What an entry bears witness to."""

    SIGNED = "signed"  # the resident signed
    TAKEN_OVER = "taken_over"  # made without a package: what was known when it got one
    MOVED = "moved"  # a step of the agreement: accepted, renewed, ended …
    CONSENT = "consent"  # a consent withdrawn or given again
    SUPPLEMENT = "supplement"
    RENEWAL = "renewal"  # a silent renewal confirmed by one side, or declined
    REFERRAL = "referral"  # the patient agreed to be referred


KIND_LABELS = {
    EntryKind.SIGNED: "居民签署",
    EntryKind.TAKEN_OVER: "补建存证",
    EntryKind.MOVED: "协议状态变化",
    EntryKind.CONSENT: "同意的变更",
    EntryKind.SUPPLEMENT: "补充协议",
    EntryKind.RENEWAL: "续约确认",
    EntryKind.REFERRAL: "转诊同意",
}


class Evidence(Model):
    """The package of one agreement: the head of its chain, and the code with which anybody may check a copy."""

    __tablename__ = "evidence"
    __table_args__ = table(CheckConstraint("entries >= 0", name="entries"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), unique=True)
    verify_code: Mapped[str] = mapped_column(String(32), unique=True)
    template: Mapped[str] = mapped_column(Code, default="")
    """Which text template was signed; empty for agreements from before."""
    template_version: Mapped[str] = mapped_column(Code, default="")
    algorithm: Mapped[str] = mapped_column(String(8))
    """How its chain is hashed: sha256 or sm3."""
    entries: Mapped[int] = mapped_column(Integer, default=0)
    head: Mapped[str] = mapped_column(Hash, default=FIRST)
    """Digest of the last entry."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EvidenceEntry(Model):
    """One link of an agreement's chain."""

    __tablename__ = "evidence_entry"
    __table_args__ = table(UniqueConstraint("agreement_id", "position"))
    PERSONAL = ("manifest",)

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[EntryKind] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    manifest: Mapped[str] = mapped_column(Sealed("evidence_entry.manifest", long=True))
    """Canonical JSON: names, numbers, texts' hashes, who, how, from where."""
    digest: Mapped[str] = mapped_column(Hash)
    mac: Mapped[str] = mapped_column(Hash)

    @property
    def facts(self) -> dict[str, Any]:
        """The manifest, read."""
        read: dict[str, Any] = json.loads(self.manifest)
        return read


class AgreementConsent(Model):
    """One consent as it was ticked; ``live_key`` "<agreement>:<key>" until it is withdrawn. Giving it again is a new row."""

    __tablename__ = "agreement_consent"
    __table_args__ = table(
        CheckConstraint("(withdrawn_at IS NULL) = (live_key IS NOT NULL)", name="live_key"),
        Index(None, "agreement_id", "key"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    key: Mapped[str] = mapped_column(Code)
    wording: Mapped[str] = mapped_column(Text)
    """Exactly what stood beside the tick."""
    version: Mapped[str] = mapped_column(Code)
    is_withdrawable: Mapped[bool]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by: Mapped[str] = mapped_column(Code)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None] = mapped_column(Code)
    live_key: Mapped[str | None] = mapped_column(String(96), unique=True)


class Imprint(Model):
    """A drawn signature of a member of staff, or an institution's seal; the newest of an owner is used, none is changed."""

    __tablename__ = "imprint"
    __table_args__ = table(Index(None, "owner_id", "created_at"))
    PERSONAL = ("image",)

    id: Mapped[str] = primary_key()
    owner_id: Mapped[str] = mapped_column(Id)
    """A member of staff or an organisation."""
    image: Mapped[str] = mapped_column(Sealed("imprint.image", long=True))
    """PNG as a data URL."""
    sha256: Mapped[str] = mapped_column(Hash)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Code)


class AgreementFile(Model):
    """One edition of the agreement's PDF that was handed out: what a copy is compared with. The bytes are drawn anew."""

    __tablename__ = "agreement_file"
    __table_args__ = table(UniqueConstraint("agreement_id", "sha256"), Index(None, "agreement_id", "edition"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    edition: Mapped[int] = mapped_column(Integer)
    """How many signed supplements are in it."""
    sha256: Mapped[str] = mapped_column(Hash)
    size: Mapped[int] = mapped_column(Integer)
    renderer: Mapped[str] = mapped_column(Code)
    address: Mapped[str] = mapped_column(String(255))
    """Our own address when it was drawn: it stands in the QR code."""
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Party(StrEnum):
    """Who holds a copy."""

    RESIDENT = "resident"
    TEAM = "team"
    INSTITUTION = "institution"


class AgreementReceipt(Model):
    """That a party was handed, or has read, one file: once each."""

    __tablename__ = "agreement_receipt"
    __table_args__ = table(
        UniqueConstraint("agreement_id", "party", "event", "sha256"),
        CheckConstraint("event IN ('delivered', 'read')", name="event"),
    )
    PERSONAL = ("client_address",)

    id: Mapped[str] = primary_key()
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    party: Mapped[Party] = mapped_column(String(12))
    event: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(Hash)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(Code)
    client_address: Mapped[str] = mapped_column(String(64), default="")


# ---------------------------------------------------------------- the chain


def canonical(facts: dict[str, Any]) -> str:
    """Return JSON with sorted keys and no spaces: one text for one meaning."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(previous: str, manifest: str, algorithm: str) -> str:
    """Return the 64 hex characters of a link. Algorithms: sha256, sm3 (GB/T 32905)."""
    text = f"{previous}\n{manifest}".encode()
    if algorithm == "sm3":
        hashed = hashes.Hash(hashes.SM3())
        hashed.update(text)
        return hashed.finalize().hex()
    return hashlib.sha256(text).hexdigest()


def mac_of(digest: str) -> str:
    """Return the keyed hash over a digest."""
    return sealing.current().index(digest, MAC_PURPOSE)


def package_of(agreement_id: str) -> Evidence | None:
    """Return an agreement's package, locked for the caller's transaction."""
    return db.session.scalar(select(Evidence).where(Evidence.agreement_id == agreement_id).with_for_update())


def open_package(agreement_id: str, *, at: datetime, algorithm: str = "sha256") -> Evidence:
    """Add the empty package of an agreement to the caller's transaction."""
    package = Evidence(
        agreement_id=agreement_id,
        verify_code=secrets.token_hex(CODE_BYTES),
        algorithm=algorithm,
        entries=0,
        head=FIRST,
        opened_at=at,
    )
    db.session.add(package)
    return package


def append(package: Evidence, kind: EntryKind, facts: dict[str, Any], *, at: datetime) -> EvidenceEntry:
    """Add a link to a package's chain, in the caller's transaction; the package is locked."""
    place = {"agreement": package.agreement_id, "position": package.entries, "kind": kind, "at": _instant(at)}
    manifest = canonical({**facts, **place})
    digest = digest_of(package.head, manifest, package.algorithm)
    entry = EvidenceEntry(
        agreement_id=package.agreement_id,
        position=package.entries,
        kind=kind,
        at=at,
        manifest=manifest,
        digest=digest,
        mac=mac_of(digest),
    )
    db.session.add(entry)
    package.entries += 1
    package.head = digest
    db.session.flush()
    return entry


def _instant(at: datetime) -> str:
    """One text for one instant, whatever zone it was told in."""
    return at.astimezone(UTC).isoformat()


def package_for(agreement: Any, *, at: datetime) -> Evidence:
    """Return an agreement's package, locked; one that was made without gets it now, with what is known of it."""
    package = package_of(agreement.id)
    if package is not None:
        return package
    package = open_package(agreement.id, at=at)
    known = {
        "number": agreement.number,
        "text": {"template": "", "version": "", "sha256": agreement.text_sha256},
        "signature": {"sha256": sha256(agreement.signature), "at": agreement.requested_at.isoformat()},
        "consents": [{"key": key} for key in agreement.consents],
        "status": agreement.status,
        "channel": agreement.channel,
        **_dates(agreement),
    }
    if agreement.decided_by and agreement.decided_at != at:  # who accepted it had no imprint then
        known["decided_at"] = agreement.decided_at.isoformat()
        known["provider"] = provider_of(agreement.decided_by, agreement.team.organisation) | {
            "signature": None,
            "seal": None,
        }
    append(package, EntryKind.TAKEN_OVER, known, at=at)
    return package


def witness(agreement: Any, event: Any) -> None:
    """Add a step of an agreement to its chain: what it became, its days, and who signed for the provider."""
    facts = {"from": event.old, "to": event.new, "actor": {"kind": event.actor_kind, "id": event.actor_id}}
    facts |= {"reason": event.reason, **_dates(agreement), "decided_by": agreement.decided_by}
    if agreement.decided_by and agreement.decided_at == event.at:
        facts["provider"] = provider_of(agreement.decided_by, agreement.team.organisation)
    append(package_for(agreement, at=event.at), EntryKind.MOVED, facts, at=event.at)


def provider_of(staff_id: str, organisation: Any) -> dict[str, Any]:
    """Return who signs for the provider: typed name and id, and the drawn signature and seal where there are any."""
    doctor = db.session.get(Staff, staff_id)
    drawn, stamp = imprint_of(staff_id), imprint_of(organisation.id)
    return {
        "id": staff_id,
        "name": doctor.name if doctor else "",
        "title": doctor.title if doctor else "",
        "organisation": organisation.name,
        "signature": {"id": drawn.id, "sha256": drawn.sha256} if drawn else None,
        "seal": {"id": stamp.id, "sha256": stamp.sha256} if stamp else None,
    }


def sha256(text: str | None) -> str | None:
    """Return the hash of a text, None for none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else None


def _dates(agreement: Any) -> dict[str, str | None]:
    days = {name: getattr(agreement, name) for name in ("start_on", "end_on", "agreed_end_on")}
    return {name: day.isoformat() if day else None for name, day in days.items()}


def consent_key(agreement_id: str, key: str) -> str:
    """Return the key that one standing consent has."""
    return f"{agreement_id}:{key}"


def stands(agreement_id: str, key: str) -> bool:
    """Tell whether a consent was not withdrawn. Agreements from before consents were rows have not withdrawn any."""
    rows = select(AgreementConsent.live_key).where(
        AgreementConsent.agreement_id == agreement_id, AgreementConsent.key == key
    )
    found = list(db.session.scalars(rows))
    return not found or any(found)


def imprint_of(owner_id: str) -> Imprint | None:
    """Return the newest signature or seal of an owner."""
    newest = select(Imprint).where(Imprint.owner_id == owner_id)
    return db.session.scalar(newest.order_by(Imprint.created_at.desc(), Imprint.id.desc()).limit(1))
