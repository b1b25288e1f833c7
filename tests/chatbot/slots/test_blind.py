"""How well slots are read in messages that were labelled before anybody tried the grammar on them: blind.txt."""

from datetime import date

from server.chatbot.slots import extract
from server.chatbot.slots.scoring import report, slot_scores
from tests.chatbot.slots.tables import expected, rows

TODAY = date(2026, 11, 21)
"""A Saturday."""


def test_slots_are_read_in_other_peoples_sentences() -> None:
    labelled, found = [], []
    for text, flow, asked, said in rows("blind.txt"):
        state = {"intent": "inform", "state": {"flow": flow, "asked": asked}} if asked else {"intent": flow}
        labelled.append({**state, "slots": expected(said)})
        found.append(extract(text, TODAY, asked=asked or None, flow=flow))

    scores = slot_scores(labelled, found)

    assert scores["micro"].f1 >= 0.96, report(scores)
    assert min(score.f1 for score in scores.values()) >= 0.9, report(scores)
