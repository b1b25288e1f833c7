"""What doctors do in the mini-program."""

from server.handlers.miniprogram.doctor import (
    agreements,
    conversations,
    copies,
    followups,
    home,
    populations,
    serving,
    unsigned,
)

__all__ = ["agreements", "conversations", "copies", "followups", "home", "populations", "serving", "unsigned"]
