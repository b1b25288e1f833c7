"""An administrator in front of a browser: signs in without the slow password, follows forms as a person would."""

import re
from datetime import timedelta

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server import clock
from server.access.accounts import token_hash
from server.handlers.guards import WORKBENCH_COOKIE
from server.models import AdminLogin, Organisation, WorkbenchSession
from tests import make

PASSWORD = "correct horse 9 battery"


def admin(organisation: Organisation | None = None, **fields: str) -> AdminLogin:
    """An administrator whose password nobody knows."""
    centre = organisation or make.organisation()
    values = {"name": "林主任", "username": f"admin{token_hash(centre.id)[:6]}", "password_hash": "none"}
    return make.saved(AdminLogin(organisation_id=centre.id, created_at=clock.now(), **(values | fields)))


class Browser:
    """A test client with a workbench session, whose forms carry the token of the page they stand on."""

    def __init__(self, client: FlaskClient, who: AdminLogin | None) -> None:
        self.client = client
        if who is None:
            return
        self.token = f"session-{who.id}"
        at = clock.now()
        make.saved(
            WorkbenchSession(
                token_hash=token_hash(self.token), admin_id=who.id, created_at=at, expires_at=at + timedelta(hours=8)
            )
        )
        client.set_cookie(WORKBENCH_COOKIE, self.token, path="/workbench")

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/workbench{path}")

    def form_token(self, page: str) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def post(self, path: str, page: str = "/", **fields: object) -> TestResponse:
        """Submit a form of ``page`` to ``path``."""
        data = {"form_token": self.form_token(page), **{name: str(value) for name, value in fields.items()}}
        return self.client.post(f"/workbench{path}", data=data)

    def follow(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code == 303, answer.text
        return self.client.get(answer.location)
