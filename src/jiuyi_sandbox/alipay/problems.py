"""Alipay's error envelope: `code`, `msg`, and `sub_code` with a Chinese `sub_msg` (Alipay's papers, codes)."""

from typing import Any

_MESSAGES = {
    "10003": "order success pay inprocess",
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40003": "Insufficient Conditions",
    "40004": "Business Failed",
    "40005": "Call Limited",
    "40006": "Insufficient Permissions",
}


class Failure(Exception):
    """An answer other than success. `gateway`: it never reached the operation and comes as `error_response`."""

    def __init__(
        self, code: str, sub_code: str, sub_msg: str, *, gateway: bool = False, more: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code} {sub_code} {sub_msg}")
        self.code = code
        self.sub_code = sub_code
        self.sub_msg = sub_msg
        self.gateway = gateway
        self.more = more or {}

    def body(self) -> dict[str, Any]:
        """The node of the answer."""
        known = {"code": self.code, "msg": _MESSAGES[self.code]}
        return known | {"sub_code": self.sub_code, "sub_msg": self.sub_msg} | self.more


def business(sub_code: str, sub_msg: str, **more: Any) -> Failure:
    """40004: well-formed, and against a rule of the business."""
    return Failure("40004", sub_code, sub_msg, more=more)


def wrong_parameter(sub_msg: str) -> Failure:
    """40004 ACQ.INVALID_PARAMETER about a field of biz_content."""
    return business("ACQ.INVALID_PARAMETER", f"参数无效：{sub_msg}")


def missing(name: str) -> Failure:
    """40001: a parameter that every caller must give."""
    return Failure("40001", f"isv.missing-{name.replace('_', '-')}", f"缺少{name}参数", gateway=True)


def invalid(name: str, sub_msg: str) -> Failure:
    """40002: a public parameter that does not hold."""
    return Failure("40002", f"isv.invalid-{name.replace('_', '-')}", sub_msg, gateway=True)


def unknown() -> Failure:
    """20000: the outcome is unknown to the caller."""
    return Failure("20000", "isp.unknow-error", "服务暂不可用（系统繁忙）")


def no_trade() -> Failure:
    """ACQ.TRADE_NOT_EXIST."""
    return business("ACQ.TRADE_NOT_EXIST", "交易不存在")
