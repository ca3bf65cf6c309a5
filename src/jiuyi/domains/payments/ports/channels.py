"""What payments needs of a channel through which people pay. One adapter per channel; one contract suite for all."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime
from typing import Protocol

import msgspec

from jiuyi.domains.payments.types import (
    CODE_KINDS,
    Attempt,
    BillLine,
    CloseOutcome,
    CodeAsk,
    CodeKind,
    GivenBack,
    PrepareAsk,
    Refund,
    RefundAsk,
    Refusal,
    Trade,
    TradeState,
)
from jiuyi.kit.inbox import Notice
from jiuyi.kit.outcomes import Refused, Unreachable

PAYMENT_NOTICE = "payment"
"""`Notice.kind` of a payment; its `data` is a `Trade` in JSON types."""
REFUND_NOTICE = "refund"
"""`Notice.kind` of a refund; its `data` is a `GivenBack` in JSON types."""


class NoticeRefused(Exception):
    """A notice is not what it claims: signature, age, sealing, shape, or a required field. `reason` is for our log.

    Nothing is stored; the platform is told that it failed, so that a true one comes again.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BalanceShort(Refused):
    """A refund was refused because the hospital's balance at the channel is too low: same number, later."""


class CodeRefused(Refused):
    """A payment code was refused for good: nobody was charged. `reason` says why in our words."""

    def __init__(self, system: str, operation: str, code: str, message: str, reason: Refusal) -> None:
        super().__init__(system, operation, code, message)
        self.reason = reason


class TooSoon(Unreachable):
    """The channel takes no reversal yet: the payment is too young. Nothing was done; ask again."""


class NoBillYet(Unreachable):
    """The day's bill has not been made yet: ask again later. A day without trade is an empty bill instead."""


class Channel(Protocol):
    """A way to pay. Every call may raise `Refused`, `Unreachable`, `Unanswered` or `Garbled` (kit.outcomes)."""

    @property
    def name(self) -> str:
        """The channel's word in ledger accounts and rows: `wechat`."""
        ...

    @property
    def system(self) -> str:
        """The inbox's word for its notices: `wechat_pay`."""
        ...

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number: compared with what every notice and answer says."""
        ...

    def app_id(self, channel: str) -> str:
        """The app id under which people of an account channel (`wechat_oa`, …) pay. Raises `KeyError`."""
        ...

    async def prepare(self, ask: PrepareAsk) -> str:
        """Announce a payment and return the channel's token for it (WeChat: prepay_id).

        The same number with unchanged content may be announced again and gives a token that works. A number that is
        paid or closed already raises `Refused`.
        """
        ...

    def invoke(self, app_id: str, token: str) -> dict[str, str]:
        """The signed parameters with which the phone opens the cashier (WeChat: getBrandWCPayRequest). No I/O."""
        ...

    async def query(self, out_trade_no: str) -> Trade:
        """What the channel knows of a number; an unknown one is `TradeState.ABSENT`, not an error."""
        ...

    async def close(self, out_trade_no: str) -> CloseOutcome:
        """End a number so that it can never be paid; safe to repeat."""
        ...

    async def refund(self, ask: RefundAsk) -> GivenBack:
        """Ask for a refund. An answer only means that it was accepted: look at its state. Raises `BalanceShort`."""
        ...

    async def query_refund(self, out_refund_no: str, out_trade_no: str) -> GivenBack:
        """What the channel knows of a refund of a payment; an unknown one is `GivenBackState.ABSENT`, not an error."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify a notice (headers in lower case, exact body) and put it in our words. Raises `NoticeRefused`.

        `Notice.system` is `self.system`; `key` is the platform's own id of the notice. It checks signature, age and
        shape, and that no required field is missing; whether the facts fit our order is decided by the domain.
        """
        ...

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The lines of a day's bill, streamed. Raises `NoBillYet`."""
        ...


class CodeChannel(Protocol):
    """A way to take money from a code at a desk. Every call may raise the outcomes of `kit.outcomes`.

    A number is named together with `begun_at`, the moment its attempt was made: some channels know it by both.
    """

    @property
    def name(self) -> str:
        """The word in ledger accounts and rows. The same merchant has the same name whichever way people pay."""
        ...

    @property
    def system(self) -> str:
        """The inbox's word for its notices."""
        ...

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number."""
        ...

    @property
    def app_id(self) -> str:
        """The app id that every answer must name."""
        ...

    @property
    def kinds(self) -> frozenset[CodeKind]:
        """What it takes."""
        ...

    async def pay_code(self, ask: CodeAsk) -> Trade:
        """Take the money: `PAID`, or `WAITING` while the payer confirms.

        Raises `CodeRefused` when nothing was and will be taken. Whatever leaves a doubt is `Unanswered`.
        """
        ...

    async def show_code(self, ask: CodeAsk) -> str:
        """The text of a code that the payer scans (`UNIONPAY_SHOWN`). Raises `Refused` where there is none."""
        ...

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:
        """What the channel knows of a number; an unknown one is `TradeState.ABSENT`, which proves nothing yet."""
        ...

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:
        """End a number: unpaid it is closed, paid it is given back in full. Safe to repeat until it answers.

        `CLOSED` or `ABSENT` means that no money stays taken. Raises `TooSoon` before anything was sent, `Refused` when
        nothing was and will be given back, and everything else while in doubt.
        """
        ...

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:
        """Ask for a refund, as `Channel.refund`. `asked_at` is when the refund was promised."""
        ...

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:
        """What the channel knows of a refund, as `Channel.query_refund`."""
        ...

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The lines of a day's bill, streamed, as `Channel.bill`."""
        ...


