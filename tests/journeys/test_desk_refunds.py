"""Refunds at the desk over the sandbox: part of a fee, lines, deposits, and a whole fee with its appointment."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments import settings
from jiuyi.domains.payments.types import Order, Shown
from jiuyi.domains.staff.types import Role
from jiuyi.kit.ids import new_id
from tests.support.clock import AppClock
from tests.support.counter import Counter, Machine, signing_in
from tests.support.live import Live
from tests.support.sandbox import Sandbox
from tests.support.visits import CHEN, Visitor, visitor
from tests.support.waiting import until

pytestmark = [pytest.mark.feature("I07"), pytest.mark.slow]
PAYS = "139900000000000001"
FATHER, WIFE = ("440100195905151234", "陈志华"), ("440100195501300926", "李秀珍")
STAY = "ZY26003081"
WORDS = "确诊肺结核转专科医院"
IN_CLEAR = """
SELECT (SELECT count(*) FROM booking.appointment a WHERE a::text LIKE %(words)s)
  + (SELECT count(*) FROM audit.entry e WHERE e::text LIKE %(words)s)
  + (SELECT count(*) FROM booking.step s WHERE s.subject = %(id)s AND s::text LIKE %(words)s)
  + (SELECT count(*) FROM notifications.message m WHERE m::text LIKE %(words)s)
