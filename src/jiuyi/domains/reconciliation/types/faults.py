"""The classes of differences, as data (docs/reconciliation.md has the same table for people)."""

from enum import StrEnum

import msgspec


class Side(StrEnum):
    """Who says something about a movement of money."""

    CHANNEL = "channel"
    OURS = "ours"
    HIS = "his"


class Fault(StrEnum):
    """The class of a difference."""

    LONG = "long"
    SHORT = "short"
    MISSED = "missed"
    CHANNEL_MISSING = "channel_missing"
    AMOUNT_CHANNEL = "amount_channel"
    AMOUNT_HIS = "amount_his"
    AMOUNT_ORDER = "amount_order"
    REFUND_AMOUNT = "refund_amount"
    REFUND_HIS_MISSING = "refund_his_missing"
    REFUND_CHANNEL_MISSING = "refund_channel_missing"
    REFUND_UNBOOKED = "refund_unbooked"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_HIS_ONLY = "refund_his_only"
    CROSS_DAY = "cross_day"
    DUPLICATE = "duplicate"
    LATE = "late"
    HALF = "half"
    NEVER_ENTERED = "never_entered"
    BILL_DUPLICATE = "bill_duplicate"
    HIS_DUPLICATE = "his_duplicate"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_MERCHANT = "unknown_merchant"
    INSURANCE_MISSING = "insurance_missing"
    INSURANCE_UNKNOWN = "insurance_unknown"
    INSURANCE_AMOUNT = "insurance_amount"
    INSURANCE_SPLIT = "insurance_split"
    INSURANCE_HIS = "insurance_his"
    INSURANCE_BACK_MISSING = "insurance_back_missing"
    INSURANCE_BACK_UNBOOKED = "insurance_back_unbooked"


class Act(StrEnum):
    """What can be done about a difference. None of them edits anything: each is a flow or a counter-entry."""

    REPOST = "repost"
    """Tell the HIS of the payment again, same request number."""
    ENTER_REFUND = "enter_refund"
    """Tell the HIS of the refund again, same request number."""
    REVERSE_HIS = "reverse_his"
    """Have the HIS take its entry back by a counter-entry of its own."""
    ASK = "ask"
    """Ask the channel about the number and take its signed answer into the ledger."""
    ASK_REFUND = "ask_refund"
    """Ask the channel about the refund and take its signed answer into the ledger."""
    REFUND = "refund"
    """Give the money back to the patient, the way it came."""
    REVERSE_INSURANCE = "reverse_insurance"
    """Have the insurance take its settlement back, under the number of our reversal."""
    RETURN = "return"
    """Give back money that waits in suspense."""
    EXPLAIN = "explain"
    """Nothing moves here: the reason is written down (a manual entry elsewhere, a claim at the channel)."""


class FaultClass(msgspec.Struct, frozen=True):
    """`says`: which sides have it. `automatic`: what is done at once; `by_hand`: what maker and checker may choose.

    `carries`: the missing side may still turn up in a later day's bill or statement, which closes the item.
    """

    fault: Fault
    zh: str
    en: str
    says_zh: str
    says_en: str
    automatic: Act | None = None
    by_hand: tuple[Act, ...] = (Act.EXPLAIN,)
    carries: bool = False
    done_by_system: bool = False
    """The answer is already under way by itself (a return that payments began) or nothing is owed."""


