"""Jobs and rounds of insurance. Each only calls one use case; each is safe to run twice."""

from uuid import UUID

import msgspec

from jiuyi.domains.insurance import repository
from jiuyi.domains.insurance.flows import Outcome
from jiuyi.domains.insurance.ports import CENTRE_NOTICE, MIX_NOTICE
from jiuyi.domains.insurance.service import steps
from jiuyi.domains.insurance.service.tasks import ALARMS
from jiuyi.domains.insurance.types import CentreNotice, MixNotice
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.events import (
    InsuranceReturnAsked,
    InsuranceReturned,
    InsuredOrderClosing,
    OrderPaid,
    OwnPartPaid,
    RefundDone,
    RefundFailed,
)
from jiuyi.kit import inbox
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs

CENTRE_NOTICES = "insurance.centre_notice"
MIX_NOTICES = "insurance.mix_notice"
LOOK = "insurance.look"
ORDER_PAID = "insurance.order_paid"
TELL_CASHIER = "insurance.tell_cashier"
OWN_REFUND_FAILED = "insurance.own_refund_failed"
SWEEP_SECONDS = 3.0
NOTICE_JOBS = {CENTRE_NOTICE: CENTRE_NOTICES, MIX_NOTICE: MIX_NOTICES}
_CHANNELS = {"wechat_medins": ["wechat_oa", "wechat_mini"], "alipay_medical": ["alipay_life", "alipay_mini"]}
"""Inbox system of a mixed payment's notices → the account channels whose numbers it speaks of."""


def register(jobs: Jobs, *, db: Db, outcome: Outcome) -> None:
    """Add the notices' jobs, what follows payments' events, and the sweep."""

    async def centre_notice(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
            row = await repository.by_no(tx, msgspec.convert(notice.data, CentreNotice).no)
        await looked(notice, row.id if row else None)

    async def mix_notice(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
            told = msgspec.convert(notice.data, MixNotice)
            row = await repository.by_out_no(tx, told.out_trade_no, _CHANNELS.get(notice.system, []))
        if row is not None and told.total_fen not in {None, row.total_fen}:
            ALARMS.labels("other_amount").inc()
        await looked(notice, row.id if row else None)

    async def looked(notice: inbox.Stored, settlement_id: UUID | None) -> None:
        """A notice is a hint: the insurance is asked, and its answer counts."""
        if notice.handled:
            return
        if settlement_id is None:
            ALARMS.labels("stranger").inc()
        else:
            await outcome.told(settlement_id)
        async with db.tx() as tx:
            await inbox.mark_handled(tx, notice.id)

    jobs.add(CENTRE_NOTICES, centre_notice)
    jobs.add(MIX_NOTICES, mix_notice)
    _add_following(jobs, db, outcome)


def _add_following(jobs: Jobs, db: Db, outcome: Outcome) -> None:
    """What follows payments' events."""

    async def look(leg_id: str, **_: str) -> None:
        await outcome.look(UUID(leg_id))

    async def order_paid(order_id: str, **_: str) -> None:
        async with db.tx() as tx:
            leg = await payments.insurance_leg(tx, UUID(order_id))
        if leg is not None:
            await outcome.look(leg.id)

    async def tell_cashier(order_id: str, refund_id: str | None = None, **_: str) -> None:
        async with db.tx() as tx:
            refunds = await payments.refunds_of(tx, UUID(order_id))
            order = await payments.order(tx, UUID(order_id))
        told = next((one.out_refund_no for one in refunds if str(one.id) == refund_id), None)
        if refund_id is None and order.own_fen > 0:
            return  # told with the own part's refund
        await outcome.tell_cashier(UUID(order_id), told)

    async def own_refund_failed(order_id: str, refund_id: str, **_: str) -> None:
        async with db.tx() as tx:
            await steps.own_refund_failed(tx, UUID(order_id), refund_id)

    async def sweep() -> None:
        await outcome.sweep()

    jobs.add(LOOK, look)
    jobs.add(ORDER_PAID, order_paid)
    jobs.add(TELL_CASHIER, tell_cashier)
    jobs.add(OWN_REFUND_FAILED, own_refund_failed)
    for event in (OwnPartPaid, InsuredOrderClosing, InsuranceReturnAsked):
        db.subscriptions.subscribe(event, LOOK)
    db.subscriptions.subscribe(OrderPaid, ORDER_PAID)
    db.subscriptions.subscribe(InsuranceReturned, TELL_CASHIER)
    db.subscriptions.subscribe(RefundDone, TELL_CASHIER)
    db.subscriptions.subscribe(RefundFailed, OWN_REFUND_FAILED)
    jobs.every("insurance.sweep", SWEEP_SECONDS, sweep)
