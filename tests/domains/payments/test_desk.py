"""Money taken from payment codes over HTTP, against a WeChat that the test plays: no double charge, ever."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Shown
from jiuyi.domains.staff.types import Role
from tests.support.clock import AppClock
from tests.support.counter import WECHAT_CODE, Counter, Machine, counter, settings_with
from tests.support.micropay_peer import Peer, playing

pytestmark = pytest.mark.feature("I07")


@pytest.fixture
def wechat() -> Iterator[Peer]:
    with playing() as peer:
        yield peer


@pytest_asyncio.fixture
async def desk(dsn: str, time: AppClock, wechat: Peer) -> AsyncIterator[Counter]:
    async with counter(dsn, settings_with(dsn, wechat), time) as made:
        yield made


@pytest_asyncio.fixture
async def machine(desk: Counter) -> Machine:
    return await desk.machine()


async def test_a_code_is_taken_at_once(desk: Counter, machine: Machine, wechat: Peer) -> None:
    patient = await desk.patient()
    order = await desk.owes(patient)
    owed = await machine.get(f"patients/{patient}/orders")
    assert [(each["no"], each["own_fen"]) for each in owed["items"]] == [(order.no, 5050)]
    async with desk.parts.db.tx() as tx:
        assert await tx.values("SELECT subject FROM audit.entry WHERE action = 'payments.owed_seen'") == [str(patient)]
    paid = await machine.take(order)
    assert (paid["standing"], paid["tone"], paid["settled"]) == ("paid", "ok", True)
    assert (paid["title"], paid["code"]) == ("收款成功", "13••••••••••••0827")
    assert wechat.charged() == 5050
    assert (await desk.order(order)).shown is Shown.PAID
    assert (await machine.get(f"patients/{patient}/orders"))["items"] == []
    day = await machine.get("payments")
    assert day["sums"] == {"count": 1, "fen": 5050, "refund_count": 0, "refund_fen": 0}
    assert [(line["patient"], line["standing"]) for line in day["items"]] == [("陈*华", "paid")]
    path, asked = wechat.said[0]
    assert (path, asked["auth_code"], asked["total_fee"]) == ("/pay/micropay", WECHAT_CODE, "5050")


async def test_the_payer_confirms_and_the_job_finds_it(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    waiting = await machine.take(order)
    assert (waiting["standing"], waiting["settled"]) == ("waiting", False)
    assert 25 <= waiting["seconds_left"] <= 30
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "waiting"
    wechat.pays((await desk.attempt(waiting)).out_trade_no)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "paid"
    assert wechat.calls("/pay/micropay") == 1
    assert wechat.calls("/secapi/pay/reverse") == 0


async def test_who_does_not_confirm_is_not_charged(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    waiting = await machine.take(order)
    await desk.forward(31)
    await desk.polled(waiting)
    ended = await machine.stands(waiting)
    assert (ended["standing"], ended["title"]) == ("stopped", "已撤销")
    assert wechat.charged() == 0
    assert (await desk.order(order)).shown is Shown.UNPAID
    again = await machine.take(order, key="key-00000002")
    assert again["standing"] == "paid"
    assert wechat.charged() == 5050


async def test_a_lost_answer_is_asked_about_and_never_sent_again(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["lost_after"]
    unknown = await machine.take(order)
    assert (unknown["standing"], unknown["title"]) == ("unknown", "结果未知")
    refused = await machine.post(
        f"orders/{order.id}/payments", {"code": WECHAT_CODE}, **{"idempotency-key": "key-2222"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "payments.being_collected")
    checked = (await machine.post(f"payments/{unknown['payment_id']}/check")).json()
    assert checked["standing"] == "paid"
    assert wechat.calls("/pay/micropay") == 1
    assert wechat.charged() == 5050


async def test_no_answer_and_an_unknown_number_is_reversed_before_anybody_may_try_again(
    desk: Counter, machine: Machine, wechat: Peer
) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["lost_before"]
    unknown = await machine.take(order)
    await desk.polled(unknown)
    # It may still be on its way: an unknown number proves nothing.
    assert (await machine.stands(unknown))["standing"] == "unknown"
    await desk.forward(21)
    await desk.polled(unknown)
    assert (await machine.stands(unknown))["standing"] == "stopped"
    assert wechat.calls("/secapi/pay/reverse") == 1
    assert (await machine.take(order, key="key-00000002"))["standing"] == "paid"


async def test_a_reversal_without_answer_is_repeated_until_it_is_certain(
    desk: Counter, machine: Machine, wechat: Peer
) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan, wechat.recall = ["userpaying"], 2
    wechat.lost = ["/secapi/pay/reverse"]
    waiting = await machine.take(order)
    await desk.forward(31)
    for _ in range(2):
        await desk.polled(waiting)
        ending = await machine.stands(waiting)
        assert (ending["standing"], ending["settled"]) == ("ending", False)
    refused = await machine.post(
        f"orders/{order.id}/payments", {"code": WECHAT_CODE}, **{"idempotency-key": "key-2222"}
    )
    assert (refused.status_code, refused.json()["code"]) == (503, "payments.channel_silent")
    await desk.forward(11)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "stopped"
    assert wechat.charged() == 0


async def test_paid_in_the_last_moment_counts_as_paid(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    waiting = await machine.take(order)
    await desk.forward(31)
    wechat.pays((await desk.attempt(waiting)).out_trade_no)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "paid"
    assert wechat.calls("/secapi/pay/reverse") == 0


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("authcodeexpire", "code_expired"),
        ("auth_code_invalid", "code_invalid"),
        ("notenough", "balance"),
        ("notsuportcard", "card_unsupported"),
        ("noauth", "channel"),
    ],
)
async def test_a_refusal_says_why_and_that_nobody_was_charged(
    desk: Counter, machine: Machine, wechat: Peer, said: str, reason: str
) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = [said]
    refused = await machine.take(order)
    assert (refused["standing"], refused["reason"], refused["settled"]) == ("refused", reason, True)
    assert "没有扣款" in refused["advice"]
    spoken = await machine.get(f"payments/{refused['payment_id']}", **{"accept-language": "en"})
    assert "Nobody was charged" in spoken["advice"]
    assert (await machine.take(order, key="key-00000002"))["standing"] == "paid"


@pytest.mark.parametrize("said", ["systemerror", "bankerror", "something_new"])
async def test_what_leaves_a_doubt_is_asked_about(desk: Counter, machine: Machine, wechat: Peer, said: str) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = [said]
    assert (await machine.take(order))["standing"] == "unknown"


async def test_the_same_key_twice_is_one_collection(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    first = await machine.take(order)
    again = await machine.take(order, code="109999999999999999")
    assert again["payment_id"] == first["payment_id"]
    assert wechat.calls("/pay/micropay") == 1


async def test_two_counters_one_order(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    other = await desk.machine("window-4")
    tries = [
        each.post(f"orders/{order.id}/payments", {"code": code}, **{"idempotency-key": "key-00000001"})
        for each, code in ((machine, WECHAT_CODE), (other, "109999999999999999"))
    ]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert wechat.calls("/pay/micropay") == 1
    assert wechat.charged() == 5050
    taken = next(answer.json() for answer in answers if answer.status_code == 200)
    loser = other if answers[0].status_code == 200 else machine
    assert (await loser.call("GET", f"payments/{taken['payment_id']}")).status_code == 404


async def test_a_paid_order_is_not_taken_again(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    await machine.take(order)
    answer = await machine.post(f"orders/{order.id}/payments", {"code": WECHAT_CODE}, **{"idempotency-key": "key-2222"})
    assert (answer.status_code, answer.json()["code"]) == (409, "payments.already_paid")
    assert wechat.charged() == 5050


async def test_what_turns_out_to_be_paid_elsewhere_is_said_and_not_taken_again(
    desk: Counter, machine: Machine, wechat: Peer
) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    waiting = await machine.take(order)
    await desk.forward(31)
    wechat.pays((await desk.attempt(waiting)).out_trade_no)
    other = await desk.machine("window-4")
    answer = await other.post(f"orders/{order.id}/payments", {"code": WECHAT_CODE}, **{"idempotency-key": "key-2222"})
    assert (answer.status_code, answer.json()["code"]) == (409, "payments.already_paid")
    assert (wechat.calls("/pay/micropay"), wechat.charged()) == (1, 5050)
    assert (await machine.stands(waiting))["standing"] == "paid"


async def test_the_operator_gives_up_and_it_is_reversed_when_wechat_allows(
    desk: Counter, machine: Machine, wechat: Peer
) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    waiting = await machine.take(order)
    stopping = (await machine.post(f"payments/{waiting['payment_id']}/stop")).json()
    assert (stopping["stopping"], stopping["settled"]) == (True, False)
    assert stopping["seconds_left"] <= 15
    await desk.polled(waiting)
    assert wechat.calls("/secapi/pay/reverse") == 0
    await desk.forward(16)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "stopped"


@pytest.mark.parametrize(
    "told", [{"total_fee": "5051"}, {"fee_type": "USD"}, {"out_trade_no": "P0000"}, {"transaction_id": ""}]
)
async def test_an_answer_that_does_not_fit_books_nothing(
    desk: Counter, machine: Machine, wechat: Peer, told: dict[str, str]
) -> None:
    order = await desk.owes(await desk.patient())
    wechat.overrides = told
    found = await machine.take(order)
    assert found["standing"] in {"unknown", "returned", "collecting"}
    async with desk.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM payments.entry WHERE account = 'hospital:income'") == 0


async def test_digits_that_are_no_code_of_ours_are_refused_in_words(
    desk: Counter, machine: Machine, wechat: Peer
) -> None:
    order = await desk.owes(await desk.patient())
    for code, name in (
        ("16" + "0" * 16, "payments.code_not_recognised"),
        ("13456", "invalid_request"),
        ("134567890123450827x", "payments.code_not_recognised"),
        ("28" + "0" * 16, "payments.kind_not_taken"),
    ):
        answer = await machine.post(f"orders/{order.id}/payments", {"code": code}, **{"idempotency-key": "key-3333"})
        assert answer.json()["code"] == name, code
    bare = await machine.post(f"orders/{order.id}/payments", {"code": WECHAT_CODE})
    assert bare.status_code == 400
    assert wechat.said == []


async def test_a_crash_before_the_answer_is_found_by_the_sweeper(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["lost_after"]
    unknown = await machine.take(order)
    async with desk.parts.db.tx() as tx:
        await tx.run("DELETE FROM procrastinate_jobs")
        # As a process leaves it that dies in the call.
        await tx.run("UPDATE payments.attempt SET state = 'preparing'")
    await desk.forward(25)
    await desk.swept()
    assert (await machine.stands(unknown))["standing"] == "paid"


async def test_an_order_that_ends_meanwhile_is_reversed_and_a_late_payment_goes_back(
    desk: Counter, machine: Machine, wechat: Peer
) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    waiting = await machine.take(order)
    async with desk.parts.db.tx() as tx:
        await payments.begin_closing(tx, order.id, who="test")
    await desk.forward(16)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "stopped"
    assert wechat.charged() == 0


async def test_a_face_is_taken_on_its_own_paths(desk: Counter, machine: Machine, wechat: Peer) -> None:
    order = await desk.owes(await desk.patient())
    wechat.plan = ["userpaying"]
    body = {"kind": "wechat_face", "code": "face-code-0001", "payer": "oPayer"}
    waiting = (await machine.post(f"orders/{order.id}/faces", body, **{"idempotency-key": "key-00000001"})).json()
    assert waiting["standing"] == "waiting"
    wechat.pays((await desk.attempt(waiting)).out_trade_no)
    await desk.polled(waiting)
    assert (await machine.stands(waiting))["standing"] == "paid"
    assert [path for path, _ in wechat.said] == ["/pay/facepay", "/pay/facepayquery"]


async def test_a_self_service_machine_needs_nobody(desk: Counter) -> None:
    kiosk = await desk.machine("kiosk-1", Role.SELF_SERVICE)
    order = await desk.owes(await desk.patient())
    assert (await kiosk.take(order))["standing"] == "paid"
    assert (await kiosk.get("payments"))["sums"]["fen"] == 5050


async def test_the_words_name_what_is_taken_here(machine: Machine) -> None:
    words = await machine.get("words")
    assert [kind["kind"] for kind in words["kinds"]] == ["wechat_code"]
    assert {each["name"] for each in words["standings"]} >= {"waiting", "unknown", "paid", "refused", "stopped"}
    assert words["wait_seconds"] == 30
