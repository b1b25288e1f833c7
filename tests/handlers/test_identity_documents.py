"""POST /api/me/identity with every document a person may register himself with (domain.md §3.1)."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock
from server.database import db
from server.models import AuditEvent, Resident
from server.policy import identity, texts
from tests import make
from tests.handlers.problem import refused, rows

VERSION, _ = texts.privacy()
BORN = {"birth_on": "1990-01-31", "sex": 2}


def stranger() -> dict[str, str]:
    return make.session_of(make.user(consent=VERSION))


def bind(client: FlaskClient, kind: str, number: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    body = {"name": "林秀英", "document_type": kind, "number": number, **more}
    return client.post("/api/me/identity", json=body, headers=headers or stranger())


def stored() -> Resident:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Resident)).one()


@pytest.mark.parametrize(
    ("kind", "number", "more", "nationality", "masked"),
    [
        ("01", "510799195003150016", {}, "CHN", "510***********0016"),
        ("03C", "e12345678", BORN, "CHN", "E1*****78"),
        ("03F", "AB 1234567", BORN | {"nationality": "FRA"}, "FRA", "AB*****67"),
        ("06", "H0123456701", BORN, "CHN", "H0*****67"),
        ("06N", "HA1234567", BORN | {"nationality": "GBR"}, "GBR", "HA*****67"),
        ("07", "00123456", BORN, "CHN", "00****56"),
        ("08", "810000188001150034", {}, "CHN", "810***********0034"),
        ("09", "95199919850307001X", {"nationality": "USA"}, "USA", "951***********001X"),
    ],
)
def test_each_document_registers_its_holder(
    client: FlaskClient, kind: str, number: str, more: dict[str, Any], nationality: str, masked: str
) -> None:
    answer = bind(client, kind, number, **more)

    assert (answer.status_code, answer.json["identity_masked"]) == (200, masked), answer.text
    found = stored()
    assert (found.document_type, found.nationality) == (kind, nationality)
    if more.get("birth_on"):
        assert (found.birth_on.isoformat(), found.sex) == ("1990-01-31", 2)
    assert number.replace(" ", "").upper() not in answer.text


@pytest.mark.parametrize("kind", ["01L", "02", "09L", "10", "90", "99", "", "1"])
def test_documents_of_the_centres_books_are_not_for_the_person(client: FlaskClient, kind: str) -> None:
    refused(bind(client, kind, "510799195003150016"), 422, "invalid_input")

    assert rows()["resident"] == 0


@pytest.mark.parametrize(
    ("kind", "number", "more", "code"),
    [
        ("03F", "AB1234567", {}, "identity_incomplete"),
        ("03F", "AB1234567", BORN, "identity_incomplete"),
        ("03F", "AB1234567", BORN | {"nationality": "CHN"}, "id_mismatch"),
        ("03F", "AB1234567", BORN | {"nationality": "ZZZ"}, "nationality_unknown"),
        ("03F", "AB1234567", BORN | {"nationality": "FRA", "birth_on": "2999-01-01"}, "id_birthdate"),
        ("03C", "E12345678", BORN | {"nationality": "FRA"}, "id_mismatch"),
        ("01", "510799195003150016", {"birth_on": "1951-03-15"}, "id_mismatch"),
        ("01", "510799195003150016", {"sex": 2}, "id_mismatch"),
        ("01", "810000188001150034", {}, "id_region"),
        ("06", "M7654321", BORN, "id_format"),
        ("08", "810000188001150035", {}, "id_checksum"),
        ("09", "95199919850307001X", {}, "identity_incomplete"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(
    client: FlaskClient, kind: str, number: str, more: dict[str, Any], code: str
) -> None:
    before = rows()

    problem = refused(bind(client, kind, number, **more), 400, code)

    assert number not in str(problem) and rows()["resident"] == before["resident"]


def test_what_is_missing_is_named(client: FlaskClient) -> None:
    problem = refused(bind(client, "06N", "HA1234567", sex=1), 400, "identity_incomplete")

    assert problem["details"] == {"fields": ["birth_on", "nationality"]}


@pytest.mark.parametrize("more", [{"sex": 0}, {"sex": "男"}, {"birth_on": "31.1.1990"}, {"nationality": "fra"}])
def test_fields_of_another_shape_are_named(client: FlaskClient, more: dict[str, Any]) -> None:
    problem = refused(bind(client, "03F", "AB1234567", **more), 422, "invalid_input")

    assert problem["details"] == {"fields": list(more)}


def test_the_same_permit_before_and_after_a_renewal_is_one_person(client: FlaskClient) -> None:
    headers = stranger()

    first = bind(client, "06", "H0123456701", headers, **BORN)

    assert bind(client, "06", "H0123456702", headers, **BORN).json == first.json
    assert rows()["resident"] == 1


def test_somebody_imported_with_fifteen_digits_is_found_by_his_card(client: FlaskClient) -> None:
    old = identity.check(identity.DocumentType.ID_CARD_15, "510799660315001", clock.today())
    made = make.resident(
        name="林秀英", document_type="01L", identity_number=old.number, birth_on=old.birth_on, sex=old.sex
    )

    assert bind(client, "01", "510799196603150014").status_code == 200

    assert stored().id == made.id and stored().identity_hash == Resident.hash_of(*old.key)


def test_one_number_of_two_kinds_is_two_people(client: FlaskClient) -> None:
    bind(client, "03C", "E12345678", **BORN)
    bind(client, "03F", "E12345678", **BORN, nationality="FRA")

    assert rows()["resident"] == 2


def test_a_known_passport_with_another_birth_date_proves_nothing(client: FlaskClient) -> None:
    number = "AB1234567"
    hashed = Resident.hash_of("03F", number)
    make.resident(name="林秀英", document_type="03F", identity_number=number, identity_hash=hashed, nationality="FRA")

    refused(bind(client, "03F", number, **BORN, nationality="FRA"), 409, "identity_taken")


def test_what_is_odd_is_taken_and_written_down_for_staff(client: FlaskClient) -> None:
    bind(client, "08", "810000188001150034")
    bind(client, "01", "510799195003150016")

    actions = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("identity_warned%"))))
    assert sorted(actions) == ["identity_warned.id_birthdate", "identity_warned.id_region_unknown"]
