"""An optional language model that names one of our intents where the chatbot is unsure; nothing of it reaches residents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from server.choosing.openai import Choice, OpenAiChooser
from server.config import Choosing

__all__ = ["Choice", "Chooser", "NoChooser", "chooser_for"]


class Chooser(Protocol):
    """Chooses an intent. Never raises, never takes longer than two seconds, logs no text."""

    @property
    def is_on(self) -> bool:
        """Whether there is a model at all."""
        ...

    def choose(self, text: str, allowed: Mapping[str, str]) -> Choice | None:
        """Return the intent that fits, None when there is no usable answer.

        Args:
            text: redacted; only the first 200 characters are sent. allowed: ids and what they mean.
        """
        ...


@dataclass(frozen=True)
class NoChooser:
    """No model: nothing is ever sent."""

    is_on: bool = False

    def choose(self, text: str, allowed: Mapping[str, str]) -> Choice | None:
        """Choose nothing."""
        return None


def chooser_for(settings: Choosing) -> Chooser:
    """Return the model that the configuration names; none without consent."""
    return OpenAiChooser(settings) if settings.provider == "openai" and settings.consent else NoChooser()
