"""UnionPay codes at the desk: the patient's code scanned, ours shown, notices, refunds (UnionPay ACP 5.1.0).

A transaction is named by merchant, order number and `txnTime` together: the time is the one its attempt was made at.
A code cannot be closed at UnionPay: it runs out. Until then a doubt stays a doubt; what was paid meanwhile is voided.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from jiuyi.adapters.unionpay import settlement, words
from jiuyi.adapters.unionpay.acp import Signer, Trust, Untrusted, read_answer, read_form
from jiuyi.domains.payments.ports import (
    PAYMENT_NOTICE,
    REFUND_NOTICE,
    CodeRefused,
    NoBillYet,
    NoticeRefused,
    TooSoon,
)
from jiuyi.domains.payments.types import (
    BillLine,
    CloseOutcome,
    CodeAsk,
    CodeKind,
    GivenBack,
    GivenBackState,
    RefundAsk,
    Refusal,
    Trade,
    TradeState,
)
from jiuyi.kit.clock import Clock
from jiuyi.kit.inbox import Notice
from jiuyi.kit.outcomes import Garbled, NotDone, Refused, Unanswered
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from jiuyi.wire.http import Caller

SYSTEM = "unionpay"
_T = TypeVar("_T")
PAY_SECONDS = 12.0
GRACE = timedelta(seconds=30)
"""After a code's end: what UnionPay took in its last second is known by then."""
VOIDED_AFTER = timedelta(seconds=15)
"""Nobody reverses an attempt that is younger."""
LIVES = {CodeKind.UNIONPAY_CODE: timedelta(seconds=60), CodeKind.UNIONPAY_SHOWN: timedelta(seconds=180)}
"""How long a transaction may be paid at the most."""
_BACK, _QUERY = "/gateway/api/backTransReq.do", "/gateway/api/queryTrans.do"
_DONE = frozenset({"00", "A6"})
_DOUBT = frozenset({"03", "04", "05", "12"})
_ABSENT = "34"
_REFUSALS = {
    "01": Refusal.CHANNEL,
    "10": Refusal.CHANNEL,
    "11": Refusal.CHANNEL,
    "13": Refusal.CHANNEL,
    "77": Refusal.CARD_UNSUPPORTED,
}
"""Final refusals. Other codes are UNCONFIRMED: they leave a doubt, and a doubt is asked about."""
_SUB = {CodeKind.UNIONPAY_CODE: "06", CodeKind.UNIONPAY_SHOWN: "07"}
_PAID_FIELDS = (
    "txnSubType",
    "bizType",
    "accessType",
    "merId",
    "orderId",
    "txnTime",
    "txnAmt",
    "currencyCode",
    "queryId",
    "traceNo",
    "traceTime",
    "settleDate",
    "respCode",
)
_TAKEN = Acknowledgement(status=200, body=b"ok", content_type="text/plain; charset=utf-8")
_FAILED = Acknowledgement(status=401, body=b"rejected", content_type="text/plain; charset=utf-8")


