"""Alipay payments of a direct merchant: orders in Alipay, refunds, notices, the daily bill (contracts/alipay.md §4).

One merchant (`seller_id`), one app for each account channel. Trades belong to the merchant: the app that announced one
travels in its passback, because answers do not name it.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from jiuyi.adapters.alipay import pay_words
from jiuyi.adapters.alipay.bill import BillStore
from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.keys import SIGN_TYPE, Untrusted, content
from jiuyi.domains.payments.ports import PAYMENT_NOTICE, REFUND_NOTICE, BalanceShort, NoBillYet, NoticeRefused
from jiuyi.domains.payments.types import (
    BillLine,
    CloseOutcome,
    GivenBack,
    GivenBackState,
    PrepareAsk,
    RefundAsk,
    Trade,
    TradeState,
)
from jiuyi.kit.clock import HOSPITAL_ZONE, Clock, local
from jiuyi.kit.inbox import Notice
from jiuyi.kit.money import yuan
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected

SYSTEM = "alipay_pay"
_ABSENT = frozenset({"ACQ.TRADE_NOT_EXIST"})
_PAID = frozenset({"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_FINISHED"})
_CLOSED = frozenset({"ACQ.TRADE_HAS_CLOSE"})
_OTHER_STATE = frozenset({"ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID"})
_SHORT = frozenset({"ACQ.SELLER_BALANCE_NOT_ENOUGH"})
_NO_BILL = frozenset({"isp.bill_not_exist", "isp.bill-not-exist", "BILL_NOT_EXIST"})
_BILL_LATEST = timedelta(hours=12)
"""A bill that is not there at noon of the next day never comes: the day had no trade (the hour is UNCONFIRMED)."""
_PLAIN = "text/plain; charset=utf-8"
_TAKEN = Acknowledgement(body=b"success", content_type=_PLAIN)
"""Exactly seven characters; anything else means: again, up to eight times in 25 hours."""
_FAILED = Acknowledgement(status=400, body=b"fail", content_type=_PLAIN)
_MOST_SUBJECT = 128
_UNLIKED = str.maketrans("/=&", "   ")


class Cancelled(StrEnum):
    """What cancelling a number came to."""

    CLOSED = "close"
    REFUNDED = "refund"
    NOTHING = "nothing"
    """There was no such trade, or it had ended before."""


def buyer(subject: str, open_id: str = "buyer_open_id", user_id: str = "buyer_id") -> dict[str, str]:
    """How a person is named: older apps know the 16 digits of a user id, newer ones an open id (alipay.md §2)."""
    return {user_id if is_user_id(subject) else open_id: subject}


def is_user_id(subject: str) -> bool:
    """Whether this is Alipay's own number of a person, the same in every app."""
    return len(subject) == 16 and subject.isascii() and subject.isdecimal() and subject.startswith("2088")  # noqa: PLR2004


