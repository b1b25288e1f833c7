"""The endpoints that manage templates (wechat_platform.md C.5, F)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import fields
from .defaults import SERVICE_ACCOUNT
from .endpoints import Call, Json, endpoint
from .errors import WechatError
from .templates import EXAMPLES, MESSAGE, SUBSCRIBE, Template, content_of

if TYPE_CHECKING:
    from .world import World

CATEGORY = {"id": 616, "name": "公立医疗机构"}

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
    world.templates.add(Template(template_id, call.app.appid, spec.title, content_of(chosen), type=spec.type))
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
