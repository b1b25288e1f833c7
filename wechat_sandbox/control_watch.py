"""The control interface for trouble and for watching: faults, quotas, journal, deliveries."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from .control import body
from .endpoints import ENDPOINTS
from .errors import ControlError
from .world import World


def number(name: str, default: int = 0) -> int:
    """A whole number of the query."""
    value = request.args.get(name, "")
    if value and not value.isdigit():
        raise ControlError(400, f"{name} is a whole number", field=name)
    return int(value) if value else default


def blueprint(world: World) -> Blueprint:
    """Faults, quotas, journal, deliveries."""
    watch = Blueprint("watch", __name__, url_prefix="/sandbox")
    _faults(watch, world)
    _quotas(watch, world)
    _journal(watch, world)
    return watch


def _faults(watch: Blueprint, world: World) -> None:
    @watch.get("/faults")
    def read_faults() -> Response:
        with world.lock:
            return jsonify([fault.as_json() for fault in world.faults.all()])

    @watch.post("/faults")
    def add_fault() -> tuple[Response, int]:
        with world.lock:
            fault = world.faults.add(body())
            world.touch()
            return jsonify(fault.as_json()), 201

    @watch.delete("/faults")
    def remove_faults() -> Response:
        with world.lock:
            world.touch()
            return jsonify({"removed": world.faults.remove()})

    @watch.delete("/faults/<int:fault_id>")
    def remove_fault(fault_id: int) -> Response:
        with world.lock:
            if not world.faults.remove(fault_id):
                raise ControlError(404, "no such fault", fault=fault_id)
            world.touch()
            return jsonify({"removed": 1})


def _quotas(watch: Blueprint, world: World) -> None:
    @watch.get("/quotas")
    def read_quotas() -> Response:
        with world.lock:
            now = world.clock.now()
            return jsonify(
                {appid: {path: world.quotas.used_today(appid, path, now) for path in ENDPOINTS} for appid in world.apps}
            )

    @watch.patch("/quotas")
    def set_quota() -> Response:
        wanted = body()
        path = wanted.get("path")
        if path not in ENDPOINTS:
            raise ControlError(404, "no such path", path=path)
        with world.lock:
            for name, caps in (("daily", world.quotas.daily_caps), ("minute", world.quotas.minute_caps)):
                if wanted.get(name) is None:
                    caps.pop(path, None)
                elif isinstance(wanted[name], int):
                    caps[path] = wanted[name]
                else:
                    raise ControlError(400, f"{name} is a whole number or null", field=name)
        return jsonify({"path": path, "daily": wanted.get("daily"), "minute": wanted.get("minute")})


def _journal(watch: Blueprint, world: World) -> None:
    @watch.get("/journal")
    def read_journal() -> Response:
        with world.lock:
            entries = world.journal.search(
                path=request.args.get("path", ""), since=number("since"), limit=number("limit")
            )
            return jsonify([entry.as_json() for entry in entries])

    @watch.delete("/journal")
    def clear_journal() -> Response:
        with world.lock:
            world.journal.clear()
            world.touch()
            return jsonify({})

    @watch.post("/expect")
    def expect() -> Response:
        wanted = body()
        with world.lock:
            found = world.journal.matching(str(wanted.get("path", "")), wanted.get("where") or {})
        count = wanted.get("count")
        ok = len(found) == count if isinstance(count, int) else len(found) > 0
        return jsonify({"ok": ok, "found": len(found), "entries": [entry.as_json() for entry in found[-20:]]})

    @watch.get("/deliveries")
    def read_deliveries() -> Response:
        since, person = number("since"), request.args.get("user", "")
        with world.lock:
            found = [
                entry.as_json()
                for entry in world.deliveries
                if entry.number > since and person in ("", entry.push.person.id)
            ]
            limit = number("limit")
            return jsonify(found[-limit:] if limit else found)