"""


class Window:
    """A cashier's window with somebody before it."""

    def __init__(self, live: Live, machine: Machine, who: Visitor) -> None:
        self.live, self.machine, self.who = live, machine, who

    async def post(self, path: str, body: Any, key: str = "key-00000001") -> httpx.Response:
        return await self.machine.post(path, body, **{"idempotency-key": key})

    async def done(self, path: str, body: Any, key: str = "key-00000001") -> Any:
        answer = await self.post(path, body, key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def patient(self, path: str) -> Any:
        return (await self.machine.get(f"patients/{self.who.patient_id}/{path}"))["items"]

    async def pay(self, order_id: str) -> None:
        taken = await self.done(f"orders/{order_id}/payments", {"code": PAYS}, f"pay-{order_id}")
        assert taken["standing"] == "paid", taken

    async def until(self, path: str, right: Callable[[Any], bool]) -> Any:
        return await until(lambda: self.machine.get(path), right, self.work)

    async def work(self) -> None:
        await self.live.idle(1)


async def window(live: Live, time: AppClock, person: tuple[str, str] = FATHER) -> Window:
    await live.idle()
    who = await visitor(live, 1, *person)
    machine = Machine(live.phone(1).http, await Counter(live.parts, time).key())
    (await machine.post("shift", signing_in())).raise_for_status()
    async with live.parts.db.tx() as tx:
        for knob in (settings.REFUND_ASK_SECONDS, settings.REFUND_GAP_SECONDS):
            await live.parts.knobs.set(tx, knob, 1, who="system:test", why="nobody waits a minute here")
    await live.parts.knobs.load(live.parts.db)
    return Window(live, machine, who)


async def paid_fees(at: Window, kind: str) -> Any:
    fees = await at.machine.get(f"patients/{at.who.patient_id}/fees")
    visit = next(each for each in fees["visits"] if each["payable"])
    bill = next(bill for bill in visit["bills"] if bill["payable"] and (bill["kind"] == kind or not kind))
    body = {"visit_no": visit["visit_no"], "bill_nos": [bill["bill_no"]]}
    made = await at.done(f"patients/{at.who.patient_id}/fees", body, f"fee-{bill['bill_no']}")
    await at.pay(made["order_id"])

    async def entered() -> list[Any]:
        return [one for one in await at.patient("checkouts") if one["order_id"] == made["order_id"]]

    return (await until(entered, bool, at.work))[0]


async def noted(live: Live) -> set[str]:
    async with live.parts.db.tx() as tx:
        return set(await tx.values("SELECT action FROM audit.entry WHERE actor = 'window-3/1027'"))


async def back(machine: Machine, order: Order, fen: int, key: str, reason: str = "多收退回") -> tuple[int, Any]:
    body = {"amount_fen": fen, "reason": reason}
    answer = await machine.post(f"orders/{order.id}/refunds", body, **{"idempotency-key": key})
    return answer.status_code, answer.json()


async def test_half_goes_back_once_and_never_more_than_is_left(live: Live, time: AppClock) -> None:
    desk = Counter(live.parts, time)
    machine = Machine(live.phone(1).http, await desk.key())
    order = await desk.owes(await desk.patient())
    assert (await back(machine, order, 2525, "back-0001"))[1]["code"] == "staff.shift_needed"
    (await machine.post("shift", signing_in())).raise_for_status()
    status, unpaid = await back(machine, order, 2525, "back-0001")
    assert (status, unpaid["code"]) == (409, "payments.refund_not_possible")
    assert (await machine.take(order, PAYS))["standing"] == "paid"
    status, half = await back(machine, order, 2525, "back-0001")
    assert (status, half["amount_fen"], half["left_fen"]) == (200, 2525, 2525)
    assert (await back(machine, order, 2525, "back-0001"))[1]["refund_id"] == half["refund_id"]
    assert (await back(machine, order, 2000, "back-0001"))[1]["code"] == "payments.refund_key_used"
    assert (await back(machine, order, 2526, "back-0002"))[1]["code"] == "payments.refund_too_much"
    assert (await back(machine, order, 2525, "back-0002"))[1]["code"] == "payments.cancel_instead"
    assert (await back(machine, order, 0, "back-0003"))[0] == 400
    assert (await back(machine, order, 100, "back-0003", reason="  "))[0] == 400
    await live.idle()
    found = await desk.order(order)
    assert (found.asked_fen, found.left_fen) == (2525, 2525)
    async with live.parts.db.tx() as tx:
        refunds = await payments.refunds_of(tx, order.id)
        noted = await tx.values("SELECT action FROM audit.entry WHERE actor = 'window-3/1027'")
    assert [(one.amount_fen, one.reason, one.tries > 0) for one in refunds] == [(2525, "多收退回", True)]
    assert noted.count("payments.refund_asked_at_desk") == 1
    assert await desk.ledger() == 0


async def test_only_a_cashier_and_only_what_is_money_alone(live: Live, time: AppClock) -> None:
    desk = Counter(live.parts, time)
    patient = await desk.patient()
    order = await desk.owes(patient)
    kiosk = Machine(live.phone(1).http, await desk.key("kiosk-1", Role.SELF_SERVICE))
    assert (await back(kiosk, order, 100, "back-0001"))[0] == 403
    machine = Machine(live.phone(1).http, await desk.key())
    (await machine.post("shift", signing_in())).raise_for_status()
    async with live.parts.db.tx() as tx:
        fees = await payments.open_order(
            tx,
            kind="outpatient_fee",
            subject_kind="test",
            subject_id=new_id(),
            account_id=new_id(),
            patient_id=patient,
            total_fen=5050,
            title_zh="门诊费用",
            title_en="Outpatient fees",
            expires_at=None,
        )
    assert (await machine.take(fees, PAYS))["standing"] == "paid"
    status, refused = await back(machine, fees, 5050, "back-0001")
    assert (status, refused["code"]) == (409, "payments.refunded_elsewhere")
    assert (await desk.order(fees)).shown is Shown.PAID


async def in_clear(live: Live, schema: str, words: str) -> int:
    async with live.parts.db.tx() as tx:
        return int(await tx.value(f"SELECT count(*) FROM {schema}.refund r WHERE r::text LIKE %s", (f"%{words}%",)))


async def test_lines_go_back_as_far_as_the_hospital_lets_them(live: Live, time: AppClock, sandbox: Sandbox) -> None:
    at = await window(live, time)
    checkout = await paid_fees(at, "lab")
    path = f"checkouts/{checkout['id']}"
    lines = [line for line in (await at.machine.get(f"{path}/refundable"))["lines"] if line["refundable"]]
    assert len(lines) > 1
    first = {"bill_no": lines[0]["bill_no"], "line_no": lines[0]["line_no"]}
    assert (await at.post(f"{path}/refunds", {"lines": [first], "reason": " "})).status_code == 400
    made = await at.done(f"{path}/refunds", {"lines": [first], "reason": "医生取消了项目"})
    assert "医生取消了项目" in str(await sandbox.journal("his"))
    assert (made["amount_fen"], made["left_fen"]) == (lines[0]["amount_fen"], checkout["left_fen"] - made["amount_fen"])
    assert made["title"]
    assert (await at.done(f"{path}/refunds", {"lines": [first], "reason": "医生取消了项目"}))["id"] == made["id"]
    again = await at.post(f"{path}/refunds", {"lines": [first], "reason": "医生取消了项目"}, "key-00000002")
    assert again.json()["code"] == "outpatient.not_refundable"
    rest = await at.done(f"{path}/refunds", {"reason": "其余全部退回"}, "key-00000003")
    assert (rest["amount_fen"], rest["left_fen"]) == (checkout["left_fen"] - made["amount_fen"], 0)
    for refund in (made, rest):
        await at.until(f"fee-refunds/{refund['id']}", lambda found: found["state"] == "refunded")
    assert checkout["id"] not in [one["id"] for one in await at.patient("checkouts")]
    phone = (await at.who.phone.get(f"/api/fees/checkouts/{checkout['id']}")).json()
    assert (phone["refunded_fen"], {one["reason"] for one in phone["refunds"]}) == (
        checkout["total_fen"],
        {"医生取消了项目", "其余全部退回"},
    )
    assert {"outpatient.paid_seen", "outpatient.checkout_seen", "outpatient.refund_asked"} <= await noted(live)
    assert await in_clear(live, "outpatient", "医生取消了项目") == 0


async def test_the_same_refund_asked_for_five_times_at_once_is_one(live: Live, time: AppClock) -> None:
    fees, ward = await window(live, time), "patients/{}/deposits"
    checkout = await paid_fees(fees, "lab")
    path, whole = f"checkouts/{checkout['id']}/refunds", {"reason": "整单退"}
    made = await asyncio.gather(*(fees.done(path, whole, "key-00000009") for _ in range(5)))
    assert len({one["id"] for one in made}) == 1
    assert {one["amount_fen"] for one in made} == {checkout["left_fen"]}
    stay = Window(live, fees.machine, await visitor(live, 2, *WIFE))
    body = {"inpatient_no": STAY, "amount_fen": 100000}
    deposit = await stay.done(ward.format(stay.who.patient_id), body, "key-00000010")
    await stay.pay(deposit["order_id"])
    await until(lambda: stay.patient("deposits"), bool, stay.work)
    path, part = f"deposits/{deposit['deposit_id']}/refunds", {"amount_fen": 100000, "reason": "多交退回"}
    made = await asyncio.gather(*(stay.done(path, part, "key-00000011") for _ in range(5)))
    assert len({one["id"] for one in made}) == 1
    async with live.parts.db.tx() as tx:
        promised = await tx.values(
            "SELECT count(*) FROM payments.refund WHERE order_id = ANY(%s) GROUP BY order_id",
            ([checkout["order_id"], deposit["order_id"]],),
        )
    assert promised == [1, 1]


async def test_what_was_carried_out_stays_paid(live: Live, time: AppClock, sandbox: Sandbox) -> None:
    at = await window(live, time)
    checkout = await paid_fees(at, "lab")
    path = f"checkouts/{checkout['id']}"
    line = (await at.machine.get(f"{path}/refundable"))["lines"][0]
    body = {"bill_no": line["bill_no"], "line_no": line["line_no"]}
    (await sandbox.http.post("/_control/hospital/fees/execute", json=body)).raise_for_status()
    whole = await at.post(f"{path}/refunds", {"reason": "整单退"})
    assert whole.json()["code"] == "outpatient.not_refundable"
    assert (await at.patient("checkouts"))[0]["left_fen"] == checkout["left_fen"]


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
async def test_the_hospital_does_not_answer_a_refund(live: Live, time: AppClock, sandbox: Sandbox, kind: str) -> None:
    at = await window(live, time)
    checkout = await paid_fees(at, "lab")
    await sandbox.fault("his", kind, match="/fees.refund$", times=1)
    asked = await at.post(f"checkouts/{checkout['id']}/refunds", {"reason": "整单退"})
    if asked.status_code == 503:
        # Nothing was done: it may be asked for again.
        asked = await at.post(f"checkouts/{checkout['id']}/refunds", {"reason": "整单退"}, "key-00000002")
    made = asked.json()
    assert asked.status_code == 200, made
    if made["state"] == "asking":
        # What the hospital does not know may still arrive there for five minutes.
        await sandbox.move_clock(340)
    shown = await at.until(
        f"fee-refunds/{made['id']}", lambda found: found["settled"] and found["state"] != "refunding"
    )
    left = [one["left_fen"] for one in await at.patient("checkouts") if one["id"] == checkout["id"]]
    assert left == ([] if shown["state"] == "refunded" else [checkout["left_fen"]])


async def test_a_deposit_is_taken_and_part_of_it_goes_back(live: Live, time: AppClock, sandbox: Sandbox) -> None:
    at = await window(live, time, WIFE)
    stay = (await at.patient("stays"))[0]
    assert (stay["inpatient_no"], stay["balance_fen"], stay["deposit_open"]) == (STAY, 78644, True)
    body = {"inpatient_no": STAY, "amount_fen": 10050}
    patient = f"patients/{at.who.patient_id}"
    assert (await at.post(f"{patient}/deposits", body)).json()["code"] == "inpatient.amount_outside"
    body["amount_fen"] = 200000
    made = await at.done(f"{patient}/deposits", body)
    assert await at.done(f"{patient}/deposits", body) == made
    assert [one["id"] for one in (await at.machine.get(f"{patient}/orders"))["items"]] == [made["order_id"]]
    await at.pay(made["order_id"])
    phone = f"/api/deposits/{made['deposit_id']}"
    await until(lambda: at.who.phone.get(phone), lambda shown: shown.json()["state"] == "paid", at.work)
    (deposit,) = await at.patient("deposits")
    assert (deposit["id"], deposit["left_fen"]) == (made["deposit_id"], 200000)
    path = f"deposits/{deposit['id']}"
    assert (await at.machine.get(f"{path}/refundable"))["refundable_fen"] == 200000
    back_some = {"amount_fen": 150000, "reason": "转院，多交退回"}
    given = await at.done(f"{path}/refunds", back_some, "key-00000002")
    assert "转院，多交退回" in str(await sandbox.journal("his"))
    assert (given["amount_fen"], given["left_fen"]) == (150000, 50000)
    assert (await at.done(f"{path}/refunds", back_some, "key-00000002"))["id"] == given["id"]
    await at.until(f"deposit-refunds/{given['id']}", lambda found: found["state"] == "refunded")
    assert (await at.patient("stays"))[0]["balance_fen"] == 78644 + 50000
    too_much = await at.post(f"{path}/refunds", {"amount_fen": 50001, "reason": "多交退回"}, "key-00000003")
    assert too_much.json()["code"] == "inpatient.not_refundable"
    settling = {"inpatient_no": STAY, "state": "settling"}
    (await sandbox.http.post("/_control/hospital/inpatient/state", json=settling)).raise_for_status()
    refused = (await at.post(f"{path}/refunds", {"amount_fen": 100, "reason": "多交退回"}, "key-00000004")).json()
    assert (refused["code"], "结算" in refused["detail"]) == ("inpatient.not_refundable", True)
    assert {"inpatient.stays_seen", "inpatient.deposit_opened", "inpatient.refund_asked"} <= await noted(live)
    assert await in_clear(live, "inpatient", "转院") == 0


async def test_a_deposit_s_refund_without_an_answer_is_under_way(live: Live, time: AppClock, sandbox: Sandbox) -> None:
    at = await window(live, time, WIFE)
    body = {"inpatient_no": STAY, "amount_fen": 200000}
    made = await at.done(f"patients/{at.who.patient_id}/deposits", body)
    await at.pay(made["order_id"])
    phone = f"/api/deposits/{made['deposit_id']}"
    await until(lambda: at.who.phone.get(phone), lambda shown: shown.json()["state"] == "paid", at.work)
    entries = live.parts.ports["mender"].entries["deposit"]
    assert not await entries.withdrawing(UUID(made["deposit_id"]))
    await sandbox.fault("his", "cut_after", match="/inpatient.deposit_refund$", times=1)
    some = {"amount_fen": 150000, "reason": "转院"}
    given = await at.done(f"deposits/{made['deposit_id']}/refunds", some, "key-00000002")
    assert given["state"] == "asking"
    assert await entries.withdrawing(UUID(made["deposit_id"]))
    await sandbox.move_clock(340)
    await at.until(f"deposit-refunds/{given['id']}", lambda found: found["state"] == "refunded")
    assert not await entries.withdrawing(UUID(made["deposit_id"]))


async def test_a_whole_fee_goes_back_with_its_appointment(live: Live, time: AppClock, sandbox: Sandbox) -> None:
    at = await window(live, time, CHEN)
    slot = await at.who.slot()
    booked = await at.who.book(slot["id"])
    booked = await at.who.until(booked["id"], "awaiting_payment")
    await at.pay(booked["order_id"])
    await at.who.until(booked["id"], "booked")
    (listed,) = [one for one in await at.patient("appointments") if one["id"] == booked["id"]]
    assert (listed["can_cancel"], listed["settled"], listed["paid_fen"]) == (True, True, booked["fee_fen"])
    whole = await at.post(f"orders/{booked['order_id']}/refunds", {"amount_fen": booked["fee_fen"], "reason": "退号"})
    assert whole.json()["code"] == "payments.cancel_instead"
    path = f"appointments/{booked['id']}"
    asked = await at.done(f"{path}/cancellation", {"reason": WORDS})
    assert (asked["settled"], asked["can_cancel"]) == (False, False)
    gone = await at.until(path, lambda found: found["settled"])
    # The hospital's own books know why.
    assert WORDS in str(await sandbox.journal("his"))
    assert (gone["refused"], gone["state"]) == (None, "cancelled")
    await at.who.until_paid_back(booked["id"])
    told = str((await at.who.phone.get("/api/messages")).json()["items"])
    assert "医院窗口取消" in told
    assert WORDS not in told + str((await at.who.phone.get(f"/api/appointments/{booked['id']}")).json())
    assert (await at.done(f"{path}/cancellation", {"reason": WORDS}))["id"] == booked["id"]
    async with live.parts.db.tx() as tx:
        row = await tx.value(
            "SELECT placement || ' ' || holds_place FROM booking.appointment WHERE id = %s", (booked["id"],)
        )
        left = await tx.value("SELECT withheld FROM booking.slot WHERE id = %s", (slot["id"],))
        clear = await tx.value(IN_CLEAR, {"id": booked["id"], "words": f"%{WORDS}%"})
    assert row == "gone false"
    assert (left, clear) == (1, 0)
    assert "booking.cancelled_at_desk" in await noted(live)


async def test_finance_reads_every_desk_s_day_a_page_at_a_time(live: Live, time: AppClock) -> None:
    desk = Counter(live.parts, time)
    patient = await desk.patient()
    machine = Machine(live.phone(1).http, await desk.key())
    (await machine.post("shift", signing_in())).raise_for_status()
    for number in range(3):
        assert (await machine.take(await desk.owes(patient, 100 + number), PAYS))["standing"] == "paid"
    finance = Machine(live.phone(2).http, await desk.key("finance-1", Role.FINANCE_READ))
    async with live.parts.db.tx() as tx:
        day = (await tx.value("SELECT app_today()")).isoformat()
    first = await finance.get(f"days/{day}/payments?limit=2")
    assert (first["sums"]["count"], first["sums"]["fen"]) == (3, 303)
    assert [one["amount_fen"] for one in first["items"]] == [102, 101]
    assert {(one["device"], one["operator"], one["patient"]) for one in first["items"]} == {
        ("window-3", "1027", "陈*华")
    }
    rest = await finance.get(f"days/{day}/payments?limit=2&cursor={first['next_cursor']}")
    assert ([one["amount_fen"] for one in rest["items"]], rest["next_cursor"]) == ([100], None)
    assert (await machine.call("GET", f"days/{day}/payments")).status_code == 403
    assert (await finance.call("GET", f"days/{day}/payments?cursor=x")).status_code == 400
