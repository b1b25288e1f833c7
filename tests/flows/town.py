"""A small town for whole journeys: our server over HTTP, the sandbox as WeChat, and people with phones."""

from dataclasses import dataclass, field
from typing import Any

import requests
from apiflask import APIFlask

from server.database import db
from server.jobs.cli import work_of
from server.jobs.schedule import job
from server.models import Team, WechatUser
from server.models import account as accounts
from tests import configured, make
from wechat_sandbox.serving import Sandbox

MINIPROGRAM, SERVICE_ACCOUNT = configured.MINIPROGRAM, configured.SERVICE_ACCOUNT


@dataclass
class Phone:
    """Somebody's phone: WeChat with our mini-program and the service account's chat."""

    sandbox: Sandbox
    web: str
    id: str
    openids: dict[str, str]
    unionid: str
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def _wechat(self, what: str, **body: Any) -> Any:
        return self.sandbox.control.post(f"users/{self.id}/{what}", body)

    # ------------------------------------------------------------ the mini-program

    def open(self) -> dict[str, Any]:
        """Open the mini-program: log in, remember the token; returns Me."""
        code = self._wechat("login", appid=MINIPROGRAM)["code"]
        answer = self.post("/api/login", code=code)
        self.token = answer["token"]
        return dict(answer["me"])

    def phone_code(self) -> str:
        return str(self._wechat("phone-code", appid=MINIPROGRAM)["code"])

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self._ok(self._send("GET", path, params=query))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._ok(self._send("POST", path, json=body))

    def refused(self, path: str, **body: Any) -> str:
        """A POST that must be refused; returns its code."""
        answer = self._send("POST", path, json=body)
        assert answer.status_code >= 400, answer.text
        return str(answer.json()["code"])

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        self.session.trust_env = False
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.session.request(method, self.web + path, headers=headers, timeout=20, **more)

    @staticmethod
    def _ok(answer: requests.Response) -> dict[str, Any]:
        assert answer.status_code in (200, 201, 204), answer.text
        return dict(answer.json()) if answer.content else {}

    def allow(self, scene: str) -> None:
        """Tap 允许 in the dialog the mini-program opens in a scene, and report it as the mini-program does."""
        ids = self.get("/api/push-consents", scene=scene)["template_ids"]
        choices = dict.fromkeys(ids, "accept")
        results = self._wechat("subscribe", appid=MINIPROGRAM, template_ids=ids, choices=choices)["results"]
        self.post("/api/push-consents", results=results)
        self.sandbox.settle()

    # ------------------------------------------------------------ what WeChat shows

    def follow(self) -> None:
        self._wechat("follow", appid=SERVICE_ACCOUNT)

    def unfollow(self) -> None:
        self._wechat("unfollow", appid=SERVICE_ACCOUNT)

    def write(self, words: str) -> str | None:
        """Write into the service account's chat; returns what was answered at once."""
        sent = self._wechat("messages", appid=SERVICE_ACCOUNT, type="text", content=words)
        assert sent["delivery"]["outcome"] == "ok", sent
        reply = sent["delivery"]["reply"]
        return None if reply is None else str(reply["text"] if isinstance(reply, dict) else reply)

    def chat(self) -> list[dict[str, Any]]:
        """The service account's chat, oldest first."""
        return list(self.sandbox.control.get(f"users/{self.id}/chat?appid={SERVICE_ACCOUNT}"))

    def texts(self) -> list[str]:
        """What came into the chat."""
        return [item["text"] for item in self.chat() if item["direction"] == "in"]

    def notices(self) -> list[tuple[str, dict[str, str]]]:
        """Service notices, oldest first: (title, {label: value})."""
        found = self.sandbox.control.get(f"users/{self.id}/notices")
        return [(notice["title"], {row["label"]: row["value"] for row in notice["rows"]}) for notice in found]


@dataclass
class Town:
    """Everything at once."""

    app: APIFlask
    sandbox: Sandbox
    web: str
    phones: list[Phone] = field(default_factory=list)

    def person(self, name: str, phone: str = "13800138000") -> Phone:
        """Somebody with WeChat who knows nothing of us."""
        user = self.sandbox.control.post("users", {"name": name, "phone": phone})
        made = Phone(self.sandbox, self.web, user["id"], user["openids"], user["unionid"])
        self.phones.append(made)
        return made

    def doctor(self, name: str, team: Team) -> Phone:
        """The leader of a team, joined to his WeChat, following the service account."""
        made = self.person(name, "13900139000")
        made.follow()
        made.open()
        user = self.user_of(made)
        with make.transaction():
            user.staff = team.lead
        return made

    def user_of(self, phone: Phone) -> WechatUser:
        """The row behind a phone."""
        with make.transaction():
            return accounts.known("miniprogram", phone.openids[MINIPROGRAM], phone.unionid, make.clock.now()).user

    def signed(self, name: str, team: Team) -> Phone:
        """A resident with an agreement in force with a team, following the service account."""
        made = self.person(name)
        made.follow()
        made.open()
        resident = make.resident(name=name)
        make.agreement(resident=resident, team=team)
        user = self.user_of(made)
        with make.transaction():
            user.resident = resident
        return made

    def run(self, *jobs: str) -> None:
        """Run jobs once, as the scheduler would, and wait until WeChat has told us what became of it."""
        for name in jobs:
            db.session.rollback()
            job(name).run(work_of(self.app))
        self.sandbox.settle()
        db.session.rollback()
        db.session.expire_all()

    def close(self) -> None:
        for phone in self.phones:
            phone.session.close()
