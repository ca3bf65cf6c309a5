"""What the cashier sheet shows and does: the trade behind a trade number, and how its ending is told to the page."""

import json
from dataclasses import dataclass
from typing import Any

from jiuyi_sandbox.alipay import behaviours, medical, trades
from jiuyi_sandbox.alipay.alipay_world import MERCHANT, AlipayWorld, yuan
from jiuyi_sandbox.store import Row


@dataclass(frozen=True, slots=True)
class Bill:
    """One opening of the cashier. `refusal` is '' when it may be paid, else why not."""

    trade_no: str
    refusal: str
    merchant: str = MERCHANT
    amount: str = ""
    description: str = ""
    user_id: str = ""
    legs: tuple[tuple[str, str, str], ...] = ()
    """Chinese, English, yuan: who pays how much, when an insurance pays along."""


def read(ali: AlipayWorld, trade_no: str, holder: str | None) -> Bill:
    """Check that the trade is there, still waits, and is for the person who holds the phone (a 2088 number or None)."""
    row = medical.by_trade_no(ali, trade_no)
    if row is not None:
        refusal = "" if row["state"] == "WAIT_BUYER_PAY" and row["expire"] > ali.now() else "TRADE_CLOSED"
        subject = str(json.loads(row["asked"])["subject"])
        legs = (
            ("医保支付", "Insurance", yuan(row["total"] - row["own"])),
            ("自费", "Own part", yuan(row["own"])),
        )
        return Bill(
            trade_no, refusal, amount=yuan(row["total"]), description=subject, user_id=row["user_id"], legs=legs
        )
    row = trades.by_trade_no(ali, trade_no)
    if row is None:
        return Bill(trade_no, "TRADE_NOT_EXIST")
    refusal = ""
    if row["state"] == "TRADE_CLOSED" or (row["state"] == "WAIT_BUYER_PAY" and row["time_expire"] <= ali.now()):
        refusal = "TRADE_CLOSED"
    elif row["state"] != "WAIT_BUYER_PAY":
        refusal = "TRADE_PAID"
    elif holder is not None and row["user_id"] not in (None, holder):
        refusal = "BUYER_MISMATCH"
    return Bill(
        trade_no, refusal, amount=yuan(row["total"]), description=row["subject"],
        user_id=row["user_id"] or holder or "",
    )  # fmt: skip


async def confirm(ali: AlipayWorld, row: Row, trick: str | None, payer: str | None) -> dict[str, Any]:
    """The person pays. `result` is the code the page will hear (`behaviours.RESULT_CODES`)."""
    behaviour = trick or row["behaviour"]
    if behaviour == "processing_then_paid" and row["state"] == "WAIT_BUYER_PAY":
        trades.settle_later(ali, row, "paid")
        return {"result": "8000", "trade_status": row["state"], "reason": ""}
    paid = await trades.settle(ali, row, trick=trick, user_id=payer)
    state = trades.found(ali, row["out_trade_no"])["state"]
    if not paid:
        return {
            "result": "4000", "trade_status": state, "reason": "BANK_REFUSED" if behaviour == "refused" else state,
        }  # fmt: skip
    return {"result": behaviours.PAGE_RESULTS.get(behaviour, "9000"), "trade_status": state, "reason": ""}
