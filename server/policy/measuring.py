"""What people measure at home (自测血压、血糖): ranges, units, and when it cannot wait. Pure; domain.md §2.0–2.2.

A value somebody measured himself never makes the formal class of a follow-up: it may call for help at once, or ask the team
to look at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from server.errors import Conflict, Invalid
from server.policy import programmes
from server.policy.programmes import Person
from server.policy.schema import FollowUps

MG_PER_MMOL = Decimal("18.018")
TENTH = Decimal("0.1")
FASTING_LOW, FASTING_LIMIT = 3.9, 7.0
"""mmol/L: the reference a chart shows for fasting values (§2.2)."""

LOWEST_SYSTOLIC, LOWEST_DIASTOLIC = 90, 60
"""mmHg: where a chart's reference begins."""


class Kind(StrEnum):
    """What was measured."""

    BLOOD_PRESSURE = "blood_pressure"
    GLUCOSE = "glucose"


class Unit(StrEnum):
    """As it was entered."""

    MMHG = "mmHg"
    MMOL = "mmol/L"
    MG = "mg/dL"


class Moment(StrEnum):
    """When blood glucose was taken."""

    FASTING = "fasting"
    AFTER_MEAL = "after_meal"
    RANDOM = "random"


KIND_LABELS = {Kind.BLOOD_PRESSURE: "血压", Kind.GLUCOSE: "血糖"}
MOMENT_LABELS = {Moment.FASTING: "空腹", Moment.AFTER_MEAL: "餐后2小时", Moment.RANDOM: "随机"}


GLUCOSE_FIELDS = {
    Moment.FASTING: "fasting_glucose",
    Moment.AFTER_MEAL: "glucose_2h",
    Moment.RANDOM: "random_glucose",
}
"""Which field of the programme's form a value belongs into."""


class Verdict(StrEnum):
    """What a value asks for. Not a class: only a visit makes one."""

    FINE = "fine"
    HIGH = "high"
    EMERGENCY = "emergency"


VERDICT_LABELS = {Verdict.FINE: "在参考范围内", Verdict.HIGH: "超出参考范围", Verdict.EMERGENCY: "危急值"}


class MeasurementImpossible(Invalid):
    """A value that no living person has, or something missing (§2.0 hard ranges)."""

    code, default_message = "measurement_impossible", "数值有误，请看着仪器再输入一次"


class MeasurementUnusual(Conflict):
    """A rare value: asked for again before it is kept (§2.0 soft ranges)."""

    code, default_message = "measurement_unusual", "这个数值很少见，请核对"


@dataclass(frozen=True)
class Reading:
    """One measurement: mmHg, or mmol/L with one decimal; ``entered`` is what was typed, in ``unit``."""

    kind: Kind
    unit: Unit
    entered: str
    systolic: int | None = None
    diastolic: int | None = None
    glucose: Decimal | None = None
    moment: Moment | None = None

    @property
    def values(self) -> dict[str, str | int]:
        """What is kept of it."""
        if self.kind is Kind.BLOOD_PRESSURE:
            return {"systolic": self.systolic or 0, "diastolic": self.diastolic or 0, "entered": self.entered}
        return {"glucose": str(self.glucose), "moment": self.moment or Moment.RANDOM, "entered": self.entered}

    @property
    def words(self) -> str:
        """The value, for people: 血压185/95, 空腹血糖16.8 mmol/L."""
        if self.kind is Kind.BLOOD_PRESSURE:
            return f"血压{self.systolic}/{self.diastolic}"
        moment = "" if self.moment in (None, Moment.RANDOM) else MOMENT_LABELS[self.moment or Moment.RANDOM]
        return f"{moment}血糖{self.glucose} mmol/L"


def pressure(systolic: int, diastolic: int) -> Reading:
    """Return a blood pressure. mmHg. Raises MeasurementImpossible."""
    if not 50 <= systolic <= 300:
        raise MeasurementImpossible("高压应在 50 到 300 之间，请看着血压计再输入一次")
    if not 30 <= diastolic <= 200:
        raise MeasurementImpossible("低压应在 30 到 200 之间，请看着血压计再输入一次")
    if systolic <= diastolic:
        raise MeasurementImpossible("高压应大于低压，是不是填反了？")
    return Reading(Kind.BLOOD_PRESSURE, Unit.MMHG, f"{systolic}/{diastolic}", systolic, diastolic)


def glucose(entered: str, unit: Unit, moment: Moment) -> Reading:
    """Return a blood glucose of what was typed in ``unit``. Raises MeasurementImpossible."""
    try:
        typed = Decimal(entered)
    except InvalidOperation as cause:
        raise MeasurementImpossible("血糖请只填数字，例如 6.1") from cause
    value = to_mmol(typed) if unit is Unit.MG else typed.quantize(TENTH, ROUND_HALF_UP)
    if not Decimal(1) <= value <= Decimal(40):
        hint = "，如果血糖仪显示 mg/dL，请先选这个单位" if unit is Unit.MMOL and value > 40 else ""
        raise MeasurementImpossible(f"血糖应在 1.0 到 40.0 mmol/L 之间{hint}，请看着血糖仪再输入一次")
    return Reading(Kind.GLUCOSE, unit, entered, glucose=value, moment=moment)


