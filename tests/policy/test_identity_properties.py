"""What holds for every number, not only for the chosen ones.

MOD 11-2 finds every single wrong character and every exchange of two neighbours: the weight of each place is twice that
of the next, and 11 is prime. It does not see, for example, the same change at two places ten apart, where weights repeat.
"""

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from server.errors import AppError
from server.policy import identity
from server.policy.identity import DocumentType, regions

TODAY = date(2026, 3, 2)
CHARACTERS = "0123456789X"


@st.composite
def heads(draw: st.DrawFn) -> tuple[str, date]:
    province = draw(st.sampled_from(sorted(regions.PROVINCES)))
    born = draw(st.dates(date(1875, 1, 1), TODAY))
    place = draw(st.integers(0, 9999))
    sequence = draw(st.integers(0, 999))
    return f"{province}{place:04}{born:%Y%m%d}{sequence:03}", born


@st.composite
def numbers(draw: st.DrawFn) -> str:
    head, _ = draw(heads())
    return head + identity.check_character(head)


def is_refused(number: str) -> bool:
    try:
        identity.check_identity_card(number, TODAY)
    except AppError:
        return True
    return False


@given(heads())
def test_every_made_number_passes_and_says_what_went_in(made: tuple[str, date]) -> None:
    head, born = made
    found = identity.check_identity_card(head + identity.check_character(head), TODAY)

    assert (found.birth_on, found.sex, found.region) == (born, 1 if int(head[16]) % 2 else 2, head[:6])
    assert 0 <= identity.age_on(born, TODAY) <= 151


@given(numbers())
def test_the_sum_of_all_eighteen_leaves_one(number: str) -> None:
    weights = [2**place % 11 for place in range(17, -1, -1)]

    assert sum(CHARACTERS.index(c) * w for c, w in zip(number, weights, strict=True)) % 11 == 1


@given(numbers(), st.integers(0, 17), st.sampled_from(CHARACTERS))
def test_every_single_wrong_character_is_found(number: str, place: int, other: str) -> None:
    assume(number[place] != other)

    assert is_refused(number[:place] + other + number[place + 1 :])


@given(numbers(), st.integers(0, 16))
def test_every_exchange_of_neighbours_is_found(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])

    assert is_refused(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


def test_the_blind_spot_is_known() -> None:
    """Places 2 and 12 both weigh 9: what one gains the other loses."""
    assert not is_refused("510799195003150016")
    assert not is_refused("520799195002150016")


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_fifteen_digits_convert_to_the_same_person(born: date, sequence: int) -> None:
    found = identity.check(DocumentType.ID_CARD_15, f"510703{born:%y%m%d}{sequence:03}", TODAY)

    assert found.birth_on == born and found.sex == (1 if sequence % 2 else 2)
    assert identity.check_identity_card(found.number, TODAY).key == found.key


@given(st.text(max_size=30), st.sampled_from(list(DocumentType)))
def test_nothing_typed_breaks_the_check(text: str, kind: DocumentType) -> None:
    try:
        found = identity.check(kind, text, TODAY)
    except AppError as refused:
        assert refused.http_status == 400
    else:
        assert found.number.isascii()
