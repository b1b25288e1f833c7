"""Every fact about WeChat that is recalled or uncertain, by name, with its default and one line of why.

Reference: wechat_platform.md, tags U and R. docs/sandbox.md repeats this table and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

Value = bool | int | float | str | list[str]


@dataclass(frozen=True)
class Switch:
    """One uncertain fact; the default is what we believe today."""

    name: str
    default: Value
    explanation: str


SWITCHES: tuple[Switch, ...] = (
    Switch("token_length", 157, "characters of an access_token; WeChat says reserve 512"),
    Switch("token_daily", 2000, "classic token calls per day and account"),
    Switch("token_superseded_errcode", 40001, "errcode for a token that a newer one replaced, after the grace"),
    Switch("token_expired_errcode", 42001, "errcode for a token that is too old and was not replaced"),
    Switch("token_unknown_errcode", 40014, "errcode for a text that never was a token"),
    Switch("json_content_type", "application/json; encoding=utf-8", "Content-Type of most answers"),
    Switch("sns_content_type", "text/plain", "Content-Type of /sns answers"),
    Switch("token_forced_refresh_kills_at_once", True, "force_refresh ends the earlier token now, not after the grace"),
    Switch("service_account_needs_ip_whitelist", True, "an empty whitelist of a service account refuses every address"),
    Switch("session_key_min_interval_seconds", 600, "a new wx.login replaces the session_key only after this long"),
    Switch("session_key_lifetime_seconds", 259200, "an unused session_key dies after this long; use extends it"),
    Switch("login_code_per_minute", 100, "code-to-session calls per user and minute before 45011"),
    Switch("phone_openid_mismatch_errcode", 40029, "errcode when openid is not the owner of the phone code"),
    Switch("phone_country_code_is_number", False, "countryCode comes as the number 86 instead of the text"),
    Switch("phone_free_calls", 1000, "phone components a mini-program may use before errno 1400001"),
    Switch("subscribe_max_templates", 5, "templates per dialog before 20003; older editions say 3"),
    Switch("subscribe_accepts_add_up", True, "N accepts of a one-time template allow N sends"),
    Switch("subscribe_check_order", "touser,template,page,data,balance", "order of the checks of subscribe/send"),
    Switch("subscribe_bad_data_uses_accept", False, "a send refused with 47003 or 41030 still uses up one accept"),
    Switch("subscribe_unknown_keys_ignored", True, "keys the template does not have are ignored, not 47003"),
    Switch("subscribe_page_may_start_with_slash", False, "page=/pages/x is taken like pages/x, not 41030"),
    Switch("subscribe_bad_state_errcode", 40097, "errcode for an unknown miniprogram_state; 0 accepts it"),
    Switch("subscribe_collision_ms", 0, "two sends to one user and template within so many ms give 43108; 0 never"),
    Switch("subscribe_sent_event_delay_seconds", 0.0, "virtual delay of subscribe_msg_sent_event"),
    Switch("subscribe_json_single_item_is_array", False, "JSON pushes carry a one-item List as array, not object"),
    Switch("subscribe_popup_scene", 0, "PopupScene of the popup event; a sample shows 2"),
    Switch("data_emtpy_typo", False, "47003 says 'is emtpy', as older servers do"),
    Switch("data_number_values_ok", False, "values may be JSON numbers, not only strings"),
    Switch("data_emoji_ok", True, "emoji are allowed in thing values and count as one character each"),
    Switch("sensitive_words", ["敏感词测试"], "words in template data that give 45168"),
    Switch("template_limit", 50, "private subscribe templates per account before 200012"),
    Switch("callback_timeout_seconds", 5.0, "an answer later than this counts as none; WeChat documents 5"),
    Switch("callback_tries", 3, "deliveries of one push; WeChat documents 3"),
    Switch("callback_retry_wait_seconds", 0.0, "real pause between two deliveries of one push"),
    Switch("callback_retry_signs_again", True, "a repeated delivery carries a new timestamp, nonce and signature"),
    Switch("callback_retry_on_http_error", True, "an HTTP status other than 200 is delivered again"),
    Switch("callback_retry_on_broken_reply", False, "a malformed answer is delivered again before it is given up"),
    Switch("passive_text_max_bytes", 2048, "UTF-8 bytes of a passive text reply; longer counts as broken"),
    Switch("passive_reply_checks_nonce", False, "an encrypted reply must repeat the Nonce of the query"),
    Switch("passive_news_items_for_messages", 1, "articles shown in a passive reply to a message; the rest is cut"),
    Switch("passive_news_items_for_events", 8, "articles shown in a passive reply to an event; the rest is cut"),
    Switch("passive_reply_uses_allowance", False, "a passive reply counts as a customer-service message"),
    Switch("miniprogram_chat_takes_passive_reply", False, "a mini-program's chat shows passive replies too"),
    Switch(
        "unavailable_line_service_account",
        "该服务号提供的服务出现故障，请稍后再试",
        "what a person reads when the service account's server fails",
    ),
    Switch(
        "unavailable_line_miniprogram",
        "该小程序客服暂时无法提供服务，请稍后再试",
        "what a person reads in the mini-program's chat when the server fails",
    ),
    Switch("allowance_adds_up", False, "a new user message adds to the customer-service allowance, not restarts it"),
    Switch("custom_text_max_bytes", 2048, "UTF-8 bytes of a customer-service text before 45002"),
    Switch("custom_unlinked_errcode", 45064, "errcode for a card of a mini-program that is not linked"),
    Switch("custom_daily", 500000, "customer-service messages per day and account"),
    Switch("typing_window_seconds", 30, "typing needs a user message this recent, else 45080"),
    Switch("typing_shown_seconds", 15, "how long typing is shown; a second one within it gives 45081"),
    Switch("template_dedupe_seconds", 600, "window in which openid and client_msg_id name one template message"),
    Switch("template_duplicate_errcode", 0, "errcode for a repeated client_msg_id; 0 answers with the first msgid"),
    Switch("template_unlinked_errcode", 40013, "errcode for a jump to a mini-program that is not linked"),
    Switch("template_banned_errcode", 43116, "errcode for a banned template of template messages"),
    Switch("template_status_user_block", "failed:user block", "Status of the job event when the user refuses messages"),
    Switch("template_status_system_failed", "failed: system failed", "Status of the job event after a system fault"),
    Switch("template_event_delay_seconds", 0.0, "virtual delay of TEMPLATESENDJOBFINISH"),
    Switch("menu_refuses_unicode_escapes", True, "a menu with \\uXXXX escapes gives 40033"),
    Switch("menu_unlinked_errcode", 45064, "errcode for a menu button of a mini-program that is not linked"),
    Switch("menu_name_bytes", 16, "UTF-8 bytes of a top button's name"),
    Switch("menu_sub_name_bytes", 60, "UTF-8 bytes of a sub button's name"),
    Switch("menu_key_bytes", 128, "UTF-8 bytes of a button's key"),
    Switch("menu_url_bytes", 1024, "UTF-8 bytes of a button's url"),
    Switch("menu_daily", 1000, "menu/create calls per day and account"),
    Switch("qrcode_default_expire_seconds", 60, "life of a temporary QR code without expire_seconds"),
    Switch("qrcode_permanent_max", 100000, "permanent QR codes per account before 40053"),
    Switch("user_info_has_nickname", False, "user/info gives the nickname, as before 2021-12"),
    Switch("wxacode_bad_width_errcode", 40097, "errcode of getwxacodeunlimit for a width outside 280 to 1280"),
    Switch("safety_inactive_errcode", 61010, "errcode when the user did not open the mini-program in the last 2 hours"),
    Switch("safety_max_characters", 2500, "characters of msg_sec_check's content before 45002"),
    Switch("safety_risky_words", ["违规测试"], "words msg_sec_check calls risky (label 20006)"),
    Switch("safety_review_words", ["待审测试"], "words msg_sec_check wants reviewed (label 21000)"),
    Switch("media_check_delay_seconds", 60, "virtual delay of the wxa_media_check push, at most 1800"),
    Switch("media_check_unreachable_errcode", -1008, "detail errcode when the picture could not be fetched"),
    Switch("media_life_seconds", 259200, "life of a temporary media id"),
)

_BY_NAME = {switch.name: switch for switch in SWITCHES}


class UnknownSwitch(ValueError):
    """No switch of that name, or a value of the wrong type."""


def check(name: str, value: object) -> Value:
    """The value when the switch exists and takes it; UnknownSwitch otherwise."""
    if name not in _BY_NAME:
        raise UnknownSwitch(f"no switch {name}")
    default = _BY_NAME[name].default
    if isinstance(default, bool) or not isinstance(default, int | float):
        fits = type(value) is type(default)
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits:
        raise UnknownSwitch(f"{name} takes a value like {default!r}")
    return value  # type: ignore[return-value]


class Switches:
    """The present value of every switch; an app may have its own."""

    def __init__(self) -> None:
        self._values: dict[str, Value] = {}

    def set(self, changes: dict[str, object]) -> None:
        """Change several at once; none when one of them is refused."""
        self._values.update({name: check(name, value) for name, value in changes.items()})

    def get(self, name: str, own: dict[str, Value] | None = None) -> Value:
        """The value for an app's own switches `own`, else the general one, else the default."""
        if own and name in own:
            return own[name]
        return self._values.get(name, _BY_NAME[name].default)

    def as_json(self) -> dict[str, dict[str, object]]:
        """name → {value, default, explanation}."""
        return {
            switch.name: {
                "value": self.get(switch.name),
                "default": switch.default,
                "explanation": switch.explanation,
            }
            for switch in SWITCHES
        }
