"""The sandbox as WeChat for tests whose route asks it something, and people in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests import configured
from wechat_sandbox.serving import Sandbox


@dataclass
class Phone:
    """Somebody's WeChat: makes codes and opens our mini-program with them."""

    sandbox: Sandbox
    client: FlaskClient
    id: str
    unionid: str | None

    def login_code(self) -> str:
        return str(self._do("login")["code"])

    def phone_code(self) -> str:
        return str(self._do("phone-code")["code"])

    def _do(self, what: str) -> Any:
        return self.sandbox.control.post(f"users/{self.id}/{what}", {"appid": configured.MINIPROGRAM})

    def flag(self, **flags: Any) -> None:
        self.sandbox.control.patch(f"users/{self.id}", flags)

    def open(self) -> dict[str, str]:
        """Log in; returns the headers of the session."""
        answer = self.client.post("/api/login", json={"code": self.login_code()})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json['token']}"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh sandbox that calls nobody back."""
    with Sandbox(seed=5, miniprogram=None) as served:
        yield served


@pytest.fixture
def make_phone(sandbox: Sandbox, client: FlaskClient) -> Callable[..., Phone]:
    """Needs a test module whose ``wechat_base`` is the sandbox."""

    def make(name: str = "林秀英", phone: str = "13800138000", **fields: Any) -> Phone:
        user = sandbox.control.post("users", {"name": name, "phone": phone, **fields})
        return Phone(sandbox, client, user["id"], user["unionid"])

    return make


@pytest.fixture
def lin(make_phone: Callable[..., Phone]) -> Phone:
    return make_phone()
