"""WeChat's error codes and their texts, and the errors of the control interface."""

from __future__ import annotations

ERRMSG: dict[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40015: "invalid menu type",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40022: "invalid sub button level",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40037: "invalid template_id",
    40053: "invalid action info",
    40054: "invalid sub button url domain",
    40055: "invalid button url domain",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40169: "invalid length for scene, or the data is not json string",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "require remove blacklist",
    43101: "user refuse to accept the msg",
    43104: "appid not match",
    43107: "msg or template is banned",
    43108: "concurrent send to the same user with the same template",
    43116: "template is banned",
    44001: "empty media data",
    44002: "empty post data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit mustslower retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45064: "no permission to use weapp in menu",
    45072: "invalid typing command",
    45080: "user has not sent a message recently, typing not allowed",
    45081: "already in typing state",
    45168: "template data contains sensitive word",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    48006: "forbid to clear quota because of reaching the limit",
    61010: "code is expired",
    76001: "rid not found",
    76003: "rid not belong to this appid",
    76021: "cgi_path not found, please check",
    76022: "could not use this cgi_path, no permission",
    85005: "appid not bind weapp",
    87008: "invalid sig_method",
    87009: "invalid signature",
    87014: "risky content",
    89503: "this ip needs the confirmation of the administrator",
    200012: "template num exceeds limit",
    200014: "invalid tid",
    200016: "invalid start or limit",
    200018: "invalid kid",
    200020: "kidList is empty",
    200021: "invalid sceneDesc",
}


class WechatError(Exception):
    """A business error: HTTP 200 with errcode and errmsg."""

    def __init__(self, errcode: int, errmsg: str | None = None) -> None:
        super().__init__(errcode, errmsg)
        self.errcode = errcode
        self.errmsg = errmsg if errmsg is not None else ERRMSG.get(errcode, "error")


class ControlError(Exception):
    """A control call that cannot be carried out: HTTP status, one English sentence, more fields."""

    def __init__(self, status: int, error: str, **details: object) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.details = details
