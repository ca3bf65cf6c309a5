"""What the cashier sheet shows: the page's parameters checked, and the order behind them."""

import re
from dataclasses import dataclass

from jiuyi_sandbox.wechat_pay import orders, signing
from jiuyi_sandbox.wechat_pay.bills import yuan
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld

MERCHANT = "岭南大学附属医院"
_PREFIX = "prepay_id="
_SECONDS = re.compile(r"^[0-9]{1,12}$")
_MAX_AGE_SECONDS = 7200


@dataclass(frozen=True, slots=True)
class Bill:
    """One opening of the cashier. `refusal` is '' when it may be paid, else WeChat's reason."""

    prepay_id: str
    refusal: str
    merchant: str = MERCHANT
    amount: str = ""
    description: str = ""
    openid: str = ""


def read(pay: PayWorld, given: dict[str, str], holder_openid: str | None) -> Bill:
    """Check appId, age, signature, prepay id, state, and that the person on the phone is the payer."""
    package = given.get("package", "")
    prepay_id = package.removeprefix(_PREFIX) if package.startswith(_PREFIX) else ""
    stamp = given.get("timeStamp", "")
    text = signing.pay_text(given.get("appId", ""), stamp, given.get("nonceStr", ""), package)
    order = orders.by_prepay(pay, prepay_id) if prepay_id else None
    signed = signing.verify(pay.keys.merchant_key.public_key(), given.get("paySign", ""), text)
    refusal = ""
    if given.get("appId") != pay.app_id:
        refusal = "INVALID_APPID"
    elif given.get("signType") != "RSA" or not signed:
        refusal = "SIGN_ERROR"
    elif not _SECONDS.match(stamp) or not pay.world.clock.near(int(stamp), _MAX_AGE_SECONDS):
        refusal = "TIMESTAMP_OUT_OF_RANGE"
    elif order is None:
        refusal = "PREPAY_ID_INVALID"
    elif order["state"] == "CLOSED":
        refusal = "ORDERCLOSED"
    elif order["state"] != "NOTPAY":
        refusal = "ORDERPAID"
    elif holder_openid is not None and order["openid"] != holder_openid:
        refusal = "PAYER_MISMATCH"
    if order is None or refusal in ("INVALID_APPID", "SIGN_ERROR"):
        return Bill(prepay_id, refusal)
    return Bill(
        prepay_id,
        refusal,
        amount=yuan(order["total"]),
        description=order["description"],
        openid=order["openid"],
    )
