"""Reversing a desk's code: whether money is kept or given back is decided in the database, before the channel is told.

A turn is announced first. From then on nobody books the attempt paid by a word that the reversal may have overtaken
(`rules.may_be_undone`); whoever books it paid first leaves no turn to take. Both hold the order's lock (docs/adr/0008).
"""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.payments import rules
from jiuyi.domains.payments.repository import reversals
from jiuyi.domains.payments.service.attempts import attempt, lock
from jiuyi.domains.payments.types import Attempt
from jiuyi.kit.db import Tx

TURN_SECONDS = 90.0
"""Longer than any call (`CALL_SECONDS`): a turn that is still open then lost its process, and another may take it."""
CALL_SECONDS = 60.0
"""What all calls of one reversal may take together; UnionPay's are five of at most 12 s."""


class Turn(msgspec.Struct, frozen=True):
    """The right to reverse an attempt. `number` fences: one who comes back after losing it changes nothing.

    `before` is since when an earlier reversal may have been made.
    """

    attempt_id: UUID
    number: int
    before: datetime | None


async def take_turn(tx: Tx, attempt_id: UUID, *, paid: bool) -> Turn | None:
    """Announce a reversal, or None: it has ended, somebody is reversing it, or it is `paid` and stays so."""
    _, found = await lock(tx, attempt_id)
    if not rules.may_reverse(found, paid=paid):
        return None
    number = await reversals.take_turn(tx, attempt_id, TURN_SECONDS)
    return None if number is None else Turn(attempt_id, number, found.reversal_at)


async def end_turn(tx: Tx, turn: Turn) -> None:
    """The call came back without a certain answer: the next turn repeats it."""
    await lock(tx, turn.attempt_id)
    await reversals.end_turn(tx, turn.attempt_id, turn.number)


async def undo_turn(tx: Tx, turn: Turn) -> Attempt:
    """The channel said that nothing was done: what the attempt is asked about now counts as before the turn."""
    await lock(tx, turn.attempt_id)
    await reversals.undo_turn(tx, turn.attempt_id, turn.number, turn.before)
    return await attempt(tx, turn.attempt_id)
