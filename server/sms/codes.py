"""The provider's codes (docs/sms.md), sorted by what the sender of a message should do next."""

from server.pushing import Outcome

ALREADY_ACCEPTED = 1001
"""The same client_id came before and was accepted: nothing goes out twice."""

BAD_NUMBER = 3001
"""No such number: another one has to be asked for."""

_CODES: dict[int, tuple[Outcome, str]] = {
    2001: (Outcome.RETRY, "短信平台账号不存在"),
    2002: (Outcome.RETRY, "短信平台签名校验失败，请核对密钥"),
    2003: (Outcome.RETRY, "请求时间与短信平台相差过大，请核对服务器时间"),
    2004: (Outcome.RETRY, "短信平台账号停用或欠费"),
    BAD_NUMBER: (Outcome.PERMANENT, "手机号码无效"),
    3002: (Outcome.NO_CONSENT, "收件人已退订短信"),
    3003: (Outcome.PERMANENT, "短信内容未通过审核"),
    3004: (Outcome.PERMANENT, "短信签名未报备"),
    4001: (Outcome.RETRY, "发送过于频繁"),
    4002: (Outcome.OVER_QUOTA, "今日短信额度用完"),
    5000: (Outcome.RETRY, "短信平台繁忙"),
}


def outcome_of(code: int) -> Outcome:
    """Sort a code; one we do not know is worth another try, the sender limits how often."""
    return _CODES[code][0] if code in _CODES else Outcome.RETRY


def reason_of(code: int) -> str:
    """Return the meaning of a code in Chinese, for the workbench."""
    return _CODES[code][1] if code in _CODES else f"短信平台返回未知代码 {code}"
