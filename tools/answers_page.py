"""Write docs/answers.md from the chatbot's answers and the regions' profiles: `python -m tools.answers_page`."""

from collections.abc import Iterable
from datetime import date

from server import chatbot, policy
from server.chatbot import Facts, Intent, Tier, Understood, wording
from server.chatbot.intents import ACTS
from server.chatbot.ruling import PREFIX, Quoting
from server.chatbot.triage import Finding
from tools.paths import ROOT

PAGE = ROOT / "docs" / "answers.md"
STRANGER = Facts()
SIGNED = Facts(
    contract="active", team_name="〔团队〕", team_phone="〔团队电话〕", team_hours="〔工作时间〕", doctor_name="〔团队长〕",
    address="〔地址〕", package="〔服务包〕", end_on=date(2027, 3, 1), centre_phone="〔机构电话〕",
)  # fmt: skip
"""Somebody under contract; what stands in brackets comes from his agreement."""

INTRO = """# What the chatbot says

Written by `python -m tools.answers_page` from `server/chatbot/answers/*.toml` and the profiles of the regions; a test compares
the two. Change an entry or a profile, not this page. First what each rule says, region by region; the last column names the
documents, as the resident reads them. Then the whole answers to somebody under contract that quote a rule. Who wrote each
sentence when, and from what, stands beside it in the files. How it is put together: [chatbot.md](chatbot.md), section Answers.
"""


def regions() -> list[str]:
    """The national base first, then the regions."""
    return [policy.BASE, *policy.regions()]


def answer(intent: Intent, region: str, facts: Facts = SIGNED) -> chatbot.Reply:
    """Return what somebody in a region is answered to a clear question."""
    asked = Understood(intent, (intent,), 1.0, Finding(Tier.NONE, 1.0))
    return chatbot.answer(asked, facts, policy.load(region))


def page() -> str:
    """docs/answers.md."""
    lines = [INTRO, *_rules(), "## Answers", ""]
    for intent in (one for one in Intent if one not in ACTS):
        if "{" + PREFIX in wording.chosen(str(intent), ("active",)).text:
            lines += _answers(intent)
    return "\n".join(lines)


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def _rules() -> list[str]:
    lines = []
    for key in sorted(key for key in wording.all_answers() if key.startswith(PREFIX)):
        topic = key.removeprefix(PREFIX).partition(".")[0]
        heading = f"## {topic}"
        if heading not in lines:
            lines += [heading, "", *_table(["regions", "sentence", "documents"], _by_sentence(topic)), ""]
    return lines


def _by_sentence(topic: str) -> list[list[str]]:
    said: dict[tuple[str, str], list[str]] = {}
    for region in regions():
        quoting = Quoting({}, policy.load(region))
        sentence = quoting[PREFIX + topic] or "–"
        said.setdefault((sentence, " ".join(quoting.source_lines) or "–"), []).append(region)
    return [[", ".join(names), sentence, source] for (sentence, source), names in said.items()]


def _answers(intent: Intent) -> list[str]:
    said: dict[tuple[str, bool], list[str]] = {}
    for region in regions():
        reply = answer(intent, region)
        said.setdefault((reply.text.removeprefix(wording.LABEL).replace("\n", "<br>"), reply.hand_over), []).append(
            region
        )
    rows = [
        ["all" if len(said) == 1 else ", ".join(names), text, "yes" if hand_over else "no"]
        for (text, hand_over), names in said.items()
    ]
    return [f"### {intent}", "", *_table(["regions", "answer", "to the team"], rows), ""]


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    return [_line(heads), _line("---" for _ in heads), *(_line(row) for row in rows)]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
