"""WeChat payment codes by v3, for merchants who were invited to it (switched on by a setting).

Whether USERPAYING comes as a state or as an error is UNCONFIRMED: both are understood.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime
from urllib.parse import quote, urlencode

import msgspec

from jiuyi.adapters.wechat import pay_words
from jiuyi.adapters.wechat.micropay import PAY_SECONDS, REVERSE_AFTER
from jiuyi.adapters.wechat.pay import SYSTEM, WechatPay
from jiuyi.domains.payments.ports import CodeRefused, TooSoon
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
from jiuyi.kit.clock import Clock
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered

_PATH = "/v3/pay/transactions"
_REFUSALS = {
    "AUTH_CODE_EXPIRED": Refusal.CODE_EXPIRED,
    "AUTHCODEEXPIRE": Refusal.CODE_EXPIRED,
    "AUTH_CODE_ERROR": Refusal.CODE_INVALID,
    "AUTH_CODE_INVALID": Refusal.CODE_INVALID,
    "NOT_ENOUGH": Refusal.BALANCE,
    "NOTENOUGH": Refusal.BALANCE,
    "NOTSUPORTCARD": Refusal.CARD_UNSUPPORTED,
    "ORDER_CLOSED": Refusal.ORDER,
    "APPID_MCHID_NOT_MATCH": Refusal.CHANNEL,
    "PARAM_ERROR": Refusal.CHANNEL,
    "NO_AUTH": Refusal.CHANNEL,
    "SIGN_ERROR": Refusal.CHANNEL,
}
_ABSENT = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})


class CodePay:
    """Satisfies `payments.ports.CodeChannel`. `pay` signs, and shares query, refunds and the bill."""

    name = "wechat"
    system = SYSTEM
    kinds = frozenset({CodeKind.WECHAT_CODE})

    def __init__(self, pay: WechatPay, clock: Clock, *, app_id: str, store_id: str) -> None:
        self._pay = pay
        self._clock = clock
        self._app_id = app_id
        self._store_id = store_id

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number."""
        return self._pay.merchant_id

    @property
    def app_id(self) -> str:
        """The app id that every answer must name."""
        return self._app_id

    async def pay_code(self, ask: CodeAsk) -> Trade:
        """POST /v3/pay/transactions/codepay."""
        body = {
            "appid": self._app_id,
            "mchid": self.merchant_id,
            "description": ask.description,
            "out_trade_no": ask.out_trade_no,
            "payer": {"auth_code": ask.code},
            "amount": {"total": ask.total_fen, "currency": CNY},
            "scene_info": {"device_id": ask.terminal[:32], "store_info": {"out_id": self._store_id or ask.terminal}},
        }
        try:
            answer = await self._pay.ask("pay_code", "POST", f"{_PATH}/codepay", body, timeout=PAY_SECONDS)
        except Refused as refused:
            if refused.code in _REFUSALS:
                reason = _REFUSALS[refused.code]
                raise CodeRefused(SYSTEM, "pay_code", refused.code, refused.message, reason) from refused
            raise Unanswered(SYSTEM, "pay_code", refused.code) from refused
        return self._read("pay_code", answer.body, ask.out_trade_no)

    async def show_code(self, ask: CodeAsk) -> str:
        """WeChat shows no code of ours here."""
        raise Refused(SYSTEM, "show_code", "not_offered", ask.kind)

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:  # noqa: ARG002 - its number is enough
        """GET …/out-trade-no/{}. Only what is in doubt is asked about: REFUND then means that it was reversed."""
        path = f"{_PATH}/out-trade-no/{quote(out_trade_no, safe='')}?{urlencode({'mchid': self.merchant_id})}"
        try:
            answer = await self._pay.ask("query_code", "GET", path)
        except Refused as refused:
            if refused.code in _ABSENT:
                return Trade(out_trade_no, TradeState.ABSENT)
            raise
        found = self._read("query_code", answer.body, out_trade_no)
        given_back = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw]).get("trade_state")
        if given_back is not None and bytes(given_back) == b'"REFUND"':
            return Trade(out_trade_no, TradeState.CLOSED, merchant_id=self.merchant_id, app_id=self._app_id)
        return found

    def _read(self, operation: str, body: bytes, out_trade_no: str) -> Trade:
        try:
            found = pay_words.trade(body)
        except pay_words.NotUnderstood as error:
            raise Garbled(SYSTEM, operation, str(error)[:120]) from error
        if found.out_trade_no != out_trade_no or found.merchant_id != self.merchant_id:
            raise Garbled(SYSTEM, operation, "an answer about another order")
        return found

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:
        """POST …/out-trade-no/{}/reverse: unpaid it is closed, paid it goes back."""
        if self._clock.now() - begun_at < REVERSE_AFTER:
            raise TooSoon(SYSTEM, "reverse", "younger than 15 seconds")
        body = {"appid": self._app_id, "mchid": self.merchant_id}
        path = f"{_PATH}/out-trade-no/{quote(out_trade_no, safe='')}/reverse"
        try:
            await self._pay.ask("reverse", "POST", path, body, timeout=PAY_SECONDS)
        except Refused as refused:
            if refused.code in _ABSENT:
                return CloseOutcome.ABSENT
            raise
        try:
            found = await self.query(out_trade_no, begun_at)
        except Refused as refused:
            # The reversal was accepted: that nobody says how it stands is no refusal of it.
            raise Unanswered(SYSTEM, "reverse", refused.code) from refused
        if found.state not in {TradeState.CLOSED, TradeState.ABSENT}:
            # Accepted is not done: while it waits, or still holds the money, nobody is told that nobody was charged.
            raise Unanswered(SYSTEM, "reverse", f"not reversed yet: {found.state.value}")
        return CloseOutcome.CLOSED

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """POST /v3/refund/domestic/refunds."""
        return await self._pay.refund(ask)

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """GET /v3/refund/domestic/refunds/{}."""
        return await self._pay.query_refund(out_refund_no, out_trade_no)

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The merchant's whole day."""
        return self._pay.bill(day)
