"""wx.requestSubscribeMessage as a person answers it, and what each accept is worth (wechat_platform.md C.1, C.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import events
from .apps import App
from .defaults import LONG_TERM
from .errors import ControlError
from .people import Person
from .templates import Template

if TYPE_CHECKING:
    from .world import World

ACCEPT, REJECT, BAN, FILTER = "accept", "reject", "ban", "filter"
FAILURES = {
    10001: "TmplIds can't be empty",
    20001: "No template data return, verify the template id exist",
    20002: "Templates type must be same",
    20003: "Templates count out of max bounds",
    20004: "The main switch is switched off",
    20005: "This mini program was banned from subscribing messages",
}


@dataclass
class Balance:
    """What a person allowed for one template. `keep` answers later dialogs without asking."""

    sends_left: int = 0
    long_term: bool = False
    keep: str | None = None
    last_sent_at: float = -1e9

    def as_json(self) -> dict[str, Any]:
        return {"balance": self.sends_left, "long_term": self.long_term, "keep": self.keep}


class Balances:
    """All balances by openid and template."""

    def __init__(self) -> None:
        self._balances: dict[tuple[str, str, str], Balance] = {}

    def of(self, appid: str, openid: str, template_id: str) -> Balance:
        return self._balances.setdefault((appid, openid, template_id), Balance())


@dataclass
class Question:
    """A dialog before it is answered: settled results, templates still to ask, or an error."""

    results: dict[str, str]
    ask: list[Template]
    errcode: int = 0


def _problem(world: World, app: App, person: Person, ids: list[str], found: list[Template | None]) -> int:
    if not ids:
        return 10001
    if len(ids) > world.number("subscribe_max_templates", app):
        return 20003
    if app.banned:
        return 20005
    if any(template is None for template in found):
        return 20001
    if len({template.type for template in found if template}) > 1:
        return 20002
    return 20004 if person.flags.master_switch_off else 0


def question(world: World, app: App, person: Person, template_ids: list[str]) -> Question:
    """What the dialog would show; nothing is changed."""
    found = [world.templates.get(app, template_id) for template_id in template_ids]
    errcode = _problem(world, app, person, template_ids, found)
    if errcode:
        return Question({}, [], errcode)
    openid = world.people.openid(person, app)
    results: dict[str, str] = {}
    ask: list[Template] = []
    titles: set[str] = set()
    for template in filter(None, found):
        kept = world.balances.of(app.appid, openid, template.id).keep
        if template.banned:
            results[template.id] = BAN
        elif template.title in titles and template.id not in results:
            results[template.id] = FILTER
        elif kept is not None:
            results[template.id] = kept
        elif template not in ask:
            ask.append(template)
        titles.add(template.title)
    return Question(results, ask)


def answer(
    world: World, app: App, person: Person, template_ids: list[str], choices: dict[str, str] | None, keep: bool
) -> dict[str, Any]:
    """Answer the dialog: every accept counts, the popup event goes out. No `choices` at all accepts everything."""
    asked = question(world, app, person, template_ids)
    if asked.errcode:
        return {"results": {}, "errcode": asked.errcode, "errmsg": FAILURES[asked.errcode], "dialog": False}
    openid = world.people.openid(person, app)
    results = dict(asked.results)
    for template in asked.ask:
        choice = ACCEPT if choices is None else choices.get(template.id, REJECT)
        if choice not in (ACCEPT, REJECT):
            raise ControlError(400, "a choice is accept or reject", template_id=template.id)
        results[template.id] = choice
        if keep or person.flags.always_keep:
            world.balances.of(app.appid, openid, template.id).keep = choice
    for template_id, result in results.items():
        _book(world, app, openid, template_id, result)
    items = [
        {
            "TemplateId": template_id,
            "SubscribeStatusString": result,
            "PopupScene": int(world.number("subscribe_popup_scene", app)),
        }
        for template_id, result in results.items()
        if result in (ACCEPT, REJECT)
    ]
    if items:
        world.pushes.deliver_soon(events.subscribe_event(world, app, person, "subscribe_msg_popup_event", items))
    world.touch(person)
    return {"results": results, "dialog": bool(asked.ask)}


def _book(world: World, app: App, openid: str, template_id: str, result: str) -> None:
    template = world.templates.get(app, template_id)
    balance = world.balances.of(app.appid, openid, template_id)
    if template is None or result not in (ACCEPT, REJECT):
        return
    if template.type == LONG_TERM:
        balance.long_term = result == ACCEPT
    elif result == ACCEPT:
        adds_up = world.flag("subscribe_accepts_add_up", app)
        balance.sends_left = balance.sends_left + 1 if adds_up else 1


def refuse(world: World, app: App, person: Person, template_id: str) -> None:
    """The person refuses a template in a card's menu: nothing may be sent, the change event goes out."""
    if world.templates.get(app, template_id) is None:
        raise ControlError(404, "no such template", template_id=template_id)
    balance = world.balances.of(app.appid, world.people.openid(person, app), template_id)
    balance.sends_left, balance.long_term = 0, False
    items = [{"TemplateId": template_id, "SubscribeStatusString": REJECT}]
    world.pushes.deliver_soon(events.subscribe_event(world, app, person, "subscribe_msg_change_event", items))
    world.touch(person)
