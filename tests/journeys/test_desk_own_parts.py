"""The own part of what an insurance settled at the desk, by every code and face there is, and all of it back again."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments import settings
from jiuyi.domains.payments.types import RefundState, Shown
from jiuyi.kit.ids import new_id
from tests.journeys.test_desk_insurance import Window, at_window
from tests.support.clock import AppClock
from tests.support.live import Live
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.feature("I07", "I08")]
UNIONPAY = "6299000000000000{number}1"
"""The sandbox's magic codes of its first person (docs/sandbox-desk.md, docs/sandbox-alipay.md)."""
ALIPAY, ALIPAY_FACE, WECHAT_FACE = "280000000000000010", "fp0000000000000010", "FACE990000000000000000000001"
Taking = Callable[[Window, str], Awaitable[dict[str, Any]]]


async def sent(window: Window, path: str, body: Any) -> dict[str, Any]:
    answer = await window.machine.post(path, body, **{"idempotency-key": new_id().hex})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def by_unionpay_code(window: Window, order: str) -> dict[str, Any]:
    return await window.takes(order, UNIONPAY.format(number="00"))


async def by_alipay_code(window: Window, order: str) -> dict[str, Any]:
    return await window.takes(order, ALIPAY)


async def by_shown_code(window: Window, order: str) -> dict[str, Any]:
    """The machine shows a code of ours, and the patient scans it."""
    shown = await sent(window, f"orders/{order}/shown-codes", None)
    assert shown["standing"] == "to_scan", shown
    scanned = await window.sandbox.http.post("/_control/unionpay/transactions", json={"qr_code": shown["show"]})
    assert scanned.status_code == 200, scanned.text
    return shown


async def by_wechat_face(window: Window, order: str) -> dict[str, Any]:
    return await sent(window, f"orders/{order}/faces", {"kind": "wechat_face", "code": WECHAT_FACE, "payer": "oPayer"})


async def by_alipay_face(window: Window, order: str) -> dict[str, Any]:
    return await sent(window, f"orders/{order}/faces", {"kind": "alipay_face", "code": ALIPAY_FACE})


async def settled(live: Live, sandbox: Sandbox, time: AppClock) -> tuple[Window, str, dict[str, Any]]:
    """A cashier, and bills of which the insurance has settled its part and the patient owes theirs."""
    window = await at_window(live, sandbox, time)
    async with live.parts.db.tx() as tx:
        for knob in (settings.REFUND_ASK_SECONDS, settings.REFUND_GAP_SECONDS):
            await live.parts.knobs.set(tx, knob, 1, who="system:test", why="nobody waits a minute here")
    await live.parts.knobs.load(live.parts.db)
    order = await window.fees()
    shown = await window.split(order, {**await window.voucher(), "use_account": False})
    assert (await window.act(shown, "confirm"))["standing"] == "to_collect"
    return window, order, shown


async def paid(window: Window, taken: dict[str, Any]) -> dict[str, Any]:
    """Let the worker work until the money is there."""
    path = f"payments/{taken['payment_id']}"
    return await until(
        lambda: window.machine.get(path), lambda one: one["standing"] == "paid", lambda: window.live.idle(1)
    )


async def all_back(window: Window, order: str) -> None:
    """The whole payment is given back: the insurance its part, the payer theirs, nothing is left on any account."""
    parts, subject = window.live.parts, (await window.order(order)).subject_id
    await sent(window, f"checkouts/{subject}/refunds", {"reason": "患者要求退费"})

    async def own() -> list[tuple[int, RefundState]]:
        async with parts.db.tx() as tx:
            return [(one.amount_fen, one.state) for one in await payments.refunds_of(tx, UUID(order))]

    own_fen = (await window.order(order)).own_fen
    await until(own, lambda found: found == [(own_fen, RefundState.DONE)], lambda: window.live.idle(1))
    assert (await window.order(order)).shown is Shown.REFUNDED
    async with parts.db.tx() as tx:
        left = await tx.values("SELECT account FROM payments.entry GROUP BY account HAVING sum(amount_fen) <> 0")
    assert left == []


