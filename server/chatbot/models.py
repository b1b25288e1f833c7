"""One model for all questions, trained in seconds from ``data/``: softmax regression and naive Bayes on character grams.

They err differently; multiplied they are right more often than either (docs/chatbot.md has the figures, decision 0028
what else was tried). Training is deterministic: the same sentences always give the same model.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from server.chatbot.grams import grams, normalise

Floats = NDArray[numpy.float32]
Indices = NDArray[numpy.int32]
Vector = tuple[Indices, Floats]

ALARM = "emergency"
ROUNDS, RATE, DECAY = 8, 6.0, 0.3
EVENED_OUT = 0.7
"""How far rare labels are weighed up: 0 not at all, 1 as if all were equally frequent."""
SMOOTHING = 0.05


@dataclass(frozen=True)
class Example:
    """One labelled sentence; ``kind`` tells the kinds of emergency apart, which sound very different."""

    text: str
    label: str
    kind: str = ""


@dataclass(frozen=True)
class Opinion:
    """What the model makes of a text.

    ``ranked``: labels with probabilities, likeliest first. ``alarm``: how likely an emergency is, ``worry``: the same,
    less sharply (for the tier that must miss nothing). ``kind``: the likeliest kind of emergency.
    """

    ranked: list[tuple[str, float]]
    alarm: float
    worry: float
    kind: str


class Vectors:
    """TF-IDF weights of the grams of the sentences trained on; unknown grams say nothing."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.number_of: dict[str, int] = {}
        # numbers at once: the grams of all sentences as Python objects would take four times the memory
        self._counted = [self._learn(grams(normalise(text))) for text in texts]
        everything = numpy.concatenate([indices for indices, _ in self._counted])
        seen = numpy.bincount(everything, minlength=len(self.number_of))
        self.idf: Floats = (numpy.log((1 + len(self._counted)) / (1 + seen)) + 1).astype(numpy.float32)

    def _learn(self, document: Counter[str]) -> Vector:
        numbers = [self.number_of.setdefault(gram, len(self.number_of)) for gram in document]
        return numpy.array(numbers, dtype=numpy.int32), _counts(document.values())

    def learnt(self) -> list[Vector]:
        """Return the vectors of the sentences trained on, once."""
        rows = [(indices, self._scaled(indices, counts)) for indices, counts in self._counted]
        self._counted.clear()
        return rows

    def of(self, text: str) -> Vector:
        """Return the numbers of the known grams of a normalised text and their weights, scaled to length 1."""
        known = {gram: count for gram, count in grams(text).items() if gram in self.number_of}
        indices = numpy.array([self.number_of[gram] for gram in known], dtype=numpy.int32)
        return indices, self._scaled(indices, _counts(known.values()))

    def _scaled(self, indices: Indices, counts: Floats) -> Floats:
        weights = counts * self.idf[indices]
        length = float(numpy.sqrt(weights @ weights)) or 1.0
        return (weights / length).astype(numpy.float32)


def _counts(counts: Iterable[int]) -> Floats:
    return numpy.array([1 + math.log(count) for count in counts], dtype=numpy.float32)


class Model:
    """Which label, and how likely is an emergency?"""

    def __init__(self, examples: Iterable[Example]) -> None:
        known = list(examples)
        self.vectors = Vectors(example.text for example in known)
        rows = self.vectors.learnt()
        self.labels = sorted({example.label for example in known})
        fine = [f"{example.label}:{example.kind}" for example in known]
        self.fine = sorted(set(fine))
        self._coarse = numpy.array([self.labels.index(name.partition(":")[0]) for name in self.fine])
        self._alarms = [number for number, name in enumerate(self.fine) if name.startswith(f"{ALARM}:")]
        self.weights, self.bias = self._descend(rows, fine)
        self.logs = self._count(rows, [example.label for example in known])

    def judge(self, text: str) -> Opinion:
        """Say what a normalised text is about."""
        indices, values = self.vectors.of(text)
        fine = _softmax(values @ self.weights[indices] + self.bias)
        coarse = numpy.bincount(self._coarse, weights=fine, minlength=len(self.labels)).astype(numpy.float32)
        counted = _softmax(values @ self.logs[indices])
        both = coarse * counted
        both /= both.sum() or 1.0
        alarm = self.labels.index(ALARM) if ALARM in self.labels else None
        kind = self.fine[max(self._alarms, key=lambda number: float(fine[number]))] if self._alarms else ""
        return Opinion(
            [(self.labels[number], float(both[number])) for number in numpy.argsort(-both)],
            float(both[alarm]) if alarm is not None else 0.0,
            float(coarse[alarm] + counted[alarm]) / 2 if alarm is not None else 0.0,
            kind.partition(":")[2],
        )

    def counted(self, text: str) -> list[str]:
        """Return the labels of a normalised text by naive Bayes alone, likeliest first."""
        indices, values = self.vectors.of(text)
        return [self.labels[number] for number in numpy.argsort(-(values @ self.logs[indices]))]

    def knows(self, text: str) -> bool:
        """Tell whether at least one pair of neighbouring characters of a normalised text was ever seen."""
        return any(len(gram) == 2 and gram in self.vectors.number_of for gram in grams(text))

    def _descend(self, rows: list[Vector], labels: list[str]) -> tuple[Floats, Floats]:
        """Softmax regression by stochastic gradient descent; the mean over the later rounds generalises better."""
        number_of = {label: number for number, label in enumerate(self.fine)}
        often = Counter(labels)
        usual = sorted(often.values())[len(often) // 2]
        weights: Floats = numpy.zeros((len(self.vectors.idf), len(self.fine)), numpy.float32)
        bias: Floats = numpy.zeros(len(self.fine), numpy.float32)
        kept = numpy.zeros_like(weights)
        lessons = [
            (indices, values, number_of[label], (usual / often[label]) ** EVENED_OUT)
            for (indices, values), label in zip(rows, labels, strict=True)
            if len(indices)
        ]
        order = random.Random(7)  # noqa: S311 - a fixed shuffle
        for turn in range(ROUNDS):
            order.shuffle(lessons)
            step = RATE / (1 + DECAY * turn)
            for indices, values, label, share in lessons:
                error = _softmax(values @ weights[indices] + bias)
                error[label] -= 1
                error *= numpy.float32(step * share)
                weights[indices] -= numpy.multiply.outer(values, error)
                bias -= error * numpy.float32(0.1)
            if turn >= ROUNDS // 2:
                kept += weights
        return kept / numpy.float32(ROUNDS - ROUNDS // 2), bias

    def _count(self, rows: list[Vector], labels: list[str]) -> Floats:
        """Multinomial naive Bayes with equal priors."""
        totals = numpy.full((len(self.vectors.idf), len(self.labels)), SMOOTHING, numpy.float32)
        for (indices, values), label in zip(rows, labels, strict=True):
            totals[indices, self.labels.index(label)] += values
        logs: Floats = numpy.log(totals) - numpy.log(totals.sum(axis=0))
        return logs


def _softmax(scores: Floats) -> Floats:
    powers = numpy.exp(scores - scores.max())
    shares: Floats = (powers / powers.sum()).astype(numpy.float32)
    return shares
