"""Refunds that the channel would not carry out: finance looks at them, and has them sent again.

What a card terminal took is given back at a terminal, by people; that it was, is noted here.
"""

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments.errors import NotOfTerminal, RefundAtTerminal, SlipUsed
from jiuyi.domains.payments.repository import failed
from jiuyi.domains.payments.service.cards import BANK_CARD
from jiuyi.domains.payments.service.refunds import given_back, retry_refund
from jiuyi.domains.payments.types import FailedRefund, GivenBack, GivenBackState, Refund
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
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


async def given_at_terminal(
    tx: Tx, knobs: Knobs, no: str, slip: str, *, actor: Actor, second: Actor, why: str
) -> Refund:
    """Note that a terminal has given a refund back: `slip` is its slip's number, `second` who has seen it as well.

    Raises `NotFound`, `NotOfTerminal` (its channel is asked, never told), `SlipUsed`.
    """
    found = await failed.failed_by_no(tx, no)
    if found is None:
        raise NotFound
    if found.channel != BANK_CARD:
        raise NotOfTerminal
    if await failed.slip_known(tx, BANK_CARD, slip):
        raise SlipUsed
    said = GivenBack(found.out_refund_no, GivenBackState.SUCCESS, refund_id=slip, refund_fen=found.amount_fen)
    refund = await given_back(tx, found.id, said, who=actor.word, knobs=knobs)
    await audit.note(
        tx,
        actor=actor,
        action="payments.refund_given_at_terminal",
        subject_kind="order",
        subject=refund.order_id,
        detail={"refund": str(refund.id), "slip": slip, "second": second.word, "why": why},
    )
    return refund
