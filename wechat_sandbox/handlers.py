"""Imports every module that enters paths into the table, so that the table is complete."""

from . import (
    customer_service,
    login,
    media,
    menu,
    qrcodes,
    quota_tools,
    safety,
    subscribe,
    template_api,
    template_messages,
    tokens,
    wxacodes,
)
from .endpoints import ENDPOINTS

__all__ = [
    "ENDPOINTS",
    "customer_service",
    "login",
    "media",
    "menu",
    "qrcodes",
    "quota_tools",
    "safety",
    "subscribe",
    "template_api",
    "template_messages",
    "tokens",
    "wxacodes",
]
