"""Pure decisions and words of outpatient fees."""

from collections.abc import Iterable

import msgspec

from jiuyi.domains.outpatient.types import FeeBill, FeeVisit
from jiuyi.domains.payments.types import EntryState
from jiuyi.kit.money import grouped

CATEGORIES = {
    "01": ("床位费", "Bed"),
    "02": ("诊察费", "Consultation"),
    "03": ("检查费", "Examinations"),
    "04": ("化验费", "Laboratory tests"),
    "05": ("治疗费", "Treatment"),
    "06": ("手术费", "Surgery"),
    "07": ("护理费", "Nursing"),
    "08": ("卫生材料费", "Materials"),
    "09": ("西药费", "Western medicine"),
    "10": ("中药饮片费", "Herbal medicine"),
    "11": ("中成药费", "Chinese patent medicine"),
    "12": ("一般诊疗费", "General treatment"),
    "13": ("挂号费", "Registration"),
    "14": ("其他费", "Other"),
}
"""The national kinds of fee (医疗收费项目类别)."""

GUIDE_STATES = {
    "go": ("可以去了", "Go now"),
    "ticket_there": ("到了再取号", "Take a number there"),
    "preparing": ("正在配药", "Being prepared"),
    "done": ("已完成", "Done"),
}


def payable(bill: FeeBill) -> bool:
    """Whether a bill can be paid here now."""
    return bill.state == "unpaid" and bill.amount_fen > 0


def chosen(visit: FeeVisit, bill_nos: Iterable[str]) -> list[FeeBill] | None:
    """The chosen bills in the visit's order; None when one is not of this visit, void, or does not add up."""
    wanted = set(bill_nos)
    found = [bill for bill in visit.bills if bill.bill_no in wanted]
    whole = all(sum(line.amount_fen for line in bill.lines) == bill.amount_fen > 0 for bill in found)
    return found if found and len(found) == len(wanted) and whole else None


class Money(msgspec.Struct, frozen=True):
    """An order's money as wording needs it (fen)."""

    total: int
    paid: int
    asked: int
    refunded: int
    closed_paid: bool = False
    insured: int = 0
    """What an insurance paid of it."""


def shown_state(state: EntryState, money: Money) -> str:
    """One word for patients (see `CheckoutView`)."""
    if state is EntryState.OPEN:
        return "awaiting_payment"
    if state in {EntryState.PAID, EntryState.CONFIRMING, EntryState.UNKNOWN}:
        return "confirming"
    if state is EntryState.CLOSED:
        return "closed"
    if state is EntryState.REFUSED:
        return "not_paid_refunded" if money.refunded >= money.paid else "not_paid_refunding"
    if money.asked > money.refunded:
        return "refunding"
    if money.refunded == 0:
        return "paid"
    return "refunded" if money.refunded >= money.paid else "partly_refunded"


_TITLES = {
    "awaiting_payment": ("待支付", "To be paid"),
    "confirming": ("已付款，正在通知医院", "Paid, telling the hospital"),
    "paid": ("缴费成功", "Paid"),
    "partly_refunded": ("已缴费，部分已退", "Paid, partly refunded"),
    "refunding": ("退费处理中", "Refund under way"),
    "refunded": ("已退费", "Refunded"),
    "not_paid_refunding": ("没有缴成，正在退款", "Not entered, refund under way"),
    "not_paid_refunded": ("没有缴成，已退款", "Not entered, refunded"),
    "closed": ("已关闭，没有扣费", "Closed, not charged"),
}
REFUSALS = {
    "fees_paid": (
        "这些单据已在窗口或其他渠道缴过费，医院没有重复收。",
        "These bills had been paid elsewhere and the hospital did not take the money twice.",
    ),
    "fees_locked": (
        "付款时窗口正在办理这些单据，医院没有收这笔钱。",
        "A service window was settling these bills, so the hospital did not take the money.",
    ),
    "fees_changed": (
        "付款时医生修改或作废了这些单据，医院没有收这笔钱。",
        "The doctor changed or withdrew these bills, so the hospital did not take the money.",
    ),
    "his_down": (
        "医院收费系统一直没有响应，没有登记上这笔缴费。",
        "The hospital's fee system did not respond, so the payment was not entered.",
    ),
}
_REFUSED = ("医院收费系统没有接受这笔缴费。", "The hospital's fee system did not accept the payment.")


