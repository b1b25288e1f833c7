"""WeChat's error codes, sorted by what the sender of a message should do next.

Codes are plain integers: libraries' enumerations miss half of them. Business errors come with HTTP 200.
"""

from server.pushing import Outcome

STALE_TOKEN = frozenset({40001, 40014, 42001})
"""The access token was replaced, unknown or too old: fetch it again once."""

TOKEN_EXPIRED = 42001

_RETRY = {
    -1: "微信系统繁忙",
    40001: "访问令牌已被替换",
    40014: "访问令牌无效",
    40164: "服务器地址不在微信后台的白名单中",
    40243: "AppSecret 已被冻结",
    41001: "缺少访问令牌",
    42001: "访问令牌已过期",
    43108: "同一用户的并发发送冲突",
    44990: "调用过于频繁",
    45011: "调用过于频繁，下一分钟再试",
    50004: "令牌接口被禁用",
    89503: "服务器地址等待管理员确认",
    89506: "管理员拒绝了服务器地址（24 小时）",
    89507: "管理员拒绝了服务器地址（1 小时）",
}

_NO_CONSENT = {
    43004: "用户没有关注服务号",
    43019: "用户在服务号的黑名单中",
    43101: "用户没有订阅或已退订",
    45015: "超过可回复时间或用户已取消关注",
    45047: "可回复条数已用完",
    48002: "用户拒收消息",
}

_OVER_QUOTA = {45009: "今日调用次数已用完"}

_PERMANENT = {
    40002: "grant_type 错误",
    40003: "openid 无效",
    40004: "素材类型不支持",
    40005: "文件类型不支持",
    40006: "文件大小不合要求",
    40007: "素材无效或已过期",
    40008: "消息类型不支持",
    40013: "AppID 无效",
    40036: "模板长度无效",
    40037: "模板无效",
    40066: "接口地址无效",
    40125: "AppSecret 错误",
    40129: "场景值无效",
    40165: "小程序页面路径无效",
    40169: "场景值长度无效",
    41002: "缺少 AppID",
    41004: "缺少 AppSecret",
    41005: "缺少文件内容",
    41030: "页面不在已发布的小程序中",
    43002: "需要 POST 请求",
    43104: "openid 与 AppID 不匹配",
    43107: "模板或小程序被封禁",
    43116: "模板被封禁",
    44001: "文件内容为空",
    44002: "请求内容为空",
    44004: "消息文字为空",
    45001: "文件太大",
    45002: "消息过长",
    45007: "语音太长",
    45064: "没有关联小程序",
    45168: "内容含有敏感词",
    47001: "请求格式错误",
    47003: "模板参数不符合规则",
    48001: "没有接口权限",
    48004: "接口因违规被封禁",
    48006: "清零次数已用完",
    50002: "用户受限",
    50007: "账号已冻结",
    61010: "用户近两小时没有访问小程序",
    85005: "没有关联小程序",
    87014: "内容有风险",
}

_GROUPS = (
    (Outcome.RETRY, _RETRY),
    (Outcome.NO_CONSENT, _NO_CONSENT),
    (Outcome.OVER_QUOTA, _OVER_QUOTA),
    (Outcome.PERMANENT, _PERMANENT),
)
_OUTCOMES = {code: outcome for outcome, codes in _GROUPS for code in codes} | {0: Outcome.OK}
_REASONS = {code: reason for _, codes in _GROUPS for code, reason in codes.items()} | {0: "成功"}


def outcome_of(errcode: int) -> Outcome:
    """Sort an error code of WeChat's; one we do not know is worth another try, the sender limits how often."""
    return _OUTCOMES.get(errcode, Outcome.RETRY)


def is_known(errcode: int) -> bool:
    """Tell whether the code is in our tables; an unknown one deserves a line in the error log."""
    return errcode in _OUTCOMES


def reason_of(errcode: int) -> str:
    """Return the meaning of a code in Chinese, for the workbench."""
    return _REASONS.get(errcode, f"微信返回未知错误 {errcode}")
