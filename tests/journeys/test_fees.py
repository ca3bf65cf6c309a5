"""Outpatient fees over the whole product: choose, pay, guide sheet, refunds, with the failure at the worst moment."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from jiuyi.domains.outpatient.flows import CheckoutBills, driver
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import ConfirmAsk, Receipt
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order
from jiuyi.kit.ids import new_id
from jiuyi.kit.jobs import run_rounds
from jiuyi.kit.outcomes import Refused
from tests.support.live import Live
from tests.support.sandbox import Sandbox
from tests.support.visits import Visitor, visitor
from tests.support.waiting import until

pytestmark = [pytest.mark.feature("F04", "F09", "I02"), pytest.mark.slow]
FATHER = ("440100195905151234", "陈志华")


class Payer:
    """Somebody who pays for their father."""

    def __init__(self, who: Visitor) -> None:
        self.who, self.live, self.phone, self.patient_id = who, who.live, who.phone, who.patient_id

    async def listed(self) -> dict[str, Any]:
        answer = await self.phone.get("/api/fees", patient_id=self.patient_id)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def visit(self) -> dict[str, Any]:
        return next(visit for visit in (await self.listed())["visits"] if visit["payable"])

    async def choose(self, *kinds: str, key: str | None = None) -> httpx.Response:
        visit = await self.visit()
        bills = [bill["bill_no"] for bill in visit["bills"] if not kinds or bill["kind"] in kinds]
        body = {"patient_id": self.patient_id, "visit_no": visit["visit_no"], "bill_nos": bills}
        return await self.phone.post("/api/fees/checkouts", body, **{"Idempotency-Key": key or new_id().hex})

    async def chosen(self, *kinds: str) -> dict[str, Any]:
        answer = await self.choose(*kinds)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def look(self, checkout: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.phone.get(f"/api/fees/checkouts/{checkout['id']}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def until(self, checkout: Mapping[str, Any], *states: str) -> dict[str, Any]:
        return await until(lambda: self.look(checkout), lambda shown: shown["state"] in states, self.work)

    async def until_back(self, checkout: Mapping[str, Any], fen: int) -> dict[str, Any]:
        """Let the worker work until so much is back and every part that was asked for has arrived."""

        def good(shown: dict[str, Any]) -> bool:
            return shown["refunded_fen"] == fen and all(one["state"] == "refunded" for one in shown["refunds"])

        return await until(lambda: self.look(checkout), good, self.work)

    async def work(self) -> None:
        """What a worker does about money and fees."""
        parts = self.live.parts
        await parts.jobs.drain(parts.db)
        wanted = ("payments.", "outpatient.")
        await run_rounds(parts.db, [every for every in parts.jobs.rounds if every.name.startswith(wanted)])
        await parts.jobs.drain(parts.db)

    async def paid(self, *kinds: str) -> dict[str, Any]:
        checkout = await self.chosen(*kinds)
        await self.who.pay(checkout)
        return await self.until(checkout, "paid")

    async def refund(self, checkout: Mapping[str, Any], *lines: Mapping[str, Any]) -> httpx.Response:
        keys = [{"bill_no": line["bill_no"], "line_no": line["line_no"]} for line in lines]
        return await self.phone.post(
            f"/api/fees/checkouts/{checkout['id']}/refunds", {"lines": keys, "reason": "不想做了"}
        )

    async def refundable(self, checkout: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = await self.phone.get(f"/api/fees/checkouts/{checkout['id']}/refundable")
        assert answer.status_code == 200, answer.text
        lines: list[dict[str, Any]] = answer.json()["lines"]
        return lines


async def desk(sandbox: Sandbox, what: str, **data: Any) -> None:
    (await sandbox.http.post(f"/_control/hospital/{what}", json=data)).raise_for_status()


async def bill_no(payer: Payer, kind: str) -> str:
    return next(str(bill["bill_no"]) for bill in (await payer.visit())["bills"] if bill["kind"] == kind)


@pytest_asyncio.fixture
async def payer(live: Live) -> Payer:
    return Payer(await visitor(live, 1, *FATHER))


async def test_paid_with_a_guide_sheet(payer: Payer) -> None:
    listed = await payer.listed()
    first, locked = listed["visits"]
    assert (first["total_fen"], first["bill_count"], first["line_count"]) == (38640, 3, 7)
    assert (locked["payable"], locked["total_fen"]) == (False, 0)
    assert "窗口" in locked["bills"][0]["locked_text"]
    checkout = await payer.chosen()
    assert (checkout["state"], checkout["total_fen"]) == ("awaiting_payment", 38640)
    await payer.who.pay(checkout)
    shown = await payer.until(checkout, "paid")
    assert [step["kind"] for step in shown["guide"]] == ["lab", "exam", "pharmacy"]
    assert shown["guide"][0]["ticket"].startswith("B")
    assert "5 号窗" in shown["guide"][2]["place"]
    assert [visit["payable"] for visit in (await payer.listed())["visits"]] == [False]
    messages = (await payer.phone.get("/api/messages")).json()["items"]
    assert messages[0]["title"] == "缴费成功"
    assert messages[0]["link"] == {"page": "checkout", "id": checkout["id"]}
    records = (await payer.phone.get("/api/payments")).json()["items"]
    assert [record["amount_fen"] for record in records] == [38640]


async def test_items_by_kind_of_fee(payer: Payer) -> None:
    visit = await payer.visit()
    answer = await payer.phone.get(f"/api/fees/visits/{visit['visit_no']}", patient_id=payer.patient_id)
    told = answer.json()
    drugs = next(bill for bill in told["bills"] if bill["kind"] == "western")["categories"]
    assert [(one["title"], one["amount_fen"], len(one["lines"])) for one in drugs] == [("西药费", 16860, 3)]
    stranger = await payer.phone.get("/api/fees/visits/MZ00000000000", patient_id=payer.patient_id)
    assert stranger.status_code == 404


async def test_the_notice_is_lost(payer: Payer, sandbox: Sandbox) -> None:
    await sandbox.fault("wechat_pay", "drop_notify", times=20)
    checkout = await payer.chosen("exam")
    await payer.who.pay(checkout)
    await sandbox.move_clock(90)
    assert (await payer.until(checkout, "paid"))["paid_fen"] == 6500


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "garbled"])
async def test_the_his_does_not_answer_at_confirm(payer: Payer, sandbox: Sandbox, kind: str) -> None:
    await sandbox.fault("his", kind, match="fees.confirm", times=1)
    checkout = await payer.chosen("exam")
    await payer.who.pay(checkout)
    shown = await payer.until(checkout, "paid")
    assert (shown["refunds"], shown["refunded_fen"]) == ([], 0)
    listed = [entry for entry in await sandbox.journal("his") if entry["what"] == "fees.confirm"]
    assert len(listed) <= 2


async def test_the_his_is_down_until_patience_ends(payer: Payer, sandbox: Sandbox) -> None:
    checkout = await payer.chosen("exam")
    await sandbox.fault("his", "status", match="fees.confirm", value=503)
    await payer.who.pay(checkout)
    assert (await payer.until(checkout, "confirming"))["paid_fen"] == 6500
    await sandbox.move_clock(660)
    shown = await payer.until(checkout, "not_paid_refunding", "not_paid_refunded")
    assert "没有响应" in shown["state_detail"]
    await payer.until(checkout, "not_paid_refunded")
    await sandbox.no_faults()
    assert (await payer.visit())["total_fen"] == 38640


@pytest.mark.parametrize(
    ("act", "more", "words"),
    [
        ("fees/pay_at_window", {}, "已在窗口"),
        ("fees/lock", {"reason": "window"}, "窗口正在办理"),
        ("fees/reprice", {"fen": 100}, "修改或作废"),
        ("fees/void", {}, "修改或作废"),
    ],
)
async def test_something_happens_while_they_pay(
    payer: Payer, sandbox: Sandbox, act: str, more: dict[str, Any], words: str
) -> None:
    number = await bill_no(payer, "exam")
    checkout = await payer.chosen("exam")
    await desk(sandbox, act, bill_no=number, **more)
    await payer.who.pay(checkout)
    shown = await payer.until(checkout, "not_paid_refunding", "not_paid_refunded")
    assert words in shown["state_detail"]
    assert (await payer.until(checkout, "not_paid_refunded"))["refunded_fen"] == 6500
    message = next(m for m in (await payer.phone.get("/api/messages")).json()["items"] if m["kind"] == "fees_refused")
    assert words in message["body"]


async def test_what_is_locked_or_changed_before_choosing_is_told(payer: Payer, sandbox: Sandbox) -> None:
    visit = (await payer.listed())["visits"][1]
    body = {"patient_id": payer.patient_id, "visit_no": visit["visit_no"], "bill_nos": [visit["bills"][0]["bill_no"]]}
    answer = await payer.phone.post("/api/fees/checkouts", body, **{"Idempotency-Key": new_id().hex})
    assert (answer.status_code, answer.json()["code"]) == (409, "outpatient.fees_locked")
    assert "窗口" in answer.json()["detail"]
    paying = await payer.visit()
    await desk(sandbox, "fees/void", bill_no=paying["bills"][0]["bill_no"])
    gone = {"patient_id": payer.patient_id, "visit_no": paying["visit_no"], "bill_nos": [paying["bills"][0]["bill_no"]]}
    answer = await payer.phone.post("/api/fees/checkouts", gone, **{"Idempotency-Key": new_id().hex})
    assert answer.json()["code"] == "outpatient.fees_changed"


async def test_two_taps_are_one_checkout(payer: Payer) -> None:
    key = new_id().hex
    first, second, third = await asyncio.gather(payer.choose(key=key), payer.choose(key=key), payer.choose())
    assert {answer.json()["id"] for answer in (first, second, third)} == {first.json()["id"]}
    smaller = await payer.chosen("exam")
    assert smaller["id"] != first.json()["id"]
    assert (await payer.look(first.json()))["state"] == "closed"
    await payer.who.pay(smaller)
    await payer.until(smaller, "paid")


async def test_two_accounts_never_pay_one_bill_twice(live: Live, payer: Payer) -> None:
    other = Payer(await visitor(live, 2, *FATHER))
    checkout = await payer.chosen("exam", "lab")
    refused = await other.choose("exam")
    assert (refused.status_code, refused.json()["code"]) == (409, "outpatient.being_paid")
    assert (await other.phone.get(f"/api/fees/checkouts/{checkout['id']}")).status_code == 404
    assert (await other.choose("western")).status_code == 201


async def test_left_alone_it_is_closed_and_the_bills_are_free(payer: Payer, sandbox: Sandbox) -> None:
    checkout = await payer.chosen()
    await sandbox.move_clock(16 * 60)
    assert (await payer.until(checkout, "closed"))["paid_fen"] == 0
    assert (await payer.chosen())["id"] != checkout["id"]


async def test_part_of_it_goes_back(payer: Payer, sandbox: Sandbox) -> None:
    checkout = await payer.paid()
    lines = await payer.refundable(checkout)
    assert all(line["refundable"] for line in lines)
    await desk(sandbox, "fees/execute", bill_no=lines[0]["bill_no"])
    lines = await payer.refundable(checkout)
    drugs, tests = [x for x in lines if not x["refundable"]], [x for x in lines if x["refundable"]]
    assert len(drugs) == 3
    assert "发出" in drugs[0]["reason"]
    refused = await payer.refund(checkout, drugs[0], tests[0])
    assert refused.json()["code"] == "outpatient.not_refundable"
    done = await payer.refund(checkout, tests[0], tests[3])
    assert done.status_code == 200, done.text
    back = tests[0]["amount_fen"] + tests[3]["amount_fen"]
    shown = await payer.until_back(checkout, back)
    assert shown["state"] == "partly_refunded"
    assert (await payer.refund(checkout, tests[0])).json()["code"] == "outpatient.not_refundable"
    second = await payer.refund(checkout, tests[1])
    assert second.status_code == 200
    await sandbox.move_clock(70)  # the channel takes refunds of one payment a minute apart
    shown = await payer.until_back(checkout, back + tests[1]["amount_fen"])
    assert (shown["state"], len(shown["refunds"])) == ("partly_refunded", 2)


@pytest.mark.parametrize(("kind", "ends"), [("cut_before", "paid"), ("cut_after", "refunded")])
async def test_the_his_does_not_answer_at_refund(payer: Payer, sandbox: Sandbox, kind: str, ends: str) -> None:
    checkout = await payer.paid("exam")
    lines = await payer.refundable(checkout)
    await sandbox.fault("his", kind, match="/fees.refund$", times=1)
    asked = await payer.refund(checkout, *lines)
    assert (asked.status_code, asked.json()["refunds"][0]["state"]) == (200, "asking")
    entries = payer.live.parts.ports["mender"].entries["checkout"]
    assert await entries.withdrawing(UUID(checkout["id"]))
    again = await payer.refund(checkout, *lines)
    assert again.json()["code"] in {"outpatient.refund_under_way", "outpatient.not_refundable"}
    # What it does not know may still arrive there for five minutes.
    await sandbox.move_clock(340)
    said = "refused" if ends == "paid" else "refunded"
    await until(
        lambda: payer.look(checkout),
        lambda shown: shown["state"] == ends and [one["state"] for one in shown["refunds"]] == [said],
        payer.work,
    )
    assert not await entries.withdrawing(UUID(checkout["id"]))
    if ends == "paid":
        assert (await payer.refund(checkout, *lines)).status_code == 200


async def test_history_with_filter(payer: Payer) -> None:
    checkout = await payer.paid("exam")
    await payer.chosen("lab")
    items = (await payer.phone.get("/api/fees/checkouts", patient_id=payer.patient_id)).json()["items"]
    assert {item["state"] for item in items} == {"paid", "awaiting_payment"}
    paper = await payer.phone.get("/api/fees/statement.pdf", patient_id=payer.patient_id)
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF-")
    none = await payer.phone.get("/api/fees/checkouts", **{"from": "2020-01-01", "to": "2020-02-01"})
    assert none.json()["items"] == []
    assert (await payer.phone.get("/api/fees/checkouts", back="true")).json()["items"] == []
    lines = await payer.refundable(checkout)
    await payer.refund(checkout, *lines)
    back = (await payer.phone.get("/api/fees/checkouts", back="true")).json()["items"]
    assert [item["id"] for item in back] == [checkout["id"]]


async def test_a_hospital_that_does_not_answer_says_nothing(payer: Payer, sandbox: Sandbox) -> None:
    await sandbox.fault("his", "cut_before", match="fees.unpaid", times=1)
    shown = await payer.listed()
    assert (shown["stale"], shown["visits"]) == (True, [])


async def test_new_bills_are_told_and_stand_on_the_first_page(payer: Payer, sandbox: Sandbox) -> None:
    await desk(sandbox, "fees/end_consultation", patient_id="P0000002", department_code="D0303")

    async def told() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await payer.phone.get("/api/messages")).json()["items"]
        return found

    messages = await until(told, bool, payer.work)
    assert [(one["kind"], one["link"]) for one in messages] == [
        ("fees_waiting", {"page": "fees", "id": payer.patient_id})
    ]
    now = (await payer.phone.get("/api/home")).json()["now"]
    assert [(item["kind"], item["patient_id"]) for item in now] == [("fees", payer.patient_id)]
    assert "7 张单" in now[0]["title"]


async def test_an_insurance_gets_the_lines_of_what_was_chosen(payer: Payer, live: Live, sandbox: Sandbox) -> None:
    source = CheckoutBills(live.parts.db, live.parts.ports["fees"])

    async def order_of(checkout: Mapping[str, Any]) -> Order:
        async with live.parts.db.tx() as tx:
            return await payments.order(tx, UUID(checkout["order_id"]))

    bill = await source.bill(await order_of(await payer.chosen("western", "exam")))
    assert (bill.total_fen, len(bill.lines), bill.diagnoses[0].code) == (16860 + 6500, 4, "I25.103")
    assert {(line.insurance_class, line.self_pay_ratio) for line in bill.lines} == {("A", "0"), ("B", "0.05")}
    await desk(sandbox, "fees/end_consultation", patient_id="P0000002", department_code="D0501")
    other = await payer.chosen()
    await desk(sandbox, "fees/void", bill_no=(await payer.look(other))["lines"][0]["bill_no"])
    with pytest.raises(Refused, match="fees_changed"):
        await source.bill(await order_of(other))


class Dying:
    """A fee system whose caller dies as soon as the hospital has answered."""

    def __init__(self, real: Fees) -> None:
        self._real = real

    async def confirm(self, ask: ConfirmAsk) -> Receipt:
        await self._real.confirm(ask)
        raise RuntimeError("killed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


async def test_a_worker_dies_between_the_hospital_s_answer_and_ours(payer: Payer, live: Live, sandbox: Sandbox) -> None:
    parts = live.parts
    checkout = await payer.chosen("exam")
    await payer.who.pay(checkout)
    order = f"/api/orders/{checkout['order_id']}"
    await until(lambda: payer.phone.post(f"{order}/check", {"said": "ok"}), lambda said: said.json()["state"] == "paid")
    carrying = driver(parts.db, parts.knobs, parts.vault, cast("Fees", Dying(parts.ports["fees"])))
    with pytest.raises(RuntimeError, match="killed"):
        await carrying.drive(UUID(checkout["id"]))
    assert (await payer.look(checkout))["state"] == "confirming"
    await sandbox.move_clock(30)
    assert (await payer.until(checkout, "paid"))["receipt_no"].startswith("FS")
    told = [entry["what"] for entry in await sandbox.journal("his") if entry["what"].startswith("fees.")]
    assert told.count("fees.confirm") == 1
    assert "fees.find" in told
