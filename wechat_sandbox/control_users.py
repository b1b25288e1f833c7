"""The control interface for people: who they are, and what they do in a mini-program."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from . import client, dialog, login, people
from .apps import App
from .control import body
from .errors import ControlError
from .people import Person
from .world import World


def blueprint(world: World) -> Blueprint:
    """People, login, the subscribe dialog."""
    users = Blueprint("users", __name__, url_prefix="/sandbox/users")
    _people(users, world)
    _login(users, world)
    _dialog(users, world)
    return users


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
