"""The centre's daily file: what the sandbox's own centre settled and took back, and every way it can be wrong."""

import base64
import csv
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
import pytest_asyncio

from jiuyi.adapters.insurance.centre import NationalCentre
from jiuyi.adapters.insurance.check_file import CheckFile, Columns
from jiuyi.domains.insurance.types import SettlementKey
from jiuyi.domains.reconciliation.ports import NotReady
from jiuyi.domains.reconciliation.types import Kind, Said
from jiuyi.kit.clock import local
from jiuyi.kit.outcomes import Garbled, Refused
from tests.contracts.payer_worlds import InSandbox
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I06", "I08")
DAY = date(2026, 11, 19)
LATER = timedelta(hours=30)


@pytest_asyncio.fixture(params=["centre", "his"])
async def world(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[InSandbox]:
    made = InSandbox(sandbox, his=request.param == "his")
    yield made
    await made.close()


def file_of(world: InSandbox, *, with_his: bool = True) -> CheckFile:
    not_yet = frozenset({str(world.sandbox.keys["insurance"]["bill_not_yet"])})
    return CheckFile(world.centre, columns=Columns(), extra={}, with_his=with_his, not_yet=not_yet)


async def settled(world: InSandbox) -> tuple[SettlementKey, date]:
    """A settlement, with its number, and the day on which it was made."""
    ask = await world.ask()
    announced = await world.payer.announce(ask)
    split = await world.payer.presettle(ask, announced)
    key = SettlementKey(ask.no, announced.centre_no, announced.token, ask.insured, split)
    await world.confirmed(ask, key)
    found = await world.payer.find(key)
    assert found.at is not None
    day = local(found.at).date()
    return SettlementKey(ask.no, announced.centre_no, announced.token, ask.insured, split, found.settle_no), day


async def next_day(world: InSandbox) -> None:
    """The sandbox's clock, and ours with it: what is signed must be fresh."""
    await world.sandbox.move_clock(LATER.total_seconds(), only_sandbox=True)
    world.clock.offset = LATER


async def read(file: CheckFile, day: date, no: str) -> list[Said]:
    return [said async for said in file.bill(day) if said.order_no == no]


async def test_what_was_settled_and_taken_back_is_listed(world: InSandbox) -> None:
    key, day = await settled(world)
    await world.payer.reverse(key, f"B{key.no[1:]}")
    with pytest.raises(NotReady):
        await read(file_of(world), day, key.no)
    await next_day(world)
    listed = await read(file_of(world), day, key.no)
    fen = key.split.total_fen - key.split.own_fen
    payer = world.payer.name
    assert [(one.kind, one.amount_fen, one.account_fen, one.merchant_id) for one in listed] == [
        (Kind.PAYMENT, fen, key.split.personal_account_fen, payer),
        (Kind.REFUND, fen, key.split.personal_account_fen, payer),
    ]
    assert {one.transaction_id for one in listed} == {key.settle_no}
    assert [one.refund_no for one in listed] == [None, key.settle_no]
    assert all(local(one.at).date() == day for one in listed)
    only_mobile = await read(file_of(world, with_his=False), day, key.no)
    assert len(only_mobile) == (2 if payer == NationalCentre.name else 0)


async def test_every_lie_of_the_sandbox_is_told(world: InSandbox) -> None:
    key, day = await settled(world)
    await next_day(world)

    async def after(**lies: Any) -> list[tuple[Kind, int, int | None]]:
        (await world.sandbox.http.put("/_control/insurance/bill", json=lies)).raise_for_status()
        return [(one.kind, one.amount_fen, one.account_fen) for one in await read(file_of(world), day, key.no)]

    fen, account = key.split.total_fen - key.split.own_fen, key.split.personal_account_fen
    assert await after(drop=[key.no]) == []
    assert await after(wrong_fund={key.no: 101}) == [(Kind.PAYMENT, 101 + account, account)]
    assert await after(moved={key.no: 5}) == [(Kind.PAYMENT, fen, account + 5)]
    assert await after(refunded=[key.no]) == [(Kind.PAYMENT, fen, account), (Kind.REFUND, fen, account)]
    assert await after(refunded=[key.no], drop_refunds=[key.no]) == [(Kind.PAYMENT, fen, account)]
    assert await after(extra=[{"med_org_ord": "I999", "fund": 7}]) == [(Kind.PAYMENT, fen, account)]


# A centre of which only the file is read ----------------------------------------------------------------------------

HEAD = ("tradeType", "source", "payOrdId", "medOrgOrd", "hiDocSn", "tradeTime", "fundPay", "psnAcctPay")
ROW = ("PAY", "MOBILE", "ORD1", "I1", "44001", "2026-11-19 09:30:00", "12.34", "5.00")


@dataclass
class OneFile:
    """Answers getCheckFile with these rows, and whatever `said` puts in the place of its words."""

    rows: list[tuple[str, ...]] = field(default_factory=lambda: [ROW])
    head: tuple[str, ...] = HEAD
    said: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    refusal: str = ""

    async def check_file(self, ask: dict[str, str]) -> dict[str, Any]:
        self.asked.append(ask)
        if self.refusal:
            raise Refused("insurance", "getCheckFile", self.refusal, "未生成")
        sheet = io.StringIO()
        csv.writer(sheet).writerows([self.head, *self.rows])
        content = sheet.getvalue().encode()
        return {
            "billDate": DAY.isoformat(),
            "fileRows": str(len(self.rows)),
            "fileSha256": hashlib.sha256(content).hexdigest(),
            "fileContent": base64.b64encode(content).decode(),
            **self.said,
        }


def of(centre: OneFile, columns: Columns | None = None, **extra: str) -> CheckFile:
    return CheckFile(
        cast("NationalCentre", centre),
        columns=columns or Columns(),
        extra=extra,
        with_his=True,
        not_yet=frozenset({"50501"}),
    )


async def test_one_row() -> None:
    centre = OneFile()
    [said] = [one async for one in of(centre, orgSecret="s").bill(DAY)]
    assert (said.amount_fen, said.account_fen, said.transaction_id, said.order_no) == (1734, 500, "44001", "I1")
    assert centre.asked == [{"billDate": "2026-11-19", "billType": "ALL", "orgSecret": "s"}]


async def test_other_names_of_columns_and_no_source() -> None:
    centre = OneFile([(*ROW[:1], *ROW[2:])], ("type", *HEAD[2:]))
    [said] = [one async for one in of(centre, Columns(kind="type", source="")).bill(DAY)]
    assert (said.merchant_id, said.amount_fen) == ("national_centre", 1734)


@pytest.mark.parametrize("said", ["2026-11-19 09:30:00", "2026-11-19T09:30:00+08:00", "2026-11-19T01:30:00Z"])
async def test_an_offset_that_is_said_counts(said: str) -> None:
    [one] = [one async for one in of(OneFile([(*ROW[:5], said, *ROW[6:])])).bill(DAY)]
    assert one.at == datetime(2026, 11, 19, 1, 30, tzinfo=UTC)


async def test_a_row_in_which_only_the_patient_paid_is_left_out() -> None:
    centre = OneFile([(*ROW[:6], "0.00", ""), ROW])
    assert len([one async for one in of(centre).bill(DAY)]) == 1


@pytest.mark.parametrize(
    "centre",
    [
        OneFile(said={"fileSha256": "00"}),
        OneFile(said={"fileRows": "2"}),
        OneFile(said={"fileContent": "%%%"}),
        OneFile(said={"billDate": "2026-11-18"}),
        OneFile(head=(*HEAD[:-1], "other")),
        OneFile([("PAY", "MOBILE", "ORD1", "I1", "44001", "yesterday", "1", "1")]),
        OneFile([("WHAT", *ROW[1:])]),
        OneFile([("PAY", "ELSEWHERE", *ROW[2:])]),
        OneFile([(*ROW[:6], "1.234", "0")]),
        OneFile([(*ROW[:6], "12.34", "-5.00")]),
        OneFile([ROW[:4]]),
    ],
)
async def test_a_file_that_is_not_what_it_says_is_not_believed(centre: OneFile) -> None:
    with pytest.raises(Garbled):
        _ = [one async for one in of(centre).bill(DAY)]


async def test_not_yet_is_not_no() -> None:
    with pytest.raises(NotReady):
        _ = [one async for one in of(OneFile(refusal="50501")).bill(DAY)]
    with pytest.raises(Refused):
        _ = [one async for one in of(OneFile(refusal="50000")).bill(DAY)]
