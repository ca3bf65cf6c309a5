"""Words of the desk: kinds of codes and what they are told apart by, what a collection stands at, and its texts."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types.statuses import AttemptState, Verdict


class CodeKind(StrEnum):
    """How money is taken at a desk; also the `method` of such an attempt."""

    WECHAT_CODE = "wechat_code"
    WECHAT_FACE = "wechat_face"
    ALIPAY_CODE = "alipay_code"
    ALIPAY_FACE = "alipay_face"
    UNIONPAY_CODE = "unionpay_code"
    UNIONPAY_SHOWN = "unionpay_shown"
    """We show a code; the patient scans it."""
    BANK_CARD = "bank_card"
    """The terminal beside the desk took the card; its result is recorded."""


CODE_KINDS = frozenset(kind.value for kind in CodeKind)
DESK = "desk"
"""The `account_channel` of an attempt made at a desk."""

KIND_NAMES: dict[CodeKind, tuple[str, str]] = {
    CodeKind.WECHAT_CODE: ("微信付款码", "WeChat Pay code"),
    CodeKind.WECHAT_FACE: ("微信刷脸", "WeChat face payment"),
    CodeKind.ALIPAY_CODE: ("支付宝付款码", "Alipay code"),
    CodeKind.ALIPAY_FACE: ("支付宝刷脸", "Alipay face payment"),
    CodeKind.UNIONPAY_CODE: ("银联付款码", "UnionPay code"),
    CodeKind.UNIONPAY_SHOWN: ("银联收款码", "UnionPay code to scan"),
    CodeKind.BANK_CARD: ("银行卡", "Bank card"),
}


class CodeRule(msgspec.Struct, frozen=True):
    """Digits that begin with one of `prefixes` and are `shortest` to `longest` long are a code of `kind`."""

    kind: CodeKind
    prefixes: list[str]
    shortest: int
    longest: int


class Refusal(StrEnum):
    """Why a channel did not take the money, in our words. Nobody was charged."""

    CODE_EXPIRED = "code_expired"
    CODE_INVALID = "code_invalid"
    BALANCE = "balance"
    CARD_UNSUPPORTED = "card_unsupported"
    PAYER_LIMIT = "payer_limit"
    PAYER_REFUSED = "payer_refused"
    ORDER = "order"
    CHANNEL = "channel"
    UNREACHABLE = "unreachable"


class Standing(StrEnum):
    """A collection as whoever stands at the desk reads it."""

    COLLECTING = "collecting"
    WAITING = "waiting"
    TO_SCAN = "to_scan"
    UNKNOWN = "unknown"
    ENDING = "ending"
    PAID = "paid"
    RETURNED = "returned"
    REFUSED = "refused"
    STOPPED = "stopped"


SETTLED = frozenset({Standing.PAID, Standing.RETURNED, Standing.REFUSED, Standing.STOPPED})
"""Nothing more happens at the desk."""


class Words(msgspec.Struct, frozen=True):
    """What happened, and what to do. `tone`: ok, wait, fault."""

    tone: str
    zh: str
    en: str
    do_zh: str
    do_en: str


STANDING_WORDS: dict[Standing, Words] = {
    Standing.COLLECTING: Words(
        "wait",
        "正在收款",
        "Taking the payment",
        "请稍等，不要重复扫码。",
        "Please wait; do not scan again.",
    ),
    Standing.WAITING: Words(
        "wait",
        "等待患者输密码",
        "Waiting for the patient to confirm",
        "请患者在手机上输入密码，不要重复扫码。超时会自动撤销，不会扣款。",
        "Ask the patient to confirm on the phone; do not scan again. After the time limit it is cancelled by itself.",
    ),
    Standing.TO_SCAN: Words(
        "wait",
        "请患者扫码",
        "The patient scans this code",
        "请患者用云闪付或银行 App 扫屏幕上的二维码。",
        "Ask the patient to scan the code on the screen with a UnionPay or bank app.",
    ),
    Standing.UNKNOWN: Words(
        "wait",
        "结果未知",
        "The result is not known yet",
        "先不要发药，也不要再收。系统正在向支付渠道查询，查不到会自动撤销。",
        "Do not hand anything over and do not charge again. The system keeps asking and cancels by itself.",
    ),
    Standing.ENDING: Words(
        "wait",
        "正在撤销",
        "Being cancelled",
        "先不要再收。撤销完成前，如果患者已付款，钱会原路退回或计为收款成功。",
        "Do not charge again yet. Until this is done, money that was paid is returned or counted as paid.",
    ),
    Standing.PAID: Words(
        "ok",
        "收款成功",
        "Payment received",
        "钱已收到，正在通知医院系统登记。可以请患者去下一处。",
        "The money has arrived and the hospital's system is being told. The patient may go on.",
    ),
    Standing.RETURNED: Words(
        "fault",
        "钱已到账但不能入这一单",
        "The money came but does not belong to this order",
        "系统会处理：重复或过时的付款自动原路退回，金额不符的由财务核对。请告诉患者不用再付。",
        "A second or late payment goes back by itself; finance checks a wrong sum. Tell the patient not to pay again.",
    ),
    Standing.REFUSED: Words("fault", "没有收到款", "Not paid", "没有扣款。请按原因处理后再收。", "Nobody was charged."),
    Standing.STOPPED: Words(
        "fault",
        "已撤销",
        "Cancelled",
        "没有扣款。如果患者手机上显示已付款，钱会原路退回；可以重新收款。",
        "Nobody was charged. If the phone says paid, the money goes back. You may start again.",
    ),
}
REFUSAL_WORDS: dict[Refusal, Words] = {
    Refusal.CODE_EXPIRED: Words(
        "fault",
        "付款码已过期",
        "The payment code has expired",
        "没有扣款。请患者刷新付款码后再扫。",
        "Nobody was charged. Ask the patient to refresh the code and scan again.",
    ),
    Refusal.CODE_INVALID: Words(
        "fault",
        "付款码不正确",
        "This is not a valid payment code",
        "没有扣款。请患者打开付款码页面再扫，不要扫收款码。",
        "Nobody was charged. Ask the patient to open the payment code and scan that.",
    ),
    Refusal.BALANCE: Words(
        "fault",
        "余额不足",
        "Not enough balance",
        "没有扣款。请患者换一张卡或换一种方式。",
        "Nobody was charged. Ask the patient to use another card or another way.",
    ),
    Refusal.CARD_UNSUPPORTED: Words(
        "fault",
        "这张卡不支持付款码支付",
        "This card cannot pay by code",
        "没有扣款。请患者换一张卡或换一种方式。",
        "Nobody was charged. Ask the patient to use another card or another way.",
    ),
    Refusal.PAYER_LIMIT: Words(
        "fault",
        "超过患者的支付限额",
        "Over the payer's limit",
        "没有扣款。请患者换一种方式，或联系发卡银行。",
        "Nobody was charged. Ask the patient to use another way or to call the bank.",
    ),
    Refusal.PAYER_REFUSED: Words(
        "fault",
        "患者没有确认付款",
        "The patient did not confirm",
        "没有扣款。请患者确认后重新出示付款码。",
        "Nobody was charged. Ask the patient to show a new code and confirm.",
    ),
    Refusal.ORDER: Words(
        "fault",
        "支付渠道不接受这一单",
        "The channel does not take this order",
        "没有扣款。请重新打开这一单再收；仍不成功请报信息科。",
        "Nobody was charged. Open the order again; if it stays so, call the information department.",
    ),
    Refusal.CHANNEL: Words(
        "fault",
        "支付渠道没有接受",
        "The channel did not accept it",
        "没有扣款。请换一种方式收款，并报信息科。",
        "Nobody was charged. Use another way and tell the information department.",
    ),
    Refusal.UNREACHABLE: Words(
        "fault",
        "支付渠道连接不上",
        "The channel cannot be reached",
        "没有扣款，请求没有发出。请稍后再收或换一种方式。",
        "Nobody was charged: nothing was sent. Try again shortly or use another way.",
    ),
}


class CodeAsk(msgspec.Struct, frozen=True):
    """What a channel needs to take money from a code. `code` is used once and never stored.

    `begun_at` is when the number was made, in hospital time: some channels name a transaction by both.
    """

    out_trade_no: str
    kind: CodeKind
    code: str
    total_fen: int
    description: str
    begun_at: datetime
    expires_at: datetime
    terminal: str
    payer: str | None = None
    """The payer's identity in the channel, where a face terminal gives one with the code."""


