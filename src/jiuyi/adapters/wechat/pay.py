"""WeChat Pay v3, direct merchant: JSAPI orders, refunds, notices and the trade bill (contracts/wechat.md §3).

A thin client of our own: every answer passes `wire.http` (time limits, outcomes, journal) and is believed only when
its signature holds. `wechatpayv3` reads the same sandbox in the tests as an independent client.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from jiuyi.adapters.wechat import pay_bill, pay_words
from jiuyi.adapters.wechat.pay_keys import MerchantKey, PlatformKeys, Sealed, UnknownSerial, Untrusted
from jiuyi.domains.payments.ports import PAYMENT_NOTICE, REFUND_NOTICE, BalanceShort, NoBillYet, NoticeRefused
from jiuyi.domains.payments.types import (
    CNY,
    BillLine,
    CloseOutcome,
    GivenBack,
    GivenBackState,
    PrepareAsk,
    RefundAsk,
    Trade,
    TradeState,
)
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.inbox import Notice
from jiuyi.kit.outcomes import Garbled, NotDone, Refused, Unanswered, Unreachable
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from jiuyi.wire.http import Answer, Caller

SYSTEM = "wechat_pay"
_T = TypeVar("_T", bound=msgspec.Struct)
_SERVER_ERROR, _TOO_MANY, _NO_CONTENT = 500, 429, 204
_LEARN_SECONDS = 60.0
_UNKNOWN = frozenset({"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR", "USERPAYING"})
_BUSY = frozenset({"RATELIMIT_EXCEEDED", "FREQUENCY_LIMITED"})
_ABSENT = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_PAID = frozenset({"ORDER_PAID", "ORDERPAID"})
_CLOSED = frozenset({"ORDER_CLOSED", "ORDERCLOSED"})
_TAKEN = Acknowledgement(status=_NO_CONTENT)
_FAILED = Acknowledgement(status=401, body='{"code":"FAIL","message":"失败"}'.encode())


class _Problem(msgspec.Struct):
    code: str
    message: str = ""


class _Prepaid(msgspec.Struct):
    prepay_id: str


class _BillPlace(msgspec.Struct):
    hash_type: str
    hash_value: str
    download_url: str


class _Certificate(msgspec.Struct):
    encrypt_certificate: Sealed


class _Certificates(msgspec.Struct):
    data: list[_Certificate]


class WechatPay:
    """Satisfies `payments.ports.Channel`. `app_ids`: account channel → app id; `notify_url`: where notices go."""

    name = "wechat"
    system = SYSTEM

    def __init__(
        self,
        caller: Caller,
        clock: Clock,
        *,
        merchant: MerchantKey,
        platform: PlatformKeys,
        app_ids: Mapping[str, str],
        notify_url: str,
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._merchant = merchant
        self._platform = platform
        self._app_ids = dict(app_ids)
        self._notify_url = notify_url
        self._learning = asyncio.Lock()
        self._learn_again_at = 0.0

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number."""
        return self._merchant.mch_id

    def app_id(self, channel: str) -> str:
        """The app id under which people of an account channel pay. Raises `KeyError`."""
        return self._app_ids[channel]

    # orders ----------------------------------------------------------------------------------------------------------

    async def prepare(self, ask: PrepareAsk) -> str:
        """POST /v3/pay/transactions/jsapi → prepay_id, valid for two hours and never beyond `expires_at`."""
        body = {
            "appid": ask.app_id,
            "mchid": self.merchant_id,
            "description": ask.description[:127],
            "out_trade_no": ask.out_trade_no,
            "time_expire": local(ask.expires_at).isoformat(timespec="seconds"),
            "notify_url": self._notify_url,
            "amount": {"total": ask.total_fen, "currency": CNY},
            "payer": {"openid": ask.payer},
        }
        answer = await self.ask("prepare", "POST", "/v3/pay/transactions/jsapi", body)
        return self._decoded("prepare", answer, _Prepaid).prepay_id

    def invoke(self, app_id: str, token: str) -> dict[str, str]:
        """The signed parameters of `getBrandWCPayRequest`."""
        return self._merchant.cashier_call(app_id, token, self._clock.now())

    async def query(self, out_trade_no: str) -> Trade:
        """GET …/out-trade-no/{}: what WeChat knows of a number."""
        path = (
            f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}?{urlencode({'mchid': self.merchant_id})}"
        )
        try:
            answer = await self.ask("query", "GET", path)
        except Refused as refused:
            if refused.code in _ABSENT:
                return Trade(out_trade_no, TradeState.ABSENT)
            raise
        try:
            found = pay_words.trade(answer.body)
        except pay_words.NotUnderstood as error:
            raise self._garbled("query", str(error)) from error
        if found.out_trade_no != out_trade_no or found.merchant_id != self.merchant_id:
            raise self._garbled("query", "an answer about another order")
        return found

    async def close(self, out_trade_no: str) -> CloseOutcome:
        """POST …/out-trade-no/{}/close."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}/close"
        try:
            await self.ask("close", "POST", path, {"mchid": self.merchant_id})
        except Refused as refused:
            for codes, outcome in (
                (_PAID, CloseOutcome.PAID),
                (_CLOSED, CloseOutcome.CLOSED),
                (_ABSENT, CloseOutcome.ABSENT),
            ):
                if refused.code in codes:
                    return outcome
            raise
        return CloseOutcome.CLOSED

    # refunds ---------------------------------------------------------------------------------------------------------

    async def refund(self, ask: RefundAsk) -> GivenBack:
        """POST /v3/refund/domestic/refunds. Raises `BalanceShort` for NOT_ENOUGH."""
        body = {
            "transaction_id": ask.transaction_id,
            "out_refund_no": ask.out_refund_no,
            "reason": ask.reason[:80],
            "notify_url": self._notify_url,
            "amount": {"refund": ask.refund_fen, "total": ask.total_fen, "currency": CNY},
        }
        try:
            answer = await self.ask("refund", "POST", "/v3/refund/domestic/refunds", body)
        except Refused as refused:
            if refused.code == "NOT_ENOUGH":
                raise BalanceShort(refused.system, refused.operation, refused.code, refused.message) from refused
            raise
        found = self._given_back("refund", answer, ask.out_refund_no)
        told = (found.out_trade_no, found.transaction_id, found.refund_fen, found.total_fen)
        if told != (ask.out_trade_no, ask.transaction_id, ask.refund_fen, ask.total_fen):
            raise self._garbled("refund", "an answer about another refund")
        return found

    async def query_refund(self, out_refund_no: str, out_trade_no: str) -> GivenBack:
        """GET /v3/refund/domestic/refunds/{}."""
        del out_trade_no  # WeChat's refunds have a number space of their own
        try:
            answer = await self.ask(
                "query_refund", "GET", f"/v3/refund/domestic/refunds/{quote(out_refund_no, safe='')}"
            )
        except Refused as refused:
            if refused.code in _ABSENT:
                return GivenBack(out_refund_no, GivenBackState.ABSENT)
            raise
        return self._given_back("query_refund", answer, out_refund_no)

    def _given_back(self, operation: str, answer: Answer, out_refund_no: str) -> GivenBack:
        try:
            found = pay_words.given_back(answer.body)
        except pay_words.NotUnderstood as error:
            raise self._garbled(operation, str(error)) from error
        if found.out_refund_no != out_refund_no:
            raise self._garbled(operation, "an answer about another refund")
        # Answers do not name the merchant: it is the one whose key signed the request.
        return msgspec.structs.replace(found, merchant_id=self.merchant_id)

    # notices ---------------------------------------------------------------------------------------------------------

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify, open and name a payment or refund notice. Raises `NoticeRefused`."""
        try:
            return self._noticed(headers, body)
        except (Untrusted, pay_words.NotUnderstood) as error:
            raise NoticeRefused(str(error)) from error

    def _noticed(self, headers: Mapping[str, str], body: bytes) -> Notice:
        self._platform.verify(headers, body, self._clock.now())
        outside = pay_words.envelope(body)
        plain = self._platform.open_sealed(outside.resource)
        found: Trade | GivenBack
        if outside.event_type == "TRANSACTION.SUCCESS":
            kind, found = PAYMENT_NOTICE, pay_words.trade(plain)
            if found.state is not TradeState.PAID:
                raise pay_words.NotUnderstood("a payment notice about an unpaid order")
            if found.app_id not in self._app_ids.values():
                raise Untrusted("another app's payment")
        elif outside.event_type.startswith("REFUND."):
            kind, found = REFUND_NOTICE, pay_words.given_back_notice(plain)
            if outside.event_type != f"REFUND.{found.state.upper()}":
                raise pay_words.NotUnderstood("the event and the refund's state differ")
        else:
            raise pay_words.NotUnderstood(f"unknown event {outside.event_type[:40]!r}")
        if found.merchant_id != self.merchant_id:
            raise Untrusted("another merchant's notice")
        return Notice(SYSTEM, outside.id[:200], kind, msgspec.to_builtins(found), body)

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """A request to `/callbacks/wechat_pay`. Raises `Rejected`, so that a true notice comes again."""
        if inbound.method != "POST":
            raise Rejected("not a POST", _FAILED)
        try:
            try:
                notice = self._noticed(inbound.headers, inbound.body)
            except UnknownSerial:
                await self._learn_certificates()
                notice = self._noticed(inbound.headers, inbound.body)
        except (Untrusted, pay_words.NotUnderstood, NotDone) as error:
            raise Rejected(str(error), _FAILED) from error
        return [notice], _TAKEN

    async def _learn_certificates(self) -> None:
        """Fetch the platform certificates, at most once a minute: a forger may name any serial. Raises `NotDone`."""
        async with self._learning:
            if time.monotonic() < self._learn_again_at:
                return
            self._learn_again_at = time.monotonic() + _LEARN_SECONDS
            answer = await self._send("certificates", "GET", "/v3/certificates", b"")
            self._check_status("certificates", answer)
            sealed = [one.encrypt_certificate for one in self._decoded("certificates", answer, _Certificates).data]
            try:
                self._platform.learn(sealed, answer.headers, answer.body, self._clock.now())
            except Untrusted as error:
                raise self._garbled("certificates", str(error)) from error

    # bill ------------------------------------------------------------------------------------------------------------

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        """GET /v3/bill/tradebill and the file it names. A day without trade has no lines. Raises `NoBillYet`."""
        query = urlencode({"bill_date": day.isoformat(), "bill_type": "ALL", "tar_type": "GZIP"})
        try:
            answer = await self.ask("bill", "GET", f"/v3/bill/tradebill?{query}")
        except Refused as refused:
            if refused.code == "NO_STATEMENT_EXIST":
                return
            if refused.code == "STATEMENT_CREATING":
                raise NoBillYet(refused.system, refused.operation, refused.code) from refused
            raise
        place = self._decoded("bill", answer, _BillPlace)
        base = self._caller.base_url
        if place.hash_type != "SHA1" or not place.download_url.startswith(base + "/v3/"):
            raise self._garbled("bill", "another digest or another host")
        # The file itself is not signed: its digest is, in the answer before.
        path = place.download_url.removeprefix(base)
        with tempfile.TemporaryFile() as packed, tempfile.TemporaryFile() as plain:
            await self._caller.save("bill_file", path, packed, headers=self._headers("GET", path, b""))
            try:
                async for line in pay_bill.read(packed, place.hash_value, plain):
                    yield line
            except (pay_bill.BillRefused, UnicodeDecodeError) as error:
                raise self._garbled("bill", str(error)) from error

    # for the medical payment, which speaks over the same keys -------------------------------------------------------

    def seal(self, clear: str) -> str:
        """Encrypt a sensitive field for the platform (its key is named in every request)."""
        return self._platform.seal(clear)

    async def opened(self, inbound: Inbound) -> tuple[pay_words.Envelope, bytes]:
        """A notice verified and opened. Raises `Untrusted`, `NotUnderstood`, `NotDone`."""
        try:
            self._platform.verify(inbound.headers, inbound.body, self._clock.now())
        except UnknownSerial:
            await self._learn_certificates()
            self._platform.verify(inbound.headers, inbound.body, self._clock.now())
        outside = pay_words.envelope(inbound.body)
        return outside, self._platform.open_sealed(outside.resource)

    # transport -------------------------------------------------------------------------------------------------------

    async def ask(
        self,
        operation: str,
        method: str,
        path: str,
        content: dict[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> Answer:
        """Send, verify the answer's signature, and turn errors into outcomes."""
        body = msgspec.json.encode(content) if content else b""
        answer = await self._send(operation, method, path, body, timeout=timeout)
        if answer.status >= _SERVER_ERROR:
            raise Unanswered(self._caller.system, operation, f"HTTP {answer.status}")
        try:
            await self._verified(answer)
        except Untrusted as error:
            if answer.status == _TOO_MANY:
                raise Unreachable(self._caller.system, operation, "too many requests") from error
            raise self._garbled(operation, f"HTTP {answer.status}: {error}") from error
        self._check_status(operation, answer)
        return answer

    async def _verified(self, answer: Answer) -> None:
        try:
            self._platform.verify(answer.headers, answer.body, self._clock.now())
        except UnknownSerial:
            await self._learn_certificates()
            self._platform.verify(answer.headers, answer.body, self._clock.now())

    async def _send(
        self, operation: str, method: str, path: str, body: bytes, *, timeout: float | None = None
    ) -> Answer:
        headers = self._headers(method, path, body)
        return await self._caller.send(operation, method, path, headers=headers, body=body, timeout=timeout)

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        headers = {
            "authorization": self._merchant.authorization(method, path, body, self._clock.now()),
            "accept": "application/json",
            "user-agent": "jiuyi",
            "wechatpay-serial": self._platform.public_key_id,
        }
        return {**headers, "content-type": "application/json"} if body else headers

    def _check_status(self, operation: str, answer: Answer) -> None:
        """Raises the outcome of an answer that is not a success."""
        if answer.status < 300:  # noqa: PLR2004 - the success range of HTTP
            return
        system = self._caller.system
        if answer.status >= _SERVER_ERROR:
            raise Unanswered(system, operation, f"HTTP {answer.status}")
        try:
            problem = msgspec.json.decode(answer.body, type=_Problem)
        except msgspec.MsgspecError as error:
            raise self._garbled(operation, f"HTTP {answer.status} without a code") from error
        if problem.code in _UNKNOWN:
            raise Unanswered(system, operation, problem.code)
        if problem.code in _BUSY or answer.status == _TOO_MANY:
            raise Unreachable(system, operation, problem.code)
        raise Refused(system, operation, problem.code, problem.message)

    def _decoded(self, operation: str, answer: Answer, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.MsgspecError as error:
            raise self._garbled(operation, "the answer's shape") from error

    def _garbled(self, operation: str, detail: str) -> Garbled:
        return Garbled(self._caller.system, operation, detail)
