"""The control interface for one person's chats: writing, following, scanning, and what the phone shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from . import bad_callbacks, client
from .apps import App
from .bodies import Push
from .control import body, whole
from .errors import ControlError
from .people import Person
from .world import World


def blueprint(world: World) -> Blueprint:
    """Messages, events, and what a person sees."""
    chats = Blueprint("chats", __name__, url_prefix="/sandbox/users")
    _chat(chats, world)
    _service_account(chats, world)
    _reading(chats, world)
    return chats


def _deliver(world: World, push: Push | None) -> dict[str, Any] | None:
    return None if push is None else world.pushes.deliver_now(push).as_json()


def _is_permutation(order: list[Any], length: int) -> bool:
    return all(isinstance(index, int) for index in order) and sorted(order) == list(range(length))


def _chat(chats: Blueprint, world: World) -> None:
    @chats.post("/<person_id>/messages")
    def write(person_id: str) -> Response:
        wanted = body()
        with world.lock:
            line, push = client.write(world, world.app_of(wanted), world.people.get(person_id), wanted)
        deliveries = [_deliver(world, push) for _ in range(1 + whole(wanted, "duplicates", 0, 100))]
        answer = {"message": line, "delivery": deliveries[0]}
        return jsonify(answer | ({"duplicates": deliveries[1:]} if deliveries[1:] else {}))

    @chats.post("/<person_id>/burst")
    def burst(person_id: str) -> Response:
        """Several messages written in the same second, delivered in another order if wanted."""
        wanted = body()
        messages = wanted.get("messages")
        if not isinstance(messages, list) or not messages or not all(isinstance(item, dict) for item in messages):
            raise ControlError(400, "messages is a list of messages")
        order = wanted.get("order") or list(range(len(messages)))
        if not isinstance(order, list) or not _is_permutation(order, len(messages)):
            raise ControlError(400, "order names every message once, from 0")
        with world.lock:
            app, person = world.app_of(wanted), world.people.get(person_id)
            written = [client.write(world, app, person, message) for message in messages]
            for _, push in written:
                push.fields["CreateTime"] = written[0][1].fields["CreateTime"]
        deliveries = [_deliver(world, written[index][1]) for index in order]
        return jsonify({"messages": [line for line, _ in written], "deliveries": deliveries})

    @chats.post("/<person_id>/raw-callback")
    def raw_callback(person_id: str) -> Response:
        wanted = body()
        with world.lock:
            app, person = world.app_of(wanted), world.people.get(person_id)
        content = str(wanted.get("content", "坏请求"))
        return jsonify(bad_callbacks.send(world, app, person, str(wanted.get("fault")), content))

    @chats.post("/<person_id>/enter-chat")
    def enter_chat(person_id: str) -> Response:
        wanted = body()
        with world.lock:
            app, person = world.app_of(wanted), world.people.get(person_id)
            push = client.enter_chat(world, app, person, str(wanted.get("session_from", "")))
        return jsonify({"delivery": _deliver(world, push)})


def _service_account(chats: Blueprint, world: World) -> None:
    def deed(person_id: str, act: Callable[[App, Person, dict[str, Any]], Push | None]) -> Response:
        wanted = body()
        with world.lock:
            push = act(world.app_of(wanted), world.people.get(person_id), wanted)
        deliveries = [_deliver(world, push) for _ in range(1 + whole(wanted, "duplicates", 0, 100))]
        return jsonify({"delivery": deliveries[0]} | ({"duplicates": deliveries[1:]} if deliveries[1:] else {}))

    @chats.post("/<person_id>/follow")
    def follow(person_id: str) -> Response:
        return deed(person_id, lambda app, person, _: client.follow(world, app, person))

    @chats.post("/<person_id>/unfollow")
    def unfollow(person_id: str) -> Response:
        return deed(person_id, lambda app, person, _: client.unfollow(world, app, person))

    @chats.post("/<person_id>/scan")
    def scan(person_id: str) -> Response:
        return deed(
            person_id,
            lambda app, person, wanted: client.scan(
                world, app, person, ticket=str(wanted.get("ticket") or ""), scene=str(wanted.get("scene") or "")
            ),
        )

    @chats.post("/<person_id>/menu")
    def tap_menu(person_id: str) -> Response:
        return deed(
            person_id, lambda app, person, wanted: client.tap_menu(world, app, person, str(wanted.get("key", "")))
        )

    @chats.post("/<person_id>/event")
    def other_event(person_id: str) -> Response:
        return deed(
            person_id,
            lambda app, person, wanted: client.other_event(
                world, app, person, str(wanted.get("event", "")), dict(wanted.get("fields") or {})
            ),
        )

    @chats.post("/<person_id>/pay")
    def pay(person_id: str) -> Response:
        with world.lock:
            client.pay(world, world.app_of(body()), world.people.get(person_id))
        return jsonify({})


def _reading(chats: Blueprint, world: World) -> None:
    def app_of_query() -> App:
        return world.app_of({"appid": request.args.get("appid", "")})

    @chats.get("/<person_id>/chat")
    def chat(person_id: str) -> Response:
        with world.lock:
            return jsonify(world.chats.lines(world.people.get(person_id).id, app_of_query().appid))

    @chats.get("/<person_id>/media/<media_id>")
    def medium(person_id: str, media_id: str) -> Response:
        """A picture or voice of this chat, as the phone shows it."""
        with world.lock:
            app, person = app_of_query(), world.people.get(person_id)
            seen = {line.get("media_id") for line in world.chats.lines(person.id, app.appid)}
            found = world.media.get(app, media_id, world.clock.now()) if media_id in seen else None
        if found is None:
            raise ControlError(404, "no such medium in this chat", media_id=media_id)
        return Response(found.upload.content, content_type=found.upload.content_type)

    @chats.get("/<person_id>/typing")
    def typing(person_id: str) -> Response:
        with world.lock:
            app, person = app_of_query(), world.people.get(person_id)
            until = world.typing.shown_until.get((app.appid, world.people.openid(person, app)), 0)
            return jsonify({"typing": until > world.clock.now()})

    @chats.get("/<person_id>/notices")
    def notices(person_id: str) -> Response:
        with world.lock:
            return jsonify(world.chats.notices(world.people.get(person_id).id))

    @chats.get("/<person_id>/allowances")
    def allowances(person_id: str) -> Response:
        with world.lock:
            app, person = app_of_query(), world.people.get(person_id)
            openid = world.people.openid(person, app)
            return jsonify(world.allowances.of(app.appid, openid, world.clock.now()))

    @chats.get("/<person_id>/subscriptions")
    def subscriptions(person_id: str) -> Response:
        with world.lock:
            person = world.people.get(person_id)
            return jsonify(
                [
                    {"appid": app.appid, "template_id": template.id, "title": template.title, "type": template.type}
                    | world.balances.of(app.appid, world.people.openid(person, app), template.id).as_json()
                    for app in world.apps.values()
                    for template in world.templates.of(app)
                ]
            )

    @chats.get("/<person_id>/version")
    def version(person_id: str) -> Response:
        with world.lock:
            return jsonify({"version": world.people.get(person_id).version})
