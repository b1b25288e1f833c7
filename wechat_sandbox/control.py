"""The control interface under /sandbox: clock, apps, templates, switches; control_watch.py and control_users.py add more."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from . import apps, callbacks, templates
from .clock import ClockGoesBack
from .errors import ControlError
from .switches import UnknownSwitch
from .world import World

SETTLE_SECONDS = 60


def body() -> dict[str, Any]:
    """The JSON object of this request, {} when there is none."""
    value = request.get_json(force=True, silent=True) if request.get_data(cache=True) else {}
    if not isinstance(value, dict):
        raise ControlError(400, "the body is a JSON object")
    return value


def whole(fields: dict[str, Any], name: str, default: int, most: int) -> int:
    """A whole number of a body, from 0 to `most`."""
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ControlError(400, f"{name} is a whole number from 0 to {most}", field=name)
    return value


def blueprint(world: World) -> Blueprint:
    """Clock, reset, switches, apps, templates."""
    control = Blueprint("control", __name__, url_prefix="/sandbox")
    _clock(control, world)
    _running(control, world)
    _switches(control, world)
    _apps(control, world)
    _templates(control, world)
    return control


def _clock(control: Blueprint, world: World) -> None:
    @control.get("/clock")
    def read_clock() -> Response:
        with world.lock:
            return jsonify(world.clock.as_json())

    @control.post("/clock")
    def move_clock() -> Response:
        changes = body()
        try:
            with world.lock:
                if isinstance(changes.get("set"), str):
                    world.clock.set_to(changes["set"])
                elif isinstance(changes.get("advance_seconds"), int | float):
                    world.clock.advance(float(changes["advance_seconds"]))
                else:
                    raise ControlError(400, "advance_seconds (a number) or set (ISO 8601) is needed")
                world.touch()
                moved = world.clock.as_json()
        except ClockGoesBack as error:
            raise ControlError(409, str(error)) from error
        except ValueError as error:
            raise ControlError(400, "set is not an ISO 8601 instant") from error
        world.pushes.look_again()
        return jsonify(moved)


def _running(control: Blueprint, world: World) -> None:
    @control.post("/reset")
    def reset() -> Response:
        with world.lock:
            world.reset()
            return jsonify(world.clock.as_json())

    @control.post("/settle")
    def settle() -> Response:
        settled = world.pushes.settle(whole(body(), "timeout_seconds", SETTLE_SECONDS, 600))
        return jsonify({"settled": settled, **world.pushes.waiting()})

    @control.get("/version")
    def version() -> Response:
        with world.lock:
            return jsonify({"version": world.version})


def _switches(control: Blueprint, world: World) -> None:
    @control.get("/switches")
    def read_switches() -> Response:
        with world.lock:
            return jsonify(world.switches.as_json())

    @control.patch("/switches")
    def set_switches() -> Response:
        try:
            with world.lock:
                world.switches.set(body())
                return jsonify(world.switches.as_json())
        except UnknownSwitch as error:
            raise ControlError(400, str(error)) from error


def _apps(control: Blueprint, world: World) -> None:
    @control.get("/apps")
    def read_apps() -> Response:
        with world.lock:
            return jsonify([app.as_json() for app in world.apps.values()])

    @control.post("/apps")
    def add_app() -> tuple[Response, int]:
        with world.lock:
            app = apps.create(body())
            if app.appid in world.apps:
                raise ControlError(409, "this appid is taken", appid=app.appid)
            world.apps[app.appid] = app
            world.touch()
            return jsonify(app.as_json()), 201

    @control.patch("/apps/<appid>")
    def change_app(appid: str) -> Response:
        changes = body()
        with world.lock:
            app = world.app_of({"appid": appid})
            wanted = bool(changes.pop("verify", True)) and bool(changes.get("callback_url"))
            before = {name: getattr(app, name) for name in changes if hasattr(app, name) and name != "switches"}
            apps.change(app, changes)
        verification = callbacks.verify(world, app, app.callback_url) if wanted else None
        with world.lock:
            if verification is not None and not verification["ok"]:
                # like WeChat's console: an address that fails the check is not saved
                for name, value in before.items():
                    setattr(app, name, value)
                raise ControlError(422, "the callback did not answer with echostr", verification=verification)
            world.touch()
            return jsonify(app.as_json() | {"verification": verification})

    @control.post("/apps/<appid>/verify")
    def verify_app(appid: str) -> Response:
        with world.lock:
            app = world.app_of({"appid": appid})
        if not app.callback_url:
            raise ControlError(409, "the app has no callback_url", appid=appid)
        return jsonify(callbacks.verify(world, app, app.callback_url))


def _templates(control: Blueprint, world: World) -> None:
    @control.get("/templates")
    def read_templates() -> Response:
        with world.lock:
            wanted = request.args.get("appid", "")
            return jsonify([entry.as_json() for entry in world.templates.all() if wanted in ("", entry.appid)])

    @control.post("/templates")
    def add_template() -> tuple[Response, int]:
        with world.lock:
            return jsonify(templates.create(world, body()).as_json()), 201

    @control.patch("/templates/<template_id>")
    def change_template(template_id: str) -> Response:
        banned = body().get("banned")
        if not isinstance(banned, bool):
            raise ControlError(400, "banned is true or false", field="banned")
        with world.lock:
            found = [entry for entry in world.templates.all() if entry.id == template_id]
            if not found:
                raise ControlError(404, "no such template", template_id=template_id)
            for entry in found:
                entry.banned = banned
            return jsonify(found[0].as_json())

    @control.get("/menus/<appid>")
    def read_menu(appid: str) -> Response:
        with world.lock:
            world.app_of({"appid": appid})
            return jsonify({"button": world.menus.get(appid, [])})

    @control.get("/codes")
    def read_codes() -> Response:
        with world.lock:
            scenes = [code.as_json() for code in world.scene_codes.values()]
            return jsonify({"qrcodes": scenes, "wxacodes": list(world.wxacodes.values())})
