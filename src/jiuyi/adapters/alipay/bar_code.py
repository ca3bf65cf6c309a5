"""Alipay payment codes and faces at the desk: alipay.trade.pay (docs/contracts/alipay.md §4)."""

from collections.abc import AsyncIterator
from datetime import date, datetime

from jiuyi.adapters.alipay import pay_words
from jiuyi.adapters.alipay.gateway import BuyerAsked, Gateway
from jiuyi.adapters.alipay.pay import SYSTEM, AlipayPay, Cancelled
from jiuyi.domains.payments.ports import CodeRefused
from jiuyi.domains.payments.types import (
    CNY,
    BillLine,
    CloseOutcome,
    CodeAsk,
    CodeKind,
    GivenBack,
    RefundAsk,
    Refusal,
    Trade,
    TradeState,
)
from jiuyi.kit.clock import local
from jiuyi.kit.money import yuan
from jiuyi.kit.outcomes import Refused, Unanswered

_SCENES = {CodeKind.ALIPAY_CODE: "bar_code", CodeKind.ALIPAY_FACE: "security_code"}
_REFUSALS = {
    "ACQ.PAYMENT_AUTH_CODE_INVALID": Refusal.CODE_INVALID,
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": Refusal.BALANCE,
    "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": Refusal.BALANCE,
    "ACQ.ERROR_BALANCE_PAYMENT_DISABLE": Refusal.PAYER_LIMIT,
    "ACQ.BUYER_ENABLE_STATUS_FORBID": Refusal.PAYER_LIMIT,
    "ACQ.PULL_MOBILE_CASHIER_FAIL": Refusal.PAYER_REFUSED,
    "ACQ.PAYMENT_FAIL": Refusal.CHANNEL,
    "ACQ.TRADE_HAS_CLOSE": Refusal.ORDER,
    "ACQ.INVALID_PARAMETER": Refusal.CHANNEL,
    "ACQ.ACCESS_FORBIDDEN": Refusal.CHANNEL,
    "ACQ.EXIST_FORBIDDEN_WORD": Refusal.CHANNEL,
    "ACQ.PARTNER_ERROR": Refusal.CHANNEL,
    "ACQ.TOTAL_FEE_EXCEED": Refusal.PAYER_LIMIT,
}
"""Final refusals. What is not here leaves a doubt (the list is customary, not from Alipay's papers)."""
_GATEWAY = ("isv.", "4000")
_UNLIKED = str.maketrans("/=&", "   ")
_ABSENT = "ACQ.TRADE_NOT_EXIST"
_CLOSED = "TRADE_CLOSED"


class AlipayCodes:
    """Satisfies `payments.ports.CodeChannel`. `merchant` shares refunds, cancelling and the bill with it."""

    name = "alipay"
    system = SYSTEM
    kinds = frozenset(_SCENES)

    def __init__(self, gateway: Gateway, merchant: AlipayPay, *, notify_url: str) -> None:
        self._gateway = gateway
        self._merchant = merchant
        self._notify_url = notify_url

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number (PID)."""
        return self._merchant.merchant_id

    @property
    def app_id(self) -> str:
        """The app under which codes are taken."""
        return self._gateway.keys.app_id

    async def pay_code(self, ask: CodeAsk) -> Trade:
        """alipay.trade.pay: 10000 is paid, 10003 asks the buyer."""
        biz = {
            "out_trade_no": ask.out_trade_no,
            "scene": _SCENES[ask.kind],
            "auth_code": ask.code,
            "product_code": "FACE_TO_FACE_PAYMENT",
            "subject": ask.description.translate(_UNLIKED),
            "total_amount": yuan(ask.total_fen),
            "seller_id": self.merchant_id,
            "terminal_id": ask.terminal[:32],
            "time_expire": f"{local(ask.expires_at):%Y-%m-%d %H:%M:%S}",
        }
        try:
            node = await self._gateway.ask("pay_code", "alipay.trade.pay", biz, notify_url=self._notify_url)
        except BuyerAsked:
            return Trade(ask.out_trade_no, TradeState.WAITING, merchant_id=self.merchant_id, app_id=self.app_id)
        except Refused as refused:
            raise _final(refused) from refused
        try:
            paid = Trade(
                out_trade_no=str(node["out_trade_no"]),
                state=TradeState.PAID,
                merchant_id=self.merchant_id,
                app_id=self.app_id,
                transaction_id=str(node["trade_no"]),
                total_fen=pay_words.fen(str(node["total_amount"])),
                currency=CNY,
                paid_at=pay_words.moment(str(node["gmt_payment"])),
            )
        except (KeyError, ValueError, pay_words.NotUnderstood) as error:
            raise self._gateway.garbled("pay_code", f"a payment without {type(error).__name__}") from error
        if paid.out_trade_no != ask.out_trade_no:
            raise self._gateway.garbled("pay_code", "an answer about another order")
        return paid

    async def show_code(self, ask: CodeAsk) -> str:
        """Alipay shows no code of ours here."""
        raise Refused(SYSTEM, "show_code", "not_offered", ask.kind)

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:  # noqa: ARG002 - its number is enough
        """alipay.trade.query. A closed trade of a desk was cancelled or wholly given back: it is not paid."""
        try:
            node = await self._gateway.ask("query_code", "alipay.trade.query", {"out_trade_no": out_trade_no})
        except Refused as refused:
            if refused.code == _ABSENT:
                return Trade(out_trade_no, TradeState.ABSENT)
            raise
        try:
            found = pay_words.trade(node, self.app_id, self.merchant_id)
        except pay_words.NotUnderstood as error:
            raise self._gateway.garbled("query_code", str(error)) from error
        if found.out_trade_no != out_trade_no:
            raise self._gateway.garbled("query_code", "an answer about another order")
        if node.get("trade_status") == _CLOSED:
            return Trade(out_trade_no, TradeState.CLOSED, merchant_id=self.merchant_id, app_id=self.app_id)
        return found

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:  # noqa: ARG002
        """alipay.trade.cancel: unpaid it is closed, paid it goes back."""
        done = await self._merchant.cancel(out_trade_no)
        return CloseOutcome.ABSENT if done is Cancelled.NOTHING else CloseOutcome.CLOSED

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """alipay.trade.refund."""
        return await self._merchant.refund(ask)

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """alipay.trade.fastpay.refund.query."""
        return await self._merchant.query_refund(out_refund_no, out_trade_no)

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The merchant's whole day."""
        return self._merchant.bill(day)


def _final(refused: Refused) -> Exception:
    if refused.code in _REFUSALS:
        return CodeRefused(refused.system, refused.operation, refused.code, refused.message, _REFUSALS[refused.code])
    if refused.code.startswith(_GATEWAY):
        return CodeRefused(refused.system, refused.operation, refused.code, refused.message, Refusal.CHANNEL)
    return Unanswered(refused.system, refused.operation, refused.code)
