"""The service account's menu and what its buttons mean. The command line pushes it with ``gateway.create_menu``."""

from typing import Any

from server.chatbot.intents import Intent

KEYS = {"menu_doctor": Intent.TALK_HUMAN, "menu_contract": Intent.MY_CONTRACT}
"""EventKey of a click → what it asks."""

WORDS = {"menu_doctor": "找医生", "menu_contract": "我的签约"}
"""… and as if the resident had written it."""


def buttons(miniprogram_app_id: str, page: str, url: str) -> dict[str, Any]:
    """Return the menu as WeChat wants it (wechat_platform.md §G): at most three buttons, the last opens the mini-program.

    Args:
        page: path of the mini-program's first page. url: shown by clients too old for mini-programs.
    """
    clicks = [{"type": "click", "name": name, "key": key} for key, name in WORDS.items()]
    opens = {"type": "miniprogram", "name": "签约服务", "appid": miniprogram_app_id, "pagepath": page, "url": url}
    return {"button": [*clicks, opens]}
