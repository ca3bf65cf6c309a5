"""UnionPay's codes at the desk over HTTP: the patient's is scanned, ours is shown, notices come to the callback."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order, RefundState, Shown
from tests.support import unionpay_peer as union
from tests.support.clock import AppClock
from tests.support.counter import Counter, Machine, counter
from tests.support.product import settings_for
from tests.support.unionpay_peer import Peer

pytestmark = pytest.mark.feature("I07")

CODE = "6212345678901234567"
KEY = {"idempotency-key": "key-00000001"}


@pytest.fixture
def peer() -> Iterator[Peer]:
    with union.playing() as playing:
        yield playing


@pytest_asyncio.fixture
async def desk(dsn: str, time: AppClock, peer: Peer) -> AsyncIterator[Counter]:
    plain = settings_for(dsn)
    assert plain.unionpay is not None
    section = msgspec.structs.replace(plain.unionpay, base_url=peer.url, files_url=peer.url)
    async with counter(dsn, msgspec.structs.replace(plain, unionpay=section), time) as made:
        yield made


@pytest_asyncio.fixture
async def machine(desk: Counter) -> Machine:
    return await desk.machine()


async def shown(machine: Machine, order: Order) -> Any:
    return (await machine.post(f"orders/{order.id}/shown-codes", **KEY)).raise_for_status().json()


async def told(desk: Counter, fields: dict[str, str]) -> httpx.Response:
    """UnionPay's notice arrives, and its job runs."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    async with desk.product.visitor() as http:
        answer = await http.post("/callbacks/unionpay", content=union.form(fields), headers=headers)
    await desk.parts.jobs.drain(desk.parts.db)
    return answer


async def test_the_patient_s_code_is_taken(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    paid = await machine.take(order, code=CODE)
    assert (paid["standing"], paid["kind"], paid["kind_name"]) == ("paid", "unionpay_code", "银联付款码")
    assert peer.charged() == 5050
    assert (peer.said[0]["qrNo"], peer.said[0]["txnSubType"], peer.said[0]["termId"]) == (CODE, "06", "0WINDOW3")
    assert (await desk.order(order)).channel == "unionpay"


async def test_05_is_asked_about(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    peer.plan = ["05>05"]
    unknown = await machine.take(order, code=CODE)
    assert unknown["standing"] == "unknown"
    peer.pays((await desk.attempt(unknown)).out_trade_no)
    await desk.polled(unknown)
    assert (await machine.stands(unknown))["standing"] == "paid"


async def test_a_lost_answer_ends_only_when_the_code_has_run_out(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    peer.plan = ["lost"]
    unknown = await machine.take(order, code=CODE)
    await desk.forward(40)
    await desk.polled(unknown)
    assert (await machine.stands(unknown))["standing"] == "ending"
    await desk.forward(55)
    await desk.polled(unknown)
    assert (await machine.stands(unknown))["standing"] == "stopped"
    assert peer.charged() == 0


async def test_a_refusal_is_final(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    peer.plan = ["77"]
    refused = await machine.take(order, code=CODE)
    assert (refused["standing"], refused["reason"]) == ("refused", "card_unsupported")


async def test_our_code_is_shown_and_paid_by_notice(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    waiting = await shown(machine, order)
    number = (await desk.attempt(waiting)).out_trade_no
    assert (waiting["standing"], waiting["show"]) == ("to_scan", f"https://qr.95516.com/{number}")
    assert (await shown(machine, order))["payment_id"] == waiting["payment_id"]
    notice = peer.pays(number)
    assert (await told(desk, notice)).status_code == 200
    assert (await told(desk, notice)).status_code == 200
    stands = await machine.stands(waiting)
    assert (stands["standing"], stands["show"]) == ("paid", None)
    found = await desk.order(order)
    assert (found.shown, found.received_fen) == (Shown.PAID, 5050)


async def test_our_code_runs_out(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    waiting = await shown(machine, order)
    await desk.forward(181)
    assert (await machine.stands(waiting))["show"] is None
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "ending"
    await desk.forward(31)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "stopped"
    assert peer.charged() == 0


async def test_a_notice_of_what_was_voided_meanwhile_is_not_money(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    waiting = await shown(machine, order)
    number = (await desk.attempt(waiting)).out_trade_no
    looks, query = [0], peer._query

    def paid_at_the_last_look(asked: dict[str, str]) -> str:
        looks[0] += asked["orderId"] == number
        if looks[0] == 3:
            peer.pays(number)
        return query(asked)

    peer._query = paid_at_the_last_look  # type: ignore[method-assign]
    await desk.forward(181)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "stopped"
    assert peer.charged() == 0
    assert (await told(desk, peer.notice(number))).status_code == 200
    assert (await machine.stands(waiting))["standing"] == "stopped"
    await desk.polled(waiting)
    found = await desk.order(order)
    assert (found.shown, found.received_fen) == (Shown.UNPAID, 0)


@pytest.mark.parametrize("change", [{"txnAmt": "5051"}, {"currencyCode": "840"}])
async def test_a_true_notice_that_does_not_fit_books_no_income(
    desk: Counter, machine: Machine, peer: Peer, change: dict[str, str]
) -> None:
    order = await desk.owes(await desk.patient())
    waiting = await shown(machine, order)
    true = peer.notice((await desk.attempt(waiting)).out_trade_no)
    assert (await told(desk, union.resigned({**true, **change}, union.house()["sign"]))).status_code == 200
    found = await desk.order(order)
    assert found.received_fen == 0
    assert (await machine.stands(waiting))["standing"] == "to_scan"


async def test_forged_and_other_merchants_notices_change_nothing(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    waiting = await shown(machine, order)
    true = peer.notice((await desk.attempt(waiting)).out_trade_no)
    forged = {**true, "txnAmt": "1"}
    other = union.resigned({**true, "merId": "777290058110098"}, union.house()["sign"])
    for fields in (forged, other):
        assert (await told(desk, fields)).status_code == 401
    async with desk.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.inbox") == 0
    assert (await machine.stands(waiting))["standing"] == "to_scan"


async def test_a_refund_goes_back_and_its_notice_hurries_it(desk: Counter, machine: Machine, peer: Peer) -> None:
    order = await desk.owes(await desk.patient())
    await machine.take(order, code=CODE)
    async with desk.parts.db.tx() as tx:
        refund = await payments.request_refund(tx, order.id, 2000, "退费", "test", key="one")
    assert refund is not None
    await desk.parts.jobs.drain(desk.parts.db)
    assert (await told(desk, peer.notice(refund.out_refund_no))).status_code == 200
    await desk.parts.jobs.drain(desk.parts.db)
    async with desk.parts.db.tx() as tx:
        found = (await payments.refunds_of(tx, order.id))[0]
    assert found.state is RefundState.DONE
    assert peer.charged() == 3050
    assert (await desk.order(order)).shown is Shown.PARTLY_REFUNDED
