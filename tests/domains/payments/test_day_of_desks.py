"""A day of all desks, as finance reads it: what is counted by hand here stands in the sums, the list and the sheet."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from jiuyi.domains.payments import flows, settings
from jiuyi.domains.staff.types import Role
from jiuyi.kit.clock import local
from tests.domains.payments.test_desk_cards import MERCHANT, book, slip
from tests.support.clock import AppClock
from tests.support.counter import Counter, Machine, counter, settings_with, signing_in
from tests.support.micropay_peer import Peer, playing

pytestmark = pytest.mark.feature("I07")
NOTHING = {"count": 0, "fen": 0, "refund_count": 0, "refund_fen": 0, "refund_open_fen": 0}


@pytest.fixture
def wechat() -> Iterator[Peer]:
    with playing() as peer:
        yield peer


@pytest_asyncio.fixture
async def desk(dsn: str, time: AppClock, wechat: Peer) -> AsyncIterator[Counter]:
    async with counter(dsn, settings_with(dsn, wechat), time) as made:
        async with made.parts.db.tx() as tx:
            await made.parts.knobs.set(tx, settings.CARD_MERCHANTS, [MERCHANT], who="test", why="test")
        await made.parts.knobs.load(made.parts.db)
        yield made


async def today(desk: Counter) -> date:
    return local(await desk.time.now()).date()


async def lived(desk: Counter, wechat: Peer) -> date:
    """Two shifts of a window, a self-service machine; one refused, one waiting, a part given back."""
    patient, window = await desk.patient(), await desk.machine()
    kiosk = await desk.machine("kiosk-1", Role.SELF_SERVICE)
    wechat.plan = ["notenough"]
    assert (await window.take(await desk.owes(patient, 120)))["standing"] == "refused"
    first = await desk.owes(patient, 5050)
    assert (await window.take(first))["standing"] == "paid"
    card = await book(window, await desk.owes(patient, 20_000), await slip(desk, amount_fen=20_000))
    assert card.json()["standing"] == "paid"
    back = {"amount_fen": 2525, "reason": "多收退回"}
    (await window.post(f"orders/{first.id}/refunds", back, **{"idempotency-key": "back-0001"})).raise_for_status()
    (await window.post("shift/end")).raise_for_status()
    (await window.post("shift", signing_in())).raise_for_status()
    assert (await window.take(await desk.owes(patient, 3000)))["standing"] == "paid"
    assert (await kiosk.take(await desk.owes(patient, 1005)))["standing"] == "paid"
    wechat.plan = ["userpaying"]
    assert (await window.take(await desk.owes(patient, 999)))["standing"] == "waiting"
    return await today(desk)


def sums(count: int, fen: int, *back: int) -> dict[str, int]:
    return {
        "count": count,
        "fen": fen,
        "refund_count": len(back),
        "refund_fen": sum(back),
        "refund_open_fen": sum(back),
    }


async def finance(desk: Counter) -> Machine:
    """Somebody of the finance department, signed in at their own machine."""
    machine = await desk.machine("finance-1", Role.FINANCE_READ)
    shift = (await machine.post("shift", signing_in())).raise_for_status().json()
    assert (shift["role"], shift["operator"]) == ("finance_read", "1027")
    return machine


async def test_ways_and_shifts_add_up_to_the_day(desk: Counter, wechat: Peer) -> None:
    day, reader = await lived(desk, wechat), await finance(desk)
    found = await reader.get(f"days/{day}/payments")
    assert found["sums"] == sums(4, 5050 + 20_000 + 3000 + 1005, 2525)
    assert {way["kind_name"]: way["sums"] for way in found["ways"]} == {
        "微信付款码": sums(3, 5050 + 3000 + 1005, 2525),
        "银行卡": sums(1, 20_000),
    }
    assert [(one["device"], one["operator"], one["operator_name"], one["sums"]) for one in found["shifts"]] == [
        ("kiosk-1", None, None, sums(1, 1005)),
        ("window-3", "1027", "区慧敏", sums(2, 25_050, 2525)),
        ("window-3", "1027", "区慧敏", sums(1, 3000)),
    ]
    for parts in (found["ways"], found["shifts"]):
        assert {name: sum(one["sums"][name] for one in parts) for name in NOTHING} == found["sums"]
    lines = [(one["amount_fen"], one["refund_fen"], one["standing"]) for one in found["items"]]
    assert lines == [
        (999, 0, "waiting"),
        (1005, 0, "paid"),
        (3000, 0, "paid"),
        (20_000, 0, "paid"),
        (5050, 2525, "paid"),
        (120, 0, "refused"),
    ]
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        empty = await reader.get(f"days/{other}/payments")
        assert (empty["sums"], empty["ways"], empty["shifts"], empty["items"]) == (NOTHING, [], [], [])


@pytest.mark.parametrize("at_once", [1, 2, 500])
async def test_the_sheet_holds_every_line_once_and_its_own_total(desk: Counter, wechat: Peer, at_once: int) -> None:
    day = await lived(desk, wechat)
    parts = [part async for part in flows.day_sheet(desk.parts.db, day=day, language="zh", at_once=at_once)]
    rows = list(csv.reader(io.StringIO(b"".join(parts).decode("utf-8-sig"))))
    assert len({tuple(row) for row in rows}) == len(rows) == 1 + 6 + 1
    taken, back = rows[0].index("收款（元）"), rows[0].index("退款（元）")
    assert [row[taken] for row in rows[1:-1]] == ["0.00", "10.05", "30.00", "200.00", "50.50", "0.00"]
    total = rows[-1]
    assert (total[0], total[1], total[taken], total[back]) == ("合计", "4", "290.55", "25.25")


async def test_the_sheet_is_a_file_without_names_that_runs_nothing(desk: Counter, wechat: Peer) -> None:
    day, reader = await lived(desk, wechat), await finance(desk)
    async with desk.parts.db.tx() as tx:
        await tx.run("UPDATE payments.collection SET device_code = '=1+1' WHERE device_code = 'kiosk-1'")
    answer = await reader.call("GET", f"days/{day}/payments.csv", **{"accept-language": "en"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="desks-{day}.csv"'
    text = answer.content.decode("utf-8-sig")
    assert text.startswith("Time,Order,Item")
    assert "'=1+1" in text
    assert "陈" not in text
    async with desk.parts.db.tx() as tx:
        noted = await tx.values("SELECT action FROM audit.entry WHERE actor = 'finance-1/1027' ORDER BY at, id")
    assert noted == ["staff.shift_opened", "payments.desks_taken_away"]
    window = await desk.machine("window-4")
    assert (await window.call("GET", f"days/{day}/payments.csv")).status_code == 403


async def test_a_browser_of_finance_reads_with_its_cookie_and_signs_out(desk: Counter) -> None:
    machine = await desk.machine("finance-1", Role.FINANCE_READ)
    opened = (await machine.post("shift", signing_in())).raise_for_status()
    browser = machine.http
    csrf: dict[str, Any] = {"x-csrf-token": opened.json()["csrf"]}
    path = f"/api/desk/days/{await today(desk)}/payments"
    assert (await browser.get(path)).json()["sums"] == NOTHING
    assert (await browser.get("/api/desk/payments")).status_code == 403
    assert (await browser.post("/api/desk/shift/end", headers=csrf)).status_code == 200
    assert (await browser.get(path)).status_code == 401
