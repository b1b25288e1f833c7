"""A line to WeChat whose answers a test decides beforehand, to reach outcomes real HTTP cannot be made to give at will."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.config import Template
from server.models import Notification
from server.models.notification import queue
from server.wechat.errcodes import Outcome
from server.wechat.gateway import Pushed
from tests import make


@dataclass
class Line:
    """Records every push; answers with the next scripted outcome, then with OK."""

    answers: list[Pushed | Exception] = field(default_factory=list)
    pushed: list[tuple[str, str, Any]] = field(default_factory=list)
    client_ids: list[str] = field(default_factory=list)
    during: Callable[[], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def will(self, *outcomes: Outcome) -> "Line":
        self.answers += [Pushed(outcome, errcode=None if outcome is Outcome.UNKNOWN else 1) for outcome in outcomes]
        return self

    def _answer(self, channel: str, openid: str, content: Any) -> Pushed:
        with self._lock:
            self.pushed.append((channel, openid, content))
            number = len(self.pushed)
            answer = self.answers.pop(0) if self.answers else Pushed(Outcome.OK, f"msg{number}")
        if self.during:
            self.during()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def push_subscribe(self, openid: str, template: Template, data: Mapping[str, str], page: str) -> Pushed:
        return self._answer(f"subscribe:{template.id}", openid, dict(data))

    def push_template(
        self, openid: str, template: Template, data: Mapping[str, str], page: str, client_msg_id: str
    ) -> Pushed:
        self.client_ids.append(client_msg_id)
        return self._answer(f"template:{template.id}", openid, dict(data))

    def push_text(self, openid: str, text: str, app: str = "service_account") -> Pushed:
        return self._answer("text", openid, text)

    def push_medium(
        self, openid: str, kind: str, content: bytes, content_type: str, ending: str, app: str = "service_account"
    ) -> Pushed:
        return self._answer(kind, openid, content)

    @property
    def channels(self) -> list[str]:
        return [channel for channel, _, _ in self.pushed]


FACTS = {"team": "城北团队", "phone": "0816-3333333", "due_on": "2026-03-09"}
_count = iter(range(1, 100_000))


def queued(kind: str = "followup_due", **fields: Any) -> Notification:
    """A waiting notification; pass ``user_id`` or ``resident_id``."""
    from server import clock
    from server.database import db, transaction

    key = fields.pop("dedupe_key", f"key{next(_count)}")
    values = {"facts": FACTS, "subject_id": "S" * 26, "at": clock.now()} | fields
    with transaction():
        queue(kind, dedupe_key=key, **values)
    return db.session.query(Notification).filter_by(dedupe_key=key).one()


def fresh(row: Any) -> Any:
    """The row as the database has it now."""
    from server.database import db

    db.session.rollback()
    return db.session.get(type(row), row.id, populate_existing=True)


def reachable_resident(**balances: int) -> tuple[Any, Any, Any]:
    """A resident with WeChat, his user and his team; ``followup=1`` gives that balance."""
    resident, team = make.resident(), make.team()
    user = make.user(resident=resident)
    for template, left in balances.items():
        make.push_consent(user, template, left=left, long_term=template.endswith("_long"))
    return resident, user, team
