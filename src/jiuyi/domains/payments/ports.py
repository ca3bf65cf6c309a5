"""What payments needs of a channel through which people pay. One adapter per channel; one contract suite for all."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Protocol

from jiuyi.domains.payments.types import BillLine, CloseOutcome, GivenBack, PrepareAsk, RefundAsk, Trade
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


class Channels:
    """The channels this hospital has, by name; and by the account channel and method a patient pays with."""

    def __init__(self, methods: Mapping[str, Channel]) -> None:
        self.methods = dict(methods)
        self._by_name = {channel.name: channel for channel in methods.values()}

    def by_method(self, method: str) -> Channel | None:
        """The channel of a method of the patient API (`wechat_jsapi`), or None."""
        return self.methods.get(method)

    def by_name(self, name: str) -> Channel:
        """The channel that an attempt's row names. Raises `KeyError` (a channel was taken out of service too early)."""
        return self._by_name[name]

    def all(self) -> list[Channel]:
        """Each channel once."""
        return list(self._by_name.values())
