"""Refunds that the channel would not carry out: finance looks at them, and has them sent again."""

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments.errors import RefundAtTerminal
from jiuyi.domains.payments.repository import failed
from jiuyi.domains.payments.service.cards import BANK_CARD
from jiuyi.domains.payments.service.refunds import retry_refund
from jiuyi.domains.payments.types import FailedRefund, Refund
from jiuyi.kit.db import Tx
from jiuyi.kit.problems import NotFound


async def failed_refunds(tx: Tx, most: int = 500) -> list[FailedRefund]:
    """What patients are owed and nobody sends any more, the oldest first."""
    return await failed.failed(tx, most)


async def send_again(tx: Tx, no: str, *, actor: Actor, why: str) -> Refund:
    """Have a failed refund sent again, by the number that people read.

    Raises `NotFound` (no failed refund has it) and `RefundAtTerminal`.
    """
    found = await failed.failed_by_no(tx, no)
    if found is None:
        raise NotFound
    if found.channel == BANK_CARD:
        raise RefundAtTerminal
    return await retry_refund(tx, found.id, actor=actor, why=why)
