"""Jobs and rounds of payments. Each only calls one use case; each is safe to run twice."""

from uuid import UUID

from jiuyi.domains.payments import flows, service
from jiuyi.domains.payments.events import RefundDone, RefundFailed
from jiuyi.domains.payments.ports import PAYMENT_NOTICE, REFUND_NOTICE, Channels
from jiuyi.domains.payments.service.arrivals import ASK
from jiuyi.domains.payments.service.collecting import POLL
from jiuyi.domains.payments.service.refunds import SEND
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.knobs import Knobs

PAYMENT_NOTICES = "payments.payment_notice"
REFUND_NOTICES = "payments.refund_notice"
TELL_OF_REFUND = "payments.tell_of_refund"
SWEEP_SECONDS = 3.0
NOTICE_JOBS = {PAYMENT_NOTICE: PAYMENT_NOTICES, REFUND_NOTICE: REFUND_NOTICES}
"""Kind of notice → job, the same for every channel."""


def register(jobs: Jobs, *, db: Db, channels: Channels, knobs: Knobs) -> None:
    """Add the notices' jobs, asking, sending refunds, and the three sweeps."""
    by_system = channels.systems()

    async def payment_notice(notice_id: str) -> None:
        async with db.tx() as tx:
            await service.payment_notice(tx, UUID(notice_id), channels=by_system, knobs=knobs)

    async def refund_notice(notice_id: str) -> None:
        async with db.tx() as tx:
            await service.refund_notice(tx, UUID(notice_id), channels=by_system, knobs=knobs)

    async def ask(attempt_id: str) -> None:
        await flows.ask(db, channels, knobs, UUID(attempt_id))

    async def poll(attempt_id: str) -> None:
        await flows.poll(db, channels, knobs, UUID(attempt_id))

    async def send_refund(refund_id: str) -> None:
        await flows.send_refund(db, channels, knobs, UUID(refund_id), first=True)

    async def tell_of_refund(refund_id: str, **_: str) -> None:
        async with db.tx() as tx:
            await service.tell_of_refund(tx, UUID(refund_id))

    async def sweep_attempts() -> None:
        await flows.sweep_attempts(db, channels, knobs)

    async def sweep_orders() -> None:
        await flows.sweep_orders(db, channels, knobs)

    async def sweep_refunds() -> None:
        await flows.sweep_refunds(db, channels, knobs)

    jobs.add(PAYMENT_NOTICES, payment_notice)
    jobs.add(REFUND_NOTICES, refund_notice)
    jobs.add(ASK, ask)
    jobs.add(POLL, poll)
    jobs.add(SEND, send_refund)
    jobs.add(TELL_OF_REFUND, tell_of_refund)
    db.subscriptions.subscribe(RefundDone, TELL_OF_REFUND)
    db.subscriptions.subscribe(RefundFailed, TELL_OF_REFUND)
    jobs.every("payments.sweep_attempts", SWEEP_SECONDS, sweep_attempts)
    jobs.every("payments.sweep_orders", SWEEP_SECONDS, sweep_orders)
    jobs.every("payments.sweep_refunds", SWEEP_SECONDS, sweep_refunds)
