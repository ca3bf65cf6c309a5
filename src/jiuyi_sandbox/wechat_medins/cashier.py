"""What the mixed cashier shows: the order behind `mixTradeNo`; the pay parameters are checked for an own part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiuyi_sandbox.wechat_medins import orders
from jiuyi_sandbox.wechat_pay import cashier
from jiuyi_sandbox.wechat_pay.bills import yuan

if TYPE_CHECKING:
    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld


@dataclass(frozen=True, slots=True)
class MixedBill:
    """One opening of the sheet. `refusal` is '' when it may be paid. Amounts are yuan texts."""

    mix_trade_no: str
    refusal: str
    total: str = ""
    fund: str = ""
    account: str = ""
    own: str = ""
    openid: str = ""
    merchant: str = cashier.MERCHANT


def read(pay: PayWorld, given: dict[str, str], holder_openid: str | None) -> MixedBill:
    """Check app id, order, payer and, where there is an own part, its ordinary payment signature."""
    number = given.get("mixTradeNo", "")
    row = orders.find(pay, number)
    if given.get("appid") != pay.app_id:
        return MixedBill(number, "INVALID_APPID")
    if row is None:
        return MixedBill(number, "MIX_TRADE_NO_INVALID")
    asked = json.loads(row["body"])
    refusal = ""
    if row["paid_at"] is not None:
        refusal = "ORDERPAID"
    elif holder_openid is not None and row["openid"] != holder_openid:
        refusal = "PAYER_MISMATCH"
    elif row["cash"]:
        refusal = cashier.read(pay, {**given, "appId": given["appid"]}, holder_openid).refusal
        if not refusal and given.get("package") != f"prepay_id={asked.get('prepay_id')}":
            refusal = "PREPAY_ID_INVALID"
    return MixedBill(
        number,
        refusal,
        total=yuan(asked["total_fee"]),
        fund=yuan(asked.get("med_ins_gov_fee", 0)),
        account=yuan(asked.get("med_ins_self_fee", 0)),
        own=yuan(row["cash"]),
        openid=row["openid"],
    )
