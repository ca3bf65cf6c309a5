"""Contract §2.4: lock, confirm, cancel, find, list; expiry; idempotency; the last place."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.conftest import Desk, Timetable, lock, payment
from tests.sandbox.vendor import Caller, request_no
from tests.support.sandbox import Sandbox


async def test_a_place_is_locked_confirmed_and_cancelled(his: Caller, timetable: Timetable) -> None:
    clinic, slot = timetable.slot(quota=3)
    number = request_no("L")
    locked = (await lock(his, slot, "P0000002", number))["data"]
    assert locked["state"] == "locked"
    assert locked["fee_fen"] == clinic["fee_fen"] == sum(item["fen"] for item in locked["fee_items"])
    assert (locked["place"], locked["room"]) == (clinic["place"], clinic["room"])
    confirmed = await his.ok(
        "registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(locked["fee_fen"])
    )
    assert confirmed["state"] == "confirmed"
    assert confirmed["registration_no"].startswith("R")
    assert confirmed["sequence_no"] == locked["sequence_no"]
    assert await his.ok("registrations.find", lock_request_no=number) == confirmed
    cancelled = await his.ok(
        "registrations.cancel", request_no=request_no("X"), lock_request_no=number, reason="patient", note=""
    )
    assert cancelled["state"] == "cancelled"
    again = await his.ok(
        "registrations.cancel", request_no=request_no("X"), lock_request_no=number, reason="system", note=""
    )
    assert again["state"] == "cancelled"
    statement = await his.ok("statements.daily", date=timetable.today)
    assert [item["kind"] for item in statement["items"]] == ["payment", "refund"]
    assert statement["totals"] == {"payment_fen": locked["fee_fen"], "refund_fen": locked["fee_fen"], "count": 2}


async def test_of_two_parallel_locks_on_the_last_place_one_wins(his: Caller, timetable: Timetable) -> None:
    for skip in range(5):
        _, slot = timetable.slot(quota=1, skip=skip * 3)
        answers = await asyncio.gather(lock(his, slot, "P0001001"), lock(his, slot, "P0001002"))
        assert sorted(a["code"] for a in answers) == ["ok", "slot_full"]


async def test_a_slot_never_gives_more_than_its_quota(his: Caller, timetable: Timetable) -> None:
    clinic, slot = timetable.slot(quota=4, kind="ordinary")
    answers = await asyncio.gather(*(lock(his, slot, f"P{1001 + i:07d}") for i in range(30)))
    won = [a["data"]["sequence_no"] for a in answers if a["code"] == "ok"]
    assert len(won) == 4
    assert len(set(won)) == 4
    assert clinic["clinic_kind"] == "ordinary"


async def test_the_same_request_no_gets_the_same_answer(his: Caller, timetable: Timetable) -> None:
    _, slot = timetable.slot(quota=1)
    number = request_no("L")
    first, second = await asyncio.gather(lock(his, slot, "P0000002", number), lock(his, slot, "P0000002", number))
    assert first == second
    assert first["code"] == "ok"
    assert (await lock(his, slot, "P0000005", number))["code"] == "request_no_conflict"
    refused = request_no("L")
    assert (await lock(his, slot, "P0000005", refused))["code"] == "slot_full"
    await his.ok(
        "registrations.cancel", request_no=request_no("X"), lock_request_no=number, reason="payment_failed", note=""
    )
    assert (await lock(his, slot, "P0000005", refused))["code"] == "slot_full", "a refusal is an answer too"
    assert (await lock(his, slot, "P0000005"))["code"] == "ok"


async def test_a_lock_outlives_the_hold_by_three_minutes_and_then_ends(
    sandbox: Sandbox, his: Caller, timetable: Timetable
) -> None:
    _, slot = timetable.slot(quota=1)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]
    await sandbox.move_clock(900 + 170, only_sandbox=True)
    assert (await his.ok("registrations.find", lock_request_no=number))["state"] == "locked"
    await sandbox.move_clock(900 + 190, only_sandbox=True)
    assert (await his.ok("registrations.find", lock_request_no=number))["state"] == "released"
    code = await his.code(
        "registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee)
    )
    assert code == "lock_expired"
    assert (await lock(his, slot, "P0000005"))["code"] == "ok", "the place is free again"


async def test_confirm_refuses_what_does_not_fit(his: Caller, timetable: Timetable) -> None:
    _, slot = timetable.slot(quota=3)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]

    async def confirm(lock_no: str, paid: dict[str, Any] | None) -> str:
        return await his.code(
            "registrations.confirm", request_no=request_no("F"), lock_request_no=lock_no, payment=paid
        )

    assert await confirm(number, payment(fee - 1)) == "amount_mismatch"
    assert await confirm(number, None) == "amount_mismatch"
    assert await confirm(request_no("L"), payment(fee)) == "registration_not_found"
    assert await confirm(number, payment(fee, "P1")) == "ok"
    assert await confirm(number, payment(fee, "P1")) == "ok", "the same order again is the same booking"
    assert await confirm(number, payment(fee, "P2")) == "already_confirmed"


async def test_a_free_clinic_needs_no_payment(his: Caller, timetable: Timetable) -> None:
    clinic, slot = next(
        (c, s) for c in timetable.items if c["fee_fen"] == 0 and c["date"] > timetable.today and c["state"] == "open"
        for s in c["slots"] if s["online_quota"] > s["reserved"]
    )  # fmt: skip
    number = request_no("L")
    assert (await lock(his, slot, "P0000002", number))["data"]["fee_fen"] == 0
    done = await his.ok("registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=None)
    assert done["state"] == "confirmed"
    assert clinic["department_code"] == "D1602"


async def test_lock_refuses_what_does_not_fit(his: Caller, timetable: Timetable, desk: Desk) -> None:
    clinic, slot = timetable.slot(quota=3)
    assert (await lock(his, {"code": "S20261125T00123A99"}, "P0000002"))["code"] == "slot_unknown"
    assert (await lock(his, slot, "P9999999"))["code"] == "patient_not_found"
    assert (await lock(his, slot, "P0000002"))["code"] == "ok"
    assert (await lock(his, slot, "P0000002"))["code"] == "patient_limit", "one place a clinic"
    _, mdt_slot = timetable.slot(quota=1, kind="mdt")
    assert (await lock(his, mdt_slot, "P0000002"))["code"] == "application_unknown"
    await desk.act("clinics/stop", schedule_code=clinic["code"])
    assert (await lock(his, slot, "P0000005"))["code"] == "clinic_stopped"
    for field, value in (("request_no", "short"), ("hold_seconds", "900"), ("channel", "")):
        answer = await lock(his, slot, "P0000005", **({"number": value} if field == "request_no" else {field: value}))
        assert answer["code"] == "invalid_request"
        assert field in answer["message"]


async def test_reserved_places_open_at_their_time(sandbox: Sandbox, his: Caller, timetable: Timetable) -> None:
    clinic, slot = next(
        (c, s) for c in timetable.items if c["date"] > timetable.today and c["state"] == "open"
        for s in c["slots"] if s["reserved"] and s["online_quota"] == 1
    )  # fmt: skip
    assert (await lock(his, slot, "P0000002"))["code"] == "slot_full"
    from datetime import datetime

    now = datetime.fromisoformat((await sandbox.http.get("/_control/clock")).json()["now"])
    until = datetime.fromisoformat(slot["reserved_until"])
    await sandbox.move_clock((until - now).total_seconds() + 5, only_sandbox=True)
    assert (await lock(his, slot, "P0000002"))["code"] == "ok"
    assert clinic["code"] in slot["code"]


async def test_a_started_slot_is_refused(sandbox: Sandbox, his: Caller, timetable: Timetable) -> None:
    _, slot = timetable.slot(quota=3)
    await sandbox.move_clock(20 * 86400, only_sandbox=True)
    assert (await lock(his, slot, "P0000002"))["code"] == "slot_started"


async def test_visited_places_cannot_be_cancelled(his: Caller, desk: Desk, timetable: Timetable) -> None:
    _, slot = timetable.slot(quota=3)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]
    await his.ok("registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee))
    await desk.act("bookings/end", lock_request_no=number, state="done")
    code = await his.code(
        "registrations.cancel", request_no=request_no("X"), lock_request_no=number, reason="patient", note=""
    )
    assert code == "not_cancellable"
    assert await his.code("registrations.find", lock_request_no=request_no("L")) == "registration_not_found"


async def test_a_patients_list_has_every_source(his: Caller, timetable: Timetable) -> None:
    clinic, slot = timetable.slot(quota=3)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]
    await his.ok("registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee))
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await his.ok(
            "registrations.list",
            patient_id="P0000002",
            cursor=cursor,
            limit=2,
            **{"from": "2024-01-01", "to": "2099-01-01"},
        )
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(rows) >= 4
    assert rows[-1]["lock_request_no"] == number
    assert rows[-1]["state"] == "booked"
    assert rows[-1]["date"] == clinic["date"]
    assert {row["state"] for row in rows} >= {"done", "booked"}
    assert any(row["doctor_name"] == "林志远" for row in rows)


@pytest.mark.parametrize("bad", [b"", b"[]", b"{", b'"text"'])
async def test_a_body_that_is_no_object_is_refused(sandbox: Sandbox, his: Caller, bad: bytes) -> None:
    from tests.sandbox.vendor import signed

    path = "/his-esb/his/v1/registrations.lock"
    answer = await sandbox.http.post(path, content=bad, headers=signed(his.secret, path, bad))
    assert answer.json()["code"] == "invalid_request"
