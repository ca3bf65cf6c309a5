"""WeChat Pay's error envelope: HTTP status, `code` and a Chinese `message`."""

from typing import Any


class Problem(Exception):
    """An answer other than success, with WeChat's own status and code (WeChat's papers, error table)."""

    def __init__(self, status: int, code: str, message: str, *, field: str = "", value: Any = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.value = value

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        found: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field:
            found["detail"] = {
                "field": self.field,
                "value": "" if self.value is None else str(self.value)[:64],
                "issue": self.message,
                "location": "body",
            }
        return found


def wrong_parameter(field: str, message: str, value: Any = None) -> Problem:
    """400 PARAM_ERROR about one field of the body."""
    return Problem(400, "PARAM_ERROR", message, field=field, value=value)


def invalid_request(message: str) -> Problem:
    """400 INVALID_REQUEST: well-formed, and against a rule of the business."""
    return Problem(400, "INVALID_REQUEST", message)


def not_signed(issue: str) -> Problem:
    """401 SIGN_ERROR."""
    return Problem(401, "SIGN_ERROR", f"签名错误: {issue}")


def system_error() -> Problem:
    """500 SYSTEM_ERROR: the outcome is unknown to the caller."""
    return Problem(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用")