def title(shown: str, language: str) -> str:
    """The state in a few words."""
    zh, en = _TITLES[shown]
    return en if language == "en" else zh


def detail(shown: str, money: Money, refusal: str | None, until: str, language: str) -> str:
    """Three facts: what happened, was money taken, what next."""
    english = language == "en"
    why = REFUSALS.get(refusal or "", _REFUSED)[1 if english else 0]
    paid, back = f"¥{grouped(money.paid)}", f"¥{grouped(money.refunded)}"
    asked = f"¥{grouped(money.asked - money.refunded)}"
    texts = {
        "awaiting_payment": (
            f"单据已为您留住，还没有扣费。请在 {until} 前支付。",
            f"The bills are kept for you and you have not been charged. Please pay before {until}.",
        ),
        "confirming": (
            f"已收到 {paid}，正在登记到医院收费系统。通常 1 分钟内完成，请勿重复支付。",
            f"{paid} was received and is being entered at the hospital, usually within a minute. Do not pay again.",
        ),
        "paid": (
            f"已付 {paid}，医院已收到。请按下面的指引前往。",
            f"{paid} paid and entered. Please follow the guide.",
        ),
        "partly_refunded": (
            f"已付 {paid}，其中 {back} 已原路退回。",
            f"{paid} paid, {back} of it returned the way it was paid.",
        ),
        "refunding": (
            f"{asked} 正在原路退回，1 到 7 个工作日到账，不用再操作。",
            f"{asked} is on its way back, 1 to 7 working days. There is nothing more to do.",
        ),
        "refunded": _returned(money),
        "not_paid_refunding": (
            f"{why}已付的 {paid} 正在自动原路退回，不用再操作。请回待缴费列表查看最新单据。",
            f"{why} Your {paid} is being returned automatically. Please look at the list of bills again.",
        ),
        "not_paid_refunded": (
            f"{why}已付的 {paid} 已原路退回。请回待缴费列表查看最新单据。",
            f"{why} Your {paid} has been returned. Please look at the list of bills again.",
        ),
        "closed": (
            "没有在时间内支付，订单已关闭，没有扣费。需要时请重新结算。",
            "It was not paid in time. The order is closed and you were not charged. You can start again.",
        ),
    }
    return texts[shown][1 if english else 0]


def _returned(money: Money) -> tuple[str, str]:
    if money.insured == 0:
        back = f"¥{grouped(money.refunded)}"
        return f"{back} 已原路退回。", f"{back} has been returned the way it was paid."
    insured, own = f"¥{grouped(money.insured)}", f"¥{grouped(money.refunded - money.insured)}"
    if money.refunded == money.insured:
        return f"医保 {insured} 已撤销。", f"The insurance's {insured} has been taken back."
    return (
        f"医保 {insured} 已撤销，自付 {own} 已退回。",
        f"The insurance's {insured} has been taken back; your {own} has been returned the way it was paid.",
    )


_REFUND_TITLES = {
    "asking": ("医院核对中", "Being checked"),
    "refunding": ("退款中", "On its way back"),
    "refunded": ("已到账", "Returned"),
    "failed": ("需要人工处理", "Needs our staff"),
    "refused": ("没有退成", "Not refunded"),
}


def refund_title(shown: str, language: str) -> str:
    """The same in words."""
    zh, en = _REFUND_TITLES[shown]
    return en if language == "en" else zh


def category(code: str, language: str) -> str:
    """The name of a kind of fee; an unknown one is other."""
    zh, en = CATEGORIES.get(code, CATEGORIES["14"])
    return en if language == "en" else zh
