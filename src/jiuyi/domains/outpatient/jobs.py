"""Jobs and rounds of outpatient fees: thin."""

from uuid import UUID

from jiuyi.domains.outpatient import flows, service
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments.events import OrderClosed, OrderPaid
from jiuyi.kit import inbox, tasks
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.knobs import Knobs

ORDER_MOVED = "outpatient.order_moved"
FEES_CHANGED = "outpatient.fees_changed"
MOST_SWEPT = 100
AT_ONCE = 4
_SWEEP_SECONDS = 5


def register(jobs: Jobs, subscriptions: Subscriptions, *, db: Db, knobs: Knobs, vault: Vault, fees: Fees) -> None:
    """Add what drives checkouts and refunds, and listens to payments and the HIS."""
    driver, refunder = flows.driver(db, knobs, vault, fees), flows.refunder(db, vault, fees)

    async def drive(checkout_id: str) -> None:
        await driver.drive(UUID(checkout_id))

    async def settle_refund(refund_id: str) -> None:
        await refunder.settle(UUID(refund_id))

    async def sweep() -> None:
        async with db.tx() as tx:
            checkouts = await service.unrest(tx, MOST_SWEPT)
            refunds = await service.refunds_unrest(tx, MOST_SWEPT)
        try:
            await tasks.each(checkouts, driver.drive, at_once=AT_ONCE)
        finally:
            await tasks.each(refunds, refunder.settle, at_once=AT_ONCE)

    async def fees_changed(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
            known = await patients.by_his_id(tx, str(notice.data.get("patient_id", "")))
        if notice.handled:
            return
        visits = await flows.refresh_waiting(fees, his_patient_id=known.his_patient_id) if known else []
        async with db.tx() as tx:
            # Read again: the same job may run twice, and people are told once.
            if (await inbox.read(tx, UUID(notice_id))).handled:
                return
            if known is not None:
                await service.bills_came(tx, vault, known.id, visits)
            await inbox.mark_handled(tx, notice.id)

    jobs.add(service.DRIVE, drive)
    jobs.add(service.SETTLE_REFUND, settle_refund)
    jobs.add(FEES_CHANGED, fees_changed)
    jobs.add(ORDER_MOVED, driver.order_moved)
    subscriptions.subscribe(OrderPaid, ORDER_MOVED)
    subscriptions.subscribe(OrderClosed, ORDER_MOVED)
    jobs.every("outpatient.sweep", _SWEEP_SECONDS, sweep)
