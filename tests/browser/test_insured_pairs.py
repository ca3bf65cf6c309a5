"""Every insurance in every channel that has it (docs/requirements.md, F04 and F22 to F26), by hand in Chromium.

One product, one sandbox and one browser for all; each pair has its holder, on their own phone, with fresh bills.
Sign-in, binding and the choice of bills go over HTTP, because they have tests of their own. `JIUYI_PICTURES=folder`
keeps a picture of the split, the result and the reversal.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.service import change_capability
from jiuyi.domains.insurance.types import InsuranceClass
from jiuyi.kit.money import yuan
from tests.browser.insured_pairs import ACCOUNT_FEN, KINDS, Hand, Opened, centre_order, new_page, until_reversed
from tests.support import chromium
from tests.support.databases import Postgres
from tests.support.holders import ONLINE
from tests.support.live import Live
from tests.support.live import live as open_live
from tests.support.sandbox import Sandbox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.feature("F04", "F22", "F23", "F24", "F25", "F26", "I02", "I06"),
]
C = InsuranceClass
PAIRS = [(channel, which) for which in ONLINE for channel in KINDS if (channel, which) != ("W", C.GZ_ORDINARY)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: Postgres, template: str, sandbox_url: str, product_port: int) -> AsyncIterator[Live]:
    """The product with a worker beside it, for the whole module."""
    name = postgres.clone(template)
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False, timeout=20) as http:
        keys = (await http.get("/_control/keys")).raise_for_status().json()
        sandbox = Sandbox(sandbox_url, f"http://localhost:{product_port}", http, keys)
        await sandbox.reset()
        async with open_live(postgres.dsn_for(name), sandbox, product_port) as live:
            await live.idle(2)

            async def work() -> None:
                while True:
                    await live.idle(1)
                    await asyncio.sleep(0.2)

            worker = asyncio.create_task(work())
            yield live
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
    postgres.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium.browser() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def hand(shared: Live, chrome: Browser, channel: str, which: InsuranceClass) -> AsyncIterator[Hand]:
    """The pair's holder at their phone, on the page of the bills they chose."""
    opened, errors = Opened(shared, which, KINDS[channel]), list[str]()
    await opened.prepare()
    page = await new_page(chrome, errors)
    made = Hand(opened, page)
    await made.start()
    yield made
    found = await page.evaluate("window.MiniProgram ? MiniProgram.program.log.errors : []")
    await page.context.close()
    await opened.leave()
    assert [*errors, *found] == []


@pytest.mark.parametrize(("channel", "which"), PAIRS)
async def test_settled_paid_and_taken_back(hand: Hand, channel: str) -> None:
    walk, opened = hand.walk, hand.opened
    await hand.chooses()
    await hand.consents()
    split = await opened.settlement()
    for name in ("total_fen", "pooled_fen", "own_fen"):
        assert split[name] > 0, name
    assert split["personal_account_fen"] == (0 if opened.which is C.GZ_ORDINARY else ACCOUNT_FEN)
    for name in ("total_fen", "pooled_fen", "personal_account_fen", "own_fen"):
        await walk.see(f"¥{yuan(split[name])}")
    await walk.picture("split")
    await hand.pays()
    await walk.picture("paid")
    paid = await opened.look()
    assert (paid["state"], paid["insurance_fen"], paid["own_fen"]) == (
        "paid",
        split["total_fen"] - split["own_fen"],
        split["own_fen"],
    )
    await walk.see(paid["receipt_no"])
    await hand.gives_back()
    back = await until_reversed(opened)
    await walk.see("已到账")
    await walk.picture("refunded")
    assert back["state"] == "reversed"
    sandbox = opened.live.sandbox
    told = [one for one in await sandbox.journal("his") if one["what"] in {"fees.confirm", "fees.refund"}]
    assert [one["what"] for one in told[-2:]] == ["fees.confirm", "fees.refund"]
    order = await centre_order(sandbox, split)
    assert [(one["fund"], one["account"], one["status"]) for one in order["refunds"]] == [
        (split["pooled_fen"], split["personal_account_fen"], "SUCC")
    ]
    async with opened.live.parts.db.tx() as tx:
        left = await tx.values("SELECT account FROM payments.entry GROUP BY account HAVING sum(amount_fen) <> 0")
    assert left == []
    assert channel in KINDS


@pytest.mark.parametrize(("channel", "which"), PAIRS[:1] + [pair for pair in PAIRS if pair == ("M", C.IN_PROVINCE)])
async def test_a_pair_that_is_switched_off_cannot_be_chosen(hand: Hand) -> None:
    parts, opened = hand.opened.live.parts, hand.opened
    cell = rules.cell(parts.knobs.get(settings.CAPABILITIES), opened.which, opened.phone.channel)
    assert cell is not None
    off = msgspec.structs.replace(cell, on=False, off_zh="医保系统年终结转，暂停线上结算", off_en="Year-end closing")
    for asked in (off, cell):
        async with parts.db.tx() as tx:
            await change_capability(tx, parts.knobs, asked, actor=Actor.system("test"), why="year end")
        await parts.knobs.load(parts.db)
        if asked is off:
            await hand.walk.tap("用医保结算")
            await hand.walk.see("医保系统年终结转")
            await hand.walk.picture("off")
            await hand.walk.tap("自费")
            await hand.walk.see("自费支付")
