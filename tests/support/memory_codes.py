"""A code channel in memory: the same port, the same contract suite; what happens is told by the code's last digits."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jiuyi.domains.payments.ports import BalanceShort, CodeRefused, NoBillYet
from jiuyi.domains.payments.types import (
    CNY,
    BillKind,
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
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.outcomes import Refused, Unanswered

LATER = timedelta(seconds=10)


@dataclass
class _Paid:
    ask: CodeAsk
    what: str
    at: datetime
    gone: bool = False


class MemoryCodes:
    """`…00` pays, `…01` later, `…02` never, `…04` is refused, `…08` is paid without an answer."""

    name = "wechat"
    system = "wechat_pay"
    merchant_id = "1900000001"
    app_id = "wx0000000000000001"
    kinds = frozenset({CodeKind.WECHAT_CODE})

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.taken: dict[str, _Paid] = {}
        self.back: dict[str, RefundAsk] = {}

    async def pay_code(self, ask: CodeAsk) -> Trade:
        what = ask.code[-2:]
        if what == "04":
            raise CodeRefused(self.name, "pay_code", "EXPIRED", "", Refusal.CODE_EXPIRED)
        self.taken[ask.out_trade_no] = _Paid(ask, what, self.clock.now())
        if what == "08":
            raise Unanswered(self.name, "pay_code", "made up")
        return await self.query(ask.out_trade_no, ask.begun_at)

    async def show_code(self, ask: CodeAsk) -> str:
        raise Refused(self.name, "show_code", "not_offered", ask.kind)

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:
        assert begun_at.tzinfo
        found = self.taken.get(out_trade_no)
        if found is None:
            return Trade(out_trade_no, TradeState.ABSENT)
        if found.gone:
            return Trade(out_trade_no, TradeState.CLOSED)
        late = self.clock.now() >= found.at + LATER
        if found.what == "02" or (found.what == "01" and not late):
            return Trade(out_trade_no, TradeState.WAITING)
        return Trade(
            out_trade_no,
            TradeState.PAID,
            merchant_id=self.merchant_id,
            app_id=self.app_id,
            transaction_id=f"4200{out_trade_no}",
            total_fen=found.ask.total_fen,
            currency=CNY,
            paid_at=found.at,
        )

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:
        assert begun_at.tzinfo
        found = self.taken.get(out_trade_no)
        if found is None:
            return CloseOutcome.ABSENT
        found.gone = True
        return CloseOutcome.CLOSED

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:
        assert begun_at <= asked_at
        if ask.reason == "short":
            raise BalanceShort(self.name, "refund", "NOTENOUGH", "")
        others = sum(
            each.refund_fen
            for each in self.back.values()
            if each.out_trade_no == ask.out_trade_no and each.out_refund_no != ask.out_refund_no
        )
        if others + ask.refund_fen > ask.total_fen:
            raise Refused(self.name, "refund", "TOO_MUCH", "")
        self.back[ask.out_refund_no] = ask
        return await self.query_refund(ask.out_refund_no, ask.out_trade_no, asked_at)

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:
        assert out_trade_no
        assert asked_at.tzinfo
        ask = self.back.get(out_refund_no)
        if ask is None:
            return GivenBack(out_refund_no, GivenBackState.ABSENT)
        return GivenBack(
            out_refund_no,
            GivenBackState.SUCCESS,
            out_trade_no=ask.out_trade_no,
            merchant_id=self.merchant_id,
            transaction_id=ask.transaction_id,
            refund_id=f"5000{out_refund_no}",
            total_fen=ask.total_fen,
            refund_fen=ask.refund_fen,
            done_at=self.clock.now(),
        )

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        if local(self.clock.now()).date() <= day:
            raise NoBillYet(self.name, "bill", "")
        for number, paid in self.taken.items():
            if local(paid.at).date() == day and paid.what == "00":
                yield BillLine(BillKind.PAYMENT, paid.at, number, f"4200{number}", paid.ask.total_fen, "SUCCESS")
        for number, ask in self.back.items():
            yield BillLine(
                BillKind.REFUND,
                self.clock.now(),
                ask.out_trade_no,
                ask.transaction_id,
                ask.refund_fen,
                "SUCCESS",
                number,
                number,
            )
