"""Run-time settings of payments."""

from typing import Annotated

import msgspec

from jiuyi.domains.payments.types import CodeKind, CodeRule
from jiuyi.kit.knobs import Knob

_HHMM = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Pause(msgspec.Struct, frozen=True):
    """A daily window in which nobody can pay, hospital time; the reason is shown to patients."""

    on: bool = False
    start: _HHMM = "23:50"
    end: _HHMM = "00:10"
    reason_zh: str = "医院正在日终结算，暂停支付"
    reason_en: str = "Payments are paused while the hospital closes its books for the day"


class RefundTexts(msgspec.Struct, frozen=True):
    """What patients read about refunds that nobody asked for."""

    late_zh: str = "超时支付，自动原路退回"
    late_en: str = "Paid after the order was closed; returned automatically"
    duplicate_zh: str = "重复支付，自动原路退回"
    duplicate_en: str = "Paid twice; returned automatically"
    mismatch_zh: str = "支付金额有误，原路退回"
    mismatch_en: str = "The amount did not match; returned"
    half_zh: str = "医保没有结算成功，自付部分原路退回"
    half_en: str = "The insurance did not settle; your part was returned"


PAUSE = Knob(
    "payments.pause", Pause, Pause(), "日终结算暂停支付时段", "Daily pause of payments", "docs/architecture.md"
)
REFUND_TEXTS = Knob(
    "payments.refund_texts",
    RefundTexts,
    RefundTexts(),
    "自动退款说明",
    "Texts of automatic refunds",
    "docs/rules.md, payment pages",
)
ATTEMPTS_MOST = Knob(
    "payments.attempts_most", int, 20, "每单最多支付次数", "Attempts to pay one order", "docs/architecture.md", 1, 99
)
PREPARING_SECONDS = Knob(
    "payments.preparing_seconds",
    int,
    20,
    "预下单多久没有结果算中断（秒）",
    "After how long a preparing payment counts as interrupted (seconds)",
    "docs/architecture.md",
    5,
    300,
)
ASK_FIRST_SECONDS = Knob(
    "payments.ask_first_seconds",
    int,
    10,
    "首次主动查询支付结果（秒）",
    "First question to the channel about an open payment (seconds)",
    "docs/architecture.md",
    1,
    300,
)
ASK_MOST_SECONDS = Knob(
    "payments.ask_most_seconds",
    int,
    300,
    "主动查询最长间隔（秒）",
    "Longest gap between questions (seconds)",
    "docs/architecture.md",
    5,
    3600,
)
CHECK_GAP_SECONDS = Knob(
    "payments.check_gap_seconds",
    float,
    1.0,
    "同一单手机查询最短间隔（秒）",
    "Shortest gap between questions caused by the phone (seconds)",
    "docs/rules.md, payment pages",
    0,
    30,
)
CLOSE_GRACE_SECONDS = Knob(
    "payments.close_grace_seconds",
    int,
    30,
    "支付时限过后多久关单（秒）",
    "How long after its end an order is closed (seconds)",
    "docs/rules.md, booking",
    0,
    600,
)
LAST_LOOK_SECONDS = Knob(
    "payments.last_look_seconds",
    int,
    600,
    "关闭的支付多久后再核对一次（秒）",
    "When an ended payment is looked at once more (seconds)",
    "docs/architecture.md",
    60,
    86400,
)
REFUND_DAYS = Knob(
    "payments.refund_days",
    int,
    365,
    "支付后多少天内可在线退款",
    "Days in which refunds go on line",
    "docs/rules.md, refunds",
    1,
    365,
)
REFUND_PARTS = Knob(
    "payments.refund_parts", int, 50, "每笔支付最多退款次数", "Refunds of one payment", "docs/rules.md, refunds", 1, 50
)
REFUND_GAP_SECONDS = Knob(
    "payments.refund_gap_seconds",
    int,
    60,
    "同一单两次退款最短间隔（秒）",
    "Shortest gap between refunds of one order (seconds)",
    "docs/rules.md, refunds",
    0,
    600,
)
REFUND_ASK_SECONDS = Knob(
    "payments.refund_ask_seconds",
    int,
    60,
    "退款受理后首次查询（秒）",
    "First question about an accepted refund (seconds)",
    "docs/contracts/wechat.md",
    1,
    3600,
)
REFUND_RETRY_SECONDS = Knob(
    "payments.refund_retry_seconds",
    int,
    600,
    "商户余额不足时退款重试间隔（秒）",
    "Retry of refunds when the balance is low (seconds)",
    "docs/contracts/wechat.md",
    10,
    86400,
)
CODE_RULES = Knob(
    "payments.code_rules",
    list[CodeRule],
    [
        CodeRule(CodeKind.WECHAT_CODE, ["10", "11", "12", "13", "14", "15"], 18, 18),
        CodeRule(CodeKind.ALIPAY_CODE, ["25", "26", "27", "28", "29", "30"], 16, 24),
        CodeRule(CodeKind.UNIONPAY_CODE, ["62"], 19, 19),
    ],
    "付款码识别规则（银联 62 开头 19 位为常见做法，未经官方资料确认）",
    "How payment codes are told apart (UnionPay's 62 and 19 digits are customary, not confirmed by its papers)",
    "docs/contracts/desk.md",
)
CODE_WAIT_SECONDS = Knob(
    "payments.code_wait_seconds",
    int,
    30,
    "付款码支付等患者确认多少秒，到时自动撤销",
    "How long a payer may take to confirm a payment code before it is reversed (seconds)",
    "docs/contracts/desk.md",
    15,
    180,
)
CODE_POLL_SECONDS = Knob(
    "payments.code_poll_seconds",
    int,
    5,
    "付款码支付结果查询间隔（秒）",
    "Gap between questions about a payment code (seconds)",
    "docs/contracts/desk.md",
    2,
    30,
)
SHOWN_CODE_SECONDS = Knob(
    "payments.shown_code_seconds",
    int,
    180,
    "窗口展示的收款码有效多少秒",
    "How long a code that we show can be paid (seconds)",
    "docs/contracts/desk.md",
    60,
    1800,
)
CARD_MERCHANTS = Knob(
    "payments.card_merchants",
    list[str],
    [],
    "窗口刷卡终端的商户号；为空则不收刷卡",
    "Merchant numbers of the card terminals at the desks; none: cards are not taken",
    "docs/contracts/desk.md",
)
KNOBS = (
    PAUSE,
    REFUND_TEXTS,
    ATTEMPTS_MOST,
    PREPARING_SECONDS,
    ASK_FIRST_SECONDS,
    ASK_MOST_SECONDS,
    CHECK_GAP_SECONDS,
    CLOSE_GRACE_SECONDS,
    LAST_LOOK_SECONDS,
    REFUND_DAYS,
    REFUND_PARTS,
    REFUND_GAP_SECONDS,
    REFUND_ASK_SECONDS,
    REFUND_RETRY_SECONDS,
    CODE_RULES,
    CODE_WAIT_SECONDS,
    CODE_POLL_SECONDS,
    SHOWN_CODE_SECONDS,
    CARD_MERCHANTS,
)
