"""The templates of each account: where they come from, what they look like, which data they take."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import fields
from .apps import App
from .defaults import ONE_TIME, SERVICE_TEMPLATES, SUBSCRIBE_TEMPLATES, TemplateSpec
from .endpoints import Json
from .errors import ControlError, WechatError

if TYPE_CHECKING:
    from .world import World

SUBSCRIBE, MESSAGE = "subscribe", "message"
_KEY = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
EXAMPLES = {
    "thing": "家庭医生健康随访",
    "time": "2026年11月21日 09:00",
    "date": "2026年11月21日",
    "phone_number": "0816-1234567",
    "phrase": "已通过",
    "character_string": "HT20261121",
    "number": "3",
    "amount": "0元",
    "name": "王医生",
}


@dataclass
class Template:
    """One private template; `kind` is subscribe or message (template messages of service accounts)."""

    id: str
    appid: str
    title: str
    content: str
    kind: str = SUBSCRIBE
    type: int = ONE_TIME
    enums: dict[str, list[str]] = field(default_factory=dict)
    banned: bool = False
    lines: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = []
        for line in self.content.splitlines():
            for key in _KEY.findall(line):
                label = _KEY.sub("", line).strip().rstrip(":：")
                self.lines.append((key, label))

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.lines]

    @property
    def example(self) -> str:
        return "\n".join(f"{label}:{EXAMPLES.get(fields.kind_of(key), '示例')}" for key, label in self.lines)

    def rows(self, data: Json) -> list[dict[str, str]]:
        """The card a person sees: label and value, in the template's order."""
        return [
            {"label": label, "value": str(data[key]["value"])}
            for key, label in self.lines
            if isinstance(data.get(key), dict) and data[key].get("value")
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "appid": self.appid,
            "title": self.title,
            "content": self.content,
            "example": self.example,
            "kind": self.kind,
            "type": self.type,
            "enums": self.enums,
            "banned": self.banned,
            "rows": [
                {"key": key, "label": label, "example": EXAMPLES.get(fields.kind_of(key), "示例")}
                for key, label in self.lines
            ],
        }


def content_of(keys: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in keys)


class Templates:
    """All templates by account and id, and the public library they were taken from."""

    def __init__(self, miniprogram: str, service_account: str) -> None:
        self._templates: dict[tuple[str, str], Template] = {}
        self.library: dict[str, TemplateSpec] = {}
        for number, spec in enumerate(SUBSCRIBE_TEMPLATES, start=401):
            self.library[str(number)] = spec
            self.add(Template(spec.id, miniprogram, spec.title, content_of(spec.keys), type=spec.type))
        for spec in SERVICE_TEMPLATES:
            self.add(Template(spec.id, service_account, spec.title, content_of(spec.keys), kind=MESSAGE))

    def add(self, template: Template) -> Template:
        self._templates[template.appid, template.id] = template
        return template

    def get(self, app: App, template_id: object, kind: str = SUBSCRIBE) -> Template | None:
        template = self._templates.get((app.appid, str(template_id)))
        return template if template is not None and template.kind == kind else None

    def of(self, app: App, kind: str = SUBSCRIBE) -> list[Template]:
        return [entry for entry in self._templates.values() if entry.appid == app.appid and entry.kind == kind]

    def all(self) -> list[Template]:
        return list(self._templates.values())

    def remove(self, app: App, template_id: str, kind: str) -> bool:
        if self.get(app, template_id, kind) is None:
            return False
        del self._templates[app.appid, template_id]
        return True


def create(world: World, body: Json) -> Template:
    """A template from the body of POST /sandbox/templates: appid, id, title, content or keys, kind, type, enums."""
    app = world.app_of(body)
    keys = body.get("keys")
    content = body.get("content") or content_of(tuple((str(key), str(label)) for key, label in keys or []))
    if not body.get("id") or not body.get("title") or not _KEY.search(str(content)):
        raise ControlError(400, "id, title and content or keys are needed")
    return world.templates.add(
        Template(
            str(body["id"]),
            app.appid,
            str(body["title"]),
            str(content),
            kind=str(body.get("kind", SUBSCRIBE)),
            type=int(body.get("type", ONE_TIME)),
            enums=dict(body.get("enums", {})),
            banned=bool(body.get("banned", False)),
        )
    )


def check_data(world: World, app: App, template: Template, data: Json) -> None:
    """47003 naming the first wrong key, or 45168 for a word of the list."""
    fault = fields.first_fault(
        template.keys,
        data,
        template.enums,
        emoji_ok=world.flag("data_emoji_ok", app),
        numbers_ok=world.flag("data_number_values_ok", app),
    )
    if fault is None and not world.flag("subscribe_unknown_keys_ignored", app):
        unknown = [key for key in data if key not in template.keys]
        fault = (unknown[0], "invalid") if unknown else None
    if fault is not None:
        key, what = fault
        if world.flag("data_emtpy_typo", app):
            what = what.replace("empty", "emtpy")
        raise WechatError(47003, f"argument invalid! data.{key}.value {what}")
    texts = "\n".join(row["value"] for row in template.rows(data))
    if any(word in texts for word in world.words("sensitive_words", app)):
        raise WechatError(45168)
