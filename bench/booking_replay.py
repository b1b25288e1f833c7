"""The statements of one booking, written down once and sent again for other people, slots and numbers."""

import re
from dataclasses import dataclass, replace
from typing import Any

from bench import replay
from bench.stage import Stage
from server.access.accounts import token_hash
from server.models import Appointment

COLUMNS = re.compile(rf"INSERT INTO `?{Appointment.__tablename__}`? \(([^)]*)\)")


@dataclass(frozen=True)
class Order:
    """Who wants which slot, and the number he gets there when it is the thin client that books."""

    token: str
    resident_id: str
    agreement_id: str
    slot_id: str
    number: int


@dataclass(frozen=True)
class Booked:
    """A booking that was recorded."""

    order: Order
    recorded: replay.Recording


def record(stage: Stage, order: Order, path: str) -> Booked:
    """Book in this process and write down what the database was told. Raises RuntimeError when it was refused."""
    body, headers = {"slot_id": order.slot_id}, {"Authorization": f"Bearer {order.token}"}
    with replay.recording() as recorded:
        answer = stage.app.test_client().post(path, json=body, headers=headers)
    if answer.status_code != 201 or not answer.json:
        raise RuntimeError(f"the booking to record was answered {answer.status_code}: {answer.text}")
    return Booked(replace(order, number=answer.json["number"]), recorded)


def statements_for(booked: Booked, order: Order) -> list[tuple[str, Any]]:
    """Return the statements of the same booking for somebody else."""
    old = booked.order
    ids = {
        old.resident_id: order.resident_id,
        old.agreement_id: order.agreement_id,
        old.slot_id: order.slot_id,
    }
    values = {
        token_hash(old.token): token_hash(order.token),
        f"{order.slot_id}:{old.number}": f"{order.slot_id}:{order.number}",
    }
    return [(sql, _changed(sql, parameters, values, order)) for sql, parameters in booked.recorded.for_other(ids)]


def _changed(sql: str, parameters: Any, values: dict[str, str], order: Order) -> Any:
    """Give the appointment its number, and every other value that names the person or the place its own."""
    if isinstance(parameters, list):  # several rows
        return [_changed(sql, row, values, order) for row in parameters]
    columns = COLUMNS.match(sql)
    if isinstance(parameters, dict):
        named = {
            key: values.get(value, value) if isinstance(value, str) else value for key, value in parameters.items()
        }
        return named | {"number": order.number} if columns else named
    listed = [values.get(value, value) if isinstance(value, str) else value for value in parameters]
    if columns:
        listed[[name.strip(" `") for name in columns.group(1).split(",")].index("number")] = order.number
    return type(parameters)(listed)
