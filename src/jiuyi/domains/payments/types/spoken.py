"""What is said to a channel, and what it says, in our words."""

from datetime import datetime
from enum import StrEnum

import msgspec

from jiuyi.domains.accounts.types import Channel as AccountChannel

_IN_ALIPAY = frozenset({AccountChannel.ALIPAY_LIFE, AccountChannel.ALIPAY_MINI})
CHANNEL_NAMES = {
    "wechat": ("微信支付", "WeChat Pay"),
    "alipay": ("支付宝", "Alipay"),
    "unionpay": ("银联", "UnionPay"),
    "bank_card": ("银行卡", "bank card"),
    "insurance": ("医保", "medical insurance"),
}
"""A channel's name for people, Chinese and English."""
_ACCOUNTS = {
    "wechat": ("微信支付账户", "your WeChat Pay account"),
    "alipay": ("支付宝账户", "your Alipay account"),
    "unionpay": ("付款的银行卡", "the card you paid with"),
    "bank_card": ("付款的银行卡", "the card you paid with"),
    "insurance": ("医保账户", "the medical insurance"),
}


def channel_account(channel: str) -> tuple[str, str]:
    """Where a channel's refund goes, in Chinese and English."""
    return _ACCOUNTS.get(channel, ("原支付账户", "the account you paid from"))


def channel_names(channel: str) -> dict[str, str]:
    """A channel's names as the texts of refusals want them."""
    zh, en = CHANNEL_NAMES.get(channel, (channel, channel))
    return {"channel_zh": zh, "channel_en": en}


def app_names(channel: AccountChannel) -> dict[str, str]:
    """The app in which a page of an account channel is open, as the texts of refusals want it."""
    zh, en = ("支付宝", "Alipay") if channel in _IN_ALIPAY else ("微信", "WeChat")
    return {"app_zh": zh, "app_en": en}


class PayTerms(msgspec.Struct, frozen=True):
    """On whose account at which channel an attempt is made: fixed with the attempt, compared with all that follows."""

    method: str
    channel: str
    account_channel: str
    merchant_id: str
    app_id: str


class PrepareAsk(msgspec.Struct, frozen=True):
    """What a channel needs to prepare a payment. `payer` is the payer's identity in that channel (an openid).

    Until `expires_at` the channel may take the money; the number, amount and payer never change under one number.
    """

    out_trade_no: str
    app_id: str
    payer: str
    total_fen: int
    description: str
    expires_at: datetime


class TradeState(StrEnum):
    """A channel's word about one number of ours, in ours."""

    ABSENT = "absent"
    """It knows no such number."""
    WAITING = "waiting"
    """Not paid yet, may still be (WeChat NOTPAY, USERPAYING, ACCEPT)."""
    PAID = "paid"
    """Money was taken, whether or not some of it has been given back since (WeChat SUCCESS, REFUND)."""
    CLOSED = "closed"
    """Not paid and never will be (WeChat CLOSED, REVOKED, PAYERROR)."""


class Trade(msgspec.Struct, frozen=True):
    """The state of a payment at the channel, from a signed answer or a verified notice.

    All fields are present when `state` is PAID in a notice (the adapter refuses one that lacks any); an answer about
    an unpaid number may lack the rest. `total_fen` is the order amount, before the channel's own discounts.
    """

    out_trade_no: str
    state: TradeState
    merchant_id: str | None = None
    app_id: str | None = None
    transaction_id: str | None = None
    total_fen: int | None = None
    currency: str | None = None
    paid_at: datetime | None = None


class CloseOutcome(StrEnum):
    CLOSED = "closed"
    """It can never be paid now (also when it was closed before)."""
    PAID = "paid"
    """Too late: it is paid. Ask with `query` for the facts."""
    ABSENT = "absent"
    """The channel knows no such number."""


class RefundAsk(msgspec.Struct, frozen=True):
    """A refund to be sent. The same number with the same content is the same refund at the channel."""

    out_refund_no: str
    out_trade_no: str
    transaction_id: str
    refund_fen: int
    total_fen: int
    reason: str


class GivenBackState(StrEnum):
    ABSENT = "absent"
    UNSEEN = "unseen"
    """Not given back, and the channel does not say whether it knows the number: the same number may be sent again."""
    PROCESSING = "processing"
    SUCCESS = "success"
    CLOSED = "closed"
    """Not refunded; only now may another number be used."""
    ABNORMAL = "abnormal"
    """The payer's account cannot take it: the hospital's finance must act."""


class GivenBack(msgspec.Struct, frozen=True):
    """The state of a refund at the channel. A notice always has every field but `done_at`; where the channel tells only
    the sum of all refunds (Alipay), `refund_fen` is missing and the notice is a reason to ask.
    """

    out_refund_no: str
    state: GivenBackState
    out_trade_no: str | None = None
    merchant_id: str | None = None
    transaction_id: str | None = None
    refund_id: str | None = None
    total_fen: int | None = None
    refund_fen: int | None = None
    done_at: datetime | None = None


class BillKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class BillLine(msgspec.Struct, frozen=True):
    """One line of a channel's daily bill, in fen. `amount_fen` is positive for both kinds.

    `merchant_id` where the bill says it line by line.
    """

    kind: BillKind
    at: datetime
    out_trade_no: str
    transaction_id: str
    amount_fen: int
    state: str
    out_refund_no: str | None = None
    refund_id: str | None = None
    fee_fen: int = 0
    merchant_id: str | None = None
