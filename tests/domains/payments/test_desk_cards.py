"""Card terminals beside the desk: their result is booked once, and only when everything fits."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments import settings
from jiuyi.domains.payments.service.cards import transaction_of
from jiuyi.domains.payments.types import CardResult, Order, RefundState, Shown
from tests.support.clock import AppClock
from tests.support.counter import Counter, Machine, counter
from tests.support.product import settings_for

pytestmark = pytest.mark.feature("I07")
MERCHANT = "777290058110097"


@pytest_asyncio.fixture
async def desk(dsn: str, time: AppClock) -> AsyncIterator[Counter]:
    async with counter(dsn, settings_for(dsn), time) as made:
        async with made.parts.db.tx() as tx:
            await made.parts.knobs.set(tx, settings.CARD_MERCHANTS, [MERCHANT], who="test", why="test")
        await made.parts.knobs.load(made.parts.db)
        yield made


@pytest_asyncio.fixture
async def machine(desk: Counter) -> Machine:
    return await desk.machine()


async def slip(desk: Counter, **change: Any) -> dict[str, Any]:
    now = await desk.time.now()
    return {
        "merchant_id": MERCHANT,
        "terminal_id": "0WINDOW3",
        "batch_no": "000012",
        "trace_no": "000345",
        "reference_no": "123456789012",
        "amount_fen": 5050,
        "paid_at": now.isoformat(),
        "resp_code": "00",
        "card_masked": "621700******1234",
        **change,
    }


async def book(machine: Machine, order: Order, result: dict[str, Any], key: str = "card-0001") -> httpx.Response:
    return await machine.post(f"orders/{order.id}/cards", result, **{"idempotency-key": key})


async def test_a_slip_is_booked_once(desk: Counter, machine: Machine) -> None:
    order = await desk.owes(await desk.patient())
    result = await slip(desk)
    booked = (await book(machine, order, result)).raise_for_status().json()
    assert (booked["standing"], booked["kind_name"], booked["code"]) == ("paid", "银行卡", "621700******1234")
    assert booked["transaction_id"].startswith(f"{MERCHANT}-0WINDOW3-000012-000345-")
    assert (await book(machine, order, result)).json() == booked
    found = await desk.order(order)
    assert (found.shown, found.channel, found.paid_fen) == (Shown.PAID, "bank_card", 5050)
    other = await desk.owes(order.patient_id)
    again = await book(machine, other, result, "card-0002")
    assert (again.status_code, again.json()["code"]) == (409, "payments.card_result_used")
    more = await book(machine, order, await slip(desk, trace_no="000346"), "card-0003")
    assert (more.status_code, more.json()["params"]["what"]) == (422, "payments.already_paid")
    assert "撤销" in more.json()["detail"]


async def test_another_slip_under_the_same_key_is_told_that_it_is_not_booked(desk: Counter, machine: Machine) -> None:
    order = await desk.owes(await desk.patient())
    (await book(machine, order, await slip(desk))).raise_for_status()
    other = await book(machine, order, await slip(desk, trace_no="000346"))
    assert (other.status_code, other.json()["params"]["what"]) == (422, "idempotency_key")
    assert "撤销" in other.json()["detail"]
    assert (await desk.order(order)).received_fen == 5050


@pytest.mark.parametrize("written", ["2026-11-22T23:30:00+00:00", "2026-11-23T07:30:00+08:00"])
def test_a_slip_has_one_name_however_its_time_is_written(written: str) -> None:
    whole = {"merchant_id": MERCHANT, "terminal_id": "T", "batch_no": "1", "trace_no": "2", "reference_no": "3"}
    result = msgspec.convert({**whole, "amount_fen": 1, "paid_at": written, "resp_code": "00"}, CardResult)
    assert transaction_of(result) == f"{MERCHANT}-T-1-2-20261123"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"amount_fen": 5051}, "amount_fen"),
        ({"merchant_id": "777290058110098"}, "merchant_id"),
        ({"resp_code": "51"}, "resp_code"),
        ({"trace_no": ""}, "number"),
        ({"paid_at": "2020-01-01T10:00:00+08:00"}, "paid_at"),
        ({"paid_at": "0001-01-01T00:00:00+14:00"}, "paid_at"),
        ({"card_masked": "6217001234567890123"}, "card_masked"),
    ],
)
async def test_a_slip_that_does_not_fit_books_nothing(
    desk: Counter, machine: Machine, change: dict[str, Any], what: str
) -> None:
    order = await desk.owes(await desk.patient())
    answer = await book(machine, order, await slip(desk, **change))
    assert (answer.status_code, answer.json()["params"]["what"]) == (422, what)
    assert (await desk.order(order)).received_fen == 0


async def test_a_slip_without_a_field_or_with_another_is_no_slip(desk: Counter, machine: Machine) -> None:
    order = await desk.owes(await desk.patient())
    whole = await slip(desk)
    for missing in ("merchant_id", "terminal_id", "batch_no", "trace_no", "reference_no", "amount_fen", "paid_at"):
        assert (await book(machine, order, {k: v for k, v in whole.items() if k != missing})).status_code == 400
    assert (await book(machine, order, {**whole, "track2": "x"})).status_code == 400


async def test_what_goes_back_of_a_card_waits_for_people(desk: Counter, machine: Machine) -> None:
    order = await desk.owes(await desk.patient())
    (await book(machine, order, await slip(desk))).raise_for_status()
    async with desk.parts.db.tx() as tx:
        await payments.request_refund(tx, order.id, 5050, "退费", "test", key="one")
    await desk.parts.jobs.drain(desk.parts.db)
    async with desk.parts.db.tx() as tx:
        found = (await payments.refunds_of(tx, order.id))[0]
    assert (found.state, found.fault) == (RefundState.FAILED, "at_terminal")
