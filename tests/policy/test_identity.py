"""Names and mobile numbers as people type them; documents are tested by their vectors."""

import pytest

from server.policy import identity


@pytest.mark.parametrize("name", ["张明", "阿卜杜拉·买买提", "𠮷野家", "石〇", "Anne-Marie O'Neil", "José Muñoz"])
def test_names_with_rare_characters_are_kept(name: str) -> None:
    assert identity.check_name(f" {name} ") == name


def test_the_dots_of_keyboards_become_the_dot_of_the_card() -> None:
    assert {identity.check_name(f"阿卜杜拉{dot}买买提") for dot in "·•・‧．"} == {"阿卜杜拉·买买提"}


@pytest.mark.parametrize(
    "name", ["张", "张3", "张３", "😀😀", "a" * 51, "张明<script>", "··", "·张明", "张明·", "张·", "张 明", "张Ming"]
)
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
