"""Card terminals: they speak to their acquirer, never to us (docs/contracts/desk.md §2).

Nothing can be asked or undone here.
What they took is booked from their result; what goes back of it is given back at a terminal, by people.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime

from jiuyi.domains.payments.types import (
    BillLine,
    CloseOutcome,
    CodeAsk,
    CodeKind,
    GivenBack,
    GivenBackState,
    RefundAsk,
    Trade,
    TradeState,
)
from jiuyi.kit.outcomes import Refused

SYSTEM = "bank_card"
AT_TERMINAL = "at_terminal"


class CardTerminals:
    """Satisfies `payments.ports.CodeChannel` by refusing: a refund then waits for people as a failed one."""

    name = SYSTEM
    system = SYSTEM
    merchant_id = ""
    app_id = ""
    kinds = frozenset({CodeKind.BANK_CARD})

    async def pay_code(self, ask: CodeAsk) -> Trade:
        """A card has no code."""
        raise Refused(SYSTEM, "pay_code", AT_TERMINAL, ask.kind)

    async def show_code(self, ask: CodeAsk) -> str:
        """A card has no code."""
        raise Refused(SYSTEM, "show_code", AT_TERMINAL, ask.kind)

    async def query(self, out_trade_no: str, begun_at: datetime) -> Trade:  # noqa: ARG002 - nobody can be asked
        """Nobody can be asked."""
        return Trade(out_trade_no, TradeState.ABSENT)

    async def reverse(self, out_trade_no: str, begun_at: datetime) -> CloseOutcome:  # noqa: ARG002
        """Nothing is open here: a result is booked when it is certain."""
        return CloseOutcome.ABSENT

    async def refund(self, ask: RefundAsk, begun_at: datetime, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """Given back at a terminal."""
        raise Refused(SYSTEM, "refund", AT_TERMINAL, "退款须在终端上办理")

    async def query_refund(self, out_refund_no: str, out_trade_no: str, asked_at: datetime) -> GivenBack:  # noqa: ARG002
        """Nobody can be asked."""
        return GivenBack(out_refund_no, GivenBackState.ABSENT)

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The acquirer's statement does not come this way."""
        raise Refused(SYSTEM, "bill", AT_TERMINAL, f"{day}")
