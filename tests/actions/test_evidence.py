"""What a signing leaves behind, that nobody changes it unseen, and what can be taken back (domain.md §6.4, §8)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from server import clock, policy
from server.access import evidence as reading
from server.actions import booking, followups, housekeeping, signing
from server.actions.followups.refusals import HealthConsentMissing
from server.database import db, transaction
from server.errors import NotFound
from server.models import (
    Agreement,
    AgreementConsent,
    AgreementReceipt,
    AgreementStatus,
    Entitlement,
    Evidence,
    EvidenceEntry,
    Imprint,
    Notification,
    PackageItem,
    Programme,
    Resident,
    Staff,
    Supplement,
    SupplementKind,
    SupplementStatus,
    evidence,
    states,
)
from server.models.actor import Actor, ActorKind
from server.models.evidence import Party
from tests import make
from tests.paper.test_drawing import drawn

POLICY = policy.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "R" * 26, "10.0.0.7")
ADDRESS = "https://fd.example.cn"


@pytest.fixture(name="at")
def _at(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("clock")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def url() -> str:
    import base64

    return "data:image/png;base64," + base64.b64encode(drawn()).decode()


def doctor_of(agreement: Agreement) -> Staff:
    assert agreement.team.lead is not None
    return agreement.team.lead


def by_doctor(agreement: Agreement) -> Actor:
    return Actor(ActorKind.STAFF, doctor_of(agreement).id, "10.0.0.9")


def requested(rules: Any = POLICY, **fields: Any) -> Agreement:
    resident, team, package = fields.pop("resident", None) or make.resident(), make.team(), make.package()
    wish = signing.Wish(
        team=team,
        package=package,
        text_sha256=signing.document(resident, team, package, rules).sha256,
        consents=tuple(rules.signing.consents),
        signature=url(),
        device="MicroMessenger/8.0",
    )
    agreement, _ = signing.request(resident, wish, policy=rules, by=BY)
    return agreement


def accepted(agreement: Agreement | None = None) -> Agreement:
    agreement = agreement or requested()
    return signing.accept(agreement, policy=POLICY, by=by_doctor(agreement), staff=doctor_of(agreement))


def entries(agreement: Agreement) -> list[EvidenceEntry]:
    chain = reading.chain_of(agreement)
    return chain.entries if chain else []


# ---------------------------------------------------------------- what is kept


def test_a_signing_is_kept_whole() -> None:
    agreement = requested()

    (signed,) = entries(agreement)
    facts = signed.facts
    assert facts["text"]["template"] == POLICY.records.template and facts["text"]["version"]
    assert facts["text"]["sha256"] == agreement.text_sha256 == evidence.sha256(agreement.text_body)
    assert facts["snapshot"]["resident"]["identity_number"] == agreement.resident.identity_number
    assert facts["snapshot"]["package"]["version"] == 1 and facts["price"]["total_fen"] == 1000
    assert facts["signature"]["sha256"] == evidence.sha256(agreement.signature)
    assert facts["operator"] == {"kind": "resident", "id": BY.id}
    assert (facts["channel"], facts["device"], facts["client_address"]) == (
        "miniprogram",
        "MicroMessenger/8.0",
        "10.0.0.7",
    )
    assert facts["identity_check"] == "verified" and facts["policy"]["id"] == agreement.policy_id
    assert reading.problems(agreement.id) == []


def test_each_consent_is_a_row_with_the_words_beside_its_tick() -> None:
    agreement = requested()

    rows = reading.consents(agreement)
    assert {row.key for row in rows} == set(POLICY.signing.consents)
    assert all(row.wording and row.given_at and row.live_key for row in rows)
    assert entries(agreement)[0].facts["consents"][0].keys() == {"key", "wording", "version", "given_at"}


def test_what_is_kept_is_kept_in_the_transaction_that_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no place to keep it")

    monkeypatch.setattr(evidence, "append", broken)
    with pytest.raises(RuntimeError):
        requested()

    assert db.session.scalar(select(func.count(Agreement.id))) == 0


def test_the_provider_signs_with_name_number_and_time() -> None:
    agreement = accepted()

    step = entries(agreement)[1]
    assert step.facts["to"] == "active" and step.facts["start_on"] == agreement.start_on.isoformat()  # type: ignore[union-attr]
    provider = step.facts["provider"]
    assert (provider["id"], provider["name"]) == (doctor_of(agreement).id, doctor_of(agreement).name)
    assert provider["organisation"] == agreement.team.organisation.name
    assert (provider["signature"], provider["seal"]) == (None, None)
    assert reading.problems(agreement.id) == []


def test_a_drawn_signature_and_a_seal_are_used_from_then_on() -> None:
    first = accepted()
    team = first.team
    signing.keep_signature(doctor_of(first), url(), by=by_doctor(first))
    signing.keep_seal(team.organisation, drawn(), by=by_doctor(first))
    agreement = make.agreement(team=team, status=AgreementStatus.PENDING_TEAM)
    signing.accept(agreement, policy=POLICY, by=by_doctor(first), staff=doctor_of(first))

    provider = entries(agreement)[-1].facts["provider"]
    assert provider["signature"]["sha256"] == evidence.imprint_of(doctor_of(first).id).sha256  # type: ignore[union-attr]
    assert provider["seal"] and reading.problems(agreement.id) == []
    before = copy(first, Party.RESIDENT)
    assert before == copy(first, Party.TEAM), "a later seal does not reach an older agreement"


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"x" * 400_000])
def test_only_a_picture_is_a_seal(content: bytes) -> None:
    with pytest.raises(signing.SealInvalid):
        signing.keep_seal(make.organisation(), content, by=BY)


def test_every_later_step_joins_the_chain() -> None:
    agreement = accepted()
    signing.close(agreement, signing.Event.MOVED, clock.today(), by=by_doctor(agreement))

    assert [entry.facts.get("to") for entry in entries(agreement)] == [None, "active", "closed_moved"]
    assert entries(agreement)[-1].facts["reason"] == "moved"
    assert reading.problems(agreement.id) == []


def test_an_agreement_from_before_gets_its_package_with_the_next_step() -> None:
    agreement = make.agreement(status=AgreementStatus.ACTIVE)
    assert reading.problems(agreement.id) == ["no_package"]

    signing.close(agreement, signing.Event.MOVED, clock.today(), by=BY)

    assert [str(entry.kind) for entry in entries(agreement)] == ["taken_over", "moved"]
    assert reading.problems(agreement.id) == []


def test_the_state_hash_where_the_region_wants_it() -> None:
    records = POLICY.records.model_copy(update={"evidence_hash": "sm3"})
    agreement = accepted(requested(POLICY.model_copy(update={"records": records})))

    assert reading.chain_of(agreement).package.algorithm == "sm3"  # type: ignore[union-attr]
    assert reading.problems(agreement.id) == []


# ---------------------------------------------------------------- tampering is found


def tampered(agreement: Agreement, statement: str, **values: Any) -> list[str]:
    agreement_id = agreement.id
    with transaction() as session:
        session.execute(text(statement), {"id": agreement_id, **values})
    db.session.expire_all()
    return reading.problems(agreement_id)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE agreement SET end_on = '2099-12-31' WHERE id = :id", ["dates"]),
        ("UPDATE agreement SET text_sha256 = :zeros WHERE id = :id", ["text"]),
        ("UPDATE agreement SET text_body = 'x' WHERE id = :id", ["unreadable"]),
        ("UPDATE agreement SET signature = NULL WHERE id = :id", ["signature"]),
        ("UPDATE agreement SET status = 'termination_requested' WHERE id = :id", ["status"]),
        ("UPDATE agreement_consent SET wording = '我同意一切' WHERE agreement_id = :id", ["consents"]),
        (
            "UPDATE agreement_consent SET live_key = NULL, withdrawn_at = given_at WHERE agreement_id = :id",
            ["consents"],
        ),
        ("DELETE FROM agreement_consent WHERE agreement_id = :id", ["consents"]),
        ("DELETE FROM evidence_entry WHERE agreement_id = :id AND position = 1", ["chain", "status", "dates"]),
        ("UPDATE evidence_entry SET digest = :zeros WHERE agreement_id = :id AND position = 1", ["chain"]),
        ("UPDATE evidence_entry SET mac = :zeros WHERE agreement_id = :id AND position = 0", ["chain"]),
        ("UPDATE evidence_entry SET manifest = 'x' WHERE agreement_id = :id AND position = 0", ["unreadable"]),
        ("UPDATE evidence SET head = :zeros WHERE agreement_id = :id", ["chain"]),
    ],
)
def test_a_changed_row_is_found(statement: str, found: list[str]) -> None:
    agreement = accepted()
    problems = tampered(agreement, statement, **({"zeros": "0" * 64} if ":zeros" in statement else {}))

    assert [code for code in problems if code in found] and set(problems) <= {*found, "status", "dates"}


def test_a_chain_written_anew_lacks_the_key() -> None:
    """Whoever can write to the database can hash, but cannot sign the hashes."""
    agreement = accepted()
    last = entries(agreement)[-1]
    forged = evidence.canonical({**last.facts, "end_on": "2099-12-31"})
    digest = evidence.digest_of(entries(agreement)[0].digest, forged, "sha256")
    with transaction() as session:
        row = session.get_one(EvidenceEntry, last.id)
        row.manifest, row.digest = forged, digest
        session.execute(text("UPDATE evidence SET head = :digest"), {"digest": digest})
        session.execute(text("UPDATE agreement SET end_on = '2099-12-31'"))
    db.session.expire_all()

    assert reading.problems(agreement.id) == ["chain"]


def test_another_seal_put_in_afterwards_is_found() -> None:
    agreement = requested()
    signing.keep_signature(doctor_of(agreement), url(), by=by_doctor(agreement))
    accepted(agreement)
    assert reading.problems(agreement.id) == []
    with transaction() as session:
        session.scalars(select(Imprint)).one().image = "data:image/png;base64,AAAA"
    db.session.expire_all()

    assert reading.problems(agreement.id) == ["imprints"]


def test_the_command_reports_what_was_changed(app: Any) -> None:
    whole, changed = accepted(), accepted()
    tampered(changed, "UPDATE agreement SET end_on = '2099-12-31' WHERE id = :id")

    answer = app.test_cli_runner().invoke(args=["verify-evidence"])

    assert answer.exit_code == 1
    assert changed.number in answer.output and "dates" in answer.output and whole.number not in answer.output
    assert app.test_cli_runner().invoke(args=["verify-evidence", "--number", whole.number]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["verify-evidence", "--number", "nothing"]).exit_code == 1


# ---------------------------------------------------------------- the copy


def copy(agreement: Agreement, party: Party, **fields: Any) -> bytes:
    return signing.issue(agreement, party, **({"address": ADDRESS, "by": BY} | fields)).content


def receipts(agreement: Agreement) -> list[tuple[str, str]]:
    rows = select(AgreementReceipt).where(AgreementReceipt.agreement_id == agreement.id).order_by(AgreementReceipt.id)
    return [(str(row.party), row.event) for row in db.session.scalars(rows)]


def test_both_sides_hold_the_identical_file() -> None:
    agreement = accepted()

    first = copy(agreement, Party.RESIDENT)
    assert (
        first == copy(agreement, Party.TEAM, address="https://moved.example.cn") == copy(agreement, Party.INSTITUTION)
    )
    assert receipts(agreement) == [("resident", "delivered"), ("team", "delivered"), ("institution", "delivered")]
    assert [(file.edition, file.size) for file in reading.files(agreement.id)] == [(0, len(first))]


def test_the_file_says_the_same_whatever_happens_later() -> None:
    agreement = accepted()
    first = copy(agreement, Party.RESIDENT)
    with transaction():
        agreement.team.name = "改名后的团队"
        agreement.resident.name = "李四"
        doctor_of(agreement).name = "王医生"
    signing.close(agreement, signing.Event.MOVED, clock.today(), by=BY)

    assert copy(agreement, Party.RESIDENT) == first


def test_before_both_have_signed_there_is_no_copy() -> None:
    with pytest.raises(signing.NoCopyYet):
        copy(requested(), Party.RESIDENT)


def test_a_copy_of_an_agreement_from_before() -> None:
    agreement = make.agreement()

    assert copy(agreement, Party.RESIDENT) == copy(agreement, Party.TEAM)
    assert [str(entry.kind) for entry in entries(agreement)] == ["taken_over"]


def test_reading_is_noted_once_and_only_of_what_was_handed_over() -> None:
    agreement = accepted()
    with pytest.raises(states.IllegalMove):
        signing.confirm_read(agreement, Party.RESIDENT, "0" * 64, by=BY)
    file = signing.issue(agreement, Party.RESIDENT, address=ADDRESS, by=BY).file

    signing.confirm_read(agreement, Party.RESIDENT, file.sha256, by=BY)
    signing.confirm_read(agreement, Party.RESIDENT, file.sha256, by=BY)

    assert receipts(agreement) == [("resident", "delivered"), ("resident", "read")]


# ---------------------------------------------------------------- consents


def test_a_consent_taken_back_no_longer_stands() -> None:
    agreement = accepted()
    slot = make.slot()

    signing.withdraw_consent(agreement, "share_with_hospitals", by=BY)
    signing.withdraw_consent(agreement, "share_with_hospitals", by=BY)

    with pytest.raises(booking.SharingNotAllowed):
        booking.reserve(slot.id, agreement.resident, policy=POLICY, by=BY)
    rows = [row for row in reading.consents(agreement) if row.key == "share_with_hospitals"]
    assert [bool(row.withdrawn_at) for row in rows] == [True]
    assert reading.problems(agreement.id) == []

    signing.give_consent(agreement, "share_with_hospitals", by=BY)
    signing.give_consent(agreement, "share_with_hospitals", by=BY)
    assert booking.reserve(slot.id, agreement.resident, policy=POLICY, by=BY)[1]
    rows = [row for row in reading.consents(agreement) if row.key == "share_with_hospitals"]
    assert [bool(row.live_key) for row in rows] == [False, True]
    assert [entry.facts.get("is_given") for entry in entries(agreement)][2:] == [False, True]
    assert reading.problems(agreement.id) == []


def test_without_the_consent_no_new_programme_begins() -> None:
    agreement = accepted()
    signing.withdraw_consent(agreement, "health_data", by=BY)

    with pytest.raises(HealthConsentMissing):
        followups.enrol(agreement.resident, Programme.HTN, clock.today(), by=by_doctor(agreement), policy=POLICY)


def test_the_team_hears_of_it() -> None:
    agreement = accepted()
    make.user(staff=doctor_of(agreement))

    signing.withdraw_consent(agreement, "health_data", by=BY)

    assert db.session.scalar(select(func.count(Notification.id)).where(Notification.kind == "consent_withdrawn")) == 1


def test_the_confirmation_of_signing_itself_cannot_be_taken_back() -> None:
    with pytest.raises(signing.NotWithdrawable):
        signing.withdraw_consent(accepted(), "service_content", by=BY)
    with pytest.raises(NotFound):
        signing.withdraw_consent(accepted(), "something", by=BY)


def test_an_agreement_from_before_can_take_one_back_too() -> None:
    agreement = make.agreement(consents=["service_content", "health_data"])

    signing.withdraw_consent(agreement, "health_data", by=BY)

    assert not evidence.stands(agreement.id, "health_data") and evidence.stands(agreement.id, "service_content")
    assert reading.problems(agreement.id) == []


def test_a_renewal_carries_no_consent_that_was_taken_back(at: Any) -> None:
    agreement = accepted()
    signing.withdraw_consent(agreement, "share_with_hospitals", by=BY)
    assert agreement.end_on is not None
    at.set(f"{agreement.end_on - timedelta(days=5)} 09:00")

    successor, _ = signing.renew(agreement, policy=POLICY, by=BY)

    assert "share_with_hospitals" not in successor.consents and "health_data" in successor.consents
    assert {row.key for row in reading.consents(successor)} == set(successor.consents)
    old = {row.key: row.given_at for row in reading.consents(agreement)}
    assert all(row.given_at == old[row.key] for row in reading.consents(successor)), "given when it was ticked"


# ---------------------------------------------------------------- supplements


def offered(agreement: Agreement, **fields: Any) -> Supplement:
    change = signing.Change(**({"kind": SupplementKind.CONTACT, "phone": "13911112222"} | fields))
    return signing.propose(agreement, change, signer=doctor_of(agreement), by=by_doctor(agreement))


def signed(row: Supplement) -> Supplement:
    return signing.sign_supplement(row, text_sha256=row.text_sha256, signature=url(), by=BY)


def test_a_supplement_holds_once_both_have_signed() -> None:
    agreement = accepted()
    first = copy(agreement, Party.RESIDENT)
    row = offered(agreement, address="北街2号")
    assert agreement.resident.phone == "13800000000" and copy(agreement, Party.RESIDENT) == first

    assert signed(signed(row)).status == SupplementStatus.SIGNED

    resident = db.session.get_one(Resident, agreement.resident_id, populate_existing=True)
    assert (resident.phone, resident.address) == ("13911112222", "北街2号")
    second = copy(agreement, Party.RESIDENT)
    assert second != first and second == copy(agreement, Party.TEAM)
    assert [file.edition for file in reading.files(agreement.id)] == [1, 0]
    assert "13911112222" in row.text_body and agreement.number in row.text_body
    assert reading.problems(agreement.id) == []


def test_a_supplement_changes_the_package() -> None:
    agreement = accepted()
    other = make.package(name="中级服务包", price_fen=6000, public_health_fen=5700, insurance_fen=300)
    make.saved(PackageItem(package_id=other.id, position=1, name="血糖测量", times_per_year=12))

    row = signed(offered(agreement, kind=SupplementKind.PACKAGE, package=other))

    assert agreement.package_id == other.id
    assert "中级服务包" in row.text_body and "60.00元" in row.text_body and "血糖测量（每年12次）" in row.text_body
    promised = {one.name: one for one in db.session.scalars(select(Entitlement))}
    assert promised["血糖测量"].until_on == agreement.end_on
    assert reading.problems(agreement.id) == []


def test_the_old_package_promises_nothing_any_more(at: Any) -> None:
    agreement = requested()
    make.saved(PackageItem(package_id=agreement.package_id, position=1, name="血压测量", times_per_year=4))
    accepted(agreement)
    at.advance(days=40)

    signed(offered(agreement, kind=SupplementKind.PACKAGE, package=make.package()))

    (old,) = db.session.scalars(select(Entitlement).where(Entitlement.name == "血压测量"))
    assert old.until_on == clock.today() - timedelta(days=1)


def test_a_supplement_collects_no_money() -> None:
    dear = make.package(price_fen=6000, public_health_fen=700, insurance_fen=300, self_pay_fen=5000)

    with pytest.raises(signing.PackageCostsMore):
        offered(accepted(), kind=SupplementKind.PACKAGE, package=dear)
    with pytest.raises(signing.PackageNotOffered):
        offered(accepted(), kind=SupplementKind.PACKAGE, package=make.package(is_offered=False))


def test_supplements_are_numbered_one_after_the_other() -> None:
    agreement = accepted()
    first = offered(agreement)
    with pytest.raises(signing.SupplementWaiting):
        offered(agreement, kind=SupplementKind.OTHER, note="每周一随访")
    signing.decline_supplement(first, by=BY)
    second = signed(offered(agreement, kind=SupplementKind.OTHER, note="每周一随访"))

    assert (first.number, second.number) == (1, 2)
    assert second.text_body.startswith("补充协议（第2号）")
    assert agreement.resident.phone == "13800000000"
    with pytest.raises(states.IllegalMove):
        signed(first)


def test_a_supplement_taken_back_cannot_be_signed() -> None:
    row = offered(accepted())
    signing.take_back_supplement(row, by=BY)

    with pytest.raises(states.IllegalMove):
        signed(row)


@pytest.mark.parametrize(
    "change",
    [
        {"phone": ""},
        {"kind": SupplementKind.OTHER, "note": "  "},
        {"kind": SupplementKind.PACKAGE},
    ],
)
def test_an_empty_supplement_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(signing.NothingChanges):
        offered(accepted(), **change)


def test_another_text_than_shown_is_refused() -> None:
    row = offered(accepted())

    with pytest.raises(signing.TextChanged):
        signing.sign_supplement(row, text_sha256="0" * 64, signature=url(), by=BY)
    with pytest.raises(signing.SignatureInvalid):
        signing.sign_supplement(row, text_sha256=row.text_sha256, signature="x", by=BY)


def test_only_an_agreement_in_force_is_supplemented() -> None:
    with pytest.raises(signing.NotInForce):
        offered(requested())
    agreement = accepted()
    row = offered(agreement)
    signing.close(agreement, signing.Event.MOVED, clock.today(), by=BY)

    assert row.status == SupplementStatus.OVERTAKEN
    assert reading.problems(agreement.id) == []


def test_a_changed_supplement_is_found() -> None:
    agreement = accepted()
    signed(offered(agreement))
    with transaction() as session:
        session.scalars(select(Supplement)).one().text_body = "补充协议（第1号）\n一切作废"
    db.session.expire_all()

    assert reading.problems(agreement.id) == ["supplements"]


# ---------------------------------------------------------------- kept for long


def test_housekeeping_never_deletes_evidence(at: Any) -> None:
    """Kept at least as long as the region says after the end; no job knows how to delete it."""
    agreement = accepted()
    copy(agreement, Party.RESIDENT)
    signed(offered(agreement))
    signing.close(agreement, signing.Event.MOVED, clock.today(), by=BY)
    kept = (Agreement, Evidence, EvidenceEntry, AgreementConsent, AgreementReceipt, Supplement)
    before = [db.session.scalar(select(func.count(model.id))) for model in kept]  # type: ignore[attr-defined]

    at.advance(days=366 * (POLICY.records.retention_years + 50))
    while housekeeping.delete_next_batch():
        pass

    assert all(before) and [db.session.scalar(select(func.count(model.id))) for model in kept] == before  # type: ignore[attr-defined]
    assert reading.problems(agreement.id) == []
