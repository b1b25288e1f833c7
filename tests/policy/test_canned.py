"""Ready-made replies: unknown variables are refused on saving, missing values on using."""

import pytest

from server.policy import canned


@pytest.mark.parametrize("text", ["您好，{name}：请{date}来，{team}{phone}", "没有变量", "{doctor}{hours}{next_visit}"])
def test_known_variables_are_kept(text: str) -> None:
    canned.check(text)


@pytest.mark.parametrize(
    "text", ["{nmae}您好", "{姓名}您好", "{}", "{name", "name}", "｛name", "{{name}}", "{disease}"]
)
def test_an_unknown_variable_or_a_stray_brace_is_refused(text: str) -> None:
    with pytest.raises(canned.VariableUnknown):
        canned.check(text)


def test_variables_are_filled_in() -> None:
    assert (
        canned.fill("{name}您好，我是{doctor}。", {"name": "林小月", "doctor": "陈医生"}) == "林小月您好，我是陈医生。"
    )


@pytest.mark.parametrize("values", [{}, {"name": ""}])
def test_a_missing_value_is_refused_and_named(values: dict[str, str]) -> None:
    with pytest.raises(canned.VariableMissing, match="居民姓名"):
        canned.fill("{name}您好", values)


def test_words_in_which_a_variable_still_stands_do_not_go_out() -> None:
    with pytest.raises(canned.VariableMissing):
        canned.refuse_open("{name}您好")
    canned.refuse_open("体温{37.2}正常")
