"""Copies of an agreement (协议副本): both sides open the identical file, and it is noted who was handed it and who read it."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from server import clock, paper
from server.access import evidence as reading
from server.access import papers
from server.database import db, retried, transaction
from server.errors import Conflict
from server.models import (
    Agreement,
    AgreementFile,
    AgreementReceipt,
    Supplement,
    SupplementStatus,
    audit,
    evidence,
    states,
)
from server.models.actor import Actor
from server.models.evidence import Party


class NoCopyYet(Conflict):
    """Only one side has signed."""

    code, default_message = "no_copy_yet", "双方都签署后才有协议副本，请等待团队确认"


class Copy(NamedTuple):
    """One file: its bytes, and the row that says what it is."""

    content: bytes
    file: AgreementFile


def has_copy(agreement: Agreement) -> bool:
    """Tell whether both sides have signed, so that there is something to keep."""
    return agreement.start_on is not None


def issue(agreement: Agreement, party: Party, *, address: str, extra_font: str = "", by: Actor) -> Copy:
    """Return the agreement's file as it stands now, and note that it was handed to this party (AG-06).

    The file is drawn outside of any transaction, from what was frozen; the same bytes for everybody.

    Args:
        address: our public address, for the QR code; the one of the first copy stays.
    Raises:
        NoCopyYet, paper.FontMissing, paper.GlyphMissing.
    """
    if not has_copy(agreement):
        raise NoCopyYet()
    chain = reading.chain_of(agreement)
    if chain is None:
        _package(agreement)
        chain = reading.chain_of(agreement)
        assert chain is not None
    edition = _edition(agreement)
    before = next((row for row in reading.files(agreement.id) if row.edition == edition), None)
    address = before.address if before else address
    content = paper.render(papers.paper_of(agreement, chain, address=address, edition=edition), extra_font=extra_font)
    sha256 = hashlib.sha256(content).hexdigest()
    file = _known(agreement, sha256)
    if file is None or not _has_receipt(agreement, party, "delivered", sha256):
        file = _noted(agreement, party, sha256, len(content), edition, address, by)
    return Copy(content, file)


def _edition(agreement: Agreement) -> int:
    signed = select(func.count(Supplement.id)).where(
        Supplement.agreement_id == agreement.id, Supplement.status == SupplementStatus.SIGNED
    )
    return db.session.scalar(signed) or 0


def _known(agreement: Agreement, sha256: str) -> AgreementFile | None:
    rows = select(AgreementFile).where(AgreementFile.agreement_id == agreement.id, AgreementFile.sha256 == sha256)
    return db.session.scalar(rows)


def _has_receipt(agreement: Agreement, party: Party, event: str, sha256: str) -> bool:
    rows = select(AgreementReceipt.id).where(
        AgreementReceipt.agreement_id == agreement.id,
        AgreementReceipt.party == party,
        AgreementReceipt.event == event,
        AgreementReceipt.sha256 == sha256,
    )
    return db.session.scalar(rows) is not None


@retried
def _package(agreement: Agreement) -> None:
    """Make the package of an agreement from before there were any."""
    at = clock.now()
    with transaction():
        evidence.package_for(agreement, at=at)


def _noted(
    agreement: Agreement, party: Party, sha256: str, size: int, edition: int, address: str, by: Actor
) -> AgreementFile:
    try:
        return _note(agreement, party, sha256, size, edition, address, by)
    except IntegrityError:  # somebody opened it in the same moment: once more, seeing his rows
        return _note(agreement, party, sha256, size, edition, address, by)


@retried
def _note(
    agreement: Agreement, party: Party, sha256: str, size: int, edition: int, address: str, by: Actor
) -> AgreementFile:
    at = clock.now()
    with transaction() as session:
        file = _known(agreement, sha256)
        if file is None:
            file = AgreementFile(
                agreement_id=agreement.id,
                edition=edition,
                sha256=sha256,
                size=size,
                renderer=paper.RENDERER,
                address=address,
                issued_at=at,
            )
            session.add(file)
        if not _has_receipt(agreement, party, "delivered", sha256):
            session.add(_receipt(agreement, party, "delivered", sha256, at, by))
            audit.record("agreement_copy_delivered", agreement, by=by, at=at)
    return file


def _receipt(agreement: Agreement, party: Party, event: str, sha256: str, at: datetime, by: Actor) -> AgreementReceipt:
    return AgreementReceipt(
        agreement_id=agreement.id, party=party, event=event, sha256=sha256, at=at, by=by.id, client_address=by.source
    )


def confirm_read(agreement: Agreement, party: Party, sha256: str, *, by: Actor) -> None:
    """Note that a party has opened and read a file that was handed to it; twice is once.

    Raises:
        states.IllegalMove: this party was never handed such a file.
    """
    try:
        _confirm_read(agreement, party, sha256, by=by)
    except IntegrityError:
        return  # two taps at once


@retried
def _confirm_read(agreement: Agreement, party: Party, sha256: str, *, by: Actor) -> None:
    at = clock.now()
    with transaction() as session:
        if not _has_receipt(agreement, party, "delivered", sha256):
            raise states.IllegalMove("请先打开协议文件")
        if _has_receipt(agreement, party, "read", sha256):
            return
        session.add(_receipt(agreement, party, "read", sha256, at, by))
        audit.record("agreement_copy_read", agreement, by=by, at=at)
