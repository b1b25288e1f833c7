"""The errors a person can meet, each with a stable code, and nothing about how they are shown.

Domain errors are tiny subclasses at the top of the module that raises them. The message is Chinese, for the person, and
says what to do next. ``code`` is stable and listed in ``docs/errors.md``.
"""

from typing import Any, ClassVar


class AppError(Exception):
    """Something the caller can understand and react to."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    default_message: ClassVar[str] = "系统出了点问题，请稍后再试"

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or self.default_message
        self.details = details
        super().__init__(f"{self.code}: {self.message}")


class Invalid(AppError):
    """What was sent cannot be used as it is."""

    code, http_status, default_message = "invalid", 400, "填写的内容有误，请检查后再提交"


class NotLoggedIn(AppError):
    """There is no valid session."""

    code, http_status, default_message = "not_logged_in", 401, "登录已过期，请重新打开小程序"


class NotAllowed(AppError):
    """The caller is known, and may not do this."""

    code, http_status, default_message = "not_allowed", 403, "您没有权限进行此操作"


class NotFound(AppError):
    """Absent, or invisible to the caller: the two are never told apart."""

    code, http_status, default_message = "not_found", 404, "没有找到相关内容"


class Conflict(AppError):
    """The world is no longer as the caller thought."""

    code, http_status, default_message = "conflict", 409, "情况已发生变化，请刷新后再试"


class TooMany(AppError):
    """Tried too often; later it is allowed again."""

    code, http_status, default_message = "too_many_requests", 429, "操作太频繁，请稍后再试"


class Unavailable(AppError):
    """Something we depend on does not answer now."""

    code, http_status, default_message = "unavailable", 503, "服务暂时不可用，请稍后再试"
