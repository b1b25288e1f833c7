"""Identity card numbers and names: the vectors of domain.md §3.4 that concern the identity card."""

from datetime import date

import pytest

from server.policy import identity

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("number", "birth_on", "sex"),
    [
        pytest.param("510799195003150016", date(1950, 3, 15), 1, id="V1"),
        pytest.param("510799196103020125", date(1961, 3, 2), 2, id="V2"),
        pytest.param("510799196103030139", date(1961, 3, 3), 1, id="V3"),
        pytest.param("410199198802290143", date(1988, 2, 29), 2, id="V4 leap day"),
        pytest.param("410199202008060251", date(2020, 8, 6), 1, id="V5"),
        pytest.param("500199202601010118", date(2026, 1, 1), 1, id="V7 infant"),
        pytest.param("50019920120303024X", date(2012, 3, 3), 2, id="V9 X check"),
        pytest.param("51079919700101006x", date(1970, 1, 1), 2, id="V18 lower case"),
        pytest.param(" 510799 19500315-0016 ", date(1950, 3, 15), 1, id="spaces and hyphens"),
        pytest.param("５１０７９９１９５００３１５００１６", date(1950, 3, 15), 1, id="full width"),
    ],
)
def test_a_valid_number_says_birth_date_and_sex(number: str, birth_on: date, sex: int) -> None:
    checked = identity.check_identity_card(number, TODAY)

    assert (checked.birth_on, checked.sex) == (birth_on, sex)


@pytest.mark.parametrize(
    ("number", "error"),
    [
        pytest.param("510799195003150010", identity.IdentityChecksum, id="V19"),
        pytest.param("510799190503150016", identity.IdentityChecksum, id="V20 digits swapped"),
        pytest.param("410199198902290140", identity.IdentityBirthDate, id="V21 29 Feb 1989"),
        pytest.param("41019919901301014X", identity.IdentityBirthDate, id="V22 month 13"),
        pytest.param("410199209912310142", identity.IdentityBirthDate, id="V23 future"),
        pytest.param("51079919500315001", identity.IdentityFormat, id="V24 17 digits"),
        pytest.param("身份证", identity.IdentityFormat, id="Chinese"),
        pytest.param("710000195003150016", identity.IdentityRegion, id="no such province"),
    ],
)
def test_a_bad_number_is_refused_with_its_reason(number: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        identity.check_identity_card(number, TODAY)


@pytest.mark.parametrize("name", ["张明", "阿卜杜拉·买买提", "𠮷野家", "Anne-Marie O'Neil"])
def test_names_with_rare_characters_are_kept(name: str) -> None:
    assert identity.check_name(f" {name} ") == name


@pytest.mark.parametrize("name", ["张", "张3", "😀😀", "a" * 51, "张明<script>"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(identity.NameFormat):
        identity.check_name(name)


@pytest.mark.parametrize("text", ["13800000000", "+86 138-0000-0000", "8613800000000"])
def test_mobile_numbers_are_normalised(text: str) -> None:
    assert identity.check_mobile(text) == "13800000000"


@pytest.mark.parametrize("text", ["1380000000", "1064812345678", "12800000000", "abc"])
def test_machine_numbers_and_typos_are_refused(text: str) -> None:
    with pytest.raises(identity.PhoneFormat):
        identity.check_mobile(text)
