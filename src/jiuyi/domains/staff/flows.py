"""Signing in at a desk: the try is counted and committed before the PIN is judged, slowly and in no transaction."""

import asyncio

from jiuyi.domains.staff import rules, service
from jiuyi.domains.staff.errors import OperatorUnknown, PinChangeNeeded, PinTooSimple
from jiuyi.domains.staff.types import AtDesk, NewShift
from jiuyi.kit import slow_digest
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs

NUMBER = "staff.operator"


async def sign_in(
    db: Db, vault: Vault, knobs: Knobs, at: AtDesk, *, operator: str, pin: str, new_pin: str | None
) -> NewShift:
    """Open a shift for whoever knows the operator's PIN; `new_pin` replaces it, and must where it is temporary.

    Raises `OperatorUnknown` (number, PIN or standing: not told apart), `PinLocked`, `DeviceLocked`, `PinChangeNeeded`,
    `PinTooSimple`.
    """
    async with db.tx() as tx:
        claimed = await service.claim_try(tx, knobs, at, operator, vault.index(operator, NUMBER))
    stored = None if claimed is None else claimed.pin
    right = await asyncio.to_thread(slow_digest.matches, pin, stored)
    if claimed is None or not right:
        async with db.tx() as tx:
            await service.wrong_pin(tx, at, operator, known=claimed is not None)
        raise OperatorUnknown
    async with db.tx() as tx:
        await service.right_pin(tx, at, claimed.code)
    if new_pin is None and claimed.pin_temporary:
        raise PinChangeNeeded
    fresh = None
    if new_pin is not None:
        if new_pin == pin or not rules.good_pin(new_pin, claimed.code):
            raise PinTooSimple
        fresh = await asyncio.to_thread(slow_digest.made_of, new_pin)
    async with db.tx() as tx:
        if fresh is not None:
            await service.own_pin(tx, at, claimed.code, fresh, was=stored)
        return await service.open_shift(tx, knobs, at, claimed.code)
