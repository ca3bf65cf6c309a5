"""Screens of outpatient fees and inpatient deposits, and what must have happened before they are pictured."""

import uuid
from typing import Any

from playwright.sync_api import Page

from tests.browser.screens import Screen, look_aside, tap, write
from tests.browser.visitor import Visitor
from tests.browser.waiting import until

# The hospital's number of the person on phone 1, and a stay there (docs/sandbox.md).
OWN_FILE = "P0000001"
STAY, INPATIENT = "ZY26003081", "李秀珍"


def _checkout(visitor: Visitor, patient: str, *kinds: str) -> Any:
    """Choose bills of the first visit that can be paid. The Checkout."""
    visits = visitor.get("/fees", patient_id=patient)["visits"]
    visit = next(one for one in visits if one["payable"])
    bills = [bill["bill_no"] for bill in visit["bills"] if bill["payable"] and (not kinds or bill["kind"] in kinds)]
    body = {"patient_id": patient, "visit_no": visit["visit_no"], "bill_nos": bills}
    visitor.facts["visit"] = visit["visit_no"]
    return visitor.send("POST", "/fees/checkouts", body, **{"Idempotency-Key": str(uuid.uuid4())})


def _pay(visitor: Visitor, order_id: str) -> None:
    path = f"/orders/{order_id}/payments"
    opened = visitor.send("POST", path, {"method": "wechat_jsapi"}, **{"Idempotency-Key": str(uuid.uuid4())})
    prepay = opened["invoke"]["package"].removeprefix("prepay_id=")
    visitor.demo.control("POST", f"payments/{prepay}/confirm", {})


def _becomes(visitor: Visitor, path: str, state: str) -> None:
    def there() -> Any:
        visitor.demo.control("PUT", "clock", {"add_seconds": 1})
        return visitor.get(path)["state"] == state

    until(there, f"{path} {state}")


def prepare_fees(visitor: Visitor) -> None:
    """One visit paid, one partly refunded, one being paid; a deposit that is to be paid, one that was."""
    mine, parent = visitor.facts["self"], visitor.facts["parent"]
    for department, fact in (("D0301", "fees_paid"), ("D0303", "fees_back")):
        ended = {"patient_id": OWN_FILE, "department_code": department}
        visitor.demo.control("POST", "hospital/fees/end_consultation", ended)
        made = _checkout(visitor, mine)
        _pay(visitor, made["order_id"])
        _becomes(visitor, f"/fees/checkouts/{made['id']}", "paid")
        visitor.facts[fact] = made["id"]
    back = visitor.facts["fees_back"]
    lines = visitor.get(f"/fees/checkouts/{back}/refundable")["lines"]
    chosen = [{"bill_no": line["bill_no"], "line_no": line["line_no"]} for line in lines[-1:]]
    visitor.send("POST", f"/fees/checkouts/{back}/refunds", {"lines": chosen, "reason": "不想做了"})
    visitor.demo.control("POST", "hospital/fees/end_consultation", {"patient_id": OWN_FILE, "department_code": "D0302"})
    opened = _checkout(visitor, mine)
    visitor.facts |= {"fees_open": opened["id"], "fees_order": opened["order_id"]}
    visitor.facts["fees_visit"] = next(
        one["visit_no"] for one in visitor.get("/fees", patient_id=parent)["visits"] if one["payable"]
    )
    stay = visitor.send("POST", "/stays/find", {"inpatient_no": STAY, "name": INPATIENT})
    for fact, pays in (("deposit_paid", True), ("deposit_open", False)):
        body = {"key": stay["key"], "amount_fen": 100_000}
        made = visitor.send("POST", "/deposits", body, **{"Idempotency-Key": str(uuid.uuid4())})
        visitor.facts[fact] = made["id"]
        if pays:
            _pay(visitor, made["order_id"])
            _becomes(visitor, f"/deposits/{made['id']}", "paid")


def _find_stay(page: Page) -> None:
    write("住院号", "Inpatient number", STAY)(page)
    write("患者姓名", "Full name", INPATIENT)(page)
    tap("查找", "Find")(page)


FEES: tuple[Screen, ...] = (
    Screen(
        "fees",
        "待缴费",
        "pages/fees/index?patient_id={parent}",
        ("去结算", "Continue"),
        ("flows/13-bills", "flows/27b-elder-bills"),
    ),
    Screen(
        "fees-visit",
        "费用明细",
        "pages/fees/visit?visit={fees_visit}&patient={parent}",
        ("瑞舒伐他汀钙片", "Rosuvastatin"),
    ),
    Screen("fees-pay", "缴费，去支付", "pages/fees/checkout?id={fees_open}", ("应付", "To pay"), soon=True),
    Screen(
        "fees-paid",
        "缴费成功和指引单",
        "pages/fees/checkout?id={fees_paid}",
        ("接下来这样走", "Where to go next"),
        ("flows/16-pay-result", "flows/29b-en-pay-result"),
    ),
    Screen(
        "fees-way",
        "指引单，带我去",
        "pages/fees/checkout?id={fees_paid}",
        ("找不到", "Cannot find it"),
        ("flows/16-pay-result",),
        acts=(tap("带我去", "Take me there"), look_aside),
    ),
    Screen(
        "fees-refund",
        "申请退费",
        "pages/fees/refund?id={fees_paid}",
        ("选择要退的项目", "Choose what goes back"),
        acts=(tap("瑞舒伐他汀钙片", "Rosuvastatin tablets"), look_aside),
    ),
    Screen("fees-back", "部分退费", "pages/fees/checkout?id={fees_back}", ("退费", "Refund")),
    Screen(
        "fees-history",
        "已缴费",
        "pages/fees/index?tab=paid&patient_id={self}",
        ("心血管内科", "Cardiology"),
        ("flows/25-records",),
    ),
    Screen("fees-none", "没有待缴的单", "pages/fees/index", ("还没有就诊人", "No patients yet"), phone="p6"),
    Screen(
        "deposit", "住院预交金", "pages/deposit/index", ("替别人交", "Pay for somebody else"), ("flows/21-inpatient",)
    ),
    Screen(
        "deposit-other",
        "替别人交预交金",
        "pages/deposit/index",
        ("请核对", "Please check"),
        ("flows/21-inpatient",),
        acts=(_find_stay, look_aside),
        may_refuse=True,
    ),
    Screen(
        "deposit-own",
        "家人的住院预交金",
        "pages/deposit/index",
        ("余额", "Balance"),
        ("flows/21-inpatient",),
        "p2",
        entry="l",
    ),
    Screen(
        "deposit-pay",
        "预交金，去支付",
        "pages/deposit/payment?id={deposit_open}",
        ("应付", "To pay"),
        soon=True,
    ),
    Screen(
        "deposit-paid", "预交金已到账", "pages/deposit/payment?id={deposit_paid}", ("预交金已到账", "Deposit received")
    ),
)
