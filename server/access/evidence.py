"""Reading the evidence of agreements: the chain, whether anything was changed since, and what a copy shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from server.access.doctor import team_of
from server.database import db
from server.errors import NotFound
from server.models import (
    Agreement,
    AgreementConsent,
    AgreementFile,
    AgreementReceipt,
    Evidence,
    EvidenceEntry,
    Imprint,
    Resident,
    Staff,
    Supplement,
    SupplementStatus,
    evidence,
)
from server.models.evidence import EntryKind
from server.sealing import SealBroken

BATCH = 200


@dataclass(frozen=True)
class Chain:
    """An agreement's package with its links, oldest first."""

    package: Evidence
    entries: list[EvidenceEntry]

    @property
    def first(self) -> dict[str, Any]:
        """What was signed: the manifest of the resident's signature, or what was known when the package was made."""
        kinds = (EntryKind.SIGNED, EntryKind.TAKEN_OVER)
        return next(entry.facts for entry in self.entries if entry.kind in kinds)

    @property
    def accepted(self) -> EvidenceEntry | None:
        """The link of the provider's signature."""
        kinds = (EntryKind.MOVED, EntryKind.TAKEN_OVER)
        return next((entry for entry in self.entries if entry.kind in kinds and entry.facts.get("provider")), None)

    @property
    def accepted_at(self) -> datetime | None:
        """When the provider signed."""
        entry = self.accepted
        if entry is None:
            return None
        told = entry.facts.get("decided_at")
        return datetime.fromisoformat(told) if told else entry.at


def chain_of(agreement: Agreement) -> Chain | None:
    """Return an agreement's chain, None where no package was made yet."""
    package = db.session.scalar(select(Evidence).where(Evidence.agreement_id == agreement.id))
    return Chain(package, _entries(agreement.id)) if package else None


def _entries(agreement_id: str) -> list[EvidenceEntry]:
    rows = select(EvidenceEntry).where(EvidenceEntry.agreement_id == agreement_id)
    return list(db.session.scalars(rows.order_by(EvidenceEntry.position)))


def consents(agreement: Agreement) -> list[AgreementConsent]:
    """Return the consents of an agreement as they were ticked, oldest first."""
    rows = select(AgreementConsent).where(AgreementConsent.agreement_id == agreement.id)
    return list(db.session.scalars(rows.order_by(AgreementConsent.id)))


def supplements(agreement_id: str) -> list[Supplement]:
    """Return the supplements of an agreement by number."""
    rows = select(Supplement).where(Supplement.agreement_id == agreement_id)
    return list(db.session.scalars(rows.order_by(Supplement.number)))


def signed_supplements(agreement_id: str) -> list[Supplement]:
    """Return those both sides signed, by number."""
    return [row for row in supplements(agreement_id) if row.status == SupplementStatus.SIGNED]


def supplement(supplement_id: str, agreement: Agreement) -> Supplement:
    """Return one supplement of an agreement. Raises NotFound."""
    return _one(select(Supplement).where(Supplement.id == supplement_id, Supplement.agreement_id == agreement.id))


def my_supplement(supplement_id: str, resident: Resident) -> Supplement:
    """Return a supplement of one of a resident's own agreements. Raises NotFound, also for somebody else's."""
    mine = select(Supplement).join(Agreement, Agreement.id == Supplement.agreement_id)
    return _one(mine.where(Supplement.id == supplement_id, Agreement.resident_id == resident.id))


def team_supplement(supplement_id: str, staff: Staff) -> Supplement:
    """Return a supplement of one of the team's agreements. Raises NotFound, also for another team's."""
    theirs = select(Supplement).join(Agreement, Agreement.id == Supplement.agreement_id)
    return _one(theirs.where(Supplement.id == supplement_id, Agreement.team_id == team_of(staff).id))


def _one(statement: Select[Supplement]) -> Supplement:
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def files(agreement_id: str) -> list[AgreementFile]:
    """Return the files that were handed out, newest first."""
    rows = select(AgreementFile).where(AgreementFile.agreement_id == agreement_id)
    return list(db.session.scalars(rows.order_by(AgreementFile.id.desc())))


def receipts(agreement_id: str) -> list[AgreementReceipt]:
    """Return who was handed a copy and who read it, oldest first."""
    rows = select(AgreementReceipt).where(AgreementReceipt.agreement_id == agreement_id)
    return list(db.session.scalars(rows.order_by(AgreementReceipt.id)))


def by_code(code: str) -> Agreement | None:
    """Return the agreement behind a verification code."""
    return db.session.scalar(
        select(Agreement).join(Evidence, Evidence.agreement_id == Agreement.id).where(Evidence.verify_code == code)
    )


# ---------------------------------------------------------------- was anything changed?


