"""Nothing people read promises what contracting is not: free, or a service at home (CA-08).

The visit reminder may say 上门访视: that is one agreed visit, not what contracting is. What people ask the bot
(chatbot/data) and the names WeChat gives its templates are not our words.
"""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests import source

PROMISES = re.compile(
    r"免费|不收费|不要钱|不用付钱|零费用|上门服务|上门看病|上门诊疗|上门医疗|送医上门|随叫随到|私人医生"
)
HOME = re.compile(r"上门(?!访视|前)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHOWN = {"server": (".toml", ".html"), "miniprogram_stub": (".js", ".wxml", ".json")}
COMMENT = re.compile(r"^\s*(?://|/?\*)[^\n]*|<!--[\s\S]*?-->|\{#[\s\S]*?#\}", re.MULTILINE)


def literals(text: str) -> Iterator[str]:
    """The string literals of Python code, without docstrings and comments."""
    tree = ast.parse(text)
    own = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own:
            yield node.value


def values(profile: str) -> Iterator[str]:
    """The texts among a profile's values; the clauses beside them quote the sources and are shown to nobody."""
    for part in tomllib.loads(profile).values():
        for row in part.values() if isinstance(part, dict) else ():
            yield from (text for text in (row.get("value"),) if isinstance(text, str))


def people_read() -> dict[str, str]:
    """By file: everything in it that somebody may see on a phone, in a chat, on paper or in the workbench."""
    found = {}
    for path in source.tracked():
        name = source.name_of(path)
        if "/migrations/" in name:
            continue
        if name.startswith("server/policy/profiles/"):
            found[name] = "\n".join(values(path.read_text(encoding="utf-8")))
        elif name.startswith("server/") and path.suffix == ".py":
            found[name] = "\n".join(text for text in literals(path.read_text(encoding="utf-8")) if CHINESE.search(text))
        elif path.suffix in SHOWN.get(name.partition("/")[0], ()):
            found[name] = COMMENT.sub("", path.read_text(encoding="utf-8"))
    return found


def test_nothing_calls_contracting_free_or_a_home_service() -> None:
    texts = people_read()

    for place in ("chatbot/answers/", "policy/documents/", "policy/profiles/", "policy/notices.py", "templates/"):
        assert [name for name in texts if name.startswith(f"server/{place}")], place
    assert sum(bool(CHINESE.search(text)) for text in texts.values()) > 60
    assert {name: PROMISES.findall(text) for name, text in texts.items() if PROMISES.search(text)} == {}


def test_what_residents_read_before_signing_speaks_of_no_visits() -> None:
    """Whoever chooses or signs must not expect a doctor at the door; a visit is agreed later, one by one."""
    before = ("server/chatbot/answers/", "server/policy/documents/", "miniprogram_stub/pages/teams/")
    texts = people_read()
    read = {name: text for name, text in texts.items() if name.startswith((*before, "miniprogram_stub/pages/sign/"))}

    assert len(read) > 10
    assert {name: HOME.findall(text) for name, text in read.items() if "上门" in text} == {}


@pytest.mark.parametrize("promise", ["签约免费", "医生提供上门服务", "免费服务包", "签约后随叫随到"])
def test_a_promise_would_be_found(promise: str) -> None:
    assert PROMISES.search(promise)
    assert not PROMISES.search("上门访视：请于11月21日前") and not PROMISES.search("居民个人不另付费")
