"""Rows of paper ledgers: each rule and each refusal."""

from datetime import date
from typing import Any

import pytest

from server import policy as policies
from server.policy import backfill
from server.policy.backfill import Purpose, campaign_problem
from server.policy.schema import Policy
from server.sheets import Cell, Kind
from tests import sheeting

TODAY = date(2026, 3, 2)
V1 = "510799195003150016"
RULES = policies.load("mianyang")


def cells(**fields: Any) -> dict[str, Cell]:
    values: dict[str, Any] = {
        "name": "张小明",
        "number": V1,
        "phone": "13800000000",
        "team": "第一团队",
        "package": "basic",
        "signed_on": "2026-01-05",
        "paper": "2026-0001",
    }
    return {key: value if isinstance(value, Cell) else Cell(value) for key, value in (values | fields).items()}


def read(policy: Policy = RULES, **fields: Any) -> tuple[backfill.SignedRow | None, list[str], list[str]]:
    row, reader = backfill.read_signed(cells(**fields), policy, TODAY)
    # every made-up number is of a county that never was
    return row, reader.problems, [code for code in reader.warnings if code != "id_region_unknown"]


def test_a_good_row_ends_by_the_regions_rule() -> None:
    row, problems, warnings = read()

    assert row is not None and (problems, warnings) == ([], [])
    assert (row.signed_on, row.start_on, row.end_on) == (date(2026, 1, 5), date(2026, 1, 5), date(2027, 1, 4))
    assert (row.person.document.number, row.person.facts.sex, row.paper) == (V1, 1, "2026-0001")


def test_a_fixed_end_holds_whatever_the_row_says() -> None:
    special = policies.load("changyinsha_special")

    row, _, warnings = read(special, signed_on="2017-04-20", end_on="2018-04-19")

    assert row is not None and row.end_on == date(2018, 2, 28)
    assert warnings == ["end_differs"]


@pytest.mark.parametrize("term", ["36", "36个月", "3年"])
def test_a_term_of_its_own_is_read(term: str) -> None:
    row, _, _ = read(policies.load("fujian"), months=term)

    assert row is not None and row.end_on == date(2029, 1, 4)


@pytest.mark.parametrize(
    "written", ["2026-01-05", "2026/1/5", "2026.01.05", "2026年1月5日", "20260105", "2026-01-05 00:00:00"]
)
def test_days_are_read_however_they_are_written(written: str) -> None:
    row, _, _ = read(signed_on=written)

    assert row is not None and row.signed_on == date(2026, 1, 5)


def test_a_day_number_of_excel_is_a_day() -> None:
    row, _, _ = read(signed_on=Cell("46027", Kind.NUMBER))

    assert row is not None and row.signed_on == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": ""}, "missing"),
        ({"name": "张3"}, "name_format"),
        ({"number": ""}, "missing"),
        ({"number": Cell("5.1079919500315e+17", Kind.NUMBER)}, "number_not_text"),
        ({"number": Cell("510799195003150000", Kind.NUMBER)}, "number_not_text"),
        ({"number": "5.10799E+17"}, "number_not_text"),
        ({"number": "510799195003150010"}, "id_checksum"),
        ({"number": "51079919500315001"}, "id_format"),
        ({"number": "410199198902290140"}, "id_birthdate"),
        ({"number": "710799195003150016"}, "id_region"),
        ({"number": V1, "sex": "女"}, "id_mismatch"),
        ({"number": V1, "birth_on": "1950-03-16"}, "id_mismatch"),
        ({"sex": "未知"}, "sex_format"),
        ({"document_type": "工作证"}, "document_type_unknown"),
        ({"document_type": "暂无证件"}, "document_type_unknown"),
        ({"document_type": "外国护照", "number": "AB123456"}, "identity_incomplete"),
        (
            {
                "document_type": "外国护照",
                "number": "AB123456",
                "nationality": "ZZZ",
                "sex": "男",
                "birth_on": "1980-01-01",
            },
            "nationality_unknown",
        ),
        ({"phone": "12345"}, "phone_format"),
        ({"team": ""}, "missing"),
        ({"team": Cell("=", Kind.FORMULA)}, "cell_formula"),
        ({"package": Cell("#REF!", Kind.BROKEN)}, "cell_broken"),
        ({"paper": ""}, "missing"),
        ({"signed_on": ""}, "missing"),
        ({"signed_on": "去年"}, "date_format"),
        ({"signed_on": "2026-02-30"}, "date_format"),
        ({"signed_on": "2026-03-03"}, "signed_in_future"),
        ({"start_on": "2026-01-04"}, "starts_before_signing"),
        ({"months": "一年"}, "months_format"),
        ({"months": "48"}, "term_invalid"),
    ],
)
def test_each_problem_refuses_the_row(fields: dict[str, Any], problem: str) -> None:
    row, problems, _ = read(**fields)

    assert row is None
    assert problem in problems
    assert all(code in backfill.PROBLEMS for code in problems)


