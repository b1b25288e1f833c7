"""A resident's short record beside the conversation, asked for with one click: what the phone's doctor pages read of him."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response

from server import clock
from server.access import doctor, free_numbers, measurements
from server.access import followups as contacts
from server.actions import measurements as looking
from server.actions import serving
from server.handlers import context
from server.handlers.desk.conversation import agreement_of, given, page_of, typed
from server.handlers.desk.leading import NotServed
from server.handlers.miniprogram.doctor.followups import shown
from server.handlers.miniprogram.shapes.followups import FollowUpOut, LastOut, measured
from server.handlers.miniprogram.shapes.measurements import MeasurementOut
from server.models import Agreement, Appointment, FollowUp
from server.models.appointment import OPEN
from server.policy import programmes
from server.policy.measuring import Kind

DAYS = 30
LATEST = 4
LABELS = {Kind.BLOOD_PRESSURE: "血压", Kind.GLUCOSE: "血糖"}
WIDTH, HEIGHT, EDGE = 280, 64, 6
"""Of the drawn line, in its own units."""


@dataclass(frozen=True)
class Series:
    """What he measured of one kind in 30 days: the latest values, newest first, the mean before, and lines to draw."""

    label: str
    latest: list[MeasurementOut]
    before: str
    lines: list[str]


@dataclass(frozen=True)
class Record:
    """What a doctor wants to know before he answers; nothing in it names the person."""

    agreement: Agreement
    programmes: list[str]
    """Those in which nothing is planned; the others stand among what is planned."""
    series: list[Series]
    last: LastOut | None
    last_class: str
    planned: list[FollowUpOut]
    booked: list[Appointment]


def show(conversation_id: str) -> Response:
    """Show the conversation with the record; both are on record, and it counts as having looked at the values."""
    row = given(conversation_id)
    agreement = agreement_of(row)
    if agreement is None:
        raise NotServed()
    looking.look(agreement.resident, by=context.as_staff())
    serving.note_seen(agreement, by=context.as_staff())
    return page_of(row, draft=typed(), record=_of(agreement))


def _of(agreement: Agreement) -> Record:
    resident, staff, today = agreement.resident, context.staff(), clock.today()
    last = contacts.last_done([resident.id]).get(resident.id)
    first: dict[str, FollowUp] = {}
    for one in contacts.open_of(resident, staff, today):
        first.setdefault(one.programme, one)
    taken_into = doctor.programmes([resident.id], staff).get(resident.id, [])
    return Record(
        agreement=agreement,
        programmes=[programmes.load(one, today).title for one in taken_into if one not in first],
        series=[one for one in (_series(agreement, kind) for kind in LABELS) if one is not None],
        last=measured(last),
        last_class=last.judgement.get("class_label") or "" if last else "",
        planned=shown(list(first.values())),
        booked=free_numbers.coming(resident, OPEN),
    )


def _series(agreement: Agreement, kind: Kind) -> Series | None:
    rows = [MeasurementOut.of(one) for one in measurements.trend(agreement.resident, kind, DAYS, clock.now())]
    if not rows:
        return None
    earlier = [one.points for one in rows[:-1] if one.moment_label == rows[-1].moment_label]
    return Series(LABELS[kind], rows[::-1][:LATEST], _mean(earlier), drawn([one.points for one in rows]))


def _mean(earlier: Sequence[Sequence[float]]) -> str:
    if not earlier:
        return ""
    means = [sum(values) / len(earlier) for values in zip(*earlier, strict=True)]
    return f"前{len(earlier)}次平均 {'/'.join(f'{one:.0f}' if one >= 30 else f'{one:.1f}' for one in means)}"


def drawn(points: Sequence[Sequence[float]]) -> list[str]:
    """Return the points of each line of a chart as SVG writes them; of a single value there is nothing to draw.

    Args:
        points: oldest first, as many numbers in each as there are lines.
    """
    if len(points) < 2:
        return []
    every = [one for values in points for one in values]
    low, span = min(every), max(every) - min(every) or 1.0
    step = (WIDTH - 2 * EDGE) / (len(points) - 1)
    return [
        " ".join(
            f"{EDGE + number * step:.1f},{HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE):.1f}"
            for number, value in enumerate(line)
        )
        for line in zip(*points, strict=True)
    ]
