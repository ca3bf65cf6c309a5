"""Jobs and rounds of deposits: thin."""

from uuid import UUID

from jiuyi.domains.inpatient import flows, service
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.domains.payments.events import OrderClosed, OrderPaid
from jiuyi.kit import tasks
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.knobs import Knobs

ORDER_MOVED = "inpatient.order_moved"
MOST_SWEPT = 100
AT_ONCE = 4
_SWEEP_SECONDS = 5


def register(jobs: Jobs, subscriptions: Subscriptions, *, db: Db, knobs: Knobs, vault: Vault, wards: Wards) -> None:
    """Add what drives deposits and listens to payments."""
    driver, refunder = flows.driver(db, knobs, vault, wards), flows.refunder(db, vault, wards)

    async def drive(deposit_id: str) -> None:
        await driver.drive(UUID(deposit_id))

    async def settle_refund(refund_id: str) -> None:
        await refunder.settle(UUID(refund_id))

    async def sweep() -> None:
        async with db.tx() as tx:
            await service.forget_lookups(tx)
            found = await service.unrest(tx, MOST_SWEPT)
            refunds = await service.refunds_unrest(tx, MOST_SWEPT)
        try:
            await tasks.each(found, driver.drive, at_once=AT_ONCE)
        finally:
            await tasks.each(refunds, refunder.settle, at_once=AT_ONCE)

    jobs.add(service.DRIVE, drive)
    jobs.add(service.SETTLE_REFUND, settle_refund)
    jobs.add(ORDER_MOVED, driver.order_moved)
    subscriptions.subscribe(OrderPaid, ORDER_MOVED)
    subscriptions.subscribe(OrderClosed, ORDER_MOVED)
    jobs.every("inpatient.sweep", _SWEEP_SECONDS, sweep)