def to_mmol(milligrams: Decimal) -> Decimal:
    """Convert mg/dL to mmol/L, one decimal, half up: 126 → 7.0, 301 → 16.7, 70 → 3.9 (§2.0)."""
    return (milligrams / MG_PER_MMOL).quantize(TENTH, ROUND_HALF_UP)


def is_unusual(reading: Reading) -> bool:
    """Tell whether a value lies outside the soft range and has to be confirmed (§2.0)."""
    if reading.kind is Kind.GLUCOSE:
        return not Decimal(3) <= (reading.glucose or Decimal(0)) <= Decimal(25)
    return not (80 <= (reading.systolic or 0) <= 220 and 50 <= (reading.diastolic or 0) <= 130)


def judge(reading: Reading, person: Person, on: date, numbers: FollowUps) -> Verdict:
    """Tell whether a value calls for help, should be looked at, or neither, by the programme's own table.

    Args:
        on: the day it was measured. numbers: the region's limits.
    Source:
        domain.md §2.0 (self-measured values), §2.1, §2.2: the same thresholds as of a visit.
    """
    name, values = _form(reading)
    found = programmes.measured(programmes.load(name, on), values, person, on, numbers=numbers)
    if found.is_emergency:
        return Verdict.EMERGENCY
    return Verdict.HIGH if "uncontrolled" in found.flags else Verdict.FINE


def _form(reading: Reading) -> tuple[str, dict[str, int | str]]:
    if reading.kind is Kind.BLOOD_PRESSURE:
        return "htn", {"systolic": reading.systolic or 0, "diastolic": reading.diastolic or 0}
    return "dm", {GLUCOSE_FIELDS[reading.moment or Moment.RANDOM]: str(reading.glucose)}


def of_values(kind: str, values: Mapping[str, Any], unit: str) -> Reading:
    """Return the reading that ``values`` were kept of."""
    if kind == Kind.BLOOD_PRESSURE:
        return pressure(values["systolic"], values["diastolic"])
    return Reading(
        Kind.GLUCOSE, Unit(unit), values["entered"], glucose=Decimal(values["glucose"]), moment=Moment(values["moment"])
    )


@dataclass(frozen=True)
class Band:
    """The reference of one line of a chart: from ``low`` to below ``high``."""

    label: str
    low: float
    high: float


def bands(kind: Kind, age: int, numbers: FollowUps) -> list[Band]:
    """Return what a chart shows as reference, in the order of its lines: mmHg, or mmol/L for a fasting value."""
    if kind is Kind.GLUCOSE:
        return [Band("空腹参考", FASTING_LOW, FASTING_LIMIT)]
    return [
        Band("高压参考", LOWEST_SYSTOLIC, systolic_limit(age, numbers)),
        Band("低压参考", LOWEST_DIASTOLIC, numbers.diastolic_limit),
    ]


def systolic_limit(age: int, numbers: FollowUps) -> int:
    """Return the systolic pressure to stay below, mmHg: higher from 65 on (§2.1)."""
    return numbers.systolic_limit_elderly if age >= numbers.elderly_min_age else numbers.systolic_limit


def trend_words(kind: Kind, rows: Sequence[Mapping[str, Any]], age: int, numbers: FollowUps) -> str:
    """Return the reference, and how the latest value compares with the one before and the mean; it judges nothing.

    Args:
        rows: ``values`` of the last 30 days, oldest first, the new one last. age: full years.
    """
    limits = bands(kind, age, numbers)
    reference = "、".join(f"{one.label}{one.low:g}到{one.high:g}" for one in limits)
    if len(rows) < 2:
        return f"{reference}。这是近30天的第一次。"
    names = ("systolic", "diastolic") if kind is Kind.BLOOD_PRESSURE else ("glucose",)
    labels = ("高压", "低压") if kind is Kind.BLOOD_PRESSURE else ("血糖",)
    said = []
    for name, label in zip(names, labels, strict=True):
        points = [Decimal(str(row[name])) for row in rows]
        step = points[-1] - points[-2]
        moved = "和上次一样" if not step else f"比上次{'高' if step > 0 else '低'}{abs(step):f}"
        mean = (sum(points, Decimal(0)) / len(points)).quantize(TENTH if name == "glucose" else Decimal(1))
        said.append(f"{label}{moved}，近30天{len(points)}次平均{mean:f}")
    return f"{reference}。" + "；".join(said) + "。"