class AlipayPay:
    """Satisfies `payments.ports.Channel`. `apps`: account channel → the app under which its people pay."""

    name = "alipay"
    system = SYSTEM

    def __init__(
        self, apps: Mapping[str, Gateway], clock: Clock, bills: BillStore, *, seller_id: str, notify_url: str
    ) -> None:
        self._apps = dict(apps)
        self._by_app = {app.keys.app_id: app for app in apps.values()}
        self._first = next(iter(self._by_app.values()))
        self._clock = clock
        self._bills = bills
        self._seller_id = seller_id
        self._notify_url = notify_url

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number (PID)."""
        return self._seller_id

    def app_id(self, channel: str) -> str:
        """The app id under which people of an account channel pay. Raises `KeyError`."""
        return self._apps[channel].keys.app_id

    # orders ----------------------------------------------------------------------------------------------------------

    async def prepare(self, ask: PrepareAsk) -> str:
        """alipay.trade.create → trade_no, payable until `expires_at`."""
        biz = {
            "out_trade_no": ask.out_trade_no,
            "total_amount": yuan(ask.total_fen),
            "subject": ask.description.translate(_UNLIKED)[:_MOST_SUBJECT],
            "product_code": "JSAPI_PAY",
            "op_app_id": ask.app_id,
            "seller_id": self._seller_id,
            "time_expire": f"{local(ask.expires_at):%Y-%m-%d %H:%M:%S}",
            "passback_params": quote(urlencode({"app_id": ask.app_id}), safe=""),
            **buyer(ask.payer),
        }
        app = self._by_app[ask.app_id]
        node = await app.ask("prepare", "alipay.trade.create", biz, notify_url=self._notify_url)
        trade_no = node.get("trade_no")
        if node.get("out_trade_no") != ask.out_trade_no or not isinstance(trade_no, str) or not trade_no:
            raise app.garbled("prepare", "an answer about another order, or without its number")
        return trade_no

    def invoke(self, app_id: str, token: str) -> dict[str, str]:
        """The parameter of `tradePay`, in the page's bridge and in the mini program alike."""
        if app_id not in self._by_app:
            raise KeyError(app_id)
        return {"tradeNO": token}

    async def query(self, out_trade_no: str) -> Trade:
        """alipay.trade.query: what Alipay knows of a number."""
        absent = Trade(out_trade_no, TradeState.ABSENT)
        for app in self._by_app.values():
            try:
                node = await app.ask("query", "alipay.trade.query", {"out_trade_no": out_trade_no})
            except Refused as refused:
                if refused.code in _ABSENT:
                    continue
                raise
            try:
                found = pay_words.trade(node, app.keys.app_id, self._seller_id)
            except pay_words.NotUnderstood as error:
                raise app.garbled("query", str(error)) from error
            if found.out_trade_no != out_trade_no:
                raise app.garbled("query", "an answer about another order")
            return found
        return absent

    async def close(self, out_trade_no: str) -> CloseOutcome:
        """alipay.trade.close; a trade in another state is asked about."""
        for app in self._by_app.values():
            try:
                await app.ask("close", "alipay.trade.close", {"out_trade_no": out_trade_no})
            except Refused as refused:
                if refused.code in _ABSENT:
                    continue
                for codes, outcome in ((_PAID, CloseOutcome.PAID), (_CLOSED, CloseOutcome.CLOSED)):
                    if refused.code in codes:
                        return outcome
                if refused.code in _OTHER_STATE:
                    return await self._ended(app, out_trade_no, refused)
                raise
            return CloseOutcome.CLOSED
        return CloseOutcome.ABSENT

    async def _ended(self, app: Gateway, out_trade_no: str, refused: Refused) -> CloseOutcome:
        state = (await self.query(out_trade_no)).state
        if state is TradeState.WAITING:
            raise Unanswered(app.system, "close", f"{refused.code}, yet it waits for its buyer") from refused
        return {
            TradeState.PAID: CloseOutcome.PAID,
            TradeState.CLOSED: CloseOutcome.CLOSED,
            TradeState.ABSENT: CloseOutcome.ABSENT,
        }[state]

    async def cancel(self, out_trade_no: str) -> Cancelled:
        """alipay.trade.cancel: undo a number whose outcome is in doubt, whether or not it was paid; within a day.

        Raises `Unanswered` when Alipay asks for another try with the same number.
        """
        try:
            node = await self._first.ask("cancel", "alipay.trade.cancel", {"out_trade_no": out_trade_no})
        except Refused as refused:
            if refused.code in _ABSENT:
                return Cancelled.NOTHING
            raise
        if node.get("retry_flag") == "Y":
            raise Unanswered(self._first.system, "cancel", "to be repeated")
        return {"close": Cancelled.CLOSED, "refund": Cancelled.REFUNDED}.get(
            str(node.get("action", "")), Cancelled.NOTHING
        )

    # refunds ---------------------------------------------------------------------------------------------------------

    async def refund(self, ask: RefundAsk) -> GivenBack:
        """alipay.trade.refund; its answer tells sums, so the refund itself is asked about. Raises `BalanceShort`."""
        biz = {
            "trade_no": ask.transaction_id,
            "out_trade_no": ask.out_trade_no,
            "out_request_no": ask.out_refund_no,
            "refund_amount": yuan(ask.refund_fen),
            "refund_reason": ask.reason[:_MOST_SUBJECT],
        }
        app = self._first
        try:
            node = await app.ask("refund", "alipay.trade.refund", biz)
        except Refused as refused:
            if refused.code in _SHORT:
                raise BalanceShort(refused.system, refused.operation, refused.code, refused.message) from refused
            raise
        if (node.get("out_trade_no"), node.get("trade_no")) != (ask.out_trade_no, ask.transaction_id):
            raise app.garbled("refund", "an answer about another trade")
        accepted = GivenBack(
            out_refund_no=ask.out_refund_no,
            state=GivenBackState.PROCESSING,
            out_trade_no=ask.out_trade_no,
            merchant_id=self._seller_id,
            transaction_id=ask.transaction_id,
            refund_id=ask.out_refund_no,
            total_fen=ask.total_fen,
            refund_fen=ask.refund_fen,
        )
        try:
            known = await self.query_refund(ask.out_refund_no, ask.out_trade_no)
        except NotDone:
            # It was accepted, and that is all that is known now: the sweeper asks again.
            return accepted
        return known if known.state in {GivenBackState.SUCCESS, GivenBackState.PROCESSING} else accepted

    async def query_refund(self, out_refund_no: str, out_trade_no: str) -> GivenBack:
        """alipay.trade.fastpay.refund.query."""
        biz = {
            "out_trade_no": out_trade_no,
            "out_request_no": out_refund_no,
            "query_options": ["gmt_refund_pay"],
        }
        app = self._first
        try:
            node = await app.ask("query_refund", "alipay.trade.fastpay.refund.query", biz)
        except Refused as refused:
            if refused.code in _ABSENT:
                return GivenBack(out_refund_no, GivenBackState.ABSENT)
            raise
        try:
            found = pay_words.given_back(node, out_refund_no, self._seller_id)
        except pay_words.NotUnderstood as error:
            raise app.garbled("query_refund", str(error)) from error
        if found.out_refund_no != out_refund_no or found.out_trade_no not in {out_trade_no, None}:
            raise app.garbled("query_refund", "an answer about another refund")
        return found

    # notices ---------------------------------------------------------------------------------------------------------

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify and name a payment or refund notice. Raises `NoticeRefused`."""
        del headers  # everything stands in the form
        try:
            notice = self._noticed(body)
        except (Untrusted, pay_words.NotUnderstood) as error:
            raise NoticeRefused(str(error)) from error
        if notice is None:
            raise NoticeRefused("it tells of no money")
        return notice

    def verified(self, body: bytes) -> dict[str, str]:
        """The fields of a notice that one of our apps' keys vouches for. Raises `Untrusted`, `NotUnderstood`."""
        params = pay_words.form(body)
        app = self._by_app.get(params.get("app_id", ""))
        if app is None:
            raise Untrusted("another app's notice, or none's")
        _verify(app, params)
        return params

    def _noticed(self, body: bytes) -> Notice | None:
        """The notice; None for a true one about a trade that was opened or closed without money."""
        found = pay_words.notified(self.verified(body))
        if found.seller_id != self._seller_id:
            raise Untrusted("another seller's notice")
        told: Trade | GivenBack
        if found.of_refund:
            kind, told = REFUND_NOTICE, pay_words.refund_notice(found)
        elif found.trade_status in {"WAIT_BUYER_PAY", "TRADE_CLOSED"}:
            pay_words.fen(found.total_amount)
            return None
        else:
            kind, told = PAYMENT_NOTICE, pay_words.paid_notice(found)
        return Notice(SYSTEM, found.notify_id[:200], kind, msgspec.to_builtins(told), body)

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """A request to `/callbacks/alipay_pay`. Raises `Rejected`, so that a true notice comes again."""
        if inbound.method != "POST":
            raise Rejected("not a POST", _FAILED)
        try:
            notice = self._noticed(inbound.body)
        except (Untrusted, pay_words.NotUnderstood) as error:
            raise Rejected(str(error), _FAILED) from error
        return ([notice] if notice else []), _TAKEN

    # bill ------------------------------------------------------------------------------------------------------------

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The trade bill of a day and the archive it names. A day without trade has no lines. Raises `NoBillYet`."""
        biz: dict[str, Any] = {"bill_type": "trade", "bill_date": day.isoformat()}
        app = self._first
        try:
            node = await app.ask("bill", "alipay.data.dataservice.bill.downloadurl.query", biz)
        except Refused as refused:
            if refused.code not in _NO_BILL:
                raise
            latest = datetime.combine(day + timedelta(days=1), datetime.min.time(), HOSPITAL_ZONE) + _BILL_LATEST
            if self._clock.now() < latest:
                raise NoBillYet(refused.system, refused.operation, refused.code) from refused
            return
        url = node.get("bill_download_url")
        if not isinstance(url, str):
            raise app.garbled("bill", "no address")
        async for line in self._bills.lines(url):
            yield line


def _verify(app: Gateway, params: Mapping[str, str]) -> None:
    """Raises `Untrusted` unless the notice is signed by Alipay.

    The signature leaves `sign` and `sign_type` out; Alipay's own SDKs also take one that keeps the latter, and one over
    the empty fields (docs/contracts/alipay.md §4). Whatever is tried, it covers every field that says something.
    """
    if params.get("sign_type") != SIGN_TYPE:
        raise Untrusted("another kind of signature")
    signature = params.get("sign", "")
    said: Untrusted | None = None
    for text in dict.fromkeys(
        (
            content(params, "sign", "sign_type"),
            content(params, "sign"),
            "&".join(f"{name}={params[name]}" for name in sorted(params) if name not in {"sign", "sign_type"}),
        )
    ):
        try:
            app.keys.verify(text.encode(), signature)
        except Untrusted as error:
            said = error
        else:
            return
    raise said or Untrusted("not signed")
