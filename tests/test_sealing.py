"""Personal data at rest and on the screen: sealed, looked up by keyed hashes, masked."""

import base64

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from server import masking, sealing
from server.database import db
from server.sealing import SealBroken, Sealer
from tests import configured, make

PLACE = "resident.name"
OLD, NEW, OTHER = bytes(32), bytes(range(32)), bytes(reversed(range(32)))


def sealer(*keys: bytes, index_key: bytes = OTHER) -> Sealer:
    return Sealer(keys or (NEW,), index_key)


# ---------------------------------------------------------------- sealing


@pytest.mark.parametrize("plain", ["林秀英", "", "😀𠮷", "a" * 10_000, "110101199003070011"])
def test_sealed_text_opens_to_what_it_was(plain: str) -> None:
    assert sealer().open(sealer().seal(plain, PLACE), PLACE) == plain


def test_equal_texts_look_different_and_show_nothing() -> None:
    first, second = sealer().seal("13800138000", PLACE), sealer().seal("13800138000", PLACE)

    assert first != second
    assert "13800138000" not in first
    assert b"13800138000" not in base64.b64decode(first.partition(":")[2])


def test_changed_text_does_not_open() -> None:
    key_id, _, body = sealer().seal("林秀英", PLACE).partition(":")
    raw = bytearray(base64.b64decode(body))
    for place in (0, len(raw) // 2, -1):
        broken = raw.copy()
        broken[place] ^= 1

        with pytest.raises(SealBroken):
            sealer().open(f"{key_id}:{base64.b64encode(broken).decode()}", PLACE)


def test_text_copied_to_another_column_does_not_open() -> None:
    with pytest.raises(SealBroken):
        sealer().open(sealer().seal("林秀英", PLACE), "resident.phone")


@pytest.mark.parametrize("junk", ["", ":", "林秀英", "00000000:AAAA", "00000000:not base64"])
def test_text_that_never_was_sealed_does_not_open(junk: str) -> None:
    with pytest.raises(SealBroken) as caught:
        sealer().open(junk, PLACE)
    assert str(caught.value) == PLACE


def test_new_key_seals_and_old_ones_still_open() -> None:
    before = sealer(OLD).seal("林秀英", PLACE)
    rotated = sealer(NEW, OLD)

    assert rotated.open(before, PLACE) == "林秀英"
    assert sealer(NEW).open(rotated.seal("林秀英", PLACE), PLACE) == "林秀英"


def test_without_its_key_nothing_opens() -> None:
    with pytest.raises(SealBroken):
        sealer(NEW).open(sealer(OLD).seal("林秀英", PLACE), PLACE)


def test_index_finds_equal_texts_of_one_purpose_only() -> None:
    found = sealer().index("110101199003070011", "identity")

    assert found == sealer().index("110101199003070011", "identity")
    assert len(found) == 64 and set(found) <= set("0123456789abcdef")
    assert found != sealer().index("110101199003070011", "phone")
    assert found != sealer().index("110101199003070012", "identity")
    assert found != sealer(index_key=NEW).index("110101199003070011", "identity")


def test_index_does_not_depend_on_the_data_key() -> None:
    assert sealer(OLD).index("x", "identity") == sealer(NEW, OLD).index("x", "identity")


def test_purpose_and_text_cannot_run_into_each_other() -> None:
    assert sealer().index("bc", "a") != sealer().index("c", "ab")


def test_keys_are_in_no_representation() -> None:
    settings = configured.settings("sqlite:///somewhere.db")
    shown = repr(sealer(NEW, OLD)) + repr(settings) + str(settings)

    for secret in (NEW, settings.privacy.data_key, settings.privacy.index_key):
        assert repr(secret) not in shown
    for secret in (settings.privacy.cookie_key, settings.wechat.miniprogram.app_secret, configured.CALLBACK_AES_KEY):
        assert secret not in shown
    assert settings.app.region in shown


def test_nothing_is_sealed_before_the_application_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_current", None)

    with pytest.raises(RuntimeError, match="no sealer"):
        sealing.current()


def test_database_holds_no_personal_data_in_the_clear(app: APIFlask) -> None:
    resident = make.resident(name="林秀英", phone="13800138000")

    stored = db.session.execute(text("SELECT * FROM resident")).mappings().one()

    for column in ("name", "identity_number", "phone"):
        plain = getattr(resident, column)
        assert sealing.current().open(stored[column], f"resident.{column}") == plain
        assert not [value for value in stored.values() if plain in str(value)]


# ---------------------------------------------------------------- masking


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("张明", "张*"),
        ("张", "张*"),
        ("张小明", "张*明"),
        ("欧阳小明", "欧**明"),
        ("买买提·吐尔逊江", "买**江"),
        ("𠮷野家", "𠮷*家"),
        ("John Smith", "J***"),
        ("", ""),
    ],
)
def test_name_shows_its_first_and_at_most_its_last_character(plain: str, shown: str) -> None:
    assert masking.name(plain) == shown


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("110101199003070011", "110***********0011"),
        ("11010119900307002X", "110***********002X"),
        ("E12345678", "E1*****78"),
        ("12345", "12*45"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_document_number_hides_its_middle(plain: str, shown: str) -> None:
    assert masking.identity_number(plain) == shown


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("13800138000", "138****8000"),
        ("081612345678", "081****5678"),
        ("2345678", "****78"),
        ("120", "****"),
        ("", "****"),
    ],
)
def test_phone_hides_its_middle(plain: str, shown: str) -> None:
    assert masking.phone(plain) == shown
