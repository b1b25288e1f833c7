"""Text messages (短信): one interface, and the providers behind it (docs/sms.md)."""

from typing import Protocol

from server.config import Sms
from server.pushing import Outcome, Pushed
from server.sms.http_provider import HttpProvider

__all__ = ["NoSms", "SmsSender", "sender_for"]


class SmsSender(Protocol):
    """Sends one text to one number. Never raises; no number and no text goes into a log."""

    @property
    def is_on(self) -> bool:
        """Whether there is a provider at all."""
        ...

    def send(self, phone: str, text: str, client_id: str) -> Pushed:
        """Send.

        Args:
            client_id: the provider delivers the same id only once within a day.
        """
        ...

    def check(self) -> Pushed:
        """Ask the provider whether it knows us; nothing is sent to anybody."""
        ...


class NoSms:
    """No provider: nothing is ever sent."""

    is_on = False

    def send(self, phone: str, text: str, client_id: str) -> Pushed:
        """Refuse."""
        return Pushed(Outcome.PERMANENT)

    def check(self) -> Pushed:
        """Refuse."""
        return Pushed(Outcome.PERMANENT)


def sender_for(settings: Sms) -> SmsSender:
    """Return the provider that the configuration names."""
    return HttpProvider(settings) if settings.provider == "http" else NoSms()
