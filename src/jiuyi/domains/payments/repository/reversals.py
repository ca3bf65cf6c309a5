"""SQL of reversals: whose turn it is to reverse a desk's code at its channel."""

from datetime import datetime
from uuid import UUID

from jiuyi.kit.db import Tx

TAKE_TURN = """
UPDATE payments.attempt SET reversals = reversals + 1, reversal_at = app_now(),
       reversal_until = app_now() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND state = 'closing' AND (reversal_until IS NULL OR reversal_until <= app_now())
RETURNING reversals
"""
# Only by the holder of the newest turn: one who comes back late decides nothing.
END_TURN = "UPDATE payments.attempt SET reversal_until = NULL WHERE id = %(id)s AND reversals = %(turn)s"
UNDO_TURN = """
UPDATE payments.attempt SET reversal_until = NULL, reversal_at = %(before)s
WHERE id = %(id)s AND reversals = %(turn)s AND state = 'closing'
"""
STATEMENTS = (TAKE_TURN, END_TURN, UNDO_TURN)


async def take_turn(tx: Tx, attempt_id: UUID, seconds: float) -> int | None:
    """The number of the turn, or None when somebody has one."""
    found: int | None = await tx.value(TAKE_TURN, {"id": attempt_id, "seconds": seconds})
    return found


async def end_turn(tx: Tx, attempt_id: UUID, turn: int) -> None:
    """The call is over, and what came of it is not certain."""
    await tx.run(END_TURN, {"id": attempt_id, "turn": turn})


async def undo_turn(tx: Tx, attempt_id: UUID, turn: int, before: datetime | None) -> None:
    """The call is over, and did nothing: `before` is since when an earlier one may have done something."""
    await tx.run(UNDO_TURN, {"id": attempt_id, "turn": turn, "before": before})
