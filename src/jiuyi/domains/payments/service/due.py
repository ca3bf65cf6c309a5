"""What the sweeper takes in hand."""

from uuid import UUID

from jiuyi.domains.payments import settings
from jiuyi.domains.payments.repository import records
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs


async def due_attempts(tx: Tx, *, knobs: Knobs, most: int) -> list[UUID]:
    """Attempts to be asked about; taken means put off by its backoff."""
    first, last = knobs.get(settings.ASK_FIRST_SECONDS), knobs.get(settings.ASK_MOST_SECONDS)
    return await records.due_attempts(tx, first, last, most)


async def due_refunds(tx: Tx, *, knobs: Knobs, most: int) -> list[UUID]:
    """Refunds to be sent or asked about; taken means put off by its backoff."""
    first, last = knobs.get(settings.REFUND_ASK_SECONDS), knobs.get(settings.ASK_MOST_SECONDS)
    return await records.due_refunds(tx, first, last, most)


async def due_orders(tx: Tx, *, knobs: Knobs, most: int) -> list[UUID]:
    """Orders past their end, and those left half closed; taken means put off by its backoff."""
    first, last = knobs.get(settings.ASK_FIRST_SECONDS), knobs.get(settings.ASK_MOST_SECONDS)
    return await records.due_orders(tx, knobs.get(settings.CLOSE_GRACE_SECONDS), first, last, most)
