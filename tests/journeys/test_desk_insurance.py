"""Insurance at the desk over real HTTP: cards and e-vouchers, the HIS's settlement, the own part, and the way back."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.service import change_capability
from jiuyi.domains.insurance.types import DESK, InsuranceClass
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments import settings as payments_settings
from jiuyi.domains.payments.types import Order, RefundState, Shown
from jiuyi.domains.staff.types import Role
from jiuyi.kit.ids import new_id
from tests.journeys.test_fees import desk as hospital_desk
from tests.journeys.test_insured_visits import person
from tests.support.clock import AppClock
from tests.support.counter import Counter, Machine, signing_in
from tests.support.holders import HOLDERS
from tests.support.live import Live, Phone
from tests.support.sandbox import Sandbox
from tests.support.visits import Visitor
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.feature("I07", "I08", "I02")]
C = InsuranceClass
MERCHANT = "777290058110097"
PAYS, NOT_ENOUGH = "139900000000000001", "139900000000000601"
DISEASES = {C.CHRONIC: "M03900", C.SPECIAL_DISEASE: "M00500"}


class Window:
    """A cashier's machine with an operator, and somebody insured in front of it."""

    def __init__(self, live: Live, sandbox: Sandbox, machine: Machine, who: Visitor, name: str) -> None:
        self.live = live
        self.sandbox = sandbox
        self.machine = machine
        self.who = who
        self.name = name
        self.bills: list[str] = []

    async def insured(self) -> dict[str, Any]:
        people = (await self.sandbox.http.get("/_control/insurance/people")).json()["people"]
        return next(one for one in people if one["name"] == self.name)

    async def voucher(self, patient_id: str = "") -> dict[str, Any]:
        """The patient holds the e-voucher out."""
        asked = {"patient_id": patient_id or (await self.insured())["patient_id"], "kind": "ec_token"}
        made = await self.sandbox.http.post("/_control/insurance/authorise", json=asked)
        return {"medium": "e_voucher", "token": made.raise_for_status().json()["token"]}

    async def card(self, medium: str) -> dict[str, Any]:
        """The patient's card is put into the terminal."""
        row = await self.insured()
        return {"medium": medium, "document_type": row["document_type"], "number": row["document_number"]}

    async def place(self) -> str:
        """A place that has to be paid for: its order."""
        booked = await self.who.book((await self.who.slot())["id"])
        made = await self.who.until(booked["id"], "awaiting_payment")
        return str(made["order_id"])

    async def fees(self, disease: str | None = None, bills: int | None = None) -> str:
        """Bills of a visit that the cashier chooses: their order."""
        row = await self.insured()
        ended = {"patient_id": row["patient_id"], "department_code": "D0301", "disease_code": disease}
        made = await self.sandbox.http.post("/_control/hospital/fees/end_consultation", json=ended)
        visit_no = made.raise_for_status().json()["visit_no"]
        shown = await self.machine.get(f"patients/{self.who.patient_id}/fees")
        visit = next(one for one in shown["visits"] if one["visit_no"] == visit_no)
        self.bills = [bill["bill_no"] for bill in visit["bills"]][:bills]
        body = {"visit_no": visit_no, "bill_nos": self.bills}
        key = {"idempotency-key": new_id().hex}
        chosen = await self.machine.post(f"patients/{self.who.patient_id}/fees", body, **key)
        return str(chosen.raise_for_status().json()["order_id"])

    async def reads(self, order: str, read: dict[str, Any], key: str = "") -> tuple[int, dict[str, Any]]:
        answer = await self.machine.post(
            f"orders/{order}/settlements", read, **{"idempotency-key": key or new_id().hex}
        )
        shown: dict[str, Any] = answer.json()
        return answer.status_code, shown

    async def split(self, order: str, read: dict[str, Any]) -> dict[str, Any]:
        status, shown = await self.reads(order, read)
        assert status == 200, shown
        assert shown["standing"] == "to_confirm", shown
        parts = (shown["pooled_fen"], shown["personal_account_fen"], shown["other_fen"], shown["own_fen"])
        assert sum(parts) == shown["total_fen"]
        return shown

    async def act(self, shown: dict[str, Any], what: str, body: Any = None) -> dict[str, Any]:
        answer = await self.machine.post(f"settlements/{shown['id']}/{what}", body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def takes(self, order: str, code: str = PAYS) -> dict[str, Any]:
        answer = await self.machine.post(
            f"orders/{order}/payments", {"code": code}, **{"idempotency-key": new_id().hex}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def by_card(self, order: str, fen: int, code: str | None = None) -> None:
        """A card terminal beside the machine takes the own part."""
        parts = self.live.parts
        async with parts.db.tx() as tx:
            await parts.knobs.set(tx, payments_settings.CARD_MERCHANTS, [MERCHANT], who="test", why="test")
            now = await tx.value("SELECT app_now()")
        await parts.knobs.load(parts.db)
        slip = {
            "merchant_id": MERCHANT,
            "terminal_id": "0WINDOW3",
            "batch_no": "000012",
            "trace_no": "000345",
            "reference_no": "123456789012",
            "amount_fen": fen,
            "paid_at": now.isoformat(),
            "resp_code": "00",
            "card_masked": "621700******1234",
        }
        answer = await self.machine.post(f"orders/{order}/cards", slip, **{"idempotency-key": f"card-{fen:08d}"})
        assert answer.json().get("code" if code else "standing") == (code or "paid"), answer.text

    async def until(self, shown: dict[str, Any], standing: str) -> dict[str, Any]:
        """Let the worker work until the settlement stands so."""

        async def look() -> dict[str, Any]:
            found: dict[str, Any] = await self.machine.get(f"settlements/{shown['id']}")
            return found

        return await until(look, lambda found: found["standing"] == standing, lambda: self.live.idle(1))

    async def order(self, order: str) -> Order:
        async with self.live.parts.db.tx() as tx:
            return await payments.order(tx, UUID(order))


async def at_window(live: Live, sandbox: Sandbox, time: AppClock, which: InsuranceClass = C.GZ_EMPLOYEE) -> Window:
    await live.idle(2)
    who = await person(live, sandbox, which, Phone)
    machine = Machine(live.phone(6).http, await Counter(live.parts, time).key())
    (await machine.post("shift", signing_in())).raise_for_status()
    return Window(live, sandbox, machine, who, HOLDERS[which].name)


@pytest.mark.feature("F04", "F22", "F23", "F24", "F25", "F26")
@pytest.mark.parametrize("which", list(C), ids=str)
async def test_bills_are_settled_at_the_desk_in_every_class(
    live: Live, sandbox: Sandbox, time: AppClock, which: InsuranceClass
) -> None:
    window = await at_window(live, sandbox, time, which)
    order = await window.fees(DISEASES.get(which))
    medium = "id_card" if which is C.OUT_OF_PROVINCE else "social_card"
    read = await window.card(medium) if which in {C.OUT_OF_PROVINCE, C.IN_PROVINCE} else await window.voucher()
    shown = await window.split(order, read)
    assert shown["insurance_class"] == which.value
    assert shown["pooled_fen"] > 0
    if shown["personal_account_fen"]:
        shown = await window.act(shown, "account", {"use": False})
        assert (shown["standing"], shown["personal_account_fen"]) == ("to_confirm", 0)
    assert sum(one["fen"] for one in shown["why"]) == shown["own_fen"]
    settled = await window.act(shown, "confirm")
    assert settled["standing"] == "to_collect", settled
    taken = await window.takes(order)
    assert (taken["standing"], taken["amount_fen"]) == ("paid", shown["own_fen"])
    done = await window.until(shown, "done")
    assert done["may_stop"] is False
    found = await window.order(order)
    assert found.paid_fen == shown["total_fen"]
    confirms = [one for one in await sandbox.journal("his") if one["what"] == "fees.confirm"]
    assert confirms[-1]["request"]["insurance"]["pooled_fen"] == shown["pooled_fen"]


async def test_a_registration_fee_is_settled_and_given_back_whole(live: Live, sandbox: Sandbox, time: AppClock) -> None:
    window = await at_window(live, sandbox, time)
    order = await window.place()
    shown = await window.split(order, await window.card("id_card"))
    assert (await window.machine.get(f"orders/{order}/settlement"))["id"] == shown["id"]
    assert shown["patient"]["name"] == "陈*华"
    # The patient reads it on the phone, and the phone leaves it to the window.
    seen = (await window.who.phone.get(f"/api/orders/{order}/settlement")).json()
    assert (seen["id"], seen["state"], seen["channel_name"]) == (shown["id"], "presettled", "窗口")
    held = await window.who.phone.post(f"/api/settlements/{shown['id']}/settle", {})
    assert (held.status_code, held.json()["code"]) == (409, "insurance.settled_at_desk")
    confirmed = await window.act(shown, "confirm")
    # The personal account has enough: nothing is left for the patient to pay, and no code is needed.
    assert confirmed["own_fen"] == 0
    done = await window.until(shown, "done")
    assert done["may_refund"] is True
    back = {"amount_fen": done["total_fen"], "reason": "患者要求退号"}
    partly = await window.machine.post(
        f"orders/{order}/refunds", {**back, "amount_fen": 1}, **{"idempotency-key": "back-partly"}
    )
    assert partly.json()["code"] == "payments.insured_refund_whole"
    whole = await window.machine.post(f"orders/{order}/refunds", back, **{"idempotency-key": "back-0001"})
    assert whole.json()["code"] == "payments.cancel_instead"
    booked = (await window.order(order)).subject_id
    gone = await window.machine.post(f"appointments/{booked}/cancellation", {"reason": back["reason"]})
    assert gone.status_code == 200, gone.text
    await window.until(shown, "reversed")
    assert (await window.order(order)).shown is Shown.REFUNDED
    async with live.parts.db.tx() as tx:
        left = await tx.values("SELECT account FROM payments.entry GROUP BY account HAVING sum(amount_fen) <> 0")
        noted = await tx.values("SELECT action FROM audit.entry WHERE actor = 'window-3/1027' ORDER BY at, id")
    assert left == []
    assert {"insurance.begun", "insurance.agreed_at_desk", "booking.cancelled_at_desk"} <= set(noted)


async def test_an_own_part_that_fails_and_is_given_up_reverses_the_insurance(
    live: Live, sandbox: Sandbox, time: AppClock
) -> None:
    window = await at_window(live, sandbox, time)
    order = await window.fees()
    shown = await window.split(order, {**await window.voucher(), "use_account": False})
    await window.act(shown, "confirm")
    assert (await window.takes(order, NOT_ENOUGH))["standing"] == "refused"
    # After a power cut the machine finds what was in hand, by the order and by the shift.
    found = await window.machine.get(f"orders/{order}/settlement")
    assert (found["id"], found["standing"], found["may_stop"]) == (shown["id"], "to_collect", True)
    listed = (await window.machine.get("settlements"))["items"]
    assert [one["id"] for one in listed] == [shown["id"]]
    await window.act(shown, "stop")
    gone = await window.until(shown, "reversed")
    assert gone["title"] == "医保结算已撤销"
    assert (await window.act(shown, "stop"))["standing"] == "reversed"
    after = await window.order(order)
    assert (after.insurance_fen, after.paid_fen) == (0, 0)
    assert (await window.takes(order))["amount_fen"] == shown["total_fen"]


async def test_paid_fees_go_back_whole_at_the_desk(live: Live, sandbox: Sandbox, time: AppClock) -> None:
    window = await at_window(live, sandbox, time)
    order = await window.fees()
    shown = await window.split(order, {**await window.voucher(), "use_account": False})
    await window.act(shown, "confirm")
    await window.takes(order)
    await window.until(shown, "done")
    found = (await window.machine.get("settlements"))["items"][0]
    assert (found["id"], found["order_kind"]) == (shown["id"], "outpatient_fee")
    path = f"checkouts/{found['subject_id']}"
    assert (await window.machine.get(f"{path}/refundable"))["whole_only"] is True
    back = await window.machine.post(f"{path}/refunds", {"reason": "患者要求退费"}, **{"idempotency-key": "back-0001"})
    assert back.status_code == 200, back.text
    await window.until(shown, "reversed")
    await live.idle(2)
    found_order = await window.order(order)
    assert found_order.asked_fen == found_order.total_fen
    assert found_order.refunded_fen >= shown["pooled_fen"]
    async with live.parts.db.tx() as tx:
        (own,) = await payments.refunds_of(tx, UUID(order))
    # The insurance first; only then was the channel asked, which takes its time.
    assert (own.amount_fen, own.state) in {
        (shown["own_fen"], RefundState.PENDING),
        (shown["own_fen"], RefundState.DONE),
    }


async def test_what_cannot_be_read_here_is_said_in_words(live: Live, sandbox: Sandbox, time: AppClock) -> None:
    window = await at_window(live, sandbox, time)
    order = await window.place()
    father = await window.voucher("P0000002")
    status, refused = await window.reads(order, father)
    assert (status, refused["code"]) == (409, "insurance.not_read_at_desk")
    assert "不是这一单的就诊人" in refused["detail"]
    assert "没有扣费" in refused["detail"]
    status, refused = await window.reads(order, {"medium": "e_voucher", "token": "EC0"})
    assert status == 409
    assert "医保凭证无效或已过期" in refused["detail"]
    assert (await window.reads(order, {"medium": "e_voucher"}))[0] == 400
    assert (await window.reads(order, {"medium": "id_card"}))[0] == 400
    assert (await window.reads(order, {"medium": "id_card", "number": "1", "amount_fen": 1}))[0] == 400
    assert (await window.reads(str(new_id()), father))[0] == 404
    moved = {"psn_no": (await window.insured())["psn_no"], "place": "990100"}
    (await sandbox.http.put("/_control/insurance/people", json=moved)).raise_for_status()
    status, refused = await window.reads(order, await window.card("id_card"))
    assert (status, refused["code"]) == (409, "insurance.not_read_at_desk")
    assert "990100" in refused["detail"]
    paused = {"psn_no": moved["psn_no"], "place": "440106", "state": "2"}
    (await sandbox.http.put("/_control/insurance/people", json=paused)).raise_for_status()
    status, refused = await window.reads(order, await window.card("id_card"))
    assert "暂停参保" in refused["detail"]
    (await sandbox.http.put("/_control/insurance/people", json={**paused, "state": "1"})).raise_for_status()
    knobs = live.parts.knobs
    cell = rules.cell(knobs.get(settings.CAPABILITIES), C.GZ_EMPLOYEE, DESK)
    assert cell is not None
    off = type(cell)(cell.insurance_class, DESK, on=False, payer="his", off_zh="医保系统年终结转", off_en="Year-end")
    async with live.parts.db.tx() as tx:
        await change_capability(tx, knobs, off, actor=Actor.system("test"), why="year end")
    await knobs.load(live.parts.db)
    status, refused = await window.reads(order, await window.card("id_card"))
    assert (status, refused["code"]) == (409, "insurance.class_off")
    assert "医保系统年终结转" in refused["detail"]


async def test_a_settlement_that_the_his_does_not_answer_is_found_settled(
    live: Live, sandbox: Sandbox, time: AppClock
) -> None:
    window = await at_window(live, sandbox, time)
    order = await window.fees()
    shown = await window.split(order, {**await window.voucher(), "use_account": False})
    await sandbox.fault("his", "cut_after", match="settlements.settle", times=1)
    await sandbox.fault("his", "cut_before", match="settlements.find", times=1)
    unknown = await window.act(shown, "confirm")
    assert unknown["standing"] == "unknown"
    assert "先不要收自付" in unknown["advice"]
    held = await window.machine.post(f"settlements/{shown['id']}/stop")
    assert (held.status_code, held.json()["code"]) == (409, "payments.insurance_in_hand")
    early = await window.machine.post(f"orders/{order}/payments", {"code": PAYS}, **{"idempotency-key": "early-0001"})
    assert early.json()["code"] == "payments.insurance_in_hand"
    await sandbox.no_faults()
    found = await window.act(shown, "check")
    assert found["standing"] == "to_collect"
    await window.by_card(order, found["own_fen"] + 1, "payments.card_result_refused")
    await window.by_card(order, found["own_fen"])
    await window.until(shown, "done")
    settles = [one for one in await sandbox.journal("his") if one["what"] == "settlements.settle"]
    assert len({one["request"]["request_no"] for one in settles}) == 1


async def test_who_may_call(live: Live, sandbox: Sandbox, time: AppClock) -> None:
    window = await at_window(live, sandbox, time)
    order = await window.place()
    read = await window.card("id_card")
    counter = Counter(live.parts, time)
    finance = Machine(window.machine.http, await counter.key("books-1", Role.FINANCE_READ))
    kiosk = Machine(window.machine.http, await counter.key("kiosk-1", Role.SELF_SERVICE))
    key = {"idempotency-key": "read-0001"}
    assert (await finance.post(f"orders/{order}/settlements", read, **key)).status_code == 403
    shown = (await kiosk.post(f"orders/{order}/settlements", read, **key)).raise_for_status().json()
    assert (await kiosk.post(f"orders/{order}/settlements", read, **key)).json()["id"] == shown["id"]
    # A person at a window goes on with what a machine began; a machine has its own only.
    assert (await window.act(shown, "stop"))["standing"] in {"ending", "stopped"}
    mine = await window.split(order, read)
    assert (await kiosk.post(f"settlements/{mine['id']}/confirm")).status_code == 404
    await window.act(mine, "stop")
    nobodys = {"medium": "id_card", "number": "440100190001010000"}
    tried = await asyncio.gather(*(window.reads(order, nobodys) for _ in range(30)))
    assert {status for status, _ in tried} == {409, 429}
    (await window.machine.post("shift/end")).raise_for_status()
    shut = await window.machine.post(f"orders/{order}/settlements", read, **key)
    assert (shut.status_code, shut.json()["code"]) == (409, "staff.shift_needed")


async def test_paid_at_another_window_meanwhile_everything_comes_back(
    live: Live, sandbox: Sandbox, time: AppClock
) -> None:
    window = await at_window(live, sandbox, time)
    order = await window.fees(bills=1)
    shown = await window.split(order, {**await window.voucher(), "use_account": False})
    await hospital_desk(sandbox, "fees/pay_at_window", bill_no=window.bills[0])
    status = (await window.machine.post(f"settlements/{shown['id']}/confirm")).status_code
    assert status == 200
    stands = await window.machine.get(f"settlements/{shown['id']}")
    if stands["standing"] == "to_collect":
        await window.takes(order)
        await window.until(shown, "reversed")
    else:
        assert stands["standing"] == "refused"
