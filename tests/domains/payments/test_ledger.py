"""What the database itself refuses."""

from typing import Any

import psycopg
import pytest

from jiuyi.domains.payments.repository import ledger, records
from jiuyi.domains.payments.types import Leg
from jiuyi.kit.ids import new_id
from tests.domains.payments.desk import Desk

pytestmark = pytest.mark.feature("I06")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments.entry SET amount_fen = amount_fen * 2",
        "DELETE FROM payments.entry",
        "UPDATE payments.posting SET kind = 'earned'",
        "DELETE FROM payments.posting",
        "TRUNCATE payments.entry",
        "TRUNCATE payments.posting CASCADE",
        "UPDATE payments.orders SET total_fen = 1",
        "UPDATE payments.orders SET account_id = subject_id",
    ],
)
async def test_what_is_written_stays(desk: Desk, statement: Any) -> None:
    await desk.paid(await desk.person())
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError)):
        async with desk.db.tx() as tx:
            await tx.run(statement)


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [Leg("channel:wechat", 5)],
        [Leg("channel:wechat", 5), Leg("patient:order", -4)],
        # Balanced, but the channel would have given back what it never took.
        [Leg("channel:wechat", -1501), Leg("hospital:income", 1501)],
        # Balanced, but the hospital would have given more than it earned.
        [Leg("hospital:income", 1501), Leg("clearing:refund", -1501)],
        [Leg("somewhere:else", 5), Leg("patient:order", -5)],
    ],
)
async def test_a_posting_that_cannot_be_true(desk: Desk, legs: list[Leg]) -> None:
    order = await desk.paid(await desk.person())
    attempt = (await desk.attempts(order))[0]
    asked = await desk.refund(order, 1)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with desk.db.tx() as tx:
            await ledger.post(tx, "refunded", legs, order_id=order.id, attempt_id=attempt.id, refund_id=asked.id)


async def test_each_movement_is_written_once(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    attempt = (await desk.attempts(order))[0]
    for kind in ("paid", "earned", "mismatched"):
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with desk.db.tx() as tx:
                await ledger.post(tx, kind, [], order_id=order.id, attempt_id=attempt.id)


async def test_refunds_beyond_what_was_paid(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    attempt = (await desk.attempts(order))[0]
    made = new_id()
    row = {
        "id": made,
        "no": "R1",
        "order_id": order.id,
        "attempt_id": attempt.id,
        "key": "k",
        "cause": "asked",
        "amount_fen": 1501,
        "reason": "",
        "why": "",
    }
    with pytest.raises(psycopg.errors.CheckViolation):
        async with desk.db.tx() as tx:
            await records.insert_refund(tx, row)


async def test_two_live_attempts_of_one_order(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    copy = """
    INSERT INTO payments.attempt (id, order_id, seq, idem_key, channel, method, account_channel, merchant_id, app_id,
        out_trade_no, amount_fen, claimed_at, created_at, expires_at)
    SELECT gen_random_uuid(), order_id, 2, 'other', channel, method, account_channel, merchant_id, app_id, 'other',
        amount_fen, claimed_at, created_at, expires_at FROM payments.attempt
    """
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with desk.db.tx() as tx:
            await tx.run(copy)
