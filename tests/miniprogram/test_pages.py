"""What every page of the mini-program must have, and must not have."""

import json
import re
import struct

import pytest

from tests.miniprogram.source import ROOT, app_json, files, pages, text

OPENED_BY_NOTICES = [
    "pages/agreement/detail", "pages/renew/renew", "pages/appointments/list", "pages/followups/list",
    "pages/messages/chat", "pages/doctor/home", "pages/doctor/conversation", "pages/doctor/agreements",
]  # fmt: skip
ICON_LIMIT_BYTES = 40_000  # WeChat's limit for a tab bar icon
PACKAGE_LIMIT_BYTES = 2_000_000  # WeChat's limit for a main package
SMALLEST_LETTER_RPX = 28
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("page", pages())
def test_page_has_its_four_files_and_a_chinese_title(page: str) -> None:
    for suffix in ("js", "json", "wxml", "wxss"):
        assert (ROOT / f"{page}.{suffix}").is_file(), suffix

    title = json.loads(text(ROOT / f"{page}.json"))["navigationBarTitleText"]
    assert CHINESE.search(title)


def test_every_page_folder_is_listed() -> None:
    found = {str(path.relative_to(ROOT).with_suffix("")) for path in (ROOT / "pages").rglob("*.wxml")}

    assert found == set(pages())


def test_pages_that_notices_open_exist() -> None:
    assert set(OPENED_BY_NOTICES) <= set(pages())


def test_every_address_the_code_opens_is_a_page() -> None:
    opened = {
        (path.name, address.strip("/"))
        for path in files(".js", ".wxml")
        for address in re.findall(r"""['"`](/pages/[\w/]+)""", text(path))
    }

    assert len(opened) > 10
    assert {(name, address) for name, address in opened if address not in pages()} == set()


def test_every_handler_in_wxml_is_defined() -> None:
    common = text(ROOT / "utils/page.js")
    for page in pages():
        code = text(ROOT / f"{page}.js")
        handlers = set(re.findall(r'(?:bind|catch)\w+="(\w+)"', text(ROOT / f"{page}.wxml")))
        shared = re.findall(r"^  \.\.\.(\w+),$", code, re.M)
        files_of = [ROOT / "utils" / f"{name}.js" for name in shared]
        spread = "".join(text(path) for path in files_of if path.exists())
        known = common + spread
        missing = {name for name in handlers if not re.search(rf"\b{name}\(", code) and f"  {name}(" not in known}
        assert missing == set(), page


def test_tab_bar_icons_are_small_pngs_of_the_advised_size() -> None:
    tabs = app_json()["tabBar"]["list"]

    assert [tab["text"] for tab in tabs] == ["首页", "预约", "消息", "我的"]
    for tab in tabs:
        for key in ("iconPath", "selectedIconPath"):
            content = (ROOT / tab[key]).read_bytes()
            assert len(content) <= ICON_LIMIT_BYTES
            assert struct.unpack(">II", content[16:24]) == (81, 81)


def test_privacy_check_is_on_and_package_is_small() -> None:
    assert app_json()["__usePrivacyCheck__"] is True
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < PACKAGE_LIMIT_BYTES


def test_nothing_comes_from_another_host() -> None:
    remote = re.compile(r"https?://|@font-face|wss?://")
    found = [path.name for path in files(".js", ".json", ".wxml", ".wxss") if remote.search(text(path))]

    assert found == ["config.js"]
    assert re.findall(r"https?://[^'\"]+", text(ROOT / "config.js")) == ["https://your-domain.example"]


def test_nothing_is_written_to_the_console_and_little_is_stored() -> None:
    scripts = {path.relative_to(ROOT).as_posix(): text(path) for path in files(".js")}

    assert [name for name, code in scripts.items() if "console." in code] == []
    assert [name for name, code in scripts.items() if re.search(r"wx\.set\w*Storage", code)] == ["utils/storage.js"]


def test_letters_are_large_enough() -> None:
    sizes = [
        (path.name, float(size))
        for path in files(".wxss")
        for size in re.findall(r"font-size:[^;]*?([\d.]+)rpx", text(path))
    ]

    assert len(sizes) > 30
    assert [found for found in sizes if found[1] < SMALLEST_LETTER_RPX] == []
    assert "font-size: calc(var(--k) * 36rpx)" in text(ROOT / "app.wxss")
    assert "min-height: 104rpx" in text(ROOT / "app.wxss")


def test_pages_with_health_advice_offer_120() -> None:
    for page in ("pages/index/index", "pages/messages/chat", "pages/doctor/complete"):
        assert 'bindtap="call120"' in text(ROOT / f"{page}.wxml")
    assert "call('120')" in text(ROOT / "utils/page.js")


def test_permission_is_asked_with_prefetched_ids_before_any_waiting() -> None:
    askers = {path.relative_to(ROOT).as_posix(): text(path) for path in files(".js") if "subscribe.ask(" in text(path)}

    assert len(askers) == 11
    for name, code in askers.items():
        scenes = re.findall(r"subscribe\.ask\('(\w+)'\)", code)
        assert scenes == re.findall(r"subscribe\.prefetch\('(\w+)'\)", code), name


def test_readme_names_every_page_and_only_hooks_that_exist() -> None:
    readme = text(ROOT / "README.md")
    markup = "\n".join(text(path) for path in files(".wxml"))

    assert [page for page in pages() if not re.search(f"`{page}[`?]", readme)] == []
    hooks = set(re.findall(r"`#([\w-]+)`", readme))
    assert len(hooks) > 60
    assert {hook for hook in hooks if f'id="{hook}"' not in markup and not _has_prefix(hook, markup)} == set()
    classes = set(re.findall(r"`\.([\w-]+)`", readme))
    assert {name for name in classes if not re.search(rf'class="[^"]*\b{name}\b', markup)} == set()


def _has_prefix(hook: str, markup: str) -> bool:
    """Whether ids such as consent-{{item.key}} can produce this hook."""
    prefixes = re.findall(r'id="([\w-]+)-\{\{', markup)
    return any(hook.startswith(prefix + "-") for prefix in prefixes)
