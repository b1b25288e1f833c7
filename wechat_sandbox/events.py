"""The fields of messages and events as WeChat pushes them (wechat_platform.md C.6, D.3, D.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .apps import App
from .bodies import Fields, Push
from .people import Person

if TYPE_CHECKING:
    from .world import World

SUBSCRIBE_WRAPPERS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}


def _head(world: World, app: App, person: Person) -> Fields:
    return {
        "ToUserName": app.original_id,
        "FromUserName": world.people.openid(person, app),
        "CreateTime": int(world.clock.now()),
    }


def message(world: World, app: App, person: Person, kind: str, **fields: Any) -> Push:
    """A message a person sends; MsgId needs 64 bits."""
    head = _head(world, app, person) | {"MsgType": kind} | fields | {"MsgId": world.ids.callback_msgid()}
    return Push(app, person, head["FromUserName"], head)


def event(world: World, app: App, person: Person, name: str, *, visible: bool = True, **fields: Any) -> Push:
    """An event; it has no MsgId."""
    head = _head(world, app, person) | {"MsgType": "event", "Event": name} | fields
    return Push(app, person, head["FromUserName"], head, visible=visible)


def subscribe_event(world: World, app: App, person: Person, name: str, items: list[Fields]) -> Push:
    """popup, change and sent: XML nests repeated List elements, JSON has one List of strings and no wrapper."""
    push = event(world, app, person, name, visible=False)
    texts = [{key: str(value) for key, value in item.items()} for item in items]
    single = len(texts) == 1 and not world.flag("subscribe_json_single_item_is_array", app)
    push.json_fields = push.fields | {
        "CreateTime": str(push.fields["CreateTime"]),
        "List": texts[0] if single else texts,
    }
    push.fields = push.fields | {SUBSCRIBE_WRAPPERS[name]: {"List": items}}
    return push
