"""A doctor's browser at a desk computer, in tests: asks for a code, is let in on his phone, follows forms as people do."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.models import Conversation
from tests import make

DESK = "/workbench/doctor"
WINDOWS = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36"}


def at(row: Conversation, what: str = "") -> str:
    """The address of a conversation's page, or of what stands under it."""
    return f"/conversations/{row.id}{what}"


def form_token(page: TestResponse) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return found[1]


class Desk:
    """One browser, with a cookie jar of its own."""

    def __init__(self, client: FlaskClient) -> None:
        self.client: FlaskClient = client.application.test_client()

    def code(self) -> str:
        """Ask for a code and read it off the screen."""
        token = form_token(self.client.get(f"{DESK}/login", headers=WINDOWS))
        page = self.client.post(f"{DESK}/login", data={"form_token": token}, headers=WINDOWS)
        found = re.search(r'id="login-code">(\d{4}) (\d{4})<', page.text)
        assert found, page.text
        return found[1] + found[2]

    def state(self) -> str:
        return str(self.client.get(f"{DESK}/login/state").json["state"])

    def enter(self, **fields: str) -> TestResponse:
        token = form_token(self.client.get(f"{DESK}/login"))
        return self.client.post(f"{DESK}/login/enter", data={"form_token": token, **fields})

    def come_in(self, phone: dict[str, str]) -> "Desk":
        """The whole way: code, phone, door."""
        answer = self.client.post("/api/doctor/desk-login/confirm", json={"code": self.code()}, headers=phone)
        assert answer.status_code == 200, answer.text
        assert self.enter().status_code == 303
        return self

    def get(self, path: str = "/", **headers: str) -> TestResponse:
        return self.client.get(f"{DESK}{path}", headers=headers)

    def post(self, path: str, page: str = "/", **fields: Any) -> TestResponse:
        """Submit a form of ``page``."""
        return self.client.post(f"{DESK}{path}", data={"form_token": form_token(self.get(page)), **fields})


def desk_of(client: FlaskClient, who: Any) -> Desk:
    """A browser in which this WeChat user's member of staff is logged in."""
    return Desk(client).come_in(make.session_of(who))
