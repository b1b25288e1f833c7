"""The control interface for one person: what happens on the phone, and what is seen there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from . import bad_callbacks, client, dialog, login, people
from .apps import App
from .bodies import Push
from .control import body
from .errors import ControlError
from .people import Person
from .world import World


def blueprint(world: World) -> Blueprint:
    """All calls under /sandbox/users."""
    users = Blueprint("users", __name__, url_prefix="/sandbox/users")
    _people(users, world)
    _login(users, world)
    _dialog(users, world)
    _chat(users, world)
    _service_account(users, world)
    _reading(users, world)
    return users


def _deliver(world: World, push: Push | None) -> dict[str, Any] | None:
    return None if push is None else world.pushes.deliver_now(push).as_json()


def _people(users: Blueprint, world: World) -> None:
    @users.post("")
    def create() -> tuple[Response, int]:
        wanted = body()
        name = wanted.get("name")
        if not isinstance(name, str) or not name:
            raise ControlError(400, "name is needed", field="name")
        with world.lock:
            person = world.people.create(
                name,
                list(world.apps.values()),
                phone=str(wanted.get("phone") or ""),
                bound=wanted.get("bound", True) is not False,
                seed=str(wanted.get("seed") or ""),
            )
            for appid, follows in (wanted.get("follows") or {}).items():
                if follows:
                    client.has_followed(world, world.app_of({"appid": appid}), person)
            flags = {key: value for key, value in wanted.items() if key == "country_code" or hasattr(person.flags, key)}
            people.change(person, flags)
            world.touch(person)
            return jsonify(_person_json(world, person)), 201

    @users.get("")
    def read_all() -> Response:
        with world.lock:
            return jsonify([_person_json(world, person) for person in world.people])

    @users.get("/<person_id>")
    def read_one(person_id: str) -> Response:
        with world.lock:
            return jsonify(_person_json(world, world.people.get(person_id)))

    @users.patch("/<person_id>")
    def change(person_id: str) -> Response:
        with world.lock:
            person = world.people.get(person_id)
            people.change(person, body())
            world.touch(person)
            return jsonify(_person_json(world, person))


def _person_json(world: World, person: Person) -> dict[str, object]:
    for app in world.apps.values():
        world.people.openid(person, app)
    shape = world.people.as_json(person)
    accounts = [app for app in world.apps.values() if not app.is_miniprogram]
    return shape | {"follows": {app.appid: person.follow_of(app).subscribed for app in accounts}}


def _named(world: World, person_id: str) -> tuple[App, Person]:
    return world.app_of(body()), world.people.get(person_id)


def _login(users: Blueprint, world: World) -> None:
    @users.post("/<person_id>/login")
    def wx_login(person_id: str) -> Response:
        with world.lock:
            app, person = _named(world, person_id)
            return jsonify({"code": login.login(world, app, person)})

    @users.post("/<person_id>/phone-code")
    def phone_code(person_id: str) -> Response:
        with world.lock:
            app, person = _named(world, person_id)
            return jsonify(login.phone_code(world, app, person))

    @users.post("/<person_id>/open-data")
    def open_data(person_id: str) -> Response:
        with world.lock:
            app, person = _named(world, person_id)
            return jsonify(login.open_data(world, app, person))


def _dialog(users: Blueprint, world: World) -> None:
    @users.post("/<person_id>/subscribe")
    def subscribe(person_id: str) -> Response:
        wanted = body()
        ids, choices = wanted.get("template_ids"), wanted.get("choices")
        if not isinstance(ids, list) or not isinstance(choices, dict | None):
            raise ControlError(400, "template_ids is a list and choices, if given, an object")
        with world.lock:
            app, person = _named(world, person_id)
            if wanted.get("ask"):
                asked = dialog.question(world, app, person, ids)
                errcode = {"errcode": asked.errcode} if asked.errcode else {}
                return jsonify({"results": asked.results, "ask": [entry.as_json() for entry in asked.ask]} | errcode)
            return jsonify(dialog.answer(world, app, person, ids, choices, wanted.get("keep") is True))

    @users.post("/<person_id>/refuse")
    def refuse(person_id: str) -> Response:
        with world.lock:
            app, person = _named(world, person_id)
            dialog.refuse(world, app, person, str(body().get("template_id")))
            return jsonify({})

    @users.post("/<person_id>/forget-choices")
    def forget_choices(person_id: str) -> Response:
        with world.lock:
            app, person = _named(world, person_id)
            for template in world.templates.of(app):
                world.balances.of(app.appid, world.people.openid(person, app), template.id).keep = None
            return jsonify({})


def _chat(users: Blueprint, world: World) -> None:
    @users.post("/<person_id>/messages")
    def write(person_id: str) -> Response:
        wanted = body()
        with world.lock:
            line, push = client.write(world, world.app_of(wanted), world.people.get(person_id), wanted)
        deliveries = [_deliver(world, push) for _ in range(1 + int(wanted.get("duplicates", 0)))]
        answer = {"message": line, "delivery": deliveries[0]}
        return jsonify(answer | ({"duplicates": deliveries[1:]} if deliveries[1:] else {}))

    @users.post("/<person_id>/burst")
    def burst(person_id: str) -> Response:
        """Several messages written in the same second, delivered in another order if wanted."""
        wanted = body()
        messages = wanted.get("messages")
        if not isinstance(messages, list) or not messages:
            raise ControlError(400, "messages is a list of messages")
        order = wanted.get("order") or list(range(len(messages)))
        if sorted(order) != list(range(len(messages))):
            raise ControlError(400, "order names every message once, from 0")
        with world.lock:
            app, person = world.app_of(wanted), world.people.get(person_id)
            written = [client.write(world, app, person, message) for message in messages]
            for _, push in written:
                push.fields["CreateTime"] = written[0][1].fields["CreateTime"]
        deliveries = [_deliver(world, written[index][1]) for index in order]
        return jsonify({"messages": [line for line, _ in written], "deliveries": deliveries})

    @users.post("/<person_id>/raw-callback")
    def raw_callback(person_id: str) -> Response:
        wanted = body()
        with world.lock:
            app, person = world.app_of(wanted), world.people.get(person_id)
        content = str(wanted.get("content", "坏请求"))
        return jsonify(bad_callbacks.send(world, app, person, str(wanted.get("fault")), content))

    @users.post("/<person_id>/enter-chat")
    def enter_chat(person_id: str) -> Response:
        wanted = body()
        with world.lock:
            app, person = world.app_of(wanted), world.people.get(person_id)
            push = client.enter_chat(world, app, person, str(wanted.get("session_from", "")))
        return jsonify({"delivery": _deliver(world, push)})


def _service_account(users: Blueprint, world: World) -> None:
    def deed(person_id: str, act: Callable[[App, Person, dict[str, Any]], Push | None]) -> Response:
        wanted = body()
        with world.lock:
            push = act(world.app_of(wanted), world.people.get(person_id), wanted)
        deliveries = [_deliver(world, push) for _ in range(1 + int(wanted.get("duplicates", 0)))]
        return jsonify({"delivery": deliveries[0]} | ({"duplicates": deliveries[1:]} if deliveries[1:] else {}))

    @users.post("/<person_id>/follow")
    def follow(person_id: str) -> Response:
        return deed(person_id, lambda app, person, _: client.follow(world, app, person))

    @users.post("/<person_id>/unfollow")
    def unfollow(person_id: str) -> Response:
        return deed(person_id, lambda app, person, _: client.unfollow(world, app, person))

    @users.post("/<person_id>/scan")
    def scan(person_id: str) -> Response:
        return deed(
            person_id,
            lambda app, person, wanted: client.scan(
                world, app, person, ticket=str(wanted.get("ticket") or ""), scene=str(wanted.get("scene") or "")
            ),
        )

    @users.post("/<person_id>/menu")
    def tap_menu(person_id: str) -> Response:
        return deed(
            person_id, lambda app, person, wanted: client.tap_menu(world, app, person, str(wanted.get("key", "")))
        )

    @users.post("/<person_id>/event")
    def other_event(person_id: str) -> Response:
        return deed(
            person_id,
            lambda app, person, wanted: client.other_event(
                world, app, person, str(wanted.get("event", "")), dict(wanted.get("fields") or {})
            ),
        )

    @users.post("/<person_id>/pay")
    def pay(person_id: str) -> Response:
        with world.lock:
            client.pay(world, world.app_of(body()), world.people.get(person_id))
        return jsonify({})


def _reading(users: Blueprint, world: World) -> None:
    def app_of_query() -> App:
        return world.app_of({"appid": request.args.get("appid", "")})

    @users.get("/<person_id>/chat")
    def chat(person_id: str) -> Response:
        with world.lock:
            return jsonify(world.chats.lines(world.people.get(person_id).id, app_of_query().appid))

    @users.get("/<person_id>/typing")
    def typing(person_id: str) -> Response:
        with world.lock:
            app, person = app_of_query(), world.people.get(person_id)
            until = world.typing.shown_until.get((app.appid, world.people.openid(person, app)), 0)
            return jsonify({"typing": until > world.clock.now()})

    @users.get("/<person_id>/notices")
    def notices(person_id: str) -> Response:
        with world.lock:
            return jsonify(world.chats.notices(world.people.get(person_id).id))

    @users.get("/<person_id>/allowances")
    def allowances(person_id: str) -> Response:
        with world.lock:
            app, person = app_of_query(), world.people.get(person_id)
            openid = world.people.openid(person, app)
            return jsonify(world.allowances.of(app.appid, openid, world.clock.now()))

    @users.get("/<person_id>/subscriptions")
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

    @users.get("/<person_id>/version")
    def version(person_id: str) -> Response:
        with world.lock:
            return jsonify({"version": world.people.get(person_id).version})
