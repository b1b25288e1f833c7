"""The people: one human being has one unionid and another openid in every app (checklist G4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from .apps import App
from .errors import ControlError
from .ids import Ids


@dataclass
class Flags:
    """What is special about a person; all off by default."""

    blocked: bool = False  # WeChat thinks the person risky: login gives 40226
    master_switch_off: bool = False  # the main switch for subscribe messages is off: 20004
    always_keep: bool = False  # ticks "always keep this choice" in every dialog
    refuses_messages: bool = False  # refuses the service account's messages: 48002, failed:user block
    blacklisted: bool = False  # on the service account's blacklist: 43019
    sends_fail: bool = False  # messages are accepted and then fail in WeChat's own system


@dataclass
class Follow:
    """A person's tie to one service account."""

    subscribed: bool = False
    since: int = 0
    scene: str = "ADD_SCENE_OTHERS"
    qr_scene: int = 0
    qr_scene_str: str = ""


@dataclass
class Person:
    """A human being with a phone. `key` decides the ids, so that a seed repeats them."""

    id: str
    name: str
    key: str
    phone: str = ""
    country_code: str = "86"
    bound: bool = True
    flags: Flags = field(default_factory=Flags)
    openids: dict[str, str] = field(default_factory=dict)
    follows: dict[str, Follow] = field(default_factory=dict)
    last_active: dict[str, float] = field(default_factory=dict)
    version: int = 0

    def follow_of(self, app: App) -> Follow:
        return self.follows.setdefault(app.appid, Follow())


class People:
    """Everybody, by id and by openid."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._people: dict[str, Person] = {}
        self._by_openid: dict[tuple[str, str], Person] = {}

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(list(self._people.values()))

    def create(self, name: str, apps: list[App], *, phone: str = "", bound: bool = True, seed: str = "") -> Person:
        """A new person; `seed` fixes the ids whatever was created before."""
        number = self._ids.count("person")
        key = seed or f"person-{number}"
        if any(other.key == key for other in self._people.values()):
            raise ControlError(409, "this seed is taken", seed=seed)
        person = Person(id=f"u{number:04d}", name=name, key=key, phone=phone, bound=bound)
        self._people[person.id] = person
        for app in apps:
            self.openid(person, app)
        return person

    def get(self, person_id: str) -> Person:
        if person_id not in self._people:
            raise ControlError(404, "no such user", user=person_id)
        return self._people[person_id]

    def openid(self, person: Person, app: App) -> str:
        """The person's openid in this app; made on first use for apps that came later."""
        openid = person.openids.get(app.appid)
        if openid is None:
            openid = self._ids.openid(person.key, app.appid)
            person.openids[app.appid] = openid
            self._by_openid[(app.appid, openid)] = person
        return openid

    def by_openid(self, app: App, openid: object) -> Person | None:
        """Who that is in this app; None for another app's or an invented openid."""
        return self._by_openid.get((app.appid, openid)) if isinstance(openid, str) else None

    def unionid(self, person: Person, app: App) -> str | None:
        """None unless both the person's data and the app are bound to the Open-Platform account."""
        return self._ids.unionid(person.key) if person.bound and app.bound_to_open_platform else None

    def as_json(self, person: Person) -> dict[str, object]:
        """The shape of GET /sandbox/users/<id>."""
        return {
            "id": person.id,
            "name": person.name,
            "phone": person.phone or None,
            "country_code": person.country_code,
            "unionid": self._ids.unionid(person.key) if person.bound else None,
            "openids": dict(person.openids),
            "follows": {appid: follow.subscribed for appid, follow in person.follows.items()},
            "flags": vars(person.flags).copy(),
            "version": person.version,
        }


def change(person: Person, changes: dict[str, object]) -> None:
    """PATCH /sandbox/users/<id>: name, phone, country_code, bound and the flags."""
    for name, value in changes.items():
        if name in ("name", "phone", "country_code") and isinstance(value, str):
            setattr(person, name, value)
        elif name == "bound" and isinstance(value, bool):
            person.bound = value
        elif hasattr(person.flags, name) and isinstance(value, bool):
            setattr(person.flags, name, value)
        else:
            raise ControlError(400, f"{name} cannot be set to this value", field=name)
