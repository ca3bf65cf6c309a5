"""The books as reconciliation reads them: a day's movements as a stream, and what is known of single numbers."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from jiuyi.domains.payments.repository import books
from jiuyi.domains.payments.types import KnownPayment, KnownRefund
from jiuyi.kit.db import Tx

MOVEMENT_COLUMNS = (
    "kind",
    "channel",
    "trade_no",
    "refund_no",
    "transaction_id",
    "order_no",
    "merchant_id",
    "amount_fen",
    "at",
    "verdict",
    "promised_fen",
    "returned_fen",
    "paid_fen",
    "told_fen",
    "account_fen",
)
"""Order of the columns of `movements`. `verdict` of a refund is its cause. Of the whole payment: what was promised back
of it, what has gone back, what it was. `told_fen`: what the HIS was told where that is another sum: a registration is
one entry there, the insurance's part in it, so that part alone is 0. `account_fen`: the personal account's share of
what an insurance paid; such a movement's `merchant_id` is the payer, its number the settlement's at the insurance."""


def movements(tx: Tx, begin: datetime, end: datetime) -> AsyncIterator[bytes]:
    """Every payment and refund that the ledger has, with the channel's own time in [begin, end).

    Blocks of PostgreSQL's COPY text, so that hundreds of thousands pass through in flat memory.
    """
    return books.movements(tx, begin, end)


async def known_payments(
    tx: Tx, channel: str, *, trade_nos: Sequence[str], transactions: Sequence[str], order_nos: Sequence[str]
) -> list[KnownPayment]:
    """The attempts that these numbers of a channel, of transactions or of orders mean, paid or not."""
    found = await books.known_by_number(tx, channel, list(trade_nos), list(transactions))
    seen = {one.attempt_id for one in found}
    by_order = await books.known_by_order(tx, channel, list(order_nos)) if order_nos else []
    return found + [one for one in by_order if one.attempt_id not in seen]


async def known_legs(
    tx: Tx, *, numbers: Sequence[str], ids: Sequence[UUID], order_nos: Sequence[str]
) -> list[KnownPayment]:
    """The insurance legs that these settlement numbers, ids or orders mean; `attempt_id` is the leg's id."""
    return await books.known_legs(tx, list(numbers), list(ids), list(order_nos))


async def known_refunds(tx: Tx, refund_nos: Sequence[str]) -> list[KnownRefund]:
    """The refunds that these numbers mean, done or not."""
    return await books.known_refunds(tx, list(refund_nos))


__all__ = ["MOVEMENT_COLUMNS", "known_legs", "known_payments", "known_refunds", "movements"]
