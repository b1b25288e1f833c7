"""The accounts and templates every sandbox starts with; documented in docs/sandbox.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

MINIPROGRAM = "miniprogram"
SERVICE_ACCOUNT = "service_account"

MINIPROGRAM_APPID = "wxa1b2c3d4e5f60001"
MINIPROGRAM_SECRET = "0123456789abcdef0123456789abcd01"
MINIPROGRAM_ORIGINAL_ID = "gh_sandbox00mini"
SERVICE_ACCOUNT_APPID = "wxa1b2c3d4e5f60002"
SERVICE_ACCOUNT_SECRET = "0123456789abcdef0123456789abcd02"
SERVICE_ACCOUNT_ORIGINAL_ID = "gh_sandbox0serve"
CALLBACK_TOKEN = "sandboxCallbackToken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CALLBACK_PATHS = {
    MINIPROGRAM: "/wechat/callback/miniprogram",
    SERVICE_ACCOUNT: "/wechat/callback/service_account",
}

DEFAULT_PAGES = ["pages/index/index"]
ONE_TIME, LONG_TERM = 2, 3


@dataclass(frozen=True)
class TemplateSpec:
    """A template in short: its keys in order with their labels."""

    id: str
    title: str
    keys: tuple[tuple[str, str], ...]
    type: int = ONE_TIME


_FOLLOWUP = (
    ("thing1", "服务项目"),
    ("time2", "服务时间"),
    ("thing3", "服务团队"),
    ("phone_number4", "联系电话"),
    ("thing5", "温馨提示"),
)

SUBSCRIBE_TEMPLATES: tuple[TemplateSpec, ...] = (
    TemplateSpec("sbx_followup", "健康随访提醒", _FOLLOWUP),
    TemplateSpec(
        "sbx_visit",
        "上门服务通知",
        (
            ("thing1", "服务项目"),
            ("date2", "上门日期"),
            ("thing3", "服务人员"),
            ("phone_number4", "联系电话"),
            ("thing5", "温馨提示"),
        ),
    ),
    TemplateSpec(
        "sbx_renewal",
        "签约到期提醒",
        (("thing1", "签约服务"), ("date2", "到期日期"), ("thing3", "签约团队"), ("thing4", "温馨提示")),
    ),
    TemplateSpec(
        "sbx_appointment",
        "预约提醒",
        (("thing1", "就诊医院"), ("thing2", "就诊科室"), ("time3", "就诊时间"), ("thing4", "温馨提示")),
    ),
    TemplateSpec(
        "sbx_result",
        "办理结果通知",
        (("thing1", "办理事项"), ("phrase2", "办理结果"), ("time3", "办理时间"), ("thing4", "备注")),
    ),
    TemplateSpec("sbx_reply", "医生回复提醒", (("thing1", "回复人"), ("time2", "回复时间"), ("thing3", "温馨提示"))),
    TemplateSpec("sbx_followup_long", "健康随访提醒", _FOLLOWUP, LONG_TERM),
)

SERVICE_TEMPLATES: tuple[TemplateSpec, ...] = (
    TemplateSpec("sbx_oa_notice", "服务通知", (("thing1", "事项"), ("time2", "时间"), ("thing3", "说明"))),
    TemplateSpec("sbx_oa_waiting", "待处理消息提醒", (("thing1", "来源"), ("time2", "时间"), ("thing3", "摘要"))),
)


def released_pages(folder: Path | None) -> list[str]:
    """The pages of a native mini-program's app.json, sub-packages included; one page when there is none."""
    if folder is None or not (folder / "app.json").is_file():
        return list(DEFAULT_PAGES)
    manifest = json.loads((folder / "app.json").read_text(encoding="utf-8"))
    pages = [str(page) for page in manifest.get("pages", [])]
    for package in manifest.get("subPackages") or manifest.get("subpackages") or []:
        root = str(package["root"]).strip("/")
        pages += [f"{root}/{page}" for page in package.get("pages", [])]
    return pages or list(DEFAULT_PAGES)
