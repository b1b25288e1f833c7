"""The labelled sentences of ``data/``, those learnt since, and the model trained on them, once per process."""

import functools
import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.chatbot.models import Example, Model

DATA = Path(__file__).parent / "data"
HELD_OUT = Path(__file__).parent / "held_out"
"""Labelled messages that are never trained on: they show how well the rest was learnt."""
FRESH = HELD_OUT / "fresh"
"""Others, by a voice that knew neither the sentences of ``data/`` nor the models: each file was measured before it was read."""

DELIVERED = ""
"""The version that knows nothing but ``data/``."""


@dataclass(frozen=True)
class Known:
    """A model, and the version of the sentences it was trained on."""

    version: str
    model: Model


_turn = threading.Lock()
_now: dict[str, Known] = {}


def read(folder: Path) -> tuple[dict[str, Any], ...]:
    """Return the rows of every file in a folder, one JSON object a line."""
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    return tuple(json.loads(line) for line in lines if line.strip())


@functools.cache
def rows() -> tuple[dict[str, Any], ...]:
    """Return the labelled sentences the bot was delivered with."""
    return read(DATA)


def train(examples: Iterable[dict[str, Any]]) -> Model:
    """Return a model of labelled sentences (``text``, ``intent``, ``emergency_type``)."""
    return Model([Example(row["text"], row["intent"], row.get("emergency_type") or "") for row in examples])


@functools.cache
def acts() -> Model:
    """The model of what people do inside an open flow: affirm, deny, cancel_flow, inform."""
    return Model([Example(row["text"], row["act"]) for row in read(DATA / "in_flow")])


def train_with(more: Sequence[dict[str, Any]]) -> Model:
    """Return a model of the delivered sentences and more of the same form; the same rows always give the same model."""
    return train([*rows(), *more])


def model() -> Model:
    """The model in use; the first call trains it (a few seconds)."""
    known = _now.get("known")
    return known.model if known else learn(DELIVERED, ()).model


def version() -> str:
    """Return which sentences the model in use was trained on; DELIVERED before anything else was learnt."""
    known = _now.get("known")
    return known.version if known else DELIVERED


def learn(new: str, more: Sequence[dict[str, Any]]) -> Known:
    """Train on the delivered sentences and ``more``, then answer with that (a few seconds; until then the old model does).

    Args:
        new: names the rows: a version known already trains nothing.
    """
    with _turn:
        known = _now.get("known")
        if known is None or known.version != new:
            known = _now["known"] = Known(new, train_with(more))
        return known
