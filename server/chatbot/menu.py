"""The service account's menu and what its buttons mean. The command line pushes it with ``gateway.create_menu``."""

from typing import Any

from server.chatbot.intents import Intent

KEYS = {"menu_doctor": Intent.TALK_HUMAN, "menu_contract": Intent.MY_CONTRACT}
"""EventKey of a click → what it asks."""

WORDS = {"menu_doctor": "找医生", "menu_contract": "我的签约"}
"""… and as if the resident had written it."""

FIRST_PAGE = "pages/index/index"
OLD_CLIENTS = "https://mp.weixin.qq.com"
"""What WeChat's own documents show to clients too old for mini-programs."""


def buttons(miniprogram_app_id: str, page: str = FIRST_PAGE, url: str = OLD_CLIENTS) -> list[dict[str, Any]]:
    """Return the buttons for ``gateway.create_menu`` (wechat_platform.md §G): three at most, the last opens the mini-program.

    Args:
        page: path in the mini-program, of its released ones. url: shown by clients too old for mini-programs.
    """
    clicks = [{"type": "click", "name": name, "key": key} for key, name in WORDS.items()]
    opens = {"type": "miniprogram", "name": "签约服务", "appid": miniprogram_app_id, "pagepath": page, "url": url}
    return [*clicks, opens]
