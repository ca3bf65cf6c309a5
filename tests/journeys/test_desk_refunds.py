"""Refunds at the desk over the sandbox's WeChat: in part, once, never more than is left, only what is money alone."""

from typing import Any

import pytest

from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order, Shown
from jiuyi.domains.staff.types import Role
from jiuyi.kit.ids import new_id
from tests.support.clock import AppClock
from tests.support.counter import Counter, Machine
from tests.support.live import Live

pytestmark = [pytest.mark.feature("I07"), pytest.mark.slow]
PAYS = "139900000000000001"


async def back(machine: Machine, order: Order, fen: int, key: str, reason: str = "多收退回") -> tuple[int, Any]:
    body = {"amount_fen": fen, "reason": reason}
    answer = await machine.post(f"orders/{order.id}/refunds", body, **{"idempotency-key": key})
    return answer.status_code, answer.json()


async def test_half_goes_back_once_and_never_more_than_is_left(live: Live, time: AppClock) -> None:
    desk = Counter(live.parts, time)
    machine = Machine(live.phone(1).http, await desk.key())
    order = await desk.owes(await desk.patient())
    assert (await back(machine, order, 2525, "back-0001"))[1]["code"] == "staff.shift_needed"
    (await machine.post("shift", {"operator": "1027"})).raise_for_status()
    assert (await back(machine, order, 2525, "back-0001"))[1]["code"] == "payments.refund_too_much"
    assert (await machine.take(order, PAYS))["standing"] == "paid"
    status, half = await back(machine, order, 2525, "back-0001")
    assert (status, half["amount_fen"], half["left_fen"]) == (200, 2525, 2525)
    assert (await back(machine, order, 2525, "back-0001"))[1]["refund_id"] == half["refund_id"]
    assert (await back(machine, order, 2000, "back-0001"))[1]["code"] == "payments.refund_key_used"
    assert (await back(machine, order, 2526, "back-0002"))[1]["code"] == "payments.refund_too_much"
    assert (await back(machine, order, 0, "back-0003"))[0] == 400
    assert (await back(machine, order, 100, "back-0003", reason="  "))[0] == 400
    await live.idle()
    found = await desk.order(order)
    assert (found.asked_fen, found.left_fen) == (2525, 2525)
    async with live.parts.db.tx() as tx:
        refunds = await payments.refunds_of(tx, order.id)
        noted = await tx.values("SELECT action FROM audit.entry WHERE actor = 'window-3/1027'")
    assert [(one.amount_fen, one.reason, one.tries > 0) for one in refunds] == [(2525, "多收退回", True)]
    assert noted.count("payments.refund_asked_at_desk") == 1
    assert await desk.ledger() == 0


async def test_only_a_cashier_and_only_what_is_money_alone(live: Live, time: AppClock) -> None:
    desk = Counter(live.parts, time)
    patient = await desk.patient()
    order = await desk.owes(patient)
    kiosk = Machine(live.phone(1).http, await desk.key("kiosk-1", Role.SELF_SERVICE))
    assert (await back(kiosk, order, 100, "back-0001"))[0] == 403
    machine = Machine(live.phone(1).http, await desk.key())
    (await machine.post("shift", {"operator": "1027"})).raise_for_status()
    async with live.parts.db.tx() as tx:
        fees = await payments.open_order(
            tx,
            kind="outpatient_fee",
            subject_kind="test",
            subject_id=new_id(),
            account_id=new_id(),
            patient_id=patient,
            total_fen=5050,
            title_zh="门诊费用",
            title_en="Outpatient fees",
            expires_at=None,
        )
    assert (await machine.take(fees, PAYS))["standing"] == "paid"
    status, refused = await back(machine, fees, 5050, "back-0001")
    assert (status, refused["code"]) == (409, "payments.refunded_elsewhere")
    assert (await desk.order(fees)).shown is Shown.PAID
