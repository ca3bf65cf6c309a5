"""Inpatient deposits over the whole product: own family, strangers by number or bed, limits, and a HIS that fails."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from jiuyi.kit.ids import new_id
from jiuyi.kit.jobs import run_rounds
from jiuyi.kit.outcomes import Refused
from tests.support.live import Live
from tests.support.sandbox import Sandbox
from tests.support.visits import Visitor, visitor
from tests.support.waiting import until

pytestmark = [pytest.mark.feature("F07", "F09", "I02"), pytest.mark.slow]
WIFE = ("440100195501300926", "李秀珍")
STAY, STRANGER = "ZY26003081", "ZY26003102"


class Payer:
    """Somebody who pays deposits."""

    def __init__(self, who: Visitor) -> None:
        self.who, self.live, self.phone = who, who.live, who.phone

    async def own(self) -> dict[str, Any]:
        answer = await self.phone.get("/api/stays")
        assert answer.status_code == 200, answer.text
        stays: list[dict[str, Any]] = answer.json()["items"]
        return stays[0]

    async def find(self, **wish: str) -> httpx.Response:
        return await self.phone.post("/api/stays/find", wish)

    async def ask(self, stay: Mapping[str, Any], fen: int, key: str | None = None) -> httpx.Response:
        body = {"key": stay["key"], "amount_fen": fen}
        return await self.phone.post("/api/deposits", body, **{"Idempotency-Key": key or new_id().hex})

    async def deposit(self, stay: Mapping[str, Any], fen: int) -> dict[str, Any]:
        answer = await self.ask(stay, fen)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def until(self, deposit: Mapping[str, Any], *states: str) -> dict[str, Any]:
        async def look() -> dict[str, Any]:
            shown: dict[str, Any] = (await self.phone.get(f"/api/deposits/{deposit['id']}")).json()
            return shown

        return await until(look, lambda shown: shown["state"] in states, self.work)

    async def work(self) -> None:
        """What a worker does about money and stays."""
        parts = self.live.parts
        await parts.jobs.drain(parts.db)
        wanted = ("payments.", "inpatient.")
        await run_rounds(parts.db, [every for every in parts.jobs.rounds if every.name.startswith(wanted)])
        await parts.jobs.drain(parts.db)


async def bed_code(sandbox: Sandbox, number: str) -> str:
    stays = (await sandbox.http.get("/_control/hospital/stays")).json()["stays"]
    return next(str(stay["bed_code"]) for stay in stays if stay["inpatient_no"] == number)


@pytest_asyncio.fixture
async def payer(live: Live) -> Payer:
    return Payer(await visitor(live, 2, *WIFE))


async def test_for_the_own_family(payer: Payer) -> None:
    stay = await payer.own()
    assert (stay["name"], stay["inpatient_no"], stay["balance_fen"]) == ("李*珍", "*3081", 78644)
    assert stay["department"]
    assert stay["admitted_on"]
    assert stay["choices_fen"] == [50000, 100000, 200000]
    deposit = await payer.deposit(stay, 100000)
    assert (deposit["state"], deposit["amount_fen"]) == ("awaiting_payment", 100000)
    await payer.who.pay(deposit)
    shown = await payer.until(deposit, "paid")
    assert shown["receipt_no"].startswith("YJ")
    assert (await payer.own())["balance_fen"] == 178644
    assert (await payer.own())["left_today_fen"] == 4_900_000
    listed = (await payer.phone.get("/api/deposits")).json()["items"]
    assert [one["id"] for one in listed] == [deposit["id"]]
    assert (await payer.phone.get("/api/messages")).json()["items"][0]["link"]["page"] == "deposit"


async def test_a_stranger_learns_a_masked_name_and_a_bed(payer: Payer, sandbox: Sandbox) -> None:
    found = (await payer.find(bed_code=await bed_code(sandbox, STRANGER))).json()
    assert "*" in found["name"]
    assert found["inpatient_no"] == "*3102"
    assert [found[key] for key in ("deposit_fen", "spent_fen", "balance_fen", "warning_fen", "own")] == [None] * 4 + [
        False
    ]
    # A department or a ward may be a diagnosis.
    assert (found["department"], found["ward"], found["admitted_on"]) == (None, None, None)
    deposit = await payer.deposit(found, 50000)
    await payer.who.pay(deposit)
    shown = await payer.until(deposit, "paid")
    assert (shown["name"], shown["ward"]) == (found["name"], None)
    told = (await payer.phone.get("/api/messages")).json()["items"][0]
    assert "病区" not in str(told)
    # Whoever is bound sees sums; whoever found the same stay by its bed does not.
    by_bed = (await payer.find(bed_code=await bed_code(sandbox, STAY))).json()
    assert by_bed["balance_fen"] is None


async def test_number_and_name_must_both_fit(payer: Payer) -> None:
    found = await payer.find(inpatient_no=STAY.lower(), name=f" {WIFE[1]} ")
    assert found.status_code == 200, found.text
    for wish in ({"inpatient_no": STAY, "name": "李秀"}, {"inpatient_no": "ZY00000000", "name": WIFE[1]}, {}):
        refused = await payer.find(**wish)
        assert (refused.status_code, refused.json()["code"]) == (404, "inpatient.stay_unknown")


async def test_numbers_cannot_be_tried_out(payer: Payer) -> None:
    for _ in range(10):
        assert (await payer.find(inpatient_no=STRANGER, name="张三")).status_code == 404
    refused = await payer.find(inpatient_no=STAY, name=WIFE[1])
    assert (refused.status_code, refused.json()["code"]) == (429, "inpatient.lookups_used_up")


async def test_an_address_cannot_look_for_ever(live: Live, payer: Payer) -> None:
    for _ in range(60):
        assert (await payer.find(bed_code="W12-03")).status_code == 404
    other = Payer(await visitor(live, 1))
    for _ in range(60):
        assert (await other.find()).status_code == 404
    refused = await other.find(inpatient_no=STAY, name=WIFE[1])
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")


async def test_limits(payer: Payer) -> None:
    stay = await payer.own()
    for fen in (9900, 2_000_100, 10_050):
        refused = await payer.ask(stay, fen)
        assert (refused.status_code, refused.json()["code"]) == (422, "inpatient.amount_outside"), fen
    for fen in (2_000_000, 2_000_000):
        await payer.deposit(stay, fen)
    refused = await payer.ask(stay, 2_000_000)
    assert (refused.json()["code"], refused.json()["params"]) == ("inpatient.day_limit", {"left": 10000})
    assert (await payer.ask(stay, 1_000_000)).status_code == 201


async def test_strangers_cannot_use_a_family_s_limit_up_without_paying(
    live: Live, payer: Payer, sandbox: Sandbox
) -> None:
    other = Payer(await visitor(live, 1))
    found = (await other.find(bed_code=await bed_code(sandbox, STAY))).json()
    for fen in (2_000_000, 2_000_000, 1_000_000):
        await other.deposit(found, fen)
    stay = await payer.own()
    assert stay["left_today_fen"] == 5_000_000
    await payer.who.pay(await payer.deposit(stay, 2_000_000))
    # What a family paid is not told to who found the stay by its bed, either.
    again = (await other.find(bed_code=await bed_code(sandbox, STAY))).json()
    assert (again["left_today_fen"], again["choices_fen"]) == (2_000_000, [50000, 100000, 200000])
    refused = await other.ask(again, 10_000)
    assert (refused.json()["code"], refused.json()["params"]) == ("inpatient.day_limit_other", {})
    third = Payer(await visitor(live, 3))
    assert (await third.find(bed_code=await bed_code(sandbox, STAY))).json()["left_today_fen"] == 2_000_000


async def test_a_stranger_does_not_learn_that_a_stay_is_being_settled(payer: Payer, sandbox: Sandbox) -> None:
    found = (await payer.find(bed_code=await bed_code(sandbox, STRANGER))).json()
    body = {"inpatient_no": STRANGER, "state": "settling"}
    (await sandbox.http.post("/_control/hospital/inpatient/state", json=body)).raise_for_status()
    again = (await payer.find(bed_code=await bed_code(sandbox, STRANGER))).json()
    assert again["deposit_open"] is False
    refused = (await payer.ask(found, 50000)).json()
    assert refused["code"] == "inpatient.deposit_closed"
    assert "结算" not in again["deposit_note"] + refused["detail"]


async def test_two_taps_are_one_deposit(payer: Payer) -> None:
    stay, key = await payer.own(), new_id().hex
    first, again = await asyncio.gather(payer.ask(stay, 50000, key), payer.ask(stay, 50000, key))
    assert first.json()["id"] == again.json()["id"]


async def test_a_key_is_for_one_account(live: Live, payer: Payer) -> None:
    other = Payer(await visitor(live, 1))
    stay = await payer.own()
    assert (await other.ask(stay, 50000)).json()["code"] == "inpatient.key_ended"
    assert (await other.phone.get("/api/stays")).json()["items"] == []
    mine = await payer.deposit(stay, 50000)
    assert (await other.phone.get(f"/api/deposits/{mine['id']}")).status_code == 404
    made_up = {"key": "x" * 40}
    assert (await payer.ask(made_up, 50000)).json()["code"] == "inpatient.key_ended"


async def test_settlement_begins_while_they_pay(payer: Payer, sandbox: Sandbox) -> None:
    deposit = await payer.deposit(await payer.own(), 50000)
    body = {"inpatient_no": STAY, "state": "settling"}
    (await sandbox.http.post("/_control/hospital/inpatient/state", json=body)).raise_for_status()
    await payer.who.pay(deposit)
    shown = await payer.until(deposit, "not_paid_refunding", "not_paid_refunded")
    assert "出院结算" in shown["state_detail"]
    await payer.until(deposit, "not_paid_refunded")
    stay = await payer.own()
    assert (stay["deposit_open"], stay["left_today_fen"]) == (False, 5_000_000)
    assert (await payer.ask(stay, 50000)).json()["code"] == "inpatient.deposit_closed"


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "garbled"])
async def test_the_his_does_not_answer(payer: Payer, sandbox: Sandbox, kind: str) -> None:
    deposit = await payer.deposit(await payer.own(), 50000)
    await sandbox.fault("his", kind, match="/inpatient.deposit$", times=1)
    await payer.who.pay(deposit)
    await payer.until(deposit, "paid")
    assert (await payer.own())["balance_fen"] == 78644 + 50000


async def test_the_his_is_down_until_patience_ends(payer: Payer, sandbox: Sandbox) -> None:
    deposit = await payer.deposit(await payer.own(), 50000)
    await sandbox.fault("his", "status", match="/inpatient.deposit$", value=503)
    await payer.who.pay(deposit)
    await payer.until(deposit, "confirming")
    await sandbox.move_clock(1900)
    shown = await payer.until(deposit, "not_paid_refunding", "not_paid_refunded")
    assert "没有响应" in shown["state_detail"]


async def test_the_books_tell_the_his_again_and_it_is_entered_once(live: Live, payer: Payer, sandbox: Sandbox) -> None:
    deposit = await payer.deposit(await payer.own(), 50000)
    await payer.who.pay(deposit)
    await payer.until(deposit, "paid")
    entries = live.parts.ports["mender"].entries["deposit"]
    await entries.repost(UUID(deposit["id"]))
    assert (await payer.own())["balance_fen"] == 78644 + 50000
    told = [one for one in await sandbox.journal("his") if one["what"] == "inpatient.deposit"]
    assert len({one["request"]["request_no"] for one in told}) == 1
    assert len(told) == 2
    for nothing in (entries.enter_refund, entries.reverse):
        with pytest.raises(Refused):
            await nothing(UUID(deposit["id"]))
