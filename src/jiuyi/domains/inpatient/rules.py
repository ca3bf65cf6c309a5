"""Pure decisions and words of deposits."""

from jiuyi.domains.inpatient.types import Question, Stay
from jiuyi.domains.payments.types import EntryState
from jiuyi.kit.money import grouped

LEAST_BED_CODE, LONGEST_BED_CODE = 16, 64
"""Characters (docs/contracts/his.md §2.8): whoever tries out shorter ones would read the wards."""


def question(inpatient_no: str | None, name: str | None, bed_code: str | None) -> Question | None:
    """What the HIS is asked: the bed's code, or number and name; None for less, or for a code that could be guessed."""
    if bed_code:
        code = bed_code.strip()
        return Question(bed_code=code) if LEAST_BED_CODE <= len(code) <= LONGEST_BED_CODE else None
    number, called = (inpatient_no or "").strip().upper(), (name or "").strip()
    return Question(inpatient_no=number, name=called) if number and called else None


def answers(stay: Stay, question: Question) -> bool:
    """Whether a stay that was found by its number has that number: nobody pays for a neighbour."""
    return question.inpatient_no is None or stay.inpatient_no.upper() == question.inpatient_no.upper()


def masked_number(inpatient_no: str) -> str:
    """Only the end of an inpatient number is shown."""
    return f"*{inpatient_no[-4:]}"


def shown_state(state: EntryState, paid_fen: int, refunded_fen: int) -> str:
    """One word (see `DepositView`)."""
    if state is EntryState.OPEN:
        return "awaiting_payment"
    if state is EntryState.CLOSED:
        return "closed"
    if state is EntryState.REFUSED:
        return "not_paid_refunded" if refunded_fen >= paid_fen else "not_paid_refunding"
    return "paid" if state is EntryState.CONFIRMED else "confirming"


_TITLES = {
    "awaiting_payment": ("待支付", "To be paid"),
    "confirming": ("已付款，正在通知医院", "Paid, telling the hospital"),
    "paid": ("预交金已到账", "Deposit received"),
    "not_paid_refunding": ("没有交成，正在退款", "Not entered, refund under way"),
    "not_paid_refunded": ("没有交成，已退款", "Not entered, refunded"),
    "closed": ("已关闭，没有扣费", "Closed, not charged"),
}
REFUSALS = {
    "deposit_closed": ("患者正在或已经出院结算，医院没有收这笔钱。", "The stay is being settled or has ended."),
    "deposit_limit": ("金额超过医院限额，医院没有收这笔钱。", "The amount is above the hospital's own limit."),
    "stay_not_found": ("医院没有找到这次住院，没有收这笔钱。", "The hospital did not find this stay."),
    "his_down": (
        "医院收费系统一直没有响应，没有登记上。",
        "The hospital's fee system did not respond, so the deposit was not entered.",
    ),
}
_REFUSED = ("医院收费系统没有接受这笔预交金。", "The hospital's fee system did not accept the deposit.")


def title(shown: str, language: str) -> str:
    """The state in a few words."""
    zh, en = _TITLES[shown]
    return en if language == "en" else zh


def detail(shown: str, fen: int, refusal: str | None, until: str, language: str) -> str:
    """Three facts: what happened, was money taken, what next."""
    english = language == "en"
    amount, why = f"¥{grouped(fen)}", REFUSALS.get(refusal or "", _REFUSED)[1 if english else 0]
    texts = {
        "awaiting_payment": (f"还没有扣费。请在 {until} 前支付。", f"You have not been charged. Pay before {until}."),
        "confirming": (
            f"已收到 {amount}，正在记入住院预交金。通常 1 分钟内完成，请勿重复支付。",
            f"{amount} was received and is being entered, usually within a minute. Do not pay again.",
        ),
        "paid": (
            f"已付 {amount}，已记入住院预交金。出院结算后余额原路退回。",
            f"{amount} was paid and entered. What is left after discharge goes back the way it was paid.",
        ),
        "not_paid_refunding": (
            f"{why}已付的 {amount} 正在自动原路退回，不用再操作。",
            f"{why} Your {amount} is being returned automatically.",
        ),
        "not_paid_refunded": (f"{why}已付的 {amount} 已原路退回。", f"{why} Your {amount} has been returned."),
        "closed": (
            "没有在时间内支付，订单已关闭，没有扣费。",
            "It was not paid in time. The order is closed and you were not charged.",
        ),
    }
    return texts[shown][1 if english else 0]


def bed_in_english(bed: str) -> str:
    """`18 床` → `bed 18`; a bed that is called otherwise stays as it is."""
    number = bed.removesuffix("床").strip()
    return f"bed {number}" if number.isascii() and number and number != bed else bed
