"""Two small classifiers on character grams, trained in a fraction of a second from ``data/``; standard library only."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.chatbot.grams import grams, normalise


@dataclass(frozen=True)
class Example:
    """One labelled sentence."""

    text: str
    label: str


def weigh(counts: Counter[str], idf: dict[str, float]) -> dict[str, float]:
    """Return TF-IDF weights of the known grams, scaled to length 1; unknown grams say nothing."""
    weights = {gram: (1 + math.log(count)) * idf[gram] for gram, count in counts.items() if gram in idf}
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {gram: weight / length for gram, weight in weights.items()}


def inverse_frequencies(documents: Sequence[Counter[str]]) -> dict[str, float]:
    """Return the weight of each gram: rare ones tell more."""
    seen: Counter[str] = Counter()
    for document in documents:
        seen.update(document.keys())
    return {gram: math.log((1 + len(documents)) / (1 + count)) + 1 for gram, count in seen.items()}


class Trained:
    """A model that knows the grams of its examples."""

    idf: dict[str, float]

    def knows(self, text: str) -> bool:
        """Tell whether at least one pair of neighbouring characters of a normalised text was ever seen."""
        return any(len(gram) == 2 and gram in self.idf for gram in grams(text))


class NaiveBayes(Trained):
    """Multinomial naive Bayes on TF-IDF grams with equal priors: which of many labels?"""

    def __init__(self, examples: Iterable[Example], alpha: float = 0.05) -> None:
        known = list(examples)
        documents = [grams(normalise(example.text)) for example in known]
        self.idf = inverse_frequencies(documents)
        totals: dict[str, defaultdict[str, float]] = {}
        for example, document in zip(known, documents, strict=True):
            into = totals.setdefault(example.label, defaultdict(float))
            for gram, weight in weigh(document, self.idf).items():
                into[gram] += weight
        self.labels = sorted(totals)
        self.unseen: dict[str, float] = {}
        self.logs: dict[str, dict[str, float]] = {}
        for label, weights in totals.items():
            whole = math.log(sum(weights.values()) + alpha * len(self.idf))
            self.unseen[label] = math.log(alpha) - whole
            self.logs[label] = {gram: math.log(weight + alpha) - whole for gram, weight in weights.items()}

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Return all labels with their probabilities, most likely first. ``text`` is normalised."""
        weights = weigh(grams(text), self.idf)
        scores = {}
        for label in self.labels:
            logs, unseen = self.logs[label], self.unseen[label]
            scores[label] = sum(weight * logs.get(gram, unseen) for gram, weight in weights.items())
        best = max(scores.values())
        shares = {label: math.exp(score - best) for label, score in scores.items()}
        whole = sum(shares.values())
        return sorted(((label, share / whole) for label, share in shares.items()), key=lambda item: -item[1])


class Logistic(Trained):
    """Logistic regression on TF-IDF grams: how likely is it that the answer is yes?"""

    def __init__(self, examples: Iterable[Example], yes: str, *, rounds: int = 10, decay: float = 1e-3) -> None:
        known = list(examples)
        documents = [grams(normalise(example.text)) for example in known]
        self.idf = inverse_frequencies(documents)
        rows = [(weigh(doc, self.idf), example.label == yes) for doc, example in zip(documents, known, strict=True)]
        self.weights: defaultdict[str, float] = defaultdict(float)
        self.bias = 0.0
        share = max(sum(is_yes for _, is_yes in rows), 1) / len(rows)
        order = random.Random(7)  # noqa: S311 - a fixed shuffle, so that training always gives the same model
        for turn in range(rounds):
            order.shuffle(rows)
            step = 4.0 / (1 + turn / 4)
            for features, is_yes in rows:
                self._learn(features, is_yes, step * (0.5 / share if is_yes else 0.5 / (1 - share)), decay)

    def _learn(self, features: dict[str, float], is_yes: bool, step: float, decay: float) -> None:
        error = is_yes - self._probability(features)
        self.bias += step * error * 0.1
        for gram, weight in features.items():
            self.weights[gram] += step * (error * weight - decay * self.weights[gram])

    def _probability(self, features: dict[str, float]) -> float:
        score = self.bias + sum(weight * self.weights.get(gram, 0.0) for gram, weight in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))

    def probability(self, text: str) -> float:
        """Return the probability of yes, 0..1. ``text`` is normalised."""
        return self._probability(weigh(grams(text), self.idf))
