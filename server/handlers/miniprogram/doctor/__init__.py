"""What doctors do in the mini-program."""

from server.handlers.miniprogram.doctor import (
    agreements,
    begin,
    changes,
    conversations,
    copies,
    followups,
    home,
    measurements,
    my_day,
    numbers,
    populations,
    referrals,
    serving,
    unsigned,
    visits,
    waiting,
)

__all__ = [
    "agreements",
    "begin",
    "changes",
    "conversations",
    "copies",
    "followups",
    "home",
    "my_day",
    "measurements",
    "numbers",
    "populations",
    "referrals",
    "serving",
    "unsigned",
    "visits",
    "waiting",
]
