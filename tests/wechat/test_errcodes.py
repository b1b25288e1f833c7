import pytest

from server.wechat.errcodes import STALE_TOKEN, Outcome, is_known, outcome_of, reason_of


@pytest.mark.parametrize(
    ("errcode", "outcome"),
    [
        (0, Outcome.OK),
        (-1, Outcome.RETRY),
        (40001, Outcome.RETRY),
        (40164, Outcome.RETRY),
        (45011, Outcome.RETRY),
        (43108, Outcome.RETRY),
        (45009, Outcome.OVER_QUOTA),
        (43101, Outcome.NO_CONSENT),
        (43004, Outcome.NO_CONSENT),
        (45015, Outcome.NO_CONSENT),
        (45047, Outcome.NO_CONSENT),
        (40003, Outcome.PERMANENT),
        (40037, Outcome.PERMANENT),
        (41030, Outcome.PERMANENT),
        (45168, Outcome.PERMANENT),
        (47003, Outcome.PERMANENT),
        (48001, Outcome.PERMANENT),
    ],
)
def test_outcome_of_known_code(errcode: int, outcome: Outcome) -> None:
    assert outcome_of(errcode) is outcome
    assert is_known(errcode)
    assert "未知" not in reason_of(errcode)


def test_outcome_of_unknown_code_is_retry_and_named() -> None:
    assert outcome_of(99999) is Outcome.RETRY
    assert not is_known(99999)
    assert "99999" in reason_of(99999)


def test_every_stale_token_code_is_retried() -> None:
    assert {outcome_of(code) for code in STALE_TOKEN} == {Outcome.RETRY}
