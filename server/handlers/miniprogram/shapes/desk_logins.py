"""Letting a desk computer in from the phone."""

from typing import Self

from pydantic import Field

from server.handlers.miniprogram.shapes.edges import In, Out, instant
from server.models.desk_login import DeskLogin, DeskSession


class DeskCodeIn(In):
    """The eight digits on the screen."""

    code: str = Field(pattern=r"^[0-9]{8}$")


class DeskAskedOut(Out):
    """Which computer asks to be let in, so that nobody confirms a stranger's."""

    asked_at: str
    address: str
    browser: str
    expires_at: str

    @classmethod
    def of(cls, row: DeskLogin) -> Self:
        """Show a request."""
        return cls(
            asked_at=instant(row.created_at),
            address=row.asked_from,
            browser=row.browser,
            expires_at=instant(row.expires_at),
        )


class DeskOut(Out):
    """Where I am logged in; ``since`` is null when nowhere."""

    since: str | None
    address: str
    browser: str

    @classmethod
    def of(cls, session: DeskSession | None) -> Self:
        """Show a session."""
        if session is None:
            return cls(since=None, address="", browser="")
        asked = session.login
        return cls(since=instant(session.created_at), address=asked.asked_from, browser=asked.browser)
