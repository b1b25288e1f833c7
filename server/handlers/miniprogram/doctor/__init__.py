"""What doctors do in the mini-program."""

from server.handlers.miniprogram.doctor import (
    agreements,
    conversations,
    followups,
    home,
    populations,
    serving,
    unsigned,
)

__all__ = ["agreements", "conversations", "followups", "home", "populations", "serving", "unsigned"]