class Billed(Protocol):
    """Whose bill a day's books are compared with."""

    @property
    def name(self) -> str:
        """The channel's word."""
        ...

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number."""
        ...

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """As `Channel.bill`."""
        ...


class Settling(Protocol):
    """What is asked about an attempt once it was begun, whichever way it is paid."""

    @property
    def name(self) -> str:
        """The channel's word."""
        ...

    async def query(self, out_trade_no: str) -> Trade:
        """As `Channel.query`."""
        ...

    async def close(self, out_trade_no: str) -> CloseOutcome:
        """As `Channel.close`; of a desk's code as `CodeChannel.reverse`."""
        ...

    async def refund(self, ask: RefundAsk) -> GivenBack:
        """As `Channel.refund`."""
        ...

    async def query_refund(self, out_refund_no: str, out_trade_no: str) -> GivenBack:
        """As `Channel.query_refund`."""
        ...


class _ByCode:
    """A code channel and one attempt, as `Settling`."""

    def __init__(self, channel: CodeChannel, begun_at: datetime, asked_at: datetime) -> None:
        self._channel = channel
        self._begun_at = begun_at
        self._asked_at = asked_at

    @property
    def name(self) -> str:
        return self._channel.name

    async def query(self, out_trade_no: str) -> Trade:
        """A number that the channel does not know may still be on its way to it: only a reversal ends the doubt."""
        trade = await self._channel.query(out_trade_no, self._begun_at)
        if trade.state is TradeState.ABSENT:
            return msgspec.structs.replace(trade, state=TradeState.WAITING)
        return trade

    async def close(self, out_trade_no: str) -> CloseOutcome:
        """Reverse it, paid or not: whoever calls has decided that (`flows.reversing`)."""
        return await self._channel.reverse(out_trade_no, self._begun_at)

    async def refund(self, ask: RefundAsk) -> GivenBack:
        return await self._channel.refund(ask, self._begun_at, self._asked_at)

    async def query_refund(self, out_refund_no: str, out_trade_no: str) -> GivenBack:
        return await self._channel.query_refund(out_refund_no, out_trade_no, self._asked_at)


class Channels:
    """The channels this hospital has, by name; and by the account channel and method a patient pays with.

    `codes` are those of the desk. One that shares its name with a channel has the same merchant, ledger and bill.
    """

    def __init__(self, methods: Mapping[str, Channel], codes: Iterable[CodeChannel] = ()) -> None:
        self.methods = dict(methods)
        # The first of a name is its channel; a later one only prepares otherwise (the own leg of a medical trade).
        self._by_name = {channel.name: channel for channel in reversed(list(methods.values()))}
        self._by_kind = {kind.value: channel for channel in codes for kind in channel.kinds}

    def by_method(self, method: str) -> Channel | None:
        """The channel of a method of the patient API (`wechat_jsapi`), or None."""
        return self.methods.get(method)

    def by_name(self, name: str) -> Channel:
        """The channel that an attempt's row names. Raises `KeyError` (a channel was taken out of service too early)."""
        return self._by_name[name]

    def by_number(self, name: str) -> Channel | None:
        """Who can be asked by a number alone, or None: some of the desk know a number only with its moment."""
        return self._by_name.get(name)

    def by_code(self, kind: CodeKind) -> CodeChannel | None:
        """Who takes this kind of code, or None."""
        return self._by_kind.get(kind.value)

    def of(self, attempt: Attempt, refund: Refund | None = None) -> Settling:
        """Whom to ask about an attempt, or about a refund of it. Raises `KeyError`."""
        if attempt.method in CODE_KINDS:
            asked_at = refund.requested_at if refund is not None else attempt.created_at
            return _ByCode(self._by_kind[attempt.method], attempt.created_at, asked_at)
        # Nearly always the channel of that name; the own leg of a medical trade is asked about in its own way.
        return self.methods.get(attempt.method) or self._by_name[attempt.channel]

    def all(self) -> list[Channel]:
        """Each channel once."""
        return list(self._by_name.values())

    def codes(self) -> list[CodeChannel]:
        """Each channel of the desk once."""
        return list({id(channel): channel for channel in self._by_kind.values()}.values())

    def billed(self) -> list["Billed"]:
        """One for each merchant's bill: the channels, and those of the desk whose name no channel has.

        Card terminals have none here: their acquirer's statement does not come this way.
        """
        found: dict[str, Billed] = {
            channel.name: channel for channel in self.codes() if CodeKind.BANK_CARD not in channel.kinds
        }
        return list((found | {channel.name: channel for channel in self.all()}).values())

    def systems(self) -> dict[str, str]:
        """The inbox's word → the channel's, of all that send notices."""
        found = {channel.system: channel.name for channel in self.codes()}
        return found | {channel.system: channel.name for channel in self.all()}
