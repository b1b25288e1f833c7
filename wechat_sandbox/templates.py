"""The templates of each account, and the endpoints that manage them (wechat_platform.md C.5, F)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import fields
from .apps import App
from .defaults import ONE_TIME, SERVICE_ACCOUNT, SERVICE_TEMPLATES, SUBSCRIBE_TEMPLATES, TemplateSpec
from .endpoints import Call, Json, endpoint
from .errors import ControlError, WechatError

if TYPE_CHECKING:
    from .world import World

SUBSCRIBE, MESSAGE = "subscribe", "message"
_KEY = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
CATEGORY = {"id": 616, "name": "公立医疗机构"}
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


def _content(keys: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in keys)


class Templates:
    """All templates by account and id, and the public library they were taken from."""

    def __init__(self, miniprogram: str, service_account: str) -> None:
        self._templates: dict[tuple[str, str], Template] = {}
        self.library: dict[str, TemplateSpec] = {}
        for number, spec in enumerate(SUBSCRIBE_TEMPLATES, start=401):
            self.library[str(number)] = spec
            self.add(Template(spec.id, miniprogram, spec.title, _content(spec.keys), type=spec.type))
        for spec in SERVICE_TEMPLATES:
            self.add(Template(spec.id, service_account, spec.title, _content(spec.keys), kind=MESSAGE))

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
    content = body.get("content") or _content(tuple((str(key), str(label)) for key, label in keys or []))
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


# ---- /wxaapi/newtmpl -------------------------------------------------------------------------------------------


@endpoint("GET", "/wxaapi/newtmpl/getcategory")
def getcategory(world: World, call: Call) -> Json:
    """The account's service categories."""
    return {"data": [CATEGORY]}


@endpoint("GET", "/wxaapi/newtmpl/getpubtemplatetitles")
def getpubtemplatetitles(world: World, call: Call) -> Json:
    """Titles of the public library."""
    start, limit = call.query.get("start", ""), call.query.get("limit", "")
    if not start.isdigit() or not limit.isdigit() or int(limit) > 30:
        raise WechatError(200016)
    wanted = call.query.get("ids", "").split(",")
    entries = list(world.templates.library.items()) if str(CATEGORY["id"]) in wanted else []
    titles = [
        {"tid": int(tid), "title": spec.title, "type": spec.type, "categoryId": str(CATEGORY["id"])}
        for tid, spec in entries
    ]
    return {"count": len(titles), "data": titles[int(start) : int(start) + int(limit)]}


@endpoint("GET", "/wxaapi/newtmpl/getpubtemplatekeywords")
def getpubtemplatekeywords(world: World, call: Call) -> Json:
    """Keywords of one public template."""
    spec = world.templates.library.get(call.query.get("tid", ""))
    if spec is None:
        raise WechatError(200014)
    words = [
        {
            "kid": number,
            "name": label,
            "example": EXAMPLES.get(fields.kind_of(key), "示例"),
            "rule": fields.kind_of(key),
        }
        for number, (key, label) in enumerate(spec.keys, start=1)
    ]
    return {"count": len(words), "data": words}


@endpoint("POST", "/wxaapi/newtmpl/addtemplate")
def addtemplate(world: World, call: Call) -> Json:
    """Take a template from the library; priTmplId is what sends use."""
    spec = world.templates.library.get(str(call.body.get("tid", "")))
    kids = call.body.get("kidList")
    if spec is None:
        raise WechatError(200014)
    if not kids or not isinstance(kids, list):
        raise WechatError(200020)
    if not 2 <= len(kids) <= 5 or any(not isinstance(kid, int) or not 1 <= kid <= len(spec.keys) for kid in kids):
        raise WechatError(200018)
    if len(call.text("sceneDesc")) > 15:
        raise WechatError(200021)
    if len(world.templates.of(call.app)) >= world.number("template_limit", call.app):
        raise WechatError(200012)
    chosen = tuple((f"{fields.kind_of(spec.keys[kid - 1][0])}{kid}", spec.keys[kid - 1][1]) for kid in kids)
    template_id = world.ids.fresh("template", 43)
    world.templates.add(Template(template_id, call.app.appid, spec.title, _content(chosen), type=spec.type))
    return {"priTmplId": template_id}


@endpoint("POST", "/wxaapi/newtmpl/deltemplate")
def deltemplate(world: World, call: Call) -> Json:
    """Give a private template up."""
    if not world.templates.remove(call.app, call.text("priTmplId"), SUBSCRIBE):
        raise WechatError(40037)
    return {}


@endpoint("GET", "/wxaapi/newtmpl/gettemplate")
def gettemplate(world: World, call: Call) -> Json:
    """The account's private templates."""
    data = []
    for template in world.templates.of(call.app):
        entry: Json = {
            "priTmplId": template.id,
            "title": template.title,
            "content": template.content + "\n",
            "example": template.example + "\n",
            "type": template.type,
        }
        if template.enums:
            entry["keywordEnumValueList"] = [
                {"keywordCode": f"{key}.DATA", "enumValueList": values} for key, values in template.enums.items()
            ]
        data.append(entry)
    return {"data": data}


# ---- /cgi-bin/template of service accounts ---------------------------------------------------------------------


@endpoint("GET", "/cgi-bin/template/get_all_private_template", kinds=(SERVICE_ACCOUNT,))
def get_all_private_template(world: World, call: Call) -> Json:
    """The service account's templates for template messages."""
    return {
        "template_list": [
            {
                "template_id": template.id,
                "title": template.title,
                "primary_industry": "医疗护理",
                "deputy_industry": "医疗",
                "content": template.content,
                "example": template.example,
            }
            for template in world.templates.of(call.app, MESSAGE)
        ]
    }


@endpoint("POST", "/cgi-bin/template/del_private_template", kinds=(SERVICE_ACCOUNT,))
def del_private_template(world: World, call: Call) -> Json:
    """Give a template of the service account up."""
    if not world.templates.remove(call.app, call.text("template_id"), MESSAGE):
        raise WechatError(40037)
    return {}
