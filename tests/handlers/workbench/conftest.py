"""A signed-in administrator."""

import pytest
from flask.testing import FlaskClient

from server.models import AdminLogin
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser


@pytest.fixture
def me(client: FlaskClient) -> AdminLogin:
    """An administrator of a new organisation."""
    return browsers.admin()


@pytest.fixture
def browser(client: FlaskClient, me: AdminLogin) -> Browser:
    """His browser."""
    return Browser(client, me)