class UnionPayCodes:
    """Satisfies `payments.ports.CodeChannel` for one kind. `files` is where the day's file is asked for."""

    name = "unionpay"
    system = SYSTEM

    def __init__(
        self,
        caller: Caller,
        clock: Clock,
        *,
        kind: CodeKind,
        mer_id: str,
        signer: Signer,
        trust: Trust,
        notify_url: str,
        files: Caller,
        layout: settlement.Layout = settlement.LAYOUT,
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._kind = kind
        self._mer_id = mer_id
        self._signer = signer
        self._trust = trust
        self._notify_url = notify_url
        self._files = files
        self._layout = layout
        self.kinds = frozenset({kind})

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number, 15 digits."""
        return self._mer_id

    @property
    def app_id(self) -> str:
        """UnionPay knows no apps: the merchant number stands for it."""
        return self._mer_id

    async def pay_code(self, ask: CodeAsk) -> Trade:
        """01/06. 00 means accepted; the result is asked for at once, and else by whoever comes next."""
        message = self._payment(ask) | {"qrNo": ask.code, "termId": words.terminal(ask.terminal)}
        said = await self._ask("pay_code", _BACK, message, ask.out_trade_no)
        if said["respCode"] not in _DONE:
            self._refuse("pay_code", said)
        try:
            return await self.query(ask.out_trade_no, ask.begun_at)
        except NotDone:
            return Trade(ask.out_trade_no, TradeState.WAITING)

    async def show_code(self, ask: CodeAsk) -> str:
        """01/07 → the text of a code that the patient scans."""
        said = await self._ask("show_code", _BACK, self._payment(ask), ask.out_trade_no)
        if said["respCode"] not in _DONE:
            self._refuse("show_code", said)
        if not said.get("qrCode"):
            raise self._garbled("show_code", "no code in the answer")
        return said["qrCode"]

    def _payment(self, ask: CodeAsk) -> dict[str, str]:
        ends = min(ask.expires_at, ask.begun_at + LIVES[self._kind])
        return {
            "txnType": "01",
            "txnSubType": _SUB[ask.kind],
            "orderId": ask.out_trade_no,
            "txnTime": words.stamp(ask.begun_at),
            "txnAmt": str(ask.total_fen),
            "currencyCode": words.YUAN,
            "backUrl": self._notify_url,
            "payTimeout": words.stamp(ends),
        }

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:
        """00/00: the state of a payment stands in `origRespCode`."""
        said = await self._look("query", out_trade_no, begun_at)
        if said is None:
            return Trade(out_trade_no, TradeState.ABSENT)
        code = said.get("origRespCode", "")
        if code in _DONE:
            return await self._unless_voided(self._facts("query", said), begun_at)
        if code in _DOUBT:
            return Trade(out_trade_no, TradeState.WAITING, merchant_id=self._mer_id, app_id=self._mer_id)
        if not code:
            raise self._garbled("query", "no result in the answer")
        return Trade(out_trade_no, TradeState.CLOSED, merchant_id=self._mer_id, app_id=self._mer_id)

    async def _unless_voided(self, found: Trade, begun_at: datetime) -> Trade:
        """A payment that was voided still says 00: what was old enough to be reversed is looked at twice."""
        if self._clock.now() - begun_at < VOIDED_AFTER:
            return found
        void = await self._look("query_void", f"{found.out_trade_no}V", begun_at)
        if void is None or void.get("origRespCode") not in _DONE:
            return found
        return Trade(found.out_trade_no, TradeState.CLOSED, merchant_id=self._mer_id, app_id=self._mer_id)

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:
        """Wait for the code's end; void what was paid in the meantime (31/00, done when its own query says so)."""
        found = await self.query(out_trade_no, begun_at)
        if found.state is TradeState.CLOSED:
            return CloseOutcome.CLOSED
        if found.state is TradeState.PAID:
            return await self._void(found, begun_at)
        if self._clock.now() < begun_at + LIVES[self._kind] + GRACE:
            raise TooSoon(SYSTEM, "reverse", "the code may still be paid")
        return CloseOutcome.ABSENT if found.state is TradeState.ABSENT else CloseOutcome.CLOSED

    async def _void(self, found: Trade, begun_at: datetime) -> CloseOutcome:
        number = f"{found.out_trade_no}V"
        known = await self._look("query_void", number, begun_at)
        if known is None:
            message = {
                "txnType": "31",
                "txnSubType": "00",
                "orderId": number,
                "txnTime": words.stamp(begun_at),
                "txnAmt": str(found.total_fen),
                "currencyCode": words.YUAN,
                "origQryId": found.transaction_id or "",
                "backUrl": self._notify_url,
            }
            said = await self._ask("void", _BACK, message, number)
            if said["respCode"] not in _DONE | _DOUBT:
                raise Refused(SYSTEM, "void", said["respCode"], said.get("respMsg", ""))
            known = await self._look("query_void", number, begun_at)
        if known is not None and known.get("origRespCode") in _DONE:
            return CloseOutcome.CLOSED
        raise Unanswered(SYSTEM, "void", "not certain yet")

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """04/00. 00 means accepted."""
        message = {
            "txnType": "04",
            "txnSubType": "00",
            "orderId": ask.out_refund_no,
            "txnTime": words.stamp(asked_at),
            "txnAmt": str(ask.refund_fen),
            "currencyCode": words.YUAN,
            "origQryId": ask.transaction_id,
            "backUrl": self._notify_url,
        }
        said = await self._ask("refund", _BACK, message, ask.out_refund_no)
        if said["respCode"] in _DOUBT:
            raise Unanswered(SYSTEM, "refund", said["respCode"])
        if said["respCode"] not in _DONE:
            raise Refused(SYSTEM, "refund", said["respCode"], said.get("respMsg", ""))
        return GivenBack(
            out_refund_no=ask.out_refund_no,
            state=GivenBackState.PROCESSING,
            out_trade_no=ask.out_trade_no,
            merchant_id=self._mer_id,
            transaction_id=ask.transaction_id,
            refund_id=said.get("queryId"),
            total_fen=ask.total_fen,
            refund_fen=ask.refund_fen,
        )

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:
        """00/00 about the refund's own number."""
        said = await self._look("query_refund", out_refund_no, asked_at)
        if said is None:
            return GivenBack(out_refund_no, GivenBackState.ABSENT)
        code = said.get("origRespCode", "")
        state = GivenBackState.PROCESSING if code in _DOUBT else GivenBackState.CLOSED
        if code in _DONE:
            state = GivenBackState.SUCCESS
        return GivenBack(
            out_refund_no=out_refund_no,
            state=state,
            out_trade_no=out_trade_no,
            merchant_id=self._mer_id,
            refund_id=said.get("queryId"),
            refund_fen=self._understood("query_refund", words.fen, said),
            done_at=self._understood("query_refund", words.moment, said) if state is GivenBackState.SUCCESS else None,
        )

    # notices ---------------------------------------------------------------------------------------------------------

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:  # noqa: ARG002 - the body says it all
        """Verify and name a notice of a payment or refund. Raises `NoticeRefused`."""
        try:
            found = self._noticed(body)
        except (Untrusted, Garbled) as error:
            raise NoticeRefused(str(error)) from error
        if found is None:
            raise NoticeRefused("a notice of something else")
        return found

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """A request to `/callbacks/unionpay`. Raises `Rejected`, so that a true notice comes again."""
        if inbound.method != "POST":
            raise Rejected("not a POST", _FAILED)
        try:
            found = self._noticed(inbound.body)
        except (Untrusted, Garbled) as error:
            raise Rejected(str(error), _FAILED) from error
        return ([found] if found is not None else []), _TAKEN

    def _noticed(self, body: bytes) -> Notice | None:
        """The notice, or None for one that changes nothing here (a void, a payment that failed)."""
        fields = read_form(body)
        self._trust.verify(fields, self._clock.now())
        missing = [name for name in _PAID_FIELDS if not fields.get(name)]
        if missing:
            raise Untrusted(f"without {missing[0]}")
        if fields["merId"] != self._mer_id:
            raise Untrusted("another merchant's notice")
        if fields["bizType"] != "000000" or fields["accessType"] != "0":
            raise Untrusted("another product's notice")
        key = f"{fields.get('txnType', '')}:{fields['queryId']}"
        if fields.get("txnType") == "01" and fields["txnSubType"] in _SUB.values():
            if fields["respCode"] not in _DONE:
                return None
            return Notice(SYSTEM, key, PAYMENT_NOTICE, msgspec.to_builtins(self._facts("notice", fields)), body)
        if fields.get("txnType") == "04":
            # A hint: UnionPay's refund notice does not name the payment, so the refund itself is asked about.
            done = fields["respCode"] in _DONE
            said = GivenBack(
                out_refund_no=fields["orderId"],
                state=GivenBackState.SUCCESS if done else GivenBackState.CLOSED,
                merchant_id=self._mer_id,
            )
            return Notice(SYSTEM, key, REFUND_NOTICE, msgspec.to_builtins(said), body)
        if fields.get("txnType") == "31":
            return None
        raise Untrusted("an unknown kind of notice")

    # the day's file --------------------------------------------------------------------------------------------------

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        """76/01: the settlement file of a day. Its layout is UNCONFIRMED and stands in `settlement.Layout`."""
        message = {
            "txnType": "76",
            "txnSubType": "01",
            "bizType": "000000",
            "accessType": "0",
            "merId": self._mer_id,
            "txnTime": words.stamp(self._clock.now()),
            "settleDate": f"{day:%m%d}",
            "fileType": "00",
        }
        body = urlencode(self._signer.signed(message)).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        answer = await self._files.send("bill", "POST", "/", headers=headers, body=body, timeout=60)
        try:
            said = read_answer(answer.body)
            self._trust.verify(said, self._clock.now())
        except Untrusted as error:
            raise self._garbled("bill", str(error)) from error
        if said.get("respCode") == "98":
            raise NoBillYet(SYSTEM, "bill", said.get("respMsg", ""))
        if said.get("respCode") != "00":
            raise Refused(SYSTEM, "bill", said.get("respCode", ""), said.get("respMsg", ""))
        try:
            for line in settlement.lines(said.get("fileContent", ""), day, self._layout):
                yield line
        except settlement.FileRefused as error:
            raise self._garbled("bill", str(error)) from error

    # transport -------------------------------------------------------------------------------------------------------

    async def _look(self, operation: str, number: str, at: datetime) -> dict[str, str] | None:
        """The query's answer, or None when UnionPay knows no such transaction."""
        message = {"txnType": "00", "txnSubType": "00", "orderId": number, "txnTime": words.stamp(at)}
        said = await self._ask(operation, _QUERY, message, number)
        if said["respCode"] == _ABSENT:
            return None
        if said["respCode"] not in _DONE:
            raise Unanswered(SYSTEM, operation, said["respCode"])
        return said

    async def _ask(self, operation: str, path: str, fields: Mapping[str, str], number: str) -> dict[str, str]:
        """Send a message and return its verified answer, which names our merchant and our number."""
        frame = {"bizType": "000000", "channelType": "08", "accessType": "0", "merId": self._mer_id}
        body = urlencode(self._signer.signed({**frame, **fields})).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        answer = await self._caller.send(operation, "POST", path, headers=headers, body=body, timeout=PAY_SECONDS)
        if answer.status != 200:  # noqa: PLR2004 - the only good one
            raise Unanswered(SYSTEM, operation, f"HTTP {answer.status}")
        try:
            said = read_answer(answer.body)
            self._trust.verify(said, self._clock.now())
        except Untrusted as error:
            raise self._garbled(operation, str(error)) from error
        if said.get("merId") != self._mer_id or said.get("orderId") != number or not said.get("respCode"):
            raise self._garbled(operation, "an answer about another transaction")
        return said

    def _refuse(self, operation: str, said: Mapping[str, str]) -> None:
        """Raises what a code other than success comes to."""
        code = said["respCode"]
        if code in _REFUSALS:
            error: NotDone = CodeRefused(SYSTEM, operation, code, said.get("respMsg", ""), _REFUSALS[code])
        else:
            error = Unanswered(SYSTEM, operation, code)
        self._caller.note_outcome(operation, "", error)
        raise error

    def _garbled(self, operation: str, why: str) -> Garbled:
        error = Garbled(SYSTEM, operation, why)
        self._caller.note_outcome(operation, "", error)
        return error

    def _facts(self, operation: str, said: Mapping[str, str]) -> Trade:
        return self._understood(operation, words.paid, said)

    def _understood(self, operation: str, read: Callable[[Mapping[str, str]], _T], said: Mapping[str, str]) -> _T:
        try:
            return read(said)
        except words.NotUnderstood as error:
            raise self._garbled(operation, str(error)) from error
