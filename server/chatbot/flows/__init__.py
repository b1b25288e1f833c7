"""Errands that are done in the chat: what each needs (``*.toml``), where one stands (``state``), how it goes on (``machine``).

Pure like the rest of the chatbot: ``server/conversing`` asks the database and does what was confirmed.
"""

from server.chatbot.flows.definition import Flow, Slot, all_flows, flow_of
from server.chatbot.flows.machine import (
    Desk,
    Options,
    Turn,
    asked_for,
    done,
    flow_title,
    go_on,
    labelled,
    refused,
    resumed,
    start,
)
from server.chatbot.flows.state import CONFIRM, Choice, State

__all__ = [
    "CONFIRM", "Choice", "Desk", "Flow", "Options", "Slot", "State", "Turn", "all_flows", "asked_for", "done", "flow_of",
    "flow_title", "go_on",
    "labelled", "refused", "resumed", "start",
]  # fmt: skip
