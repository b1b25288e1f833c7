"""Sending what waits in the outbox: claim, send, note the result; receipts; and what a dead sender left behind.

Between "WeChat accepted" and our note of it a process can die, and nobody knows. Such a notification becomes "unknown"
and stays visible, unless its kind may be repeated or WeChat itself refuses the repetition (design.md §5.5).
"""

from server.actions.notifications.receipts import record_receipt, recover_next
from server.actions.notifications.sending import deliver_many, deliver_next
from server.policy.notices import KINDS

__all__ = ["KINDS", "deliver_many", "deliver_next", "record_receipt", "recover_next"]