class Collection(msgspec.Struct, frozen=True):
    """At which machine, in whose shift, and from what code an attempt takes money."""

    attempt_id: UUID
    device_id: UUID
    device_code: str
    shift_id: UUID | None
    operator: str | None
    kind: CodeKind
    code_masked: str
    stopping: bool
    record: dict[str, Any] | None


_Short = Annotated[str, msgspec.Meta(max_length=60)]


class CardResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a card terminal says about one payment (docs/contracts/desk.md §2).

    `merchant_id`, `terminal_id`, `batch_no`, `trace_no` and the date name it for ever. `card_masked` shows four
    digits at most: a full card number is refused.
    """

    merchant_id: _Short
    terminal_id: _Short
    batch_no: _Short
    trace_no: _Short
    reference_no: _Short
    amount_fen: int
    paid_at: datetime
    resp_code: _Short
    resp_msg: _Short = ""
    auth_code: _Short = ""
    card_masked: _Short = ""
    card_type: _Short = ""
    issuer: _Short = ""
    settle_date: _Short = ""


class Collected(msgspec.Struct, frozen=True):
    """One line of a desk's list."""

    payment_id: UUID
    order_id: UUID
    order_no: str
    order_kind: str
    subject_id: UUID
    patient_id: UUID
    device_code: str
    operator: str | None
    kind: CodeKind
    amount_fen: int
    state: AttemptState
    verdict: Verdict | None
    fault: str | None
    has_token: bool
    refund_fen: int
    transaction_id: str | None
    at: datetime


class Sums(msgspec.Struct, frozen=True):
    """What a shift took: payments that count, and money of theirs that went back."""

    count: int
    fen: int
    refund_count: int
    refund_fen: int


class DaySums(msgspec.Struct, frozen=True):
    """The same of a day; `refund_open_fen` of what goes back is under way, or failed and waits for people."""

    count: int
    fen: int
    refund_count: int
    refund_fen: int
    refund_open_fen: int


class DayPart(msgspec.Struct, frozen=True):
    """A part of a day: all of it, a way of payment (`kind`), or a machine with who stood at it (`device_code`)."""

    kind: CodeKind | None
    device_code: str | None
    shift_id: UUID | None
    operator: str | None
    first_at: datetime | None
    last_at: datetime | None
    count: int
    fen: int
    refund_count: int
    refund_fen: int
    refund_open_fen: int
