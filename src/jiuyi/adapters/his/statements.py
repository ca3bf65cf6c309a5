"""The HIS's daily statement (`statements.daily`, docs/contracts/his.md §2.6), page after page."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import Any

import msgspec

from jiuyi.domains.reconciliation.ports import StatementOdd
from jiuyi.domains.reconciliation.types import INSURANCE, Kind, Said
from jiuyi.kit.outcomes import Garbled
from jiuyi.wire.hospital import Door

PAGE = 1000
SECONDS = 20.0
_OPERATION = "statements.daily"


class _Entry(msgspec.Struct):
    entry_no: str
    kind: str
    order_no: str
    channel: str | None
    transaction_id: str | None
    amount_fen: int
    at: datetime
    insurance_fen: int = 0
    settlement_no: str | None = None


class _Totals(msgspec.Struct):
    count: int
    payment_fen: int = 0
    refund_fen: int = 0


class _Page(msgspec.Struct):
    items: list[_Entry]
    totals: _Totals
    next_cursor: str | None = None


def _said(entry: _Entry, kind: Kind) -> Iterator[Said]:
    """What went through the channel, and what an insurance paid of the same thing."""
    if entry.amount_fen > 0:
        yield Said(
            kind=kind,
            channel=entry.channel or "unknown",
            transaction_id=entry.transaction_id or "",
            amount_fen=entry.amount_fen,
            at=entry.at,
            order_no=entry.order_no,
        )
    if entry.insurance_fen > 0:
        yield Said(
            kind=kind,
            channel=INSURANCE,
            transaction_id=entry.settlement_no or "",
            amount_fen=entry.insurance_fen,
            at=entry.at,
            order_no=entry.order_no,
        )


class HisStatements:
    """Satisfies `reconciliation.ports.HisStatement`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def day(self, day: date) -> AsyncIterator[Said]:
        """The day's entries in the HIS's own order. Raises `StatementOdd` when they do not add up to its totals."""
        cursor: str | None = None
        count = net = 0
        while True:
            page = await self._page(day, cursor)
            for entry in page.items:
                back = entry.kind == "refund" or entry.kind.endswith("_refund")
                count += 1
                net += -entry.amount_fen if back else entry.amount_fen
                for said in _said(entry, Kind.REFUND if back else Kind.PAYMENT):
                    yield said
            cursor = page.next_cursor
            if not cursor:
                break
        if (count, net) != (page.totals.count, page.totals.payment_fen - page.totals.refund_fen):
            raise StatementOdd("his", _OPERATION, "the entries do not add up to the totals")

    async def _page(self, day: date, cursor: str | None) -> _Page:
        request: dict[str, Any] = {"date": day.isoformat(), "cursor": cursor, "limit": PAGE}
        data = await self._door.call(_OPERATION, request, timeout=SECONDS)
        try:
            return msgspec.convert(data, _Page)
        except msgspec.ValidationError as error:
            raise Garbled("his", _OPERATION, str(error)) from error
