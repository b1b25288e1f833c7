"""The chain of evidence: what it covers, and that its rules are kept by the database itself."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server import clock
from server.database import db, transaction
from server.models import AgreementConsent, Evidence, EvidenceEntry, Supplement, evidence
from tests import make


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def package(agreement_id: str, *facts: dict[str, Any], algorithm: str = "sha256") -> Evidence:
    with transaction():
        made = evidence.open_package(agreement_id, at=clock.now(), algorithm=algorithm)
        db.session.flush()
        for each in facts:
            evidence.append(made, evidence.EntryKind.MOVED, each, at=clock.now())
    return made


def links(agreement_id: str) -> list[EvidenceEntry]:
    rows = select(EvidenceEntry).where(EvidenceEntry.agreement_id == agreement_id)
    return list(db.session.scalars(rows.order_by(EvidenceEntry.position)))


def test_each_link_covers_the_one_before() -> None:
    made = package(make.agreement().id, {"to": "active"}, {"to": "expired"})
    first, second = links(made.agreement_id)

    assert first.digest == hashlib.sha256(f"{evidence.FIRST}\n{first.manifest}".encode()).hexdigest()
    assert second.digest == hashlib.sha256(f"{first.digest}\n{second.manifest}".encode()).hexdigest()
    assert (made.entries, made.head) == (2, second.digest)
    assert first.facts["to"] == "active" and first.facts["position"] == 0
    assert len({first.mac, second.mac, first.digest, second.digest}) == 4


def test_the_state_hash_can_be_chosen() -> None:
    made = package(make.agreement().id, {"to": "active"}, algorithm="sm3")

    (link,) = links(made.agreement_id)
    assert made.algorithm == "sm3"
    assert evidence.digest_of(evidence.FIRST, link.manifest, "sm3") == link.digest
    assert evidence.digest_of(evidence.FIRST, link.manifest, "sha256") != link.digest
    # GB/T 32905, appendix A: the digest of "abc"
    from cryptography.hazmat.primitives import hashes

    known = hashes.Hash(hashes.SM3())
    known.update(b"abc")
    assert known.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_an_instant_is_one_text_whatever_its_zone() -> None:
    agreement = make.agreement()
    with transaction():
        made = evidence.open_package(agreement.id, at=clock.now())
        db.session.flush()
        link = evidence.append(made, evidence.EntryKind.MOVED, {}, at=clock.local(clock.now()))

    assert link.facts["at"].endswith("+00:00")


def test_one_meaning_is_one_text() -> None:
    assert evidence.canonical({"b": 1, "a": "签"}) == evidence.canonical({"a": "签", "b": 1}) == '{"a":"签","b":1}'


def test_codes_cannot_be_guessed() -> None:
    codes = {package(make.agreement().id).verify_code for _ in range(5)}

    assert len(codes) == 5 and all(len(bytes.fromhex(code)) * 8 >= 128 for code in codes)


def test_manifests_are_encrypted_at_rest() -> None:
    made = package(make.agreement().id, {"name": "张小明"})

    raw = db.session.scalar(text("SELECT manifest FROM evidence_entry"))
    assert "张小明" not in raw and "张小明" in links(made.agreement_id)[0].manifest


def refused(row: Any) -> None:
    with pytest.raises(DBAPIError):
        make.saved(row)


def test_an_agreement_has_one_package_and_one_link_at_a_place() -> None:
    made = package(make.agreement().id, {})
    again = {"agreement_id": made.agreement_id, "head": evidence.FIRST, "algorithm": "sha256", "opened_at": clock.now()}

    refused(Evidence(verify_code="c" * 32, **again))
    refused(
        EvidenceEntry(
            agreement_id=made.agreement_id, position=0, kind="moved", at=clock.now(), manifest="{}",
            digest="0" * 64, mac="0" * 64,
        )
    )  # fmt: skip


def consent(agreement_id: str, **fields: Any) -> AgreementConsent:
    values = {
        "agreement_id": agreement_id, "key": "health_data", "wording": "同意", "version": "1", "is_withdrawable": True,
        "given_at": clock.now(), "given_by": "x", "live_key": evidence.consent_key(agreement_id, "health_data"),
    }  # fmt: skip
    return AgreementConsent(**(values | fields))


def test_a_consent_stands_once() -> None:
    agreement = make.agreement()
    assert evidence.stands(agreement.id, "health_data"), "before consents were rows nobody had withdrawn one"
    make.saved(consent(agreement.id))

    refused(consent(agreement.id))
    refused(consent(agreement.id, live_key=None))
    make.saved(consent(agreement.id, live_key=None, withdrawn_at=clock.now()))
    assert evidence.stands(agreement.id, "health_data")
    with transaction() as session:
        session.execute(text("UPDATE agreement_consent SET live_key = NULL, withdrawn_at = given_at"))
    assert not evidence.stands(agreement.id, "health_data")


def supplement(agreement_id: str, **fields: Any) -> Supplement:
    values = {
        "agreement_id": agreement_id, "number": 1, "kind": "other", "status": "proposed", "open_key": agreement_id,
        "text_body": "补充协议（第1号）", "text_sha256": "0" * 64, "change": "{}", "proposed_at": clock.now(),
        "proposed_by": "x", "provider": {},
    }  # fmt: skip
    return Supplement(**(values | fields))


def test_supplements_are_numbered_and_signed_one_by_one() -> None:
    agreement = make.agreement()
    make.saved(supplement(agreement.id))

    refused(supplement(agreement.id, number=2))
    refused(supplement(agreement.id, status="declined", open_key=None))
    refused(supplement(agreement.id, number=0, status="declined", open_key=None))
    refused(supplement(agreement.id, number=3, status="signed", open_key=None))
    make.saved(supplement(agreement.id, number=2, status="declined", open_key=None))
