"""A code channel in memory where every call is held twice, before it is carried out and with its answer in hand.

`style` says whose rules it has: WeChat reverses nothing younger than 15 s, UnionPay nothing unpaid whose code has not
run out, and a code of UnionPay's that has run out is not paid any more; Alipay cancels at any time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

from jiuyi.domains.payments.ports import CodeRefused, NoBillYet, TooSoon
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
from jiuyi.kit.outcomes import Refused, Unanswered

T = TypeVar("T")
Style = Literal["wechat", "alipay", "unionpay"]
Fault = Literal["lost_before", "lost_after", "refused"]
KINDS = {"wechat": CodeKind.WECHAT_CODE, "alipay": CodeKind.ALIPAY_CODE, "unionpay": CodeKind.UNIONPAY_CODE}
YOUNG, LIVES, GRACE = timedelta(seconds=15), timedelta(seconds=60), timedelta(seconds=30)
CALL_SECONDS = 60.0
"""No call takes longer: its caller has given up, as the product's clients do."""


@dataclass
class Place:
    """Where somebody stands in a call. `waited` is for how long, in seconds."""

    operation: str
    sent: bool
    on: asyncio.Future[Fault | None]
    waited: float = 0.0


@dataclass
class Told:
    fen: int
    begun_at: datetime
    state: TradeState = TradeState.WAITING
    transaction: str = ""
    paid_at: datetime | None = None


@dataclass
class SlowCodes:
    """`places`: who (the task's name) stands where. Nothing goes on before `let` says so, unless `quick`."""

    style: Style
    clock: Callable[[], datetime]
    trades: dict[str, Told] = field(default_factory=dict)
    backs: dict[str, RefundAsk] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    words: list[Trade] = field(default_factory=list)
    """What was said about payments and has not been heard yet."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    quick: bool = False
    merchant_id: str = "1900000001"
    app_id: str = "wx0000000000000001"

    @property
    def name(self) -> str:
        return self.style

    @property
    def system(self) -> str:
        return self.style

    @property
    def kinds(self) -> frozenset[CodeKind]:
        return frozenset({KINDS[self.style]})

    # what the product calls

    async def pay_code(self, ask: CodeAsk) -> Trade:
        def take() -> Trade:
            # Sent when its code had run out, it is refused.
            if self.clock() >= ask.begun_at + LIVES:
                raise CodeRefused(self.name, "pay_code", "EXPIRED", "", Refusal.CODE_EXPIRED)
            told = self.trades.setdefault(ask.out_trade_no, Told(ask.total_fen, ask.begun_at))
            return self._trade(ask.out_trade_no, told)

        return await self._call("pay_code", take)

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:
        assert begun_at.tzinfo

        def look() -> Trade:
            told = self.trades.get(out_trade_no)
            return Trade(out_trade_no, TradeState.ABSENT) if told is None else self._trade(out_trade_no, told)

        return await self._call("query", look)

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:
        def back() -> CloseOutcome:
            told, age = self.trades.get(out_trade_no), self.clock() - begun_at
            paid = told is not None and told.state is TradeState.PAID
            if self.style == "wechat" and age < YOUNG:
                raise TooSoon(self.name, "reverse", "young")
            if self.style == "unionpay" and not paid and age < LIVES + GRACE:
                raise TooSoon(self.name, "reverse", "it may still be paid")
            if told is None:
                return CloseOutcome.ABSENT
            told.state = TradeState.CLOSED
            return CloseOutcome.CLOSED

        return await self._call("reverse", back)

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:
        assert begun_at <= asked_at
        assert self.trades[ask.out_trade_no].state is TradeState.PAID, "a refund of money that is not there"
        self.backs[ask.out_refund_no] = ask
        return await self.query_refund(ask.out_refund_no, ask.out_trade_no, asked_at)

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:
        assert asked_at.tzinfo
        ask = self.backs.get(out_refund_no)
        if ask is None:
            return GivenBack(out_refund_no, GivenBackState.ABSENT)
        return GivenBack(
            out_refund_no,
            GivenBackState.SUCCESS,
            out_trade_no=out_trade_no,
            merchant_id=self.merchant_id,
            transaction_id=ask.transaction_id,
            refund_id=out_refund_no,
            total_fen=ask.total_fen,
            refund_fen=ask.refund_fen,
            done_at=self.clock(),
        )

    async def show_code(self, ask: CodeAsk) -> str:
        raise Refused(self.name, "show_code", "not_offered", ask.kind)

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        raise NoBillYet(self.name, "bill", f"{day}")

    # what the world does

    def payer_pays(self, number: str) -> bool:
        """The payer confirms; False when the channel does not let them."""
        told = self.trades[number]
        run_out = self.style == "unionpay" and self.clock() >= told.begun_at + LIVES
        if told.state is not TradeState.WAITING or run_out:
            return False
        told.state, told.paid_at, told.transaction = TradeState.PAID, self.clock(), f"42{number}"
        self.words.append(self._trade(number, told))
        return True

    def kept(self) -> int:
        """What stays taken, in fen."""
        taken = sum(told.fen for told in self.trades.values() if told.state is TradeState.PAID)
        return taken - sum(ask.refund_fen for ask in self.backs.values())

    def let(self, who: str, fault: Fault | None = None) -> None:
        """Whoever stands there goes on."""
        self.places.pop(who).on.set_result(fault)

    def time_goes_on(self, seconds: float) -> None:
        """Who has stood in a call for too long gives up; what was sent was sent."""
        for who, place in list(self.places.items()):
            place.waited += seconds
            if place.waited >= CALL_SECONDS:
                self.let(who, "lost_before")

    # inside

    async def _call(self, operation: str, work: Callable[[], T]) -> T:
        place = await self._stand(operation, sent=False)
        if place == "lost_before":
            raise Unanswered(self.name, operation, "made up")
        if place == "refused" and operation == "reverse":
            raise Refused(self.name, operation, "REVERSE_EXPIRE")
        found = work()
        if place == "lost_after" or await self._stand(operation, sent=True) is not None:
            raise Unanswered(self.name, operation, "made up")
        return found

    async def _stand(self, operation: str, *, sent: bool) -> Fault | None:
        if self.quick:
            return None
        task = asyncio.current_task()
        assert task is not None
        place = Place(operation, sent, asyncio.get_running_loop().create_future())
        self.places[task.get_name()] = place
        self.moved.set()
        try:
            return await place.on
        finally:
            if self.places.get(task.get_name()) is place:
                self.places.pop(task.get_name())

    def _trade(self, number: str, told: Told) -> Trade:
        if told.state is not TradeState.PAID:
            return Trade(number, told.state)
        return Trade(
            number,
            told.state,
            merchant_id=self.merchant_id,
            app_id=self.app_id,
            transaction_id=told.transaction,
            total_fen=told.fen,
            currency=CNY,
            paid_at=told.paid_at,
        )