def problems(agreement_id: str) -> list[str]:
    """Return what no longer is as it was signed, by codes; empty when everything is.

    Codes: unreadable, chain, text, signature, status, dates, consents, supplements, imprints, no_package.
    """
    try:
        agreement = db.session.scalar(
            select(Agreement).where(Agreement.id == agreement_id).execution_options(populate_existing=True)
        )
        if agreement is None:
            return ["missing"]
        chain = chain_of(agreement)
        if chain is None:
            return ["no_package"]
        return [code for code, is_changed in _checks(agreement, chain) if is_changed]
    except SealBroken:
        return ["unreadable"]


def _checks(agreement: Agreement, chain: Chain) -> Iterator[tuple[str, bool]]:
    yield "chain", not _is_whole(chain)
    if not chain.entries:
        return
    signed = chain.first
    text = evidence.sha256(agreement.text_body)
    yield "text", not text == agreement.text_sha256 == signed["text"]["sha256"]
    yield "signature", evidence.sha256(agreement.signature) != signed["signature"]["sha256"]
    steps = [entry.facts for entry in chain.entries if entry.kind == EntryKind.MOVED]
    last = steps[-1] if steps else signed
    yield "status", bool(steps) and str(agreement.status) != last["to"]
    yield "dates", bool(steps) and _days(agreement) != [last["start_on"], last["end_on"], last["agreed_end_on"]]
    yield "consents", not _consents_agree(agreement, chain)
    yield "supplements", not _supplements_agree(agreement.id, chain)
    yield "imprints", not _imprints_agree(chain)


def _is_whole(chain: Chain) -> bool:
    previous = evidence.FIRST
    for position, entry in enumerate(chain.entries):
        digest = evidence.digest_of(previous, entry.manifest, chain.package.algorithm)
        facts = entry.facts
        told = (facts["agreement"], facts["position"], facts["kind"])
        if told != (chain.package.agreement_id, position, str(entry.kind)) or facts["at"] != entry.at.isoformat():
            return False
        if entry.position != position or entry.digest != digest or entry.mac != evidence.mac_of(digest):
            return False
        previous = digest
    return bool(chain.entries) and (chain.package.entries, chain.package.head) == (len(chain.entries), previous)


def _days(agreement: Agreement) -> list[str | None]:
    days = (agreement.start_on, agreement.end_on, agreement.agreed_end_on)
    return [day.isoformat() if day else None for day in days]


def _consents_agree(agreement: Agreement, chain: Chain) -> bool:
    """Each row was witnessed with its wording, and stands or not as the chain says last."""
    rows = consents(agreement)
    worded = {(one["key"], one["wording"]) for one in chain.first.get("consents", []) if "wording" in one}
    stands: dict[str, bool] = {one["key"]: True for one in chain.first.get("consents", [])}
    for entry in chain.entries:
        if entry.kind == EntryKind.CONSENT:
            worded.add((entry.facts["key"], entry.facts["wording"]))
            stands[entry.facts["key"]] = entry.facts["is_given"]
    held = {key: any(row.live_key for row in rows if row.key == key) for key, _ in worded}
    return held == {key: stands[key] for key in held} and all((row.key, row.wording) in worded for row in rows)


def _supplements_agree(agreement_id: str, chain: Chain) -> bool:
    witnessed = {
        entry.facts["number"]: (entry.facts["text_sha256"], entry.facts["signature_sha256"])
        for entry in chain.entries
        if entry.kind == EntryKind.SUPPLEMENT and entry.facts["to"] == SupplementStatus.SIGNED
    }
    rows = signed_supplements(agreement_id)
    held = {row.number: (evidence.sha256(row.text_body), evidence.sha256(row.signature)) for row in rows}
    return held == witnessed


def _imprints_agree(chain: Chain) -> bool:
    for entry in chain.entries:
        provider = entry.facts.get("provider") or {}
        for used in filter(None, (provider.get("signature"), provider.get("seal"))):
            imprint = db.session.get(Imprint, used["id"])
            if imprint is None or evidence.sha256(imprint.image) != used["sha256"]:
                return False
    return True


def numbers(number: str = "") -> Iterator[tuple[str, str]]:
    """Return id and number of all agreements, portion by portion; or of the one that has a number."""
    after = ""
    while True:
        rows = select(Agreement.id, Agreement.number).where(Agreement.id > after).order_by(Agreement.id).limit(BATCH)
        found = db.session.execute(rows.where(Agreement.number == number) if number else rows).all()
        yield from ((str(row.id), str(row.number)) for row in found)
        if len(found) < BATCH:
            return
        after = found[-1].id


def imprint_of(owner_id: str) -> Imprint | None:
    """Return the signature or seal that is used now."""
    return evidence.imprint_of(owner_id)
