"""A payment channel in memory: the same port, the same contract suite, faults on demand.

It stands for the channel as a whole: people pay on it (`person_pays`), its desk settles refunds (`settle`), and it
sends notices (`notices`), signed with an HMAC.
"""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec

from jiuyi.domains.payments.ports import PAYMENT_NOTICE, REFUND_NOTICE, BalanceShort, NoBillYet, NoticeRefused
from jiuyi.domains.payments.types import (
    CNY,
    BillKind,
    BillLine,
    CloseOutcome,
    GivenBack,
    GivenBackState,
    PrepareAsk,
    RefundAsk,
    Trade,
    TradeState,
)
from jiuyi.kit.clock import local
from jiuyi.kit.ids import new_id
from jiuyi.kit.inbox import Notice
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered, Unreachable

Fault = Literal[
    "refused", "unreachable", "lost_before", "lost_after", "garbled", "balance_short", "killed_before", "killed_after"
]
"""`…_before`: not carried out; `…_after`: carried out. `lost`: no answer; `killed`: the caller dies there."""
MERCHANT = "1900000001"
APP = "wx0000000000000001"


class Killed(Exception):
    """The calling process died here: nothing after the call is written down."""


@dataclass
class Told:
    """A number as the channel knows it."""

    ask: PrepareAsk
    state: TradeState = TradeState.WAITING
    transaction_id: str | None = None
    paid_at: datetime | None = None
    merchant_id: str = MERCHANT
    app_id: str = APP
    currency: str = CNY
    paid_fen: int = 0


@dataclass
class Back:
    ask: RefundAsk
    refund_id: str
    state: GivenBackState
    at: datetime | None = None


@dataclass
class Sent:
    """A notice on the wire."""

    headers: dict[str, str]
    body: bytes