def test_a_row_names_all_its_problems_at_once() -> None:
    _, problems, _ = read(name="", phone="1", team="", signed_on="x")

    assert problems == ["missing", "phone_format", "date_format"]


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"number": "510799500315001"}, "id_converted"),
        ({"number": "830000188001150038", "document_type": "港澳台居民居住证"}, "id_age"),
        ({"phone": ""}, "phone_missing"),
        ({"end_on": "2027-01-05"}, "end_differs"),
    ],
)
def test_what_is_odd_is_said_and_does_not_stop_the_row(fields: dict[str, Any], warning: str) -> None:
    row, problems, warnings = read(**fields)

    assert row is not None, problems
    assert warning in warnings and all(code in backfill.WARNINGS for code in warnings)


def test_an_old_number_and_the_new_one_are_one_person() -> None:
    old, _, _ = read(number="510799500315001")
    new, _, _ = read(number=V1)

    assert old is not None and new is not None
    assert old.person.document.key == new.person.document.key


def test_a_foreigner_is_read_with_what_his_passport_does_not_say() -> None:
    row, problems, _ = read(
        name="John Smith",
        document_type="外国护照",
        number="ab 123456",
        nationality="usa",
        sex="男",
        birth_on="1980/1/2",
    )

    assert row is not None, problems
    assert (row.person.document.number, row.person.facts.nationality) == ("AB123456", "USA")


def test_a_landline_is_a_phone_too() -> None:
    row, _, _ = read(phone="（0816）2222222".replace("（", "").replace("）", "-"))

    assert row is not None and row.person.phone == "0816-2222222"


# ---------------------------------------------------------------- the campaign (domain.md §1.9 row 32)


def campaign(signed: str, entered: str, **changes: Any) -> str | None:
    records = policies.load("qianjiang").records.model_copy(update=changes)
    return campaign_problem(records, date.fromisoformat(signed), date.fromisoformat(entered))


def test_inside_the_campaign_nothing_is_wrong() -> None:
    assert campaign("2021-01-01", "2021-09-30") is None
    assert campaign("2021-06-30", "2021-09-01") is None


def test_other_signing_days_do_not_belong_to_the_campaign() -> None:
    assert campaign("2020-12-31", "2021-09-01") == "outside_campaign"
    assert campaign("2021-07-01", "2021-09-01") == "outside_campaign"


def test_after_the_deadline_it_is_refused_or_marked_as_the_policy_says() -> None:
    assert campaign("2021-03-01", "2021-10-01") == "after_deadline"
    assert campaign("2021-03-01", "2021-10-01", after_deadline="marked_late") == "late_entry"


def test_a_region_without_a_campaign_takes_any_day() -> None:
    assert campaign_problem(RULES.records, date(2015, 1, 1), TODAY) is None


def test_a_late_row_is_entered_with_its_mark() -> None:
    rules = policies.load("qianjiang")
    marked = rules.model_copy(update={"records": rules.records.model_copy(update={"after_deadline": "marked_late"})})

    assert read(rules, signed_on="2021-03-01")[1] == ["after_deadline"]
    row, problems, warnings = read(marked, signed_on="2021-03-01")
    assert row is not None and problems == [] and "late_entry" in warnings


# ---------------------------------------------------------------- columns


def test_headings_are_recognised_however_they_are_decorated() -> None:
    headings = ["序号", "居民姓名*", "身份证号（必填）", " 手机号码 ", "团队名称", "服务包代码", "签约时间", "协议编号"]

    found = backfill.guess(Purpose.BACKFILL, headings)

    assert found == {"name": 1, "number": 2, "phone": 3, "team": 4, "package": 5, "signed_on": 6, "paper": 7}
    assert backfill.missing(Purpose.BACKFILL, found) == []


def test_missing_required_columns_are_named() -> None:
    found = backfill.guess(Purpose.BACKFILL, ["姓名", "电话"])

    assert [column.key for column in backfill.missing(Purpose.BACKFILL, found)] == [
        "number", "team", "package", "signed_on", "paper",
    ]  # fmt: skip


@pytest.mark.parametrize("purpose", Purpose)
def test_the_template_of_each_kind_is_recognised(purpose: Purpose) -> None:
    labels = [column.label for column in backfill.COLUMNS[purpose]]

    assert backfill.guess(purpose, labels) == {column.key: n for n, column in enumerate(backfill.COLUMNS[purpose])}


def test_every_code_has_words_and_no_two_mean_the_same() -> None:
    words = [*backfill.PROBLEMS.values(), *backfill.WARNINGS.values()]

    assert len(words) == len(set(words))
    assert backfill.label("id_checksum") == "证件号码校验不通过，有一位填错了"


def test_made_up_numbers_of_the_tests_are_valid() -> None:
    assert read(number=sheeting.number(7))[0] is not None
