"""What is said before its day comes: cards, birthdays, newborns, owed visits, campaigns, supplies (domain.md §7.2)."""

from server.actions.ahead.residents import tell_campaigns, tell_cards, tell_newborns, tell_own_data, tell_visits
from server.actions.ahead.supplies import tell_supplies

__all__ = ["tell_campaigns", "tell_cards", "tell_newborns", "tell_own_data", "tell_supplies", "tell_visits"]
