"""Refusals that people read. One class per refusal, in both languages, with what to do next.

A domain's `errors.py` subclasses `Problem`; `kit.http` turns one into an `application/problem+json` answer.
"""

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of refusal it is; `kit.http` maps it to an HTTP status."""

    INVALID = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    UNKNOWN = 404
    CONFLICT = 409
    TOO_LARGE = 413
    UNSUPPORTED = 415
    UNPROCESSABLE = 422
    TOO_MANY = 429
    BROKEN = 500
    OUTSIDE_FAILED = 502
    UNAVAILABLE = 503


class Problem(Exception):
    """A refusal with a stable code and texts a patient can read.

    Class attributes: `code` (`domain.word`), `kind`, `zh`/`en` (title, one line) and `zh_detail`/`en_detail`
    (what happened, whether money moved, what to do). Texts may name `params` in braces. `logged`: false for what a
    rush answers thousands of times a second; metrics count it.
    """

    code: ClassVar[str] = "broken"
    kind: ClassVar[Kind] = Kind.BROKEN
    logged: ClassVar[bool] = True
    zh: ClassVar[str] = "服务暂时出了问题"
    en: ClassVar[str] = "Something went wrong on our side"
    zh_detail: ClassVar[str] = (
        "这一步没有完成。如果已经付款，钱不会丢失，结果会自动核对。请稍后再试；着急办理请拨打医院服务电话。"
    )
    en_detail: ClassVar[str] = (
        "This step was not completed. If you have already paid, your money is safe and the result is checked "
        "automatically. Please try again later, or call the hospital."
    )

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def title(self, language: str) -> str:
        """The one-line text in `language` (`zh` or `en`)."""
        return (self.en if language == "en" else self.zh).format(**self.params)

    def detail(self, language: str) -> str:
        """The longer text in `language`."""
        return (self.en_detail if language == "en" else self.zh_detail).format(**self.params)


class FieldFault:
    """One field of a request that is wrong: its path and what to do about it, in both languages."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        self.field = field
        self.zh = zh
        self.en = en

    def message(self, language: str) -> str:
        """The text in `language`."""
        return self.en if language == "en" else self.zh


class InvalidRequest(Problem):
    """The request's shape or a field is wrong; `faults` says which."""

    code = "invalid_request"
    kind = Kind.INVALID
    zh = "提交的内容有误"
    en = "Something in the form is not right"
    zh_detail = "没有提交成功，也没有扣费。请按提示修改后再试。"
    en_detail = "Nothing was submitted and you were not charged. Please correct it and try again."

    def __init__(self, faults: list[FieldFault] | None = None) -> None:
        super().__init__()
        self.faults = faults or []


class SignInRequired(Problem):
    """No session, or one that has ended."""

    code = "sign_in_required"
    kind = Kind.UNAUTHENTICATED
    zh = "请重新进入"
    en = "Please sign in again"
    zh_detail = "登录已过期，没有扣费。重新进入后会回到刚才的页面。"
    en_detail = "Your session has ended and you were not charged. After signing in you will return to this page."


class Forbidden(Problem):
    """Signed in, but without the right."""

    code = "forbidden"
    kind = Kind.FORBIDDEN
    zh = "没有权限进行这项操作"
    en = "You are not allowed to do this"
    zh_detail = "没有扣费。如有疑问，请联系医院服务台。"
    en_detail = "You were not charged. Please contact the hospital's help desk if you think this is wrong."


class StaleForm(Problem):
    """The CSRF header is missing or does not belong to the session."""

    code = "stale_form"
    kind = Kind.FORBIDDEN
    zh = "页面已过期"
    en = "This page is out of date"
    zh_detail = "没有提交成功，也没有扣费。请刷新页面后再试。"
    en_detail = "Nothing was submitted and you were not charged. Please reload the page and try again."


class NotFound(Problem):
    """No such thing, or none that this caller may know of: the two are never told apart."""

    code = "not_found"
    kind = Kind.UNKNOWN
    zh = "没有找到"
    en = "Not found"
    zh_detail = "内容不存在，或不属于当前账号。"
    en_detail = "It does not exist, or it does not belong to this account."


class TooMany(Problem):
    """The flood shield, or a limit counted in the database. `retry_after` is in seconds."""

    code = "too_many_requests"
    kind = Kind.TOO_MANY
    zh = "操作太频繁了"
    en = "Too many requests"
    zh_detail = "没有扣费。请过 {retry_after} 秒再试，不用一直点。"
    en_detail = "You were not charged. Please try again in {retry_after} seconds; there is no need to keep tapping."

    def __init__(self, retry_after: int = 10) -> None:
        super().__init__(retry_after=retry_after)


class OutsideDown(Problem):
    """A system of the hospital or a channel does not answer; nothing was done."""

    code = "outside_down"
    kind = Kind.UNAVAILABLE
    zh = "医院系统暂时没有响应"
    en = "The hospital's system is not responding"
    zh_detail = "没有扣费。我们正在恢复，请几分钟后再试；着急就诊请到窗口办理或拨打医院电话。"
    en_detail = (
        "You were not charged. Please try again in a few minutes, or go to a service window or call the hospital."
    )
