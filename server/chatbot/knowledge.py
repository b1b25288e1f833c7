"""The labelled sentences of ``data/`` and the model trained on them, once per process."""

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from server.chatbot.models import Example, Model

DATA = Path(__file__).parent / "data"
HELD_OUT = Path(__file__).parent / "held_out"
"""Labelled messages that are never trained on: they show how well the rest was learnt."""


def read(folder: Path) -> tuple[dict[str, Any], ...]:
    """Return the rows of every file in a folder, one JSON object a line."""
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    return tuple(json.loads(line) for line in lines if line.strip())


@functools.cache
def rows() -> tuple[dict[str, Any], ...]:
    """Return the labelled sentences the bot learns from."""
    return read(DATA)


def train(examples: Iterable[dict[str, Any]]) -> Model:
    """Return a model of labelled sentences (``text``, ``intent``, ``emergency_type``)."""
    return Model([Example(row["text"], row["intent"], row.get("emergency_type") or "") for row in examples])


@functools.cache
def acts() -> Model:
    """The model of what people do inside an open flow: affirm, deny, cancel_flow, inform."""
    return Model([Example(row["text"], row["act"]) for row in read(DATA / "in_flow")])


@functools.cache
def model() -> Model:
    """The model trained on everything we have (a few seconds)."""
    return train(rows())