@pytest.mark.parametrize(
    ("take", "kind", "channel"),
    [
        (by_unionpay_code, "unionpay_code", "unionpay"),
        (by_shown_code, "unionpay_shown", "unionpay"),
        (by_alipay_code, "alipay_code", "alipay"),
        (by_wechat_face, "wechat_face", "wechat"),
        (by_alipay_face, "alipay_face", "alipay"),
    ],
    ids=["unionpay-code", "unionpay-shown", "alipay-code", "wechat-face", "alipay-face"],
)
async def test_the_own_part_is_taken_and_given_back(
    live: Live, sandbox: Sandbox, time: AppClock, take: Taking, kind: str, channel: str
) -> None:
    window, order, shown = await settled(live, sandbox, time)
    done = await paid(window, await take(window, order))
    assert (done["kind"], done["amount_fen"]) == (kind, shown["own_fen"])
    await window.until(shown, "done")
    found = await window.order(order)
    assert (found.channel, found.paid_fen) == (channel, shown["total_fen"])
    assert (found.insurance_fen, found.own_fen) == (shown["total_fen"] - shown["own_fen"], shown["own_fen"])
    await all_back(window, order)
    await window.until(shown, "reversed")


async def test_a_code_that_is_refused_and_one_nobody_scans_leave_the_insurance_settled(
    live: Live, sandbox: Sandbox, time: AppClock
) -> None:
    window, order, shown = await settled(live, sandbox, time)
    refused = await window.takes(order, UNIONPAY.format(number="03"))
    assert (refused["standing"], refused["settled"]) == ("refused", True)
    ours = await sent(window, f"orders/{order}/shown-codes", None)
    held = await window.machine.post(f"settlements/{shown['id']}/stop")
    assert (held.status_code, held.json()["code"]) == (409, "payments.being_collected")
    await sent(window, f"payments/{ours['payment_id']}/stop", None)
    # An unpaid code runs out by itself; until then somebody may still scan it.
    await sandbox.move_clock(240)
    path = f"payments/{ours['payment_id']}"
    await until(lambda: window.machine.get(path), lambda one: one["standing"] == "stopped", lambda: live.idle(1))
    assert (await window.machine.get(f"settlements/{shown['id']}"))["standing"] == "to_collect"
    assert (await paid(window, await by_wechat_face(window, order)))["amount_fen"] == shown["own_fen"]
    await window.until(shown, "done")


@pytest.mark.parametrize("number", ["06", "07"])
async def test_a_code_whose_result_is_unknown_is_asked_about_and_taken_once(
    live: Live, sandbox: Sandbox, time: AppClock, number: str
) -> None:
    window, order, shown = await settled(live, sandbox, time)
    unknown = await window.takes(order, UNIONPAY.format(number=number))
    assert unknown["standing"] == "unknown"
    face = {"kind": "wechat_face", "code": WECHAT_FACE}
    again = await window.machine.post(f"orders/{order}/faces", face, **{"idempotency-key": "again-0001"})
    assert (again.status_code, again.json()["code"]) == (409, "payments.being_collected")
    await paid(window, unknown)
    await window.until(shown, "done")
    sums = (await window.machine.get("payments"))["sums"]
    assert (sums["count"], sums["fen"]) == (1, shown["own_fen"])


async def test_an_own_part_that_is_given_up_after_a_face_reverses_the_insurance(
    live: Live, sandbox: Sandbox, time: AppClock
) -> None:
    window, order, shown = await settled(live, sandbox, time)
    no_money = WECHAT_FACE[:-4] + "0601"
    refused = await sent(window, f"orders/{order}/faces", {"kind": "wechat_face", "code": no_money})
    assert (refused["standing"], refused["reason"]) == ("refused", "balance")
    await window.act(shown, "stop")
    await window.until(shown, "reversed")
    after = await window.order(order)
    assert (after.insurance_fen, after.paid_fen) == (0, 0)
    assert (await paid(window, await by_unionpay_code(window, order)))["amount_fen"] == shown["total_fen"]


async def test_after_a_reversal_the_insurance_is_read_anew(live: Live, sandbox: Sandbox, time: AppClock) -> None:
    window, order, shown = await settled(live, sandbox, time)
    await window.act(shown, "stop")
    await window.until(shown, "reversed")
    anew = await window.split(order, {**await window.voucher(), "use_account": False})
    assert (anew["id"] != shown["id"], anew["own_fen"]) == (True, shown["own_fen"])
    assert (await window.act(anew, "confirm"))["standing"] == "to_collect"
    assert (await paid(window, await by_wechat_face(window, order)))["amount_fen"] == shown["own_fen"]
    await window.until(anew, "done")
    await all_back(window, order)
