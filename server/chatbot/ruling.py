"""The rules of a region in an answer: ``{rule_<topic>}`` becomes a reviewed sentence, and the answer ends with its source."""

from collections.abc import Iterable, Mapping
from datetime import date

from server import policy as policies
from server.chatbot import wording
from server.chatbot.rule_topics import OURS, TOPICS, Said, region_of
from server.policy import texts
from server.policy.schema import Policy

PREFIX = "rule_"


class Quoting(dict[str, str]):
    """The words an answer is filled with. Rules are looked up when the text names them, and remembered."""

    def __init__(self, words: Mapping[str, str], policy: Policy) -> None:
        super().__init__(words)
        self._policy = policy
        self._quoted: dict[str, Said] = {}

    def __missing__(self, name: str) -> str:
        topic = name.removeprefix(PREFIX)
        said = TOPICS[topic](self._policy)
        if said is None:
            return ""
        self._quoted[topic] = said
        return wording.fill(name, (said.variant,), dict(said.filled))

    @property
    def leaves_open(self) -> bool:
        """Whether no document settles one of the quoted rules."""
        return any(said.is_open for said in self._quoted.values())

    @property
    def first_is_open(self) -> bool:
        """Whether no document settles the rule quoted first, the one that was asked about."""
        return next((said.is_open for said in self._quoted.values()), False)

    @property
    def source_lines(self) -> list[str]:
        """One line with the documents behind the quoted rules, each with its year; none when no rule was quoted."""
        found = dict[str, date]()
        for topic, said in self._quoted.items():
            part, _, key = said.path.partition(".")
            entry = policies.rules(region_of(self._policy, topic))[part, key].entry
            found.setdefault(entry.source, entry.since)
        ours = found.pop(OURS, None)
        if ours and not found:
            return [wording.fill("by_default", (), {"year": str(ours.year)})]
        known = texts.read("sources")
        named = "；".join(f"{known.get(source, source)}（{since.year}年）" for source, since in found.items())
        return [wording.fill("by_document", (), {"documents": named})] if found else []


def sentence(topic: str, policy: Policy) -> str:
    """Return what a region says about one topic, "" where it says nothing. Raises KeyError."""
    return Quoting({}, policy)[PREFIX + topic]


def quoted(topics: Iterable[str], policy: Policy) -> list[str]:
    """Return what a region says about some topics, in lines: the sentences, what is left open, the documents."""
    quoting = Quoting({}, policy)
    said = "".join(quoting[PREFIX + topic] for topic in topics)
    note = [wording.fill("open_note", (), {})] if quoting.leaves_open else []
    return [said, *note, *quoting.source_lines] if said else []
