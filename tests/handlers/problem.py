"""What every refusal of the interface looks like."""

import re
from typing import Any

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.database import db

CHINESE = re.compile(r"[\u4e00-\u9fff]")
KEYS = {"type", "title", "status", "code", "details", "request_id"}


def refused(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Check that this is a problem+json with a stable code and a title a person can read; return it."""
    assert (response.status_code, response.json and response.json.get("code")) == (status, code), response.text
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = response.json
    assert set(body) == KEYS
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert CHINESE.search(body["title"])
    assert body["request_id"] == response.headers["X-Request-Id"]
    return body


def without_request_id(response: TestResponse) -> tuple[int, str, dict[str, Any]]:
    """Everything of an answer that could tell two refusals apart."""
    body = dict(response.json)
    assert body.pop("request_id")
    return response.status_code, response.content_type, body


def rows() -> dict[str, int]:
    """How many rows each table has; kept policy profiles are nobody's."""
    db.session.rollback()
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
        if table.name != "policy_profile"
    }
