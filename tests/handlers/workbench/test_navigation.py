"""The menu: every page of it opens and is marked, and every page that says where it is stands in it."""

import re

import pytest
from apiflask import APIFlask
from flask import url_for

from server.handlers.workbench.navigation import GROUPS, Entry
from tests import source
from tests.handlers.workbench.browser import Browser

ENTRIES = [entry for group in GROUPS for entry in group.entries]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_each_entry_opens_and_is_marked(app: APIFlask, browser: Browser, entry: Entry) -> None:
    with app.test_request_context():
        address = url_for(f"workbench.{entry.endpoint}")

    page = browser.get(address.removeprefix("/workbench"))

    assert page.status_code == 200
    group = next(group for group in GROUPS if group.holds(entry.key))
    marks = re.findall(r'aria-current="(true|page)">([^<]+)</a>', page.text)
    assert ("true", group.label) in marks
    assert len(group.entries) == 1 or ("page", entry.label) in marks


def test_keys_are_unique_and_every_page_stands_in_the_menu() -> None:
    keys = [entry.key for entry in ENTRIES]
    said = set()
    for path in source.python_files("server/handlers/workbench"):
        said |= set(re.findall(r'here="(\w+)"', path.read_text(encoding="utf-8")))

    assert len(keys) == len(set(keys))
    assert said == set(keys)
