"""What the vectors leave open: other shapes, other reasons, and what people must add themselves."""

import re
from datetime import date

import pytest

from server.errors import Invalid
from server.policy import identity
from server.policy.identity import DocumentType, Warned, countries, regions

TODAY = date(2026, 3, 2)


def carded(head: str) -> str:
    return head + identity.check_character(head)


@pytest.mark.parametrize(
    ("kind", "number", "kept"),
    [
        ("01", " 510799 19500315-0016 ", "510799195003150016"),
        ("01", "５１０７９９１９５００３１５００１６", "510799195003150016"),
        ("02", "510799195003150016", "510799195003150016"),
        ("03C", "e12345678", "E12345678"),
        ("03C", "EA1234567", "EA1234567"),
        ("03F", "AB 12345", "AB12345"),
        ("06N", "HA1234567", "HA1234567"),
        ("06N", "MAB123456", "MAB123456"),
        ("07", "0012345601b", "0012345601B"),
        ("09L", "USA510066031501", "USA510066031501"),
        ("10", "51079919500315001643B1", "51079919500315001643B1"),
        ("90", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ],
)
def test_numbers_are_kept_in_one_way_of_writing(kind: str, number: str, kept: str) -> None:
    assert identity.check(DocumentType(kind), number, TODAY).number == kept


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("01", "五一零七九九", "id_format"),
        ("01", "٥١٠٧٩٩١٩٥٠٠٣١٥٠٠١٦", "id_format"),
        ("01", "710000195003150016", "id_region"),
        ("01", carded("81000018800115003"), "id_region"),
        ("01", carded("95199919850307001"), "id_region"),
        ("01", "510799187412310010", "id_birthdate"),
        ("01L", "51079966031500", "id_format"),
        ("01L", "510799661315001", "id_birthdate"),
        ("01L", "710799660315001", "id_format"),
        ("01L", "160799660315001", "id_region"),
        ("01L", "510799100315996", "id_format"),
        ("02", "51079919500315001", "id_format"),
        ("03C", "E12", "id_format"),
        ("03C", "E1234567国", "id_format"),
        ("03F", "A123", "id_format"),
        ("06", "H012345678", "id_format"),
        ("06", "HA1234567", "id_format"),
        ("06N", "H01234567", "id_format"),
        ("07", "1234567", "id_format"),
        ("08", "510799195003150016", "id_region"),
        ("08", carded("81010018800115003"), "id_region"),
        ("08", "810000188001150035", "id_checksum"),
        ("08", "8100001880011500", "id_format"),
        ("09", "510799195003150016", "id_region"),
        ("09", carded("97199919850307001"), "id_region"),
        ("09", "951999198503070011", "id_checksum"),
        ("09L", "USA51006613150", "id_format"),
        ("09L", "USA510066133101", "id_birthdate"),
        ("10", "51079919500315001683", "id_format"),
        ("10", "51079919500315001643B", "id_format"),
        ("10", "51079919500315001043", "id_checksum"),
        ("90", "N1", "id_format"),
    ],
)
def test_each_document_has_its_own_reasons(kind: str, number: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        identity.check(DocumentType(kind), number, TODAY)

    assert refused.value.code == code
    assert re.search(r"[\u4e00-\u9fff]", refused.value.message) and number not in refused.value.message


def test_a_passport_of_an_unusual_series_is_noted() -> None:
    assert identity.check(DocumentType.PASSPORT, "E1234567", TODAY).warnings == (Warned.FORMAT,)
    assert identity.check(DocumentType.PASSPORT, "E12345678", TODAY).warnings == ()


def test_a_permit_typed_as_identity_card_is_told_what_it_is() -> None:
    with pytest.raises(identity.IdentityRegion, match="港澳台居民居住证"):
        identity.check_identity_card("810000188001150034", TODAY)
    with pytest.raises(identity.IdentityRegion, match="外国人永久居留身份证"):
        identity.check_identity_card("95199919850307001X", TODAY)


def test_a_permanent_residence_card_says_the_nationality() -> None:
    found = identity.check(DocumentType.PERMANENT_RESIDENCE, carded("95184019850307001"), TODAY)

    assert found.nationality == "USA"


def test_the_century_of_an_old_residence_card_is_told_only_by_the_future() -> None:
    def born(number: str) -> date | None:
        return identity.check(DocumentType.PERMANENT_RESIDENCE_15, number, TODAY).birth_on

    assert born("USA510066031501") == date(1966, 3, 15)
    assert born("USA510010031501") is None


def test_a_hundred_and_twenty_is_believed_and_more_is_noted() -> None:
    at_120, older = carded("51010119060302001"), carded("51010119050301001")

    assert identity.check_identity_card(at_120, TODAY).warnings == ()
    assert identity.check_identity_card(older, TODAY).warnings == (Warned.AGE,)


@pytest.mark.parametrize(
    ("birth_on", "day", "age"),
    [
        ("1949-12-31", "2026-11-21", 76),
        ("1949-12-31", "2026-12-31", 77),
        ("1988-02-29", "2026-02-28", 37),
        ("1988-02-29", "2026-03-01", 38),
        ("2026-03-02", "2026-03-02", 0),
    ],
)
def test_an_age_is_never_one_too_high(birth_on: str, day: str, age: int) -> None:
    assert identity.age_on(date.fromisoformat(birth_on), date.fromisoformat(day)) == age


def test_an_internal_number_lives_twelve_months() -> None:
    assert identity.replace_by(date(2024, 2, 29)) == date(2025, 2, 28)


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("region", ["510703", "410103", "510212", "512328", "320582", "350102", "441900", "659001"])
def test_regions_of_today_and_of_earlier_years_are_known(region: str) -> None:
    assert regions.is_known(region)


@pytest.mark.parametrize("region", ["510799", "519901", "510700", "131201", "990101"])
def test_what_was_never_a_county_is_unknown(region: str) -> None:
    assert not regions.is_known(region)


def test_every_province_has_prefixes_and_nothing_else_has() -> None:
    known = {f"{province}01" for province in regions.PROVINCES}

    assert all(regions.is_known(prefix + "01") for prefix in known)
    assert {prefix[:2] for prefix in regions._prefixes()} == regions.PROVINCES


def test_countries_are_those_of_iso_3166() -> None:
    every = countries.every()

    assert len(every) == len({country.numeric for country in every.values()}) == 249
    assert list(every) == sorted(every)
    assert all(re.fullmatch(r"[A-Z]{3}", code) for code in every)
    assert all(re.fullmatch(r"\d{3}", country.numeric) and country.name for country in every.values())
    assert len({country.name for country in every.values()}) == 249
    assert [every[code].numeric for code in ("CHN", "USA", "JPN", "GBR")] == ["156", "840", "392", "826"]


# ---------------------------------------------------------------- what people add


def passport(kind: str = "03F", number: str = "AB1234567") -> identity.Identity:
    return identity.check(DocumentType(kind), number, TODAY)


def test_a_number_that_says_all_needs_nothing_more() -> None:
    found = identity.check_identity_card("510799195003150016", TODAY)
    facts = identity.Facts(date(1950, 3, 15), 1, "CHN")

    assert identity.complete(found, TODAY) == facts
    assert identity.complete(found, TODAY, birth_on=facts.birth_on, sex=1, nationality="CHN") == facts


@pytest.mark.parametrize("stated", [{"birth_on": date(1951, 3, 15)}, {"sex": 2}, {"nationality": "USA"}])
def test_a_statement_against_the_number_is_refused(stated: dict[str, object]) -> None:
    found = identity.check_identity_card("510799195003150016", TODAY)

    with pytest.raises(identity.IdentityMismatch):
        identity.complete(found, TODAY, **stated)  # type: ignore[arg-type]


def test_what_a_passport_does_not_say_must_be_stated() -> None:
    with pytest.raises(identity.IdentityIncomplete) as refused:
        identity.complete(passport(), TODAY, sex=2)

    assert refused.value.details == {"fields": ["birth_on", "nationality"]}
    facts = identity.complete(passport(), TODAY, birth_on=date(1990, 1, 1), sex=2, nationality="FRA")
    assert facts == identity.Facts(date(1990, 1, 1), 2, "FRA")


def test_chinese_documents_say_the_nationality() -> None:
    for kind, number in [("03C", "E12345678"), ("06", "H01234567"), ("07", "00123456")]:
        facts = identity.complete(passport(kind, number), TODAY, birth_on=date(1990, 1, 1), sex=1)
        assert facts.nationality == "CHN"


@pytest.mark.parametrize("code", ["CHN", "HKG", "MAC", "TWN"])
def test_foreign_documents_are_for_foreigners(code: str) -> None:
    for found in (passport(), passport("06N", "HA1234567")):
        with pytest.raises(identity.IdentityMismatch):
            identity.complete(found, TODAY, birth_on=date(1990, 1, 1), sex=1, nationality=code)


@pytest.mark.parametrize("day", [date(2026, 3, 3), date(1874, 12, 31)])
def test_a_stated_birth_date_must_be_possible(day: date) -> None:
    with pytest.raises(identity.IdentityBirthDate):
        identity.complete(passport(), TODAY, birth_on=day, sex=1, nationality="FRA")


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(identity.NationalityUnknown):
        identity.complete(passport(), TODAY, birth_on=date(1990, 1, 1), sex=1, nationality="ZZZ")
