"""Outpatient fees at the desk: the HIS's price, the sandbox's WeChat, and the patient finds it on the phone."""

import pytest

from tests.support.clock import AppClock
from tests.support.counter import Counter, Machine, signing_in
from tests.support.live import Live
from tests.support.visits import CHEN, visitor

pytestmark = [pytest.mark.feature("F04", "I07"), pytest.mark.slow]
FATHER = ("440100195905151234", "陈志华")
PAYS = "139900000000000001"


async def test_a_visit_is_paid_at_the_desk_and_confirmed_by_the_his(live: Live, time: AppClock) -> None:
    await live.idle()
    who = await visitor(live, 1, *FATHER)
    desk = Counter(live.parts, time)
    machine = Machine(live.phone(1).http, await desk.key())
    (await machine.post("shift", signing_in())).raise_for_status()
    document = {"document_type": "mainland_id", "document_number": FATHER[0]}
    patient = (await machine.post("patients/find", document)).raise_for_status().json()
    fees = await machine.get(f"patients/{patient['id']}/fees")
    visit = next(each for each in fees["visits"] if each["payable"])
    bills = [bill["bill_no"] for bill in visit["bills"] if bill["payable"]]
    body, key = {"visit_no": visit["visit_no"], "bill_nos": bills}, {"idempotency-key": "desk-fees-01"}
    made = (await machine.post(f"patients/{patient['id']}/fees", body, **key)).raise_for_status().json()
    assert (await machine.post(f"patients/{patient['id']}/fees", body, **key)).json() == made
    owed = await machine.get(f"patients/{patient['id']}/orders")
    assert [(each["id"], each["own_fen"]) for each in owed["items"]] == [(made["order_id"], visit["total_fen"])]
    taken = await machine.post(
        f"orders/{made['order_id']}/payments", {"code": PAYS}, **{"idempotency-key": "desk-pays-01"}
    )
    assert taken.json()["standing"] == "paid", taken.text
    await live.idle()
    shown = (await who.phone.get(f"/api/fees/checkouts/{made['checkout_id']}")).json()
    assert shown["state"] == "paid", shown
    async with live.parts.db.tx() as tx:
        noted = await tx.values("SELECT action FROM audit.entry WHERE actor = 'window-3/1027' ORDER BY at, id")
    assert set(noted) >= {
        "patients.found_at_desk",
        "outpatient.fees_seen",
        "outpatient.checkout_opened",
        "payments.owed_seen",
    }


async def test_another_patients_visit_is_not_found(live: Live, time: AppClock) -> None:
    await live.idle()
    await visitor(live, 1, *FATHER)
    other = await visitor(live, 2, *CHEN)
    desk = Counter(live.parts, time)
    machine = Machine(live.phone(3).http, await desk.key())
    (await machine.post("shift", signing_in())).raise_for_status()
    document = {"document_type": "mainland_id", "document_number": FATHER[0]}
    patient = (await machine.post("patients/find", document)).json()
    fees = await machine.get(f"patients/{patient['id']}/fees")
    visit = next(each for each in fees["visits"] if each["payable"])
    body = {"visit_no": visit["visit_no"], "bill_nos": [visit["bills"][0]["bill_no"]]}
    answer = await machine.post(f"patients/{other.patient_id}/fees", body, **{"idempotency-key": "desk-fees-02"})
    assert answer.status_code == 404
