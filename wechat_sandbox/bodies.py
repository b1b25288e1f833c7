"""Callback bodies as WeChat writes them, and a careful reader for the answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from .apps import App
from .people import Person

Fields = dict[str, Any]
MAX_ANSWER_BYTES = 1_000_000
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass
class Push:
    """One message or event on its way to a callback. `visible`: a failure shows a line in the chat."""

    app: App
    person: Person
    openid: str
    fields: Fields
    json_fields: Fields | None = None
    visible: bool = True

    @property
    def event(self) -> str:
        return str(self.fields.get("Event", ""))

    @property
    def is_message(self) -> bool:
        return bool(self.fields["MsgType"] != "event")


def cdata(text: str) -> str:
    """A CDATA section; `]]>` inside is split in two, characters XML forbids are left out."""
    return "<![CDATA[" + _NOT_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        return f"<{name}>{_elements(value)}</{name}>"
    inner = str(value) if isinstance(value, int | float) else cdata(str(value))
    return f"<{name}>{inner}</{name}>"


def _elements(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def to_xml(fields: Fields) -> str:
    """`<xml>…</xml>`; texts in CDATA, numbers bare, lists as repeated elements."""
    return f"<xml>{_elements(fields)}</xml>"


def render(push_format: str, push: Push, extra: Fields | None = None) -> str:
    """The plain body of a push in the account's format, with `extra` fields behind."""
    more = extra or {}
    if push_format == "json":
        return json.dumps((push.json_fields or push.fields) | more, ensure_ascii=False)
    return to_xml(push.fields | more)


def render_envelope(push_format: str, original_id: str, encrypted: str) -> str:
    """The body in secure mode."""
    fields = {"ToUserName": original_id, "Encrypt": encrypted}
    return json.dumps(fields) if push_format == "json" else to_xml(fields)


class Unreadable(ValueError):
    """Not the XML or JSON object that was expected."""


def read_xml(text: str) -> Fields:
    """The children of `<xml>` as nested dicts of texts; a repeated name becomes a list. No DTD, no entities."""
    if len(text) > MAX_ANSWER_BYTES or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("refused")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Unreadable(str(error)) from error
    if root.tag != "xml":
        raise Unreadable("the root element is not <xml>")
    return _children(root)


def _children(element: ElementTree.Element) -> Fields:
    found: Fields = {}
    for child in element:
        value: Any = _children(child) if len(child) else (child.text or "")
        if child.tag in found:
            earlier = found[child.tag]
            found[child.tag] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            found[child.tag] = value
    return found


def read(text: str, push_format: str) -> Fields:
    """An answer in the account's format; Unreadable otherwise."""
    if push_format != "json":
        return read_xml(text)
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(fields, dict):
        raise Unreadable("not an object")
    return fields
