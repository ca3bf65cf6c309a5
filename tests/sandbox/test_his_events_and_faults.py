"""Contract §3 (events until acknowledged), the sandbox's faults, magic patients, and what the desk does."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress
from typing import Any

import httpx
import pytest

from jiuyi_sandbox.his.checking import fault_in
from jiuyi_sandbox.his.contract import EVENTS
from jiuyi_sandbox.hospital.samples import sample_files
from tests.sandbox.conftest import Desk, Listener, Timetable, lock, payment
from tests.sandbox.vendor import Caller, request_no
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

LATE_SECONDS = 20.0
"""An answer that nobody waits for: long enough to look at what was done meanwhile, on a slow machine too."""
FILES = {patient["name"]: patient["patient_id"] for patient in sample_files()}


def signature_fits(secret: str, received: tuple[str, dict[str, str], bytes]) -> bool:
    path, headers, body = received
    text = "\n".join(
        (
            "POST",
            path,
            headers["x-app-id"],
            headers["x-timestamp"],
            headers["x-nonce"],
            hashlib.sha256(body).hexdigest(),
        )
    )
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest() == headers["x-signature"]


async def test_a_stopped_clinic_is_told_and_its_bookings_end(
    sandbox: Sandbox, his: Caller, desk: Desk, timetable: Timetable, product: Listener
) -> None:
    clinic, slot = timetable.slot(quota=3)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]
    await his.ok("registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee))
    stopped = await desk.act("clinics/stop", schedule_code=clinic["code"])
    assert stopped["bookings"] == 1
    (event,) = await product.events(1)
    assert event["kind"] == "clinic.stopped"
    assert event["data"]["schedule_code"] == clinic["code"]
    assert fault_in(EVENTS[event["kind"]], event["data"]) is None
    assert signature_fits(sandbox.keys["his"]["secret"], product.received[0])
    assert product.received[0][0] == "/callbacks/his"
    assert (await his.ok("registrations.find", lock_request_no=number))["state"] == "stopped"
    changed = await his.ok(
        "schedules.list", changed_since=event["occurred_at"][:10] + "T00:00:00+08:00",
        **{"from": clinic["date"], "to": clinic["date"]},
    )  # fmt: skip
    assert next(c for c in changed["items"] if c["code"] == clinic["code"])["state"] == "stopped"


async def test_only_what_changed_since_is_listed(his: Caller, desk: Desk, timetable: Timetable) -> None:
    clinic, slot = timetable.slot(quota=3)
    days = {"from": timetable.today, "to": "2099-01-01"}
    as_of = (await his.ok("schedules.list", limit=1, **days))["as_of"]
    assert (await his.ok("schedules.list", changed_since=as_of, **days))["items"] == []
    await desk.act("slots/quota", slot_code=slot["code"], online_quota=1)
    (changed,) = (await his.ok("schedules.list", changed_since=as_of, **days))["items"]
    assert changed["code"] == clinic["code"]
    assert next(s for s in changed["slots"] if s["code"] == slot["code"])["online_quota"] == 1


async def test_the_desk_may_set_a_magic_fee_until_the_next_reset(
    sandbox: Sandbox, his: Caller, desk: Desk, timetable: Timetable
) -> None:
    clinic, slot = timetable.slot(quota=3)
    await desk.act("clinics/fee", schedule_code=clinic["code"], fee_fen=66601)
    assert (await lock(his, slot, "P0000002"))["data"]["fee_fen"] == 66601
    await sandbox.reset()
    assert (await lock(his, slot, "P0000002"))["data"]["fee_fen"] == clinic["fee_fen"]


async def test_an_event_is_repeated_until_acknowledged(sandbox: Sandbox, desk: Desk, product: Listener) -> None:
    product.status = 500
    await desk.act("departments/state", code="D0801", state="closed", reason="装修")
    await product.events(1)
    product.status, product.body = 200, b'{"code": "no"}'
    await sandbox.move_clock(10, only_sandbox=True)
    await product.events(2)
    product.body = b'{"code": "ok"}'
    await sandbox.move_clock(60, only_sandbox=True)
    events = await product.events(3)
    assert len({event["event_id"] for event in events}) == 1
    await sandbox.move_clock(7200, only_sandbox=True)
    # What is due is sent in one turn: with a later event here, the acknowledged one would be here too.
    await desk.act("departments/state", code="D0801", state="open")
    numbers = [event["event_id"] for event in await product.events(4)]
    assert numbers.count(events[0]["event_id"]) == 3, "acknowledged events are not sent again"


@pytest.mark.parametrize(("kind", "received"), [("duplicate_notify", 2), ("forge_notify", 2)])
async def test_notices_may_come_twice_or_forged(
    sandbox: Sandbox, desk: Desk, product: Listener, kind: str, received: int
) -> None:
    await sandbox.fault("his", kind, "catalog", times=1)
    await desk.act("departments/state", code="D0801", state="closed", reason="装修")
    events = await product.events(received)
    assert events[0] == events[1]
    genuine = [signature_fits(sandbox.keys["his"]["secret"], one) for one in product.received]
    assert genuine == ([True, True] if kind == "duplicate_notify" else [False, True])


async def test_a_dropped_notice_comes_later_and_a_reordered_one_after_the_next(
    sandbox: Sandbox, desk: Desk, product: Listener
) -> None:
    code = (await desk.read("clinics", q="linzhiyuan"))["clinics"][0]["code"]
    await sandbox.fault("his", "reorder", "catalog", times=1)
    await desk.act("departments/state", code="D0801", state="closed")

    async def faults_left() -> list[object]:
        return list((await sandbox.http.get("/_control/faults")).json()["faults"])

    await until(faults_left, lambda left: left == [])
    # However long the next event takes to happen, the time of the one held back does not come before it.
    await sandbox.move_clock(-60, only_sandbox=True)
    await desk.act("clinics/resume", schedule_code=code)
    await product.events(1)
    await sandbox.move_clock(0, only_sandbox=True)
    events = await product.events(2)
    assert [event["kind"] for event in events] == ["schedule.changed", "catalog.changed"]


async def test_latency_status_and_busy(sandbox: Sandbox, his: Caller) -> None:
    await sandbox.fault("his", "latency", "patients.get", value=0.5, times=1)
    started = time.monotonic()
    await his.ok("patients.get", patient_id="P0000001")
    assert time.monotonic() - started >= 0.5
    await sandbox.fault("his", "status", "patients.get", value=503, times=1)
    path = "/his-esb/his/v1/patients.get"
    answer = await sandbox.http.post(path, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert await his.code("patients.get", patient_id="P0000001") == "ok"


async def test_cut_before_does_nothing_and_cut_after_does_it(
    sandbox: Sandbox, his: Caller, timetable: Timetable
) -> None:
    _, slot = timetable.slot(quota=3)
    lost, done = request_no("L"), request_no("L")
    await sandbox.fault("his", "cut_before", "registrations.lock", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await lock(his, slot, "P0000001", lost)
    await sandbox.fault("his", "cut_after", "registrations.lock", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await lock(his, slot, "P0000002", done)
    assert await his.code("registrations.find", lock_request_no=lost) == "registration_not_found"
    assert (await his.ok("registrations.find", lock_request_no=done))["state"] == "locked"


async def test_a_late_answer_is_given_after_the_work(sandbox: Sandbox, his: Caller, timetable: Timetable) -> None:
    _, slot = timetable.slot(quota=3)
    number, other = request_no("L"), request_no("L")
    await sandbox.fault("his", "late_answer", "registrations.lock", value=0.2, times=1)
    assert (await lock(his, slot, "P0000005", other))["code"] == "ok"
    await sandbox.fault("his", "late_answer", "registrations.lock", value=LATE_SECONDS, times=1)
    waiting = asyncio.create_task(lock(his, slot, "P0000002", number))
    await until(
        lambda: his.answer("registrations.find", lock_request_no=number),
        lambda found: found["code"] == "ok" and found["data"]["state"] == "locked",
    )
    assert not waiting.done()
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting


async def test_a_garbled_answer_has_no_valid_signature(sandbox: Sandbox, his: Caller) -> None:
    await sandbox.fault("his", "garbled", "patients.get", times=1)
    with pytest.raises(AssertionError):
        await his.raw("patients.get", {"patient_id": "P0000001"})


async def test_faults_are_listed_counted_and_refused_when_wrong(sandbox: Sandbox) -> None:
    await sandbox.fault("his", "latency", value=0.1, times=2)
    (fault,) = (await sandbox.http.get("/_control/faults")).json()["faults"]
    assert (fault["kind"], fault["times"], fault["hits"]) == ("latency", 2, 0)
    for wrong in (
        {"system": "his"},
        {"system": "moon", "kind": "status"},
        {"system": "his", "kind": "latency"},
        {"system": "his", "kind": "status", "times": 0},
        {"system": "his", "kind": "status", "typo": 1},
    ):
        assert (await sandbox.http.put("/_control/faults", json=wrong)).status_code == 400


@pytest.mark.parametrize(
    ("name", "code"),
    [("测试号满", "slot_full"), ("测试停诊", "clinic_stopped"), ("测试限号", "patient_limit"),
     ("测试黑名", "patient_blocked"), ("测试逝者", "patient_blocked"), ("测试维护", "maintenance")],
)  # fmt: skip
async def test_magic_patients_are_refused(his: Caller, timetable: Timetable, name: str, code: str) -> None:
    _, slot = timetable.slot(quota=3)
    assert (await lock(his, slot, FILES[name]))["code"] == code


async def test_magic_patients_whose_answers_go_missing(his: Caller, timetable: Timetable) -> None:
    _, slot = timetable.slot(quota=4)
    cut, lost, busy = request_no("L"), request_no("L"), request_no("L")
    with pytest.raises(httpx.RemoteProtocolError):
        await lock(his, slot, FILES["测试断线"], cut)
    assert (await his.ok("registrations.find", lock_request_no=cut))["state"] == "locked"
    with pytest.raises(httpx.RemoteProtocolError):
        await lock(his, slot, FILES["测试丢失"], lost)
    assert await his.code("registrations.find", lock_request_no=lost) == "registration_not_found"
    assert (await lock(his, slot, FILES["测试繁忙"], busy))["code"] == "busy"
    assert (await lock(his, slot, FILES["测试繁忙"], busy))["code"] == "ok"
    with pytest.raises(AssertionError):
        await lock(his, slot, FILES["测试乱码"])


async def test_magic_prices_confirms_and_cancels(his: Caller, timetable: Timetable) -> None:
    clinic, slot = timetable.slot(quota=4)
    dearer = (await lock(his, slot, FILES["测试涨价"]))["data"]
    assert dearer["fee_fen"] == clinic["fee_fen"] + 500

    async def book(name: str) -> tuple[str, dict[str, Any]]:
        number = request_no("L")
        fee = (await lock(his, slot, FILES[name], number))["data"]["fee_fen"]
        answer = await his.answer(
            "registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee)
        )
        return number, answer

    assert (await book("测试过期"))[1]["code"] == "lock_expired"
    number, answer = await book("测试拒退")
    assert answer["code"] == "ok"
    code = await his.code(
        "registrations.cancel", request_no=request_no("X"), lock_request_no=number, reason="patient", note=""
    )
    assert code == "not_cancellable"


async def test_the_desk_ends_visits_and_the_product_hears_of_it(
    his: Caller, desk: Desk, timetable: Timetable, product: Listener
) -> None:
    _, slot = timetable.slot(quota=3)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]
    await his.ok("registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee))
    (booking,) = (await desk.read("bookings"))["bookings"]
    assert (booking["patient"], booking["state"]) == ("陈志华", "confirmed")
    await desk.act("bookings/end", lock_request_no=number, state="no_show")
    (event,) = await product.events(1)
    assert event["data"] == {"lock_request_no": number, "state": "no_show"}
    (told,) = (await desk.read("events"))["events"]
    assert told["kind"] == "registration.changed"


async def test_the_journal_shows_calls_without_secrets(sandbox: Sandbox, his: Caller) -> None:
    await his.ok("patients.get", patient_id="P0000001")
    entry = (await sandbox.journal("his"))[-1]
    assert (entry["what"], entry["code"], entry["status"]) == ("patients.get", "ok", 200)
    assert sandbox.keys["his"]["secret"] not in json.dumps(await sandbox.journal())
    assert (await sandbox.counters())["his patients.get ok"] == 1
