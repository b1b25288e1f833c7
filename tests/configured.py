"""Settings for tests: the example configuration's shape with throw-away secrets and the sandbox's default accounts."""

import base64

from server.config import Settings

MINIPROGRAM = "wxa1b2c3d4e5f60001"
SERVICE_ACCOUNT = "wxa1b2c3d4e5f60002"
CALLBACK_TOKEN = "sandboxCallbackToken"
CALLBACK_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

TEMPLATE_FIELDS = {
    "followup": {"item": "thing1", "time": "time2", "team": "thing3", "phone": "phone_number4", "hint": "thing5"},
    "followup_long": {"item": "thing1", "time": "time2", "team": "thing3", "phone": "phone_number4", "hint": "thing5"},
    "visit": {"item": "thing1", "date": "date2", "visitor": "thing3", "phone": "phone_number4", "hint": "thing5"},
    "renewal": {"item": "thing1", "date": "date2", "team": "thing3", "hint": "thing4"},
    "appointment": {"hospital": "thing1", "department": "thing2", "time": "time3", "hint": "thing4"},
    "result": {"item": "thing1", "result": "phrase2", "time": "time3", "hint": "thing4"},
    "reply": {"sender": "thing1", "time": "time2", "hint": "thing3"},
}
SERVICE_FIELDS = {
    "notice": {"item": "thing1", "time": "time2", "hint": "thing3"},
    "waiting": {"sender": "thing1", "time": "time2", "hint": "thing3"},
}


READ_SECONDS = 10.0
"""Production waits less for WeChat: here a busy machine that stands still for a moment is no fault of WeChat's."""


def settings(
    database_url: str, wechat_base: str = "http://127.0.0.1:9", *, read_seconds: float = READ_SECONDS
) -> Settings:
    """Return valid Settings for a database, a WeChat address, and how long its answers may take."""
    account = {
        "callback_token": CALLBACK_TOKEN,
        "callback_aes_key": CALLBACK_AES_KEY,
        "callback_mode": "secure",
    }
    return Settings.model_validate(
        {
            "app": {
                "environment": "test",
                "region": "mianyang",
                "public_base_url": "http://127.0.0.1:8601",
                "trusted_proxies": 0,
                "log_level": "WARNING",
                "clock_follows": "",
            },
            "database": {"url": database_url, "pool_size": 8},
            "wechat": {
                "api_base": wechat_base,
                "connect_timeout_seconds": 1.0,
                "read_timeout_seconds": read_seconds,
                "callback_replay_window_seconds": 600,
                "callback_max_bytes": 65536,
                "miniprogram_state": "formal",
                "miniprogram": {
                    "app_id": MINIPROGRAM,
                    "app_secret": "0123456789abcdef0123456789abcd01",
                    "original_id": "gh_sandbox00mini",
                    **account,
                },
                "service_account": {
                    "app_id": SERVICE_ACCOUNT,
                    "app_secret": "0123456789abcdef0123456789abcd02",
                    "original_id": "gh_sandbox0serve",
                    **account,
                },
                "subscribe_templates": {
                    name: {"id": f"sbx_{name}", "fields": fields} for name, fields in TEMPLATE_FIELDS.items()
                },
                "service_templates": {
                    name: {"id": f"sbx_oa_{name}", "fields": fields} for name, fields in SERVICE_FIELDS.items()
                },
            },
            "scheduler": {"lease_seconds": 15, "delivery_budget": 200, "delivery_threads": 4},
            "messaging": {"max_text_characters": 500, "idle_close_hours": 48},
            "privacy": {
                "data_key": base64.b64encode(b"d" * 32).decode(),
                "old_data_keys": [],
                "index_key": base64.b64encode(b"i" * 32).decode(),
                "cookie_key": "a long random text for tests only",
                "session_days": 30,
                "workbench_session_hours": 8,
                "desk_idle_minutes": 20,
            },
            "sms": {
                "provider": "none",
                "url": "",
                "app_id": "",
                "secret": "",
                "sign": "家庭医生",
                "connect_timeout_seconds": 1.0,
                "read_timeout_seconds": 2.0,
            },
            "learning": {"keep_questions_days": 60, "keep_lessons_days": 730},
            "choosing": {"provider": "none", "base_url": "", "api_key": "", "model": "", "consent": False},
            "identity": {"verifier": "none"},
            "paper": {"extra_font": ""},
            "imports": {"max_file_megabytes": 20, "max_rows": 100_000, "keep_days": 30},
        }
    )
