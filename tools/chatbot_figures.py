"""``python -m tools.chatbot_figures [file.jsonl]``: how well the chatbot understands labelled messages.

Without a file: the messages kept apart in ``server/chatbot/held_out``, and those of ``held_out/fresh``. ``--voices``: also
each voice of ``data/`` by a model that never saw it, and how varied the sentences are. ``--yardstick``:
also how hard each file is.
"""

import argparse
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from server.chatbot import knowledge, measuring
from server.chatbot.__main__ import answer_row
from server.chatbot.grams import grams, normalise

NEIGHBOURS_OF = 400


def main() -> int:
    """Print the figures, and what training and a message cost."""
    parser = argparse.ArgumentParser(prog="python -m tools.chatbot_figures", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", nargs="?", help="labelled messages, one JSON object a line")
    parser.add_argument("--today", default="2026-11-21", help="reference day of rows without one")
    parser.add_argument("--voices", action="store_true", help="leave out one voice of the data after the other")
    parser.add_argument("--yardstick", action="store_true", help="what the reference's naive Bayes makes of each file")
    chosen = parser.parse_args()
    rows = read(Path(chosen.file)) if chosen.file else list(knowledge.read(knowledge.HELD_OUT))
    started = time.perf_counter()
    knowledge.model()
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"trained in {time.perf_counter() - started:.1f} s, {taken:.0f} MB; {len(knowledge.rows())} sentences")
    show("kept apart" if not chosen.file else chosen.file, rows, chosen.today)
    fresh = {file.stem: read(file) for file in sorted(knowledge.FRESH.glob("*.jsonl"))} if not chosen.file else {}
    for name, messages in fresh.items():
        show(f"fresh, {name}", messages, chosen.today)
    if chosen.yardstick:
        yardstick({"first of all": rows, **fresh})
    if chosen.voices:
        for voice in sorted({voice_of(row) for row in knowledge.rows()}):
            leave_out(voice)
        variety()
    return 0


def read(file: Path) -> list[dict[str, Any]]:
    """Return the rows of one file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def show(name: str, rows: list[dict[str, Any]], today: str) -> None:
    """Print the figures of labelled rows."""
    outputs = [answer_row({"today": today, **row}) for row in rows]
    spent = sorted(output["ms"] for output in outputs)
    print(f"\n{name}: {len(rows)} messages, {spent[len(spent) // 2]} ms, p99 {spent[int(len(spent) * 0.99)]} ms")
    has_slots = any(row.get("slots") for row in rows)
    for figure, value in measuring.figures(rows, outputs).items():
        if figure == "slots_f1" and not has_slots:
            continue  # not labelled
        print(f"  {figure:20} {value:.3f}")


def yardstick(files: dict[str, list[dict[str, Any]]]) -> None:
    """Print how hard files are: what naive Bayes makes of them that knows the reference's examples and nothing else.

    The reference reports the same of both its acceptance sets, which nobody here has seen (docs/chatbot.md).
    """
    models = [knowledge.train(read(knowledge.DATA / "intents.jsonl"))]
    models.append(knowledge.train(read(knowledge.DATA / "intents.jsonl") + read(knowledge.DATA / "emergencies.jsonl")))
    print("\nnaive Bayes of the reference's examples, without and with its emergencies: right, among the first three")
    for name, rows in files.items():
        single = [row for row in rows if not row.get("context")]
        good = [{row["intent"], *row.get("also_ok", ())} for row in single]
        shares = []
        for model, most in ((model, most) for model in models for most in (1, 3)):
            ranked = [model.counted(normalise(row["text"]))[:most] for row in single]
            right = sum(not wanted.isdisjoint(labels) for wanted, labels in zip(good, ranked, strict=True))
            shares.append(f"{right / len(single):.3f}")
        print(f"  {name:20} {' '.join(shares)}")


def voice_of(row: dict[str, Any]) -> str:
    """Return who wrote a sentence: the letters of its id."""
    return str(row["id"]).rstrip("0123456789")


def leave_out(voice: str) -> None:
    """Print how well a model that never saw a voice tells what it wants and what is an emergency."""
    theirs = [row for row in knowledge.rows() if voice_of(row) == voice]
    model = knowledge.train(row for row in knowledge.rows() if voice_of(row) != voice)
    right = sum(
        model.judge(normalise(row["text"])).ranked[0][0] in {row["intent"], *row.get("also_ok", ())} for row in theirs
    )
    alarms = [model.judge(normalise(row["text"])) for row in theirs if row["intent"] == "emergency"]
    heard = sum(opinion.worry > 0.1 for opinion in alarms)
    print(f"\nwithout {voice}: {len(theirs)} messages, intent {right / len(theirs):.3f}, ", end="")
    print(f"emergencies heard {heard / len(alarms):.3f}" if alarms else "no emergencies")


def variety() -> None:
    """Print how different the sentences are: distinct pairs of characters each, and how near the nearest other is."""
    bags = [frozenset(gram for gram in grams(normalise(row["text"])) if len(gram) == 2) for row in knowledge.rows()]
    where: dict[str, list[int]] = {}
    for number, bag in enumerate(bags):
        for gram in bag:
            where.setdefault(gram, []).append(number)
    nearest = []
    for number in range(0, len(bags), max(len(bags) // NEIGHBOURS_OF, 1)):
        shared = Counter(other for gram in bags[number] for other in where[gram] if other != number)
        best = (count / len(bags[number] | bags[other]) for other, count in shared.most_common(50))
        nearest.append(max(best, default=0.0))
    nearest.sort()
    print(
        f"\n{len(where) / len(bags):.2f} distinct pairs of characters a sentence; nearest other sentence (Jaccard):",
        end=" ",
    )
    print(f"median {nearest[len(nearest) // 2]:.2f}, 95 % below {nearest[int(len(nearest) * 0.95)]:.2f}")


if __name__ == "__main__":
    sys.exit(main())
