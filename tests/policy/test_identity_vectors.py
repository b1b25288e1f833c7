"""Every test vector of domain.md §3.4 by its id. No vector belongs to anybody."""

from datetime import date

import pytest

from server.policy import identity
from server.policy.identity import DocumentType, Warned

TODAY = date(2026, 3, 2)
M, F = 1, 2
CARD = DocumentType.ID_CARD


@pytest.mark.parametrize(
    ("number", "sex", "birth_on", "age"),
    [
        pytest.param("510799195003150016", M, "1950-03-15", 75, id="V1"),
        pytest.param("510799196103020125", F, "1961-03-02", 65, id="V2"),
        pytest.param("510799196103030139", M, "1961-03-03", 64, id="V3"),
        pytest.param("410199198802290143", F, "1988-02-29", 38, id="V4"),
        pytest.param("410199202008060251", M, "2020-08-06", 5, id="V5"),
        pytest.param("410199199912310365", F, "1999-12-31", 26, id="V6"),
        pytest.param("500199202601010118", M, "2026-01-01", 0, id="V7"),
        pytest.param("500199201203020228", F, "2012-03-02", 14, id="V8"),
        pytest.param("50019920120303024X", F, "2012-03-03", 13, id="V9"),
        pytest.param("320599195401010311", M, "1954-01-01", 72, id="V10"),
        pytest.param("320599200803030183", F, "2008-03-03", 17, id="V11"),
        pytest.param("35019919760704005X", M, "1976-07-04", 49, id="V12"),
        pytest.param("350199196509309962", F, "1965-09-30", 60, id="V13"),
        pytest.param("350199201903020079", M, "2019-03-02", 7, id="V14"),
        pytest.param("350199201903030082", F, "2019-03-03", 6, id="V15"),
        pytest.param("51079919700101006X", F, "1970-01-01", 56, id="V16a"),
        pytest.param("51079919700101049X", M, "1970-01-01", 56, id="V16b"),
        pytest.param("410199197205100167", F, "1972-05-10", 53, id="V17"),
        pytest.param("51079919700101006x", F, "1970-01-01", 56, id="V18"),
    ],
)
def test_identity_cards(number: str, sex: int, birth_on: str, age: int) -> None:
    found = identity.check(CARD, number, TODAY)

    assert found.birth_on == date.fromisoformat(birth_on)
    assert (found.number, found.sex, found.nationality) == (number.upper(), sex, "CHN")
    assert identity.age_on(found.birth_on, TODAY) == age
    assert (found.region, found.warnings) == (number[:6], (Warned.REGION_UNKNOWN,))


@pytest.mark.parametrize(
    ("number", "error", "code"),
    [
        pytest.param("510799195003150010", identity.IdentityChecksum, "id_checksum", id="V19"),
        pytest.param("510799190503150016", identity.IdentityChecksum, "id_checksum", id="V20"),
        pytest.param("410199198902290140", identity.IdentityBirthDate, "id_birthdate", id="V21"),
        pytest.param("41019919901301014X", identity.IdentityBirthDate, "id_birthdate", id="V22"),
        pytest.param("410199209912310142", identity.IdentityBirthDate, "id_birthdate", id="V23"),
        pytest.param("51079919500315001", identity.IdentityFormat, "id_format", id="V24"),
    ],
)
def test_wrong_identity_cards(number: str, error: type[identity.IdentityFormat], code: str) -> None:
    with pytest.raises(error) as refused:
        identity.check(CARD, number, TODAY)

    assert refused.value.code == code
    assert number not in refused.value.message
    if number == "410199198902290140":
        assert identity.check_character(number) == number[-1], "the date is found before the checksum"


def test_v25_fifteen_digits_become_eighteen_and_the_same_person() -> None:
    old = identity.check(DocumentType.ID_CARD_15, "510799660315001", TODAY)
    new = identity.check(CARD, "510799196603150014", TODAY)

    assert (old.number, old.birth_on, old.sex) == ("510799196603150014", date(1966, 3, 15), M)
    assert old.key == new.key == ("01", "510799196603150014")


@pytest.mark.parametrize(
    ("number", "sex"),
    [
        pytest.param("810000188001150034", M, id="V26 HK m"),
        pytest.param("810000188001150042", F, id="V26 HK f"),
        pytest.param("820000188001150036", M, id="V27 Macao m"),
        pytest.param("820000188001150044", F, id="V27 Macao f"),
        pytest.param("830000188001150038", M, id="V28 Taiwan m"),
        pytest.param("830000188001150046", F, id="V28 Taiwan f"),
    ],
)
def test_residence_permits(number: str, sex: int) -> None:
    found = identity.check(DocumentType.RESIDENCE_PERMIT, number, TODAY)

    assert (found.birth_on, found.sex, found.nationality) == (date(1880, 1, 15), sex, "CHN")
    assert found.warnings == (Warned.AGE,)


@pytest.mark.parametrize(
    ("number", "province", "sex", "birth_on"),
    [
        pytest.param("95199919850307001X", "51", M, date(1985, 3, 7), id="V29"),
        pytest.param("935999199202180025", "35", F, date(1992, 2, 18), id="V30"),
    ],
)
def test_permanent_residence(number: str, province: str, sex: int, birth_on: date) -> None:
    found = identity.check(DocumentType.PERMANENT_RESIDENCE, number, TODAY)

    assert (found.region, found.sex, found.birth_on, found.warnings) == (province, sex, birth_on, ())
    assert found.nationality is None, "999 is assigned to no country"


def test_v31_hong_kong_and_macao_permits_have_nine_characters() -> None:
    found = identity.check(DocumentType.HK_MACAO_PERMIT, "H01234567", TODAY)

    assert (found.number, found.nationality, found.birth_on) == ("H01234567", "CHN", None)
    with pytest.raises(identity.IdentityFormat):
        identity.check(DocumentType.HK_MACAO_PERMIT, "M7654321", TODAY)


def test_v32_the_count_of_renewals_falls_off_the_lifelong_number() -> None:
    found = identity.check(DocumentType.HK_MACAO_PERMIT, "H0123456701", TODAY)

    assert found.key == ("06", "H01234567")


def test_v33_taiwan_permit() -> None:
    assert identity.check(DocumentType.TAIWAN_PERMIT, "00123456", TODAY).key == ("07", "00123456")


def test_v34_a_disability_certificate_holds_the_identity_card() -> None:
    found = identity.check(DocumentType.DISABILITY_CERTIFICATE, "51079919500315001643", TODAY)

    assert (found.number, found.birth_on, found.sex) == ("51079919500315001643", date(1950, 3, 15), M)
    assert found.key == identity.check(CARD, "510799195003150016", TODAY).key
