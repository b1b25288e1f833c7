"""A link to a page of the mini-program inside a message: one line that everybody can read, a button where one can be shown.

"▶ 打开“我的签约” /pages/agreement/list" is what is stored; the mini-program draws a button, the service account gets an <a>.
"""

import re
from dataclasses import dataclass
from html import escape

_LINE = re.compile(r"^▶ (?P<label>.{1,40}?) (?P<path>/pages/[\w/]+(?:\?[\w=&%.\-]*)?)$", re.MULTILINE)
OLD_CLIENTS = "https://mp.weixin.qq.com"


@dataclass(frozen=True)
class Link:
    """Words on a button, and the page it opens, query included."""

    label: str
    path: str


def line(label: str, path: str) -> str:
    """Return the line that stands for a link."""
    return f"▶ 打开“{label}” {path}"


def split(text: str) -> tuple[str, list[Link]]:
    """Return a message without its links, and the links."""
    found = [Link(one["label"], one["path"]) for one in _LINE.finditer(text)]
    return re.sub(r"\n{2,}", "\n", _LINE.sub("", text)).strip("\n"), found


def for_service_account(text: str, app_id: str) -> str:
    """Return a message as the service account shows it: each link opens the page (wechat_platform.md §G)."""

    def anchor(found: re.Match[str]) -> str:
        path = found["path"].lstrip("/")
        attributes = f'href="{OLD_CLIENTS}" data-miniprogram-appid="{app_id}" data-miniprogram-path="{escape(path)}"'
        return f"▶ <a {attributes}>{found['label']}</a>"

    return _LINE.sub(anchor, text)


def without_paths(text: str) -> str:
    """Return a message for a chat that knows no links: it names the page to open."""
    return _LINE.sub(lambda found: f"▶ 请回到小程序，{found['label']}", text)
