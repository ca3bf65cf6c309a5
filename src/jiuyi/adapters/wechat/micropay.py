"""WeChat payment codes and faces at the desk, v2 (WeChat's papers: payment code; face pay).

USERPAYING, SYSTEMERROR and BANKERROR say nothing: the caller queries, and reverses in the end.
"""

import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jiuyi.adapters.wechat import pay_bill
from jiuyi.adapters.wechat.v2 import V2
from jiuyi.domains.payments.ports import BalanceShort, CodeRefused, NoBillYet, TooSoon
from jiuyi.domains.payments.types import (
    CNY,
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
from jiuyi.kit.clock import HOSPITAL_ZONE, Clock
from jiuyi.kit.outcomes import Refused, Unanswered, Unreachable
from jiuyi.wire.xml import XmlRefused, read_flat

REVERSE_AFTER = timedelta(seconds=15)
"""WeChat takes no reversal earlier (WeChat's papers: poll rule)."""
PAY_SECONDS = 12.0
"""A payment without a password is answered within seconds; a longer silence is asked about."""
_SYSTEM = "wechat_pay"
_MOST_BODY = 42

_REFUSALS: dict[str, Refusal] = {
    "AUTHCODEEXPIRE": Refusal.CODE_EXPIRED,
    "AUTH_CODE_ERROR": Refusal.CODE_INVALID,
    "AUTH_CODE_INVALID": Refusal.CODE_INVALID,
    "NOTENOUGH": Refusal.BALANCE,
    "NOTSUPORTCARD": Refusal.CARD_UNSUPPORTED,
    "BUYER_MISMATCH": Refusal.ORDER,
    "ORDERCLOSED": Refusal.ORDER,
    "ORDERREVERSED": Refusal.ORDER,
    "TRADE_ERROR": Refusal.CHANNEL,
    "INVALID_REQUEST": Refusal.CHANNEL,
    "PARAM_ERROR": Refusal.CHANNEL,
    "NOAUTH": Refusal.CHANNEL,
    "LACK_PARAMS": Refusal.CHANNEL,
    "XML_FORMAT_ERROR": Refusal.CHANNEL,
    "SIGNERROR": Refusal.CHANNEL,
    "REQUIRE_POST_METHOD": Refusal.CHANNEL,
}
"""WeChat's final refusals in our words. A code that is not here leaves a doubt, and a doubt is asked about."""
_STATES = {
    "SUCCESS": TradeState.PAID,
    # Only an attempt that is in doubt is asked about, and only a reversal gives back what is in doubt.
    "REFUND": TradeState.CLOSED,
    "NOTPAY": TradeState.WAITING,
    "USERPAYING": TradeState.WAITING,
    "ACCEPT": TradeState.WAITING,
    "CLOSED": TradeState.CLOSED,
    "REVOKED": TradeState.CLOSED,
    "PAYERROR": TradeState.CLOSED,
}
_GIVEN = {
    "SUCCESS": GivenBackState.SUCCESS,
    "PROCESSING": GivenBackState.PROCESSING,
    "REFUNDCLOSE": GivenBackState.CLOSED,
    "CHANGE": GivenBackState.ABNORMAL,
}


@dataclass(frozen=True)
class Paths:
    """Where one kind of code is taken: payment codes and faces differ in nothing else."""

    kind: CodeKind
    pay: str
    query: str
    reverse: str
    code_field: str


CODE = Paths(CodeKind.WECHAT_CODE, "/pay/micropay", "/pay/orderquery", "/secapi/pay/reverse", "auth_code")
FACE = Paths(CodeKind.WECHAT_FACE, "/pay/facepay", "/pay/facepayquery", "/secapi/pay/facepayreverse", "face_code")


class MicroPay:
    """Satisfies `payments.ports.CodeChannel` for one kind of code. `create_ip` is the machine's address, as asked."""

    name = "wechat"
    system = _SYSTEM

    def __init__(self, v2: V2, clock: Clock, *, create_ip: str, paths: Paths = CODE) -> None:
        self._v2 = v2
        self._clock = clock
        self._create_ip = create_ip
        self._paths = paths
        self.kinds = frozenset({paths.kind})

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number."""
        return self._v2.mch_id

    @property
    def app_id(self) -> str:
        """The app id that every answer must name."""
        return self._v2.app_id

    async def pay_code(self, ask: CodeAsk) -> Trade:
        """POST /pay/micropay (or facepay)."""
        message = {
            "body": ask.description[:_MOST_BODY],
            "out_trade_no": ask.out_trade_no,
            "total_fee": str(ask.total_fen),
            "fee_type": CNY,
            "spbill_create_ip": self._create_ip,
            "device_info": ask.terminal[:32],
            "openid": ask.payer or "",
            self._paths.code_field: ask.code,
        }
        said = await self._v2.ask("pay_code", self._paths.pay, message, timeout=PAY_SECONDS)
        if said.get("result_code") == "SUCCESS":
            return self._trade("pay_code", said, ask.out_trade_no, TradeState.PAID)
        code = said.get("err_code", "")
        if code == "USERPAYING":
            return Trade(ask.out_trade_no, TradeState.WAITING, merchant_id=self.merchant_id, app_id=self.app_id)
        if code in _REFUSALS:
            told = said.get("err_code_des", "")
            raise self._v2.noted("pay_code", CodeRefused(_SYSTEM, "pay_code", code, told, _REFUSALS[code]))
        raise self._v2.noted("pay_code", Unanswered(_SYSTEM, "pay_code", code))

    async def show_code(self, ask: CodeAsk) -> str:
        """WeChat shows no code of ours here."""
        raise Refused(_SYSTEM, "show_code", "not_offered", ask.kind)

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:  # noqa: ARG002 - its number is enough
        """POST /pay/orderquery (or facepayquery)."""
        said = await self._v2.ask("query_code", self._paths.query, {"out_trade_no": out_trade_no})
        if said.get("result_code") != "SUCCESS":
            if said.get("err_code") == "ORDERNOTEXIST":
                return Trade(out_trade_no, TradeState.ABSENT)
            raise self._v2.noted("query_code", Unanswered(_SYSTEM, "query_code", said.get("err_code", "")))
        state = _STATES.get(said.get("trade_state", ""))
        if state is None:
            raise self._v2.garbled("query_code", "an unknown trade state")
        return self._trade("query_code", said, out_trade_no, state)

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:
        """POST /secapi/pay/reverse (or facepayreverse). `recall=Y` means: not yet, again."""
        if self._clock.now() - begun_at < REVERSE_AFTER:
            raise TooSoon(_SYSTEM, "reverse", "younger than 15 seconds")
        said = await self._v2.ask("reverse", self._paths.reverse, {"out_trade_no": out_trade_no}, timeout=PAY_SECONDS)
        code = said.get("err_code", "")
        if said.get("result_code") == "SUCCESS" and said.get("recall", "N") != "Y":
            return CloseOutcome.CLOSED
        if code == "ORDERNOTEXIST" and said.get("recall", "N") != "Y":
            return CloseOutcome.ABSENT
        if code == "REVERSE_EXPIRE":
            told = said.get("err_code_des", "")
            raise self._v2.noted("reverse", Refused(_SYSTEM, "reverse", code, told))
        raise self._v2.noted("reverse", Unanswered(_SYSTEM, "reverse", code or "recall"))

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """POST /secapi/pay/refund. An answer means that it was accepted."""
        message = {
            "transaction_id": ask.transaction_id,
            "out_refund_no": ask.out_refund_no,
            "total_fee": str(ask.total_fen),
            "refund_fee": str(ask.refund_fen),
            "refund_fee_type": CNY,
            "refund_desc": ask.reason[:26],
        }
        said = await self._v2.ask("refund_code", "/secapi/pay/refund", message, timeout=PAY_SECONDS)
        if said.get("result_code") != "SUCCESS":
            raise self._refund_refused(said)
        told = (said.get("out_refund_no"), said.get("transaction_id"), said.get("refund_fee"), said.get("total_fee"))
        if told != (ask.out_refund_no, ask.transaction_id, str(ask.refund_fen), str(ask.total_fen)):
            raise self._v2.garbled("refund_code", "an answer about another refund")
        return GivenBack(
            out_refund_no=ask.out_refund_no,
            state=GivenBackState.PROCESSING,
            out_trade_no=ask.out_trade_no,
            merchant_id=self.merchant_id,
            transaction_id=ask.transaction_id,
            refund_id=said.get("refund_id"),
            total_fen=ask.total_fen,
            refund_fen=ask.refund_fen,
        )

    def _refund_refused(self, said: Mapping[str, str]) -> Exception:
        code, told = said.get("err_code", ""), said.get("err_code_des", "")
        if code == "NOTENOUGH":
            return self._v2.noted("refund_code", BalanceShort(_SYSTEM, "refund_code", code, told))
        if code in {"SYSTEMERROR", "BIZERR_NEED_RETRY", ""}:
            return self._v2.noted("refund_code", Unanswered(_SYSTEM, "refund_code", code))
        if code == "FREQUENCY_LIMITED":
            return self._v2.noted("refund_code", Unreachable(_SYSTEM, "refund_code", code))
        return self._v2.noted("refund_code", Refused(_SYSTEM, "refund_code", code, told))

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """POST /pay/refundquery. Asked by one refund's number, the answer has that one, with the suffix _0."""
        said = await self._v2.ask("query_refund_code", "/pay/refundquery", {"out_refund_no": out_refund_no})
        if said.get("result_code") != "SUCCESS":
            if said.get("err_code") == "REFUNDNOTEXIST":
                return GivenBack(out_refund_no, GivenBackState.ABSENT)
            raise self._v2.noted(
                "query_refund_code", Unanswered(_SYSTEM, "query_refund_code", said.get("err_code", ""))
            )
        state = _GIVEN.get(said.get("refund_status_0", ""))
        if state is None or said.get("out_refund_no_0") != out_refund_no:
            raise self._v2.garbled("query_refund_code", "an answer about another refund, or of an unknown state")
        try:
            done = said.get("refund_success_time_0", "")
            return GivenBack(
                out_refund_no=out_refund_no,
                state=state,
                out_trade_no=said["out_trade_no"],
                merchant_id=self.merchant_id,
                transaction_id=said["transaction_id"],
                refund_id=said["refund_id_0"],
                total_fen=int(said["total_fee"]),
                refund_fen=int(said["refund_fee_0"]),
                done_at=datetime.fromisoformat(done).replace(tzinfo=HOSPITAL_ZONE) if done else None,
            )
        except (KeyError, ValueError) as error:
            raise self._v2.garbled("query_refund_code", type(error).__name__) from error

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        """POST /pay/downloadbill: the whole merchant's day, codes and all else. An error comes as XML."""
        message = {"bill_date": f"{day:%Y%m%d}", "bill_type": "ALL"}
        answer = await self._v2.post("bill_code", "/pay/downloadbill", message, timeout=60)
        if answer.body.lstrip()[:1] == b"<":
            self._no_bill(answer.body)
            return
        try:
            for line in pay_bill.lines(io.BytesIO(answer.body)):
                yield line
        except (pay_bill.BillRefused, UnicodeDecodeError) as error:
            raise self._v2.garbled("bill_code", str(error)) from error

    def _no_bill(self, body: bytes) -> None:
        """An empty day passes. Raises `NoBillYet`, or `Refused` for what else was said."""
        try:
            said = read_flat(body)
        except XmlRefused as error:
            raise self._v2.garbled("bill_code", str(error)) from error
        told = said.get("return_msg", "")
        if "no bill exist" in told.lower():
            return
        if "creating" in told.lower():
            raise NoBillYet(_SYSTEM, "bill_code", told)
        raise self._v2.noted("bill_code", Refused(_SYSTEM, "bill_code", said.get("error_code", ""), told))

    def _trade(self, operation: str, said: Mapping[str, str], out_trade_no: str, state: TradeState) -> Trade:
        """What was said, in our words. A paid one has every fact, or is not believed."""
        if said.get("out_trade_no") != out_trade_no:
            raise self._v2.garbled(operation, "an answer about another order")
        if state is not TradeState.PAID:
            return Trade(out_trade_no, state, merchant_id=said.get("mch_id"), app_id=said.get("appid"))
        try:
            return Trade(
                out_trade_no=out_trade_no,
                state=state,
                merchant_id=said["mch_id"],
                app_id=said["appid"],
                transaction_id=said["transaction_id"],
                total_fen=int(said["total_fee"]),
                currency=said.get("fee_type") or CNY,
                paid_at=datetime.strptime(said["time_end"], "%Y%m%d%H%M%S").replace(tzinfo=HOSPITAL_ZONE),
            )
        except (KeyError, ValueError) as error:
            raise self._v2.garbled(operation, f"a payment without {type(error).__name__}") from error
