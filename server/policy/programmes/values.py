"""A form's values as they were entered → checked, in the table's units, with what follows from them."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.policy.programmes import conditions
from server.policy.programmes.kinds import Problem, ProblemCode, Values
from server.policy.programmes.rows import FieldRow
from server.policy.programmes.table import Programme

TEXT_LENGTH = 500
NAME_LENGTH = 60
TIMES_A_DAY = range(1, 25)


class _Refused(Exception):
    """A value cannot be taken."""

    def __init__(self, code: ProblemCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(programme: Programme, values: Mapping[str, Any], on: date) -> tuple[Values, list[Problem]]:
    """Return the values that can be taken, with the derived ones, and what is wrong with the others.

    Args:
        values: by field key. Numbers as int, Decimal, float or text, or ``{"value": 126, "unit": "mg/dL"}``; choices by
            their code; many as a list of codes; dates as dates or ISO text; medicines as rows of name, times, dose.
    """
    clean: Values = {}
    problems: list[Problem] = []
    for key, given in values.items():
        field = programme.by_key.get(key)
        if field is None or (field.visits and not field.in_visit(values.get("visit"))):
            problems.append(Problem(key, ProblemCode.UNKNOWN_FIELD, "没有这个项目"))
        elif not (field.derived or is_missing(given)):
            try:
                clean[key] = _READERS[field.type](field, given, on)
            except _Refused as refused:
                problems.append(Problem(key, refused.code, f"{field.label}：{refused}"))
    _derive(programme, clean)
    return clean, problems


def read_facts(programme: Programme, given: Mapping[str, Any], on: date) -> tuple[Values, list[Problem]]:
    """Return the facts of an enrolment that can be taken for the plan, and what is wrong with the others.

    Args:
        given: by the keys of ``Programme.facts``; days as dates or ISO text, choices by their code.
    """
    clean: Values = {}
    problems: list[Problem] = []
    fields = {one.key: one for one in programme.facts}
    for key, value in given.items():
        if key not in fields:
            problems.append(Problem(key, ProblemCode.UNKNOWN_FIELD, "没有这个项目"))
        elif not is_missing(value):
            try:
                clean[key] = _READERS[fields[key].type](fields[key], value, on)
            except _Refused as refused:
                problems.append(Problem(key, refused.code, f"{fields[key].label}：{refused}"))
    return clean, problems


def is_missing(given: object) -> bool:
    """Tell whether nothing was entered."""
    return given is None or given == "" or given == []


def convert(field: FieldRow, amount: Decimal, unit: str) -> Decimal:
    """Return an amount in the field's own unit, rounded half up to its decimals. Raises KeyError: unknown unit."""
    if unit == field.unit:
        return amount
    return rounded(amount / field.units[unit], field.decimals)


def rounded(amount: Decimal, decimals: int = 1) -> Decimal:
    """Round half up (22.25 → 22.3)."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _number(field: FieldRow, given: Any, _: date) -> int | Decimal:
    unit = field.unit
    if isinstance(given, dict):
        given, unit = given.get("value"), str(given.get("unit", field.unit))
    amount = conditions.number(str(given).strip() if isinstance(given, float | str) else given)
    if amount is None or (unit != field.unit and unit not in field.units):
        raise _Refused(ProblemCode.NOT_A_NUMBER, "请填写数字")
    amount = convert(field, amount, unit)
    decimals = field.decimals if field.type == "decimal" else 0
    if amount != rounded(amount, decimals):
        raise _Refused(ProblemCode.TOO_PRECISE, f"最多 {decimals} 位小数" if decimals else "请填写整数")
    if field.hard and not field.hard[0] <= amount <= field.hard[1]:
        raise _Refused(ProblemCode.OUT_OF_RANGE, f"应在 {field.hard[0]}–{field.hard[1]} {field.unit}".rstrip())
    return amount if field.type == "decimal" else int(amount)


def _choice(field: FieldRow, given: Any, _: date) -> str:
    code = str(given)
    if code not in field.options:
        raise _Refused(ProblemCode.UNKNOWN_OPTION, "请从选项中选择")
    return code


def _many(field: FieldRow, given: Any, on: date) -> list[str]:
    codes = list(
        dict.fromkeys(_choice(field, one, on) for one in (given if isinstance(given, list | tuple) else [given]))
    )
    if field.none_option in codes and len(codes) > 1:
        raise _Refused(ProblemCode.CONTRADICTION, f"“{field.options[field.none_option]}”不能与其他选项同时选择")
    return codes


def _text(_: FieldRow, given: Any, __: date) -> str:
    if not isinstance(given, str) or len(given.strip()) > TEXT_LENGTH:
        raise _Refused(ProblemCode.NOT_A_TEXT, f"最多 {TEXT_LENGTH} 字")
    return given.strip()


def _date(field: FieldRow, given: Any, on: date) -> date:
    try:
        day = given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise _Refused(ProblemCode.NOT_A_DATE, "请填写日期") from None
    if day > on and not field.is_future:
        raise _Refused(ProblemCode.OUT_OF_RANGE, "不能晚于随访日期")
    return day


def _medicines(field: FieldRow, given: Any, _: date) -> list[dict[str, Any]]:
    refused = _Refused(ProblemCode.NOT_MEDICINES, f"最多 {field.max_rows} 种，每种填写名称、每日次数和每次剂量")
    if not isinstance(given, list) or len(given) > field.max_rows:
        raise refused
    rows = []
    for one in given:
        if not isinstance(one, dict) or not set(one) <= {"name", "times", "dose", "unit"}:
            raise refused
        name, times, dose = str(one.get("name") or "").strip(), conditions.number(one.get("times")), one.get("dose")
        amount = conditions.number(str(dose) if isinstance(dose, float) else dose)
        if not 0 < len(name) <= NAME_LENGTH or times is None or times not in TIMES_A_DAY:
            raise refused
        if amount is None or amount <= 0:
            raise refused
        rows.append({"name": name, "times": int(times), "dose": amount, "unit": str(one.get("unit") or "mg")[:8]})
    return rows


_READERS = {
    "int": _number,
    "decimal": _number,
    "choice": _choice,
    "many": _many,
    "text": _text,
    "date": _date,
    "medicines": _medicines,
}


def _derive(programme: Programme, clean: Values) -> None:
    for field in programme.fields:
        if field.derived is None:
            continue
        amounts = [conditions.number(clean.get(key)) for key in field.derived.of]
        known = [amount for amount in amounts if amount is not None]
        if len(known) < len(amounts):
            continue
        if field.derived.by == "sum":
            turned = field.derived.reversed
            of = zip(field.derived.of, known, strict=True)
            clean[field.key] = sum(
                (field.derived.reversed_from - amount if key in turned else amount for key, amount in of), Decimal(0)
            )
        elif known[1]:
            top, bottom = known
            share = top / (bottom / 100) ** 2 if field.derived.by == "bmi" else top * 100 / bottom
            clean[field.key] = rounded(share, field.decimals)
