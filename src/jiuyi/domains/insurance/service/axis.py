"""The axis of settlements for `kit.moves`, and the one way to write a status."""

from typing import Any
from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import repository
from jiuyi.domains.insurance.types import SETTLEMENT_GRAPH, Settlement, SettlementState
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.moves import Axis, move

SETTLEMENT = Axis("insurance", "settlement", "state", SETTLEMENT_GRAPH)
WHO = "insurance"


async def read(tx: Tx, settlement_id: UUID) -> Settlement:
    """One settlement. Raises `Absent`."""
    found = await repository.settlement(tx, settlement_id)
    if found is None:
        raise Absent(f"settlement {settlement_id}")
    return found


async def locked(tx: Tx, settlement_id: UUID) -> Settlement:
    """One settlement, locked. Raises `Absent`."""
    found = await repository.lock(tx, settlement_id)
    if found is None:
        raise Absent(f"settlement {settlement_id}")
    return found


async def step(
    tx: Tx, row: Settlement, target: SettlementState, *, why: str, who: str = WHO, **columns: Any
) -> Settlement:
    """Move a settlement that the caller has locked, and note it in the audit log."""
    await move(tx, SETTLEMENT, row.id, row.state, target, who=who, why=why, **columns)
    await audit.note(
        tx,
        actor=Actor.system(WHO),
        action=f"insurance.{target.value}",
        subject_kind="order",
        subject=row.order_id,
        detail={"settlement": str(row.id), "class": row.insurance_class.value, "why": why},
    )
    return await read(tx, row.id)
