"""What the provider of text messages remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class SmsBox:
    """What the provider accepted: texts by order, and who refuses them."""

    texts: list[dict[str, Any]] = field(default_factory=list)
    accepted: dict[str, tuple[float, str]] = field(default_factory=dict)
    refusing: set[str] = field(default_factory=set)
