"""Whole visits over web, worker and sandbox: booking, paying, cancelling, and the failures at the worst moment."""

from uuid import UUID

import pytest

from jiuyi.kit.ids import new_id
from tests.support.live import Live
from tests.support.visits import Visitor, visitor

pytestmark = [pytest.mark.feature("F02"), pytest.mark.slow]


async def test_book_pay_cancel_refund(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    assert made["state"] == "placing"
    held = await chen.until(made["id"], "awaiting_payment")
    assert held["fee_fen"] > 0
    assert held["pay_state"] == "unpaid"
    await chen.pay(held)
    booked = await chen.until(made["id"], "booked")
    assert booked["paid_fen"] == held["fee_fen"]
    assert booked["sequence_no"] is not None
    assert booked["can_cancel"]
    assert [await chen.listed(scope) for scope in ("upcoming", "past", "all")] == [[made["id"]], [], [made["id"]]]
    cancelling = (await chen.phone.post(f"/api/appointments/{made['id']}/cancel", {"reason": "time"})).json()
    assert cancelling["state"] == "cancelling"
    entries = hospital.parts.ports["mender"].entries["appointment"]
    assert await entries.withdrawing(UUID(made["id"]))
    cancelled = await chen.until(made["id"], "cancelled")
    assert not await entries.withdrawing(UUID(made["id"]))
    assert cancelled["pay_state"] in {"refunding", "refunded"}
    cancelled = await chen.until_paid_back(made["id"])
    assert cancelled["refunded_fen"] == held["fee_fen"]
    assert [await chen.listed(scope) for scope in ("upcoming", "past")] == [[], [made["id"]]]
    assert [entry["code"] for entry in cancelled["timeline"]] == [
        "submitted", "held", "booked", "cancel_asked", "cancelled",
    ]  # fmt: skip
    async with hospital.parts.db.tx() as tx:
        assert await tx.value("SELECT sum(booked) FROM booking.slot") == 0
        assert await tx.value("SELECT sum(withheld) FROM booking.slot") == 1


async def test_a_ticket_does_not_outlive_the_binding(hospital: Live) -> None:
    chen = await visitor(hospital)
    slot = await chen.slot()
    shown = await chen.preview(slot["id"])
    assert (await chen.phone.send("DELETE", f"/api/patients/{chen.patient_id}")).status_code == 204
    answer = await chen.submit(slot["id"], shown["ticket"], new_id())
    assert answer.status_code == 201
    await hospital.idle(2)
    async with hospital.parts.db.tx() as tx:
        assert await tx.value("SELECT state || placement FROM booking.appointment") == "refusedgone"
        assert await tx.value("SELECT count(*) FROM kit.call WHERE operation = 'registrations.lock'") == 0
        refused = "SELECT count(*) FROM notifications.delivery WHERE state = 'refused'"
        assert await tx.value(refused) == 0
    assert await counts(hospital) == (0, 1)


async def _starts(chen: Visitor, department: str, day: str) -> dict[str, str]:
    """Start → a half hour with places of a department on a day."""
    return {
        one["starts_at"]: one["id"]
        for clinic in await chen.clinics(department_id=await chen.department(department), date=day)
        for one in (await chen.phone.get(f"/api/clinics/{clinic['id']}/slots")).json()["items"]
        if one["state"] in {"available", "few"}
    }


async def test_two_visits_at_one_time_are_said_before_booking(hospital: Live) -> None:
    chen = await visitor(hospital)
    day = (await chen.slot())["starts_at"][:10]
    first, second = [await _starts(chen, department, day) for department in ("D0301", "D0306")]
    start = min(first.keys() & second.keys())
    assert (await chen.preview(first[start]))["warnings"] == []
    made = await chen.book(first[start])
    await chen.pay(await chen.until(made["id"], "awaiting_payment"))
    await chen.until(made["id"], "booked")
    warned = (await chen.preview(second[start]))["warnings"]
    assert [one["code"] for one in warned] == ["booking.overlap"]


async def test_unpaid_place_expires_and_comes_back(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    await hospital.sandbox.move_clock(16 * 60)
    expired = await chen.until(made["id"], "expired")
    assert (expired["pay_state"], expired["paid_fen"]) == ("none", 0)
    assert await counts(hospital) == (0, 1)
    await hospital.sandbox.move_clock(3 * 3600)
    await hospital.idle(1)
    assert await counts(hospital) == (0, 0)
    again = await chen.book(held["slot"]["id"])
    await chen.until(again["id"], "awaiting_payment")


async def test_paid_at_the_last_second_is_booked(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    await hospital.sandbox.fault("wechat_pay", "drop_notify", times=1)
    await chen.pay(held)
    await hospital.sandbox.move_clock(15 * 60 + 30)
    booked = await chen.until(made["id"], "booked")
    assert booked["paid_fen"] == held["fee_fen"]


async def test_paid_after_the_hospital_let_go_is_refunded(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    await hospital.sandbox.fault("wechat_pay", "drop_notify", times=1)
    await chen.pay(held)
    await hospital.sandbox.move_clock(40 * 60)
    ended = await chen.until(made["id"], "not_booked_refunding", "not_booked_refunded")
    ended = await chen.until_paid_back(made["id"])
    assert ended["state"] == "not_booked_refunded"
    assert ended["refunded_fen"] == held["fee_fen"]
    assert await counts(hospital) == (0, 1)


async def test_stopped_clinic_refunds_and_offers(hospital: Live) -> None:
    chen = await visitor(hospital)
    slot = await chen.slot(fee_fen=3000)
    made = await chen.book(slot["id"])
    await chen.pay(await chen.until(made["id"], "awaiting_payment"))
    await chen.until(made["id"], "booked")
    async with hospital.parts.db.tx() as tx:
        code = await tx.value("SELECT c.code FROM booking.schedule c WHERE id = %s", [made["clinic"]["id"]])
    stop = {"schedule_code": code, "slot_codes": [], "reason": "医生临时外出", "reason_en": "The doctor is away"}
    (await hospital.sandbox.http.post("/_control/hospital/clinics/stop", json=stop)).raise_for_status()
    stopped = await chen.until(made["id"], "stopped", "stopped_refunded")
    await hospital.idle(1)
    stopped = await chen.appointment(made["id"])
    assert "医生临时外出" in stopped["state_detail"]
    assert stopped["clinic"]["state"] == "stopped"
    assert len(stopped["offers"]) == 2
    stopped = await chen.until_paid_back(made["id"])
    assert stopped["state"] == "stopped_refunded"
    offer = stopped["offers"][0]
    taken = await chen.phone.post(f"/api/appointments/{made['id']}/rebook", {"slot_id": offer["slot"]["id"]})
    assert taken.status_code == 201, taken.text
    again = await chen.until(taken.json()["id"], "awaiting_payment")
    assert again["slot"]["id"] == offer["slot"]["id"]
    repeated = await chen.phone.post(f"/api/appointments/{made['id']}/rebook", {"slot_id": offer["slot"]["id"]})
    assert repeated.json()["id"] == again["id"]


async def test_desk_marks_a_visit_as_done(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    await chen.pay(await chen.until(made["id"], "awaiting_payment"))
    await chen.until(made["id"], "booked")
    async with hospital.parts.db.tx() as tx:
        lock_no = await tx.value("SELECT lock_no FROM booking.appointment WHERE id = %s", [made["id"]])
    ended = {"lock_request_no": lock_no, "state": "done"}
    (await hospital.sandbox.http.post("/_control/hospital/bookings/end", json=ended)).raise_for_status()
    done = await chen.until(made["id"], "done")
    assert not done["can_cancel"]


async def test_calendar_event(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    answer = await chen.phone.get(f"/api/appointments/{made['id']}/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    lines = answer.text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert all(len(line.encode()) <= 75 for line in lines)
    start = made["slot"]["starts_at"].replace("-", "").replace(":", "")[:15]
    assert f"DTSTART;TZID=Asia/Shanghai:{start}" in lines


async def test_nobody_else_sees_it(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    stranger = hospital.phone(2)
    await stranger.sign_in()
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/cancel", {"reason": "time"}),
        ("POST", "/rebook", {"slot_id": made["slot"]["id"]}),
        ("GET", "/calendar.ics", None),
    ):
        answer = await stranger.send(method, f"/api/appointments/{made['id']}{path}", body)
        assert answer.status_code == 404, (method, path, answer.text)


async def counts(hospital: Live) -> tuple[int, int]:
    """Places that are booked, and places on their way back."""
    async with hospital.parts.db.tx() as tx:
        booked = await tx.value("SELECT sum(booked) FROM booking.slot")
        return int(booked), int(await tx.value("SELECT sum(withheld) FROM booking.slot"))
