"""What people at the desk must do, because no machine may guess. Opening one is an alarm."""

import structlog
from prometheus_client import Counter

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import repository
from jiuyi.domains.insurance.events import DeskTaskOpened
from jiuyi.domains.insurance.types import Settlement, Task, TaskKind
from jiuyi.kit.db import Tx
from jiuyi.kit.problems import NotFound

ALARMS = Counter("jiuyi_insurance_alarms_total", "Insurance settlements that people must look at", ["what"])
_log = structlog.get_logger("jiuyi.insurance")


async def open_task(tx: Tx, row: Settlement, kind: TaskKind, detail: str) -> None:
    """Tell the desk: once for each kind of trouble, and again when it comes back after it was done.

    `detail` has numbers and codes only.
    """
    made = await repository.insert_task(tx, row, kind, detail)
    if made is None:
        return
    ALARMS.labels(kind.value).inc()
    _log.error("insurance alarm", what=kind.value, settlement=str(row.id), detail=detail)
    await audit.note(
        tx,
        actor=Actor.system("insurance"),
        action="insurance.alarm",
        subject_kind="order",
        subject=row.order_id,
        detail={"settlement": str(row.id), "what": kind.value, "detail": detail},
    )
    event = DeskTaskOpened(task_id=str(made), settlement_id=str(row.id), order_id=str(row.order_id), kind=kind.value)
    await tx.emit(event)


async def open_tasks(tx: Tx, most: int = 100) -> list[Task]:
    """What waits for people, oldest first."""
    return await repository.open_tasks(tx, most)


async def task_done(tx: Tx, no: str, kind: TaskKind, *, actor: Actor, why: str) -> None:
    """Somebody has seen to the task of the settlement of this number. Raises `NotFound`."""
    row = await repository.by_no(tx, no)
    if row is None or not await repository.end_task(tx, row.id, kind, actor.word):
        raise NotFound
    detail = {"settlement": str(row.id), "what": kind.value, "why": why}
    await audit.note(
        tx, actor=actor, action="insurance.task_done", subject_kind="order", subject=row.order_id, detail=detail
    )


async def end_task(tx: Tx, row: Settlement, kind: TaskKind, who: str) -> None:
    """It has been dealt with (or has settled by itself)."""
    await repository.end_task(tx, row.id, kind, who)