@dataclass
class MemoryChannel:
    """One merchant's account at a channel that never forgets."""

    sent: int = 0
    key: str = field(default_factory=lambda: new_id().hex)
    ahead: timedelta = timedelta()
    name: str = "wechat"
    system: str = "wechat_pay"
    merchant_id: str = MERCHANT
    secret: bytes = b"of the channel"
    trades: dict[str, Told] = field(default_factory=dict)
    backs: dict[str, Back] = field(default_factory=dict)
    notices: list[Sent] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    calls: list[tuple[str, str]] = field(default_factory=list)
    settles: GivenBackState = GivenBackState.PROCESSING
    app_ids: dict[str, str] = field(default_factory=lambda: {"wechat_oa": APP})
    before: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """Called while an operation is under way (an await point of the caller): `before["prepare"] = …`."""

    def app_id(self, channel: str) -> str:
        return self.app_ids[channel]

    # The product's side

    async def prepare(self, ask: PrepareAsk) -> str:
        fault = await self._begin("prepare", ask.out_trade_no)
        told = self.trades.get(ask.out_trade_no)
        if told is not None and told.state is not TradeState.WAITING:
            raise Refused(self.name, "prepare", "ORDERPAID" if told.state is TradeState.PAID else "ORDERCLOSED")
        if told is not None and told.ask != ask:
            raise Refused(self.name, "prepare", "INVALID_REQUEST")
        self.trades.setdefault(ask.out_trade_no, Told(ask, merchant_id=self.merchant_id))
        self._end("prepare", fault)
        return f"token-{ask.out_trade_no}"

    def invoke(self, app_id: str, token: str) -> dict[str, str]:
        signed = hmac.new(self.secret, f"{app_id}{token}".encode(), hashlib.sha256).hexdigest()
        return {"appId": app_id, "package": f"prepay_id={token}", "paySign": signed}

    async def query(self, out_trade_no: str) -> Trade:
        fault = await self._begin("query", out_trade_no)
        self._expire(out_trade_no)
        self._end("query", fault)
        told = self.trades.get(out_trade_no)
        if told is None:
            return Trade(out_trade_no, TradeState.ABSENT)
        return self._trade(told) if told.state is TradeState.PAID else Trade(out_trade_no, told.state)

    async def close(self, out_trade_no: str) -> CloseOutcome:
        fault = await self._begin("close", out_trade_no)
        told = self.trades.get(out_trade_no)
        outcome = CloseOutcome.ABSENT
        if told is not None:
            outcome = CloseOutcome.PAID if told.state is TradeState.PAID else CloseOutcome.CLOSED
            if outcome is CloseOutcome.CLOSED:
                told.state = TradeState.CLOSED
        self._end("close", fault)
        return outcome

    async def refund(self, ask: RefundAsk) -> GivenBack:
        fault = await self._begin("refund", ask.out_refund_no)
        told = self.trades.get(ask.out_trade_no)
        if told is None or told.state is not TradeState.PAID or told.transaction_id != ask.transaction_id:
            raise Refused(self.name, "refund", "RESOURCE_NOT_EXISTS")
        back = self.backs.get(ask.out_refund_no)
        if back is None:
            given = sum(b.ask.refund_fen for b in self.backs.values() if self._counts(b, ask.out_trade_no))
            if given + ask.refund_fen > told.paid_fen:
                raise Refused(self.name, "refund", "INVALID_REQUEST")
            made = f"50{len(self.backs):010d}"
            self.backs[ask.out_refund_no] = back = Back(ask, made, GivenBackState.PROCESSING)
            if self.settles is not GivenBackState.PROCESSING:
                self.settle(ask.out_refund_no, self.settles)
        elif back.ask != ask:
            raise Refused(self.name, "refund", "INVALID_REQUEST")
        self._end("refund", fault)
        return self._given(back)

    async def query_refund(self, out_refund_no: str, out_trade_no: str) -> GivenBack:
        assert out_trade_no
        fault = await self._begin("query_refund", out_refund_no)
        self._end("query_refund", fault)
        back = self.backs.get(out_refund_no)
        return GivenBack(out_refund_no, GivenBackState.ABSENT) if back is None else self._given(back)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        signed = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-signature", ""), signed):
            raise NoticeRefused("signature")
        envelope = json.loads(body)
        kind, facts = envelope["kind"], envelope["facts"]
        needed = set(msgspec.structs.asdict(Trade("", TradeState.PAID)) if kind == PAYMENT_NOTICE else _REFUND_FACTS)
        if missing := {name for name in needed if facts.get(name) is None}:
            raise NoticeRefused(f"missing {sorted(missing)}")
        return Notice(self.system, envelope["id"], kind, facts, body)

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        if day >= local(self.clock()).date():
            raise NoBillYet(self.name, "bill", "the day is not over")
        for number, told in list(self.trades.items()):
            if told.paid_at is not None and local(told.paid_at).date() == day:
                yield BillLine(
                    BillKind.PAYMENT, told.paid_at, number, told.transaction_id or "", told.paid_fen, "SUCCESS"
                )
        for number, back in list(self.backs.items()):
            if back.at is not None and local(back.at).date() == day:
                yield BillLine(
                    BillKind.REFUND,
                    back.at,
                    back.ask.out_trade_no,
                    back.ask.transaction_id,
                    back.ask.refund_fen,
                    back.state.value.upper(),
                    number,
                    back.refund_id,
                )

    # The outside world's side

    def person_pays(self, out_trade_no: str, *, notify: bool = True, fen: int | None = None) -> bool:
        """The patient confirms in the cashier; False when the channel does not let them."""
        told = self.trades.get(out_trade_no)
        self._expire(out_trade_no)
        if told is None or told.state is not TradeState.WAITING:
            return False
        told.state = TradeState.PAID
        told.paid_fen = told.ask.total_fen if fen is None else fen
        told.transaction_id = f"42{len(self.calls):06d}{out_trade_no}"
        told.paid_at = self.clock()
        if notify:
            self.notify(out_trade_no)
        return True

    def notify(self, out_trade_no: str, /, **other: Any) -> Sent:
        """Send (again) the notice of a payment; `other` facts replace the true ones."""
        facts = msgspec.to_builtins(self._trade(self.trades[out_trade_no])) | other
        return self._send(PAYMENT_NOTICE, facts)

    def settle(
        self, out_refund_no: str, state: GivenBackState = GivenBackState.SUCCESS, *, notify: bool = True
    ) -> None:
        """The desk ends a refund."""
        back = self.backs[out_refund_no]
        if back.state in {GivenBackState.PROCESSING, GivenBackState.ABNORMAL}:
            back.state = state
            back.at = self.clock()
        if notify:
            self.notify_refund(out_refund_no)

    def notify_refund(self, out_refund_no: str, /, **other: Any) -> Sent:
        back = self.backs[out_refund_no]
        return self._send(REFUND_NOTICE, msgspec.to_builtins(self._given(back)) | other)

    def forged(self, sent: Sent) -> Sent:
        """The same words under a foreign signature."""
        wrong = hmac.new(b"of somebody else", sent.body, hashlib.sha256).hexdigest()
        return replace(sent, headers={"x-signature": wrong})

    def taken_fen(self) -> int:
        """All money that people paid here."""
        return sum(told.paid_fen for told in self.trades.values())

    def returned_fen(self) -> int:
        """All money that went back."""
        return sum(back.ask.refund_fen for back in self.backs.values() if back.state is GivenBackState.SUCCESS)

    # Inside

    def clock(self) -> datetime:
        """The channel has a clock of its own; `ahead` is moved with the product's."""
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - the channel is another machine

    async def _begin(self, operation: str, number: str) -> Fault | None:
        self.calls.append((operation, number))
        if (hook := self.before.pop(operation, None)) is not None:
            result = hook()
            if hasattr(result, "__await__"):
                await result
        fault = self.faults[operation].pop(0) if self.faults[operation] else None
        if fault == "refused":
            raise Refused(self.name, operation, "NO_AUTH")
        if fault == "balance_short":
            raise BalanceShort(self.name, operation, "NOT_ENOUGH")
        if fault == "unreachable":
            raise Unreachable(self.name, operation, "made up")
        if fault == "lost_before":
            raise Unanswered(self.name, operation, "made up")
        if fault == "killed_before":
            raise Killed
        return fault

    def _end(self, operation: str, fault: Fault | None) -> None:
        if fault == "lost_after":
            raise Unanswered(self.name, operation, "made up")
        if fault == "killed_after":
            raise Killed
        if fault == "garbled":
            raise Garbled(self.name, operation, "made up")

    def _expire(self, out_trade_no: str) -> None:
        told = self.trades.get(out_trade_no)
        if told is not None and told.state is TradeState.WAITING and told.ask.expires_at <= self.clock():
            told.state = TradeState.CLOSED

    def _trade(self, told: Told) -> Trade:
        return Trade(
            out_trade_no=told.ask.out_trade_no,
            state=told.state,
            merchant_id=told.merchant_id,
            app_id=told.app_id,
            transaction_id=told.transaction_id,
            total_fen=told.paid_fen,
            currency=told.currency,
            paid_at=told.paid_at,
        )

    def _given(self, back: Back) -> GivenBack:
        return GivenBack(
            out_refund_no=back.ask.out_refund_no,
            state=back.state,
            out_trade_no=back.ask.out_trade_no,
            merchant_id=self.merchant_id,
            transaction_id=back.ask.transaction_id,
            refund_id=back.refund_id,
            total_fen=back.ask.total_fen,
            refund_fen=back.ask.refund_fen,
            done_at=back.at if back.state is GivenBackState.SUCCESS else None,
        )

    @staticmethod
    def _counts(back: Back, out_trade_no: str) -> bool:
        return back.ask.out_trade_no == out_trade_no and back.state is not GivenBackState.CLOSED

    def _send(self, kind: str, facts: dict[str, Any]) -> Sent:
        self.sent += 1
        # Runs that share a database must not take each other's notices for repeats.
        body = json.dumps({"id": f"EV-{self.key}-{self.sent}", "kind": kind, "facts": facts}).encode()
        sent = Sent({"x-signature": hmac.new(self.secret, body, hashlib.sha256).hexdigest()}, body)
        self.notices.append(sent)
        return sent


_REFUND_FACTS = {
    "out_refund_no",
    "state",
    "out_trade_no",
    "merchant_id",
    "transaction_id",
    "refund_id",
    "total_fen",
    "refund_fen",
}
