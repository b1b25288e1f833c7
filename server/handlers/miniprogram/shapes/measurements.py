"""Self-measured values: what comes in, and how they are shown to the person, his family and his team."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field

from server.handlers.miniprogram.shapes.edges import In, Out, PageIn, Whole, instant
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.models.agreement import Agreement
from server.models.measurement import OUTCOMES, SOURCES, Measurement, MeasurementReview
from server.policy import measuring
from server.policy.measuring import Kind, MeasurementImpossible, Moment, Reading, Unit, Verdict
from server.policy.schema import FollowUps

EMERGENCY = "数值危急。请马上坐下休息，身边留人，立即拨打120，不要自己开车去医院。不要自行加减药。"
HIGH = "数值超出参考范围。请休息后再测一次，按平时的安排服药，家庭医生会查看。身体不舒服请拨打120。"
FINE = "已记下。请继续按医生的安排监测。"
ADVICE = {Verdict.EMERGENCY: EMERGENCY, Verdict.HIGH: HIGH, Verdict.FINE: FINE}


class WhoseIn(PageIn):
    """Whose values: mine where nobody is named; of one kind, or all."""

    for_id: str | None = Field(default=None, max_length=26)
    kind: Kind | None = None


class TrendIn(In):
    """Whose chart, of what, over how many days."""

    for_id: str | None = Field(default=None, max_length=26)
    kind: Kind = Kind.BLOOD_PRESSURE
    days: Literal["30", "90", "365"] = "30"


class MeasuredIn(In):
    """One value: both pressures in mmHg, or a glucose as the meter shows it, with its unit."""

    client_id: str = Field(min_length=1, max_length=64)
    kind: Kind
    systolic: Whole | None = None
    diastolic: Whole | None = None
    glucose: str | None = Field(default=None, pattern=r"^\d{1,3}(\.\d{1,2})?$")
    unit: Literal["mmol/L", "mg/dL"] = "mmol/L"
    moment: Moment = Moment.RANDOM
    measured_at: AwareDatetime | None = None
    source: Literal["page", "device"] = "page"
    confirmed: bool = False
    for_id: str | None = Field(default=None, max_length=26)

    def reading(self) -> Reading:
        """Return the value. Raises MeasurementImpossible."""
        if self.kind is Kind.GLUCOSE:
            if self.glucose is None:
                raise MeasurementImpossible("请填写血糖数值")
            return measuring.glucose(self.glucose, Unit(self.unit), self.moment)
        if self.systolic is None or self.diastolic is None:
            raise MeasurementImpossible("请填写高压和低压两个数值")
        return measuring.pressure(self.systolic, self.diastolic)


class ReviewedIn(In):
    """What the team did."""

    outcome: Literal["contacted", "visit", "referred", "no_action"]
    note: str = Field(default="", max_length=500)


class MeasurementOut(Out):
    """One value. ``value`` as people say it; ``points`` are the numbers of the chart."""

    id: str
    kind: str
    value: str
    unit: str
    moment_label: str
    entered: str
    points: list[float]
    verdict: str
    verdict_label: str
    measured_at: str
    source_label: str

    @classmethod
    def of(cls, row: Measurement) -> Self:
        """Show a value."""
        values = row.values
        is_pressure = row.kind == Kind.BLOOD_PRESSURE
        points = [values["systolic"], values["diastolic"]] if is_pressure else [values["glucose"]]
        as_entered = "" if row.unit != Unit.MG else f"{values['entered']} {row.unit}"
        return cls(
            id=row.id,
            kind=row.kind,
            value="/".join(str(point) for point in points),
            unit=Unit.MMHG if is_pressure else Unit.MMOL,
            moment_label="" if is_pressure else measuring.MOMENT_LABELS[Moment(values["moment"])],
            entered=as_entered,
            points=[float(point) for point in points],
            verdict=row.verdict,
            verdict_label=measuring.VERDICT_LABELS[Verdict(row.verdict)],
            measured_at=instant(row.measured_at),
            source_label=SOURCES[row.source],
        )


class RecordedOut(Out):
    """A value that was written down, and what to do now."""

    measurement: MeasurementOut
    advice: str
    is_emergency: bool
    team_name: str
    team_phone: str
    address: str

    @classmethod
    def of(cls, row: Measurement, agreement: Agreement | None) -> Self:
        """Show what to do; whom to call and where they are (N-09)."""
        team = agreement.team if agreement else None
        return cls(
            measurement=MeasurementOut.of(row),
            advice=ADVICE[Verdict(row.verdict)],
            is_emergency=row.verdict == Verdict.EMERGENCY,
            team_name=team.name if team else "",
            team_phone=team.phone if team else "",
            address=team.organisation.address if team else "",
        )


class BandOut(Out):
    """The reference a chart shows: from ``low`` to below ``high``, for one line each."""

    label: str
    low: float
    high: float


class TrendOut(Out):
    """A chart: values, oldest first, and the reference."""

    kind: str
    unit: str
    lines: list[str]
    bands: list[BandOut]
    from_at: str
    until_at: str
    items: list[MeasurementOut]

    @classmethod
    def of(
        cls, kind: Kind, rows: Sequence[Measurement], age: int, numbers: FollowUps, span: tuple[datetime, datetime]
    ) -> Self:
        """Show the values of one kind."""
        is_pressure = kind is Kind.BLOOD_PRESSURE
        return cls(
            kind=kind,
            unit=Unit.MMHG if is_pressure else Unit.MMOL,
            lines=["高压", "低压"] if is_pressure else ["血糖"],
            bands=[BandOut(label=one.label, low=one.low, high=one.high) for one in measuring.bands(kind, age, numbers)],
            from_at=instant(span[0]),
            until_at=instant(span[1]),
            items=[MeasurementOut.of(row) for row in rows],
        )


class ReviewOut(Out):
    """Somebody whose values the team has to look at."""

    id: str
    resident: ContactOut
    measurement: MeasurementOut
    is_emergency: bool
    values_count: int
    opened_at: str
    seen: bool
    status: str
    outcome_label: str

    @classmethod
    def of(cls, row: MeasurementReview) -> Self:
        """Show a review to the team."""
        return cls(
            id=row.id,
            resident=ContactOut.of(row.resident),
            measurement=MeasurementOut.of(row.measurement),
            is_emergency=row.is_emergency,
            values_count=row.values_count,
            opened_at=instant(row.opened_at),
            seen=row.seen_at is not None,
            status=row.status,
            outcome_label=OUTCOMES.get(row.outcome or "", ""),
        )


def reviewed(row: MeasurementReview | None) -> dict[str, Any] | None:
    """Show a review that may not be there."""
    return ReviewOut.of(row).model_dump() if row else None