_F, _A = Fault, Act
_ALL = (
    FaultClass(
        _F.LONG, "长款", "Long", "渠道有、HIS 无", "channel has it, HIS does not", _A.REPOST,
        (_A.REFUND, _A.REPOST, _A.EXPLAIN), carries=True,
    ),
    FaultClass(
        _F.SHORT, "短款", "Short", "HIS 有、渠道无", "HIS has it, channel does not", _A.ASK,
        (_A.REVERSE_HIS, _A.EXPLAIN), carries=True,
    ),
    FaultClass(
        _F.MISSED, "漏记", "Not booked", "渠道有、我方未入账", "channel has it, we have not booked it", _A.ASK,
        (_A.ASK, _A.EXPLAIN),
    ),
    FaultClass(
        _F.CHANNEL_MISSING, "单边账", "One-sided", "我方有、渠道账单无", "we have it, the channel's bill does not",
        _A.ASK, (_A.EXPLAIN,), carries=True,
    ),
    FaultClass(
        _F.AMOUNT_CHANNEL, "金额不符", "Amount differs", "渠道 ≠ 我方", "channel ≠ ours", None, (_A.EXPLAIN,)
    ),
    FaultClass(
        _F.AMOUNT_HIS, "金额不符", "Amount differs", "HIS ≠ 渠道", "HIS ≠ channel", None, (_A.REFUND, _A.EXPLAIN)
    ),
    FaultClass(
        _F.AMOUNT_ORDER, "金额不符", "Amount differs", "实付 ≠ 应付，暂挂", "paid ≠ owed, in suspense", None,
        (_A.RETURN, _A.EXPLAIN),
    ),
    FaultClass(
        _F.REFUND_AMOUNT, "退费不符", "Refund differs", "退款金额各方不一", "the sides differ on the amount", None,
        (_A.EXPLAIN,),
    ),
    FaultClass(
        _F.REFUND_HIS_MISSING, "退费不符", "Refund differs", "渠道已退、HIS 未退", "channel refunded, HIS did not",
        _A.ENTER_REFUND, (_A.ENTER_REFUND, _A.EXPLAIN), carries=True,
    ),
    FaultClass(
        _F.REFUND_CHANNEL_MISSING, "退费不符", "Refund differs", "我方已退、渠道账单无",
        "we booked it, the bill has none",
        _A.ASK_REFUND, (_A.EXPLAIN,), carries=True,
    ),
    FaultClass(
        _F.REFUND_UNBOOKED, "退费不符", "Refund differs", "渠道已退、我方未入账",
        "channel refunded, we have not booked it",
        _A.ASK_REFUND, (_A.ASK_REFUND, _A.EXPLAIN),
    ),
    FaultClass(
        _F.REFUND_UNKNOWN, "退费不符", "Refund differs", "渠道自行退款，非我方发起",
        "refunded at the channel, not by us",
        None, (_A.EXPLAIN,),
    ),
    FaultClass(
        _F.REFUND_HIS_ONLY, "退费不符", "Refund differs", "HIS 已退、渠道未退", "HIS refunded, channel did not", None,
        (_A.REFUND, _A.EXPLAIN), carries=True,
    ),
    FaultClass(
        _F.CROSS_DAY, "跨日", "Across midnight", "零点前后，次日入账", "around midnight, entered the next day", None,
        (_A.EXPLAIN,), carries=True,
    ),
    FaultClass(
        _F.DUPLICATE, "重复支付", "Paid twice", "同一订单付两次，自动退回", "one order paid twice, returned by itself",
        None, (_A.EXPLAIN,), done_by_system=True,
    ),
    FaultClass(
        _F.LATE, "超时支付", "Paid too late", "订单已关闭，自动退回", "the order was closed, returned by itself", None,
        (_A.EXPLAIN,), done_by_system=True,
    ),
    FaultClass(
        _F.HALF, "医保未成", "Insurance failed", "医保未结算，自付部分自动退回",
        "the insurance did not settle, own part returned",
        None, (_A.EXPLAIN,), done_by_system=True,
    ),
    FaultClass(
        _F.NEVER_ENTERED, "未入账即退", "Returned unentered", "HIS 未确认，已原路退回", "HIS never confirmed, returned",
        None, (_A.EXPLAIN,), done_by_system=True,
    ),
    FaultClass(
        _F.BILL_DUPLICATE, "账单重复", "Listed twice", "渠道账单列两次", "the channel's bill lists it twice", None,
        (_A.EXPLAIN,),
    ),
    FaultClass(
        _F.HIS_DUPLICATE, "HIS 重复入账", "Entered twice", "HIS 记两次", "the HIS entered it twice", None,
        (_A.REVERSE_HIS, _A.EXPLAIN),
    ),
    FaultClass(
        _F.UNKNOWN_ORDER, "未知订单", "Unknown order", "渠道有、非我方单号",
        "the number is not ours", None, (_A.EXPLAIN,)
    ),
    FaultClass(
        _F.UNKNOWN_MERCHANT, "未知商户", "Unknown merchant", "商户号不是本院", "another merchant's number", None,
        (_A.EXPLAIN,),
    ),
    FaultClass(
        _F.INSURANCE_MISSING, "医保缺账", "Insurance leg missing", "我方有、医保中心无",
        "we have it, the centre does not",
        _A.ASK, (_A.EXPLAIN,), carries=True,
    ),
    FaultClass(
        _F.INSURANCE_UNKNOWN, "医保多账", "Unknown insurance leg", "医保中心有、我方未入账",
        "the centre has it, we have not booked it",
        _A.ASK, (_A.ASK, _A.REVERSE_INSURANCE, _A.EXPLAIN), carries=True,
    ),
    FaultClass(
        _F.INSURANCE_AMOUNT, "医保金额不符", "Insurance amount differs", "医保中心 ≠ 我方", "centre ≠ ours", None,
        (_A.EXPLAIN,),
    ),
    FaultClass(
        _F.INSURANCE_SPLIT, "医保分项不符", "Insurance split differs", "总额一致，统筹与个账的划分不同",
        "the sum agrees, pool and personal account do not", None, (_A.EXPLAIN,),
    ),
    FaultClass(
        _F.INSURANCE_HIS, "医保金额不符", "Insurance amount differs", "HIS ≠ 医保中心", "HIS ≠ centre", None,
        (_A.EXPLAIN,),
    ),
    FaultClass(
        _F.INSURANCE_BACK_MISSING, "医保冲正不符", "Insurance reversal differs", "我方已冲正、医保中心无",
        "we booked its reversal, the centre has none",
        _A.ASK, (_A.REVERSE_INSURANCE, _A.EXPLAIN), carries=True,
    ),
    FaultClass(
        _F.INSURANCE_BACK_UNBOOKED, "医保冲正不符", "Insurance reversal differs", "医保中心已冲正、我方未入账",
        "the centre reversed it, we have not booked it",
        _A.ASK, (_A.ASK, _A.REFUND, _A.EXPLAIN),
    ),
)  # fmt: skip
FAULTS: dict[Fault, FaultClass] = {one.fault: one for one in _ALL}
"""Every class there is."""
ACT_NAMES: dict[Act, tuple[str, str]] = {
    _A.REPOST: ("向 HIS 补登", "tell the HIS again"),
    _A.ENTER_REFUND: ("向 HIS 补登退费", "tell the HIS of the refund again"),
    _A.REVERSE_HIS: ("请 HIS 冲销", "have the HIS reverse it"),
    _A.ASK: ("查询渠道或医保中心", "ask the channel or the insurance"),
    _A.ASK_REFUND: ("查询渠道退款", "ask the channel about the refund"),
    _A.REFUND: ("原路退回患者", "refund the patient"),
    _A.REVERSE_INSURANCE: ("请医保中心冲正", "have the insurance take it back"),
    _A.RETURN: ("退回暂挂款", "return what waits in suspense"),
    _A.EXPLAIN: ("写明原因，挂账核销", "write down the reason"),
}
"""An act's name for people, Chinese and English."""
