"""An MDT booking: application with documents, the team's review, supplement, and a timed slot of the team."""

import io

import pytest
from PIL import Image

from jiuyi.kit.ids import new_id
from tests.support import waiting
from tests.support.live import Live
from tests.support.visits import Visitor, visitor

pytestmark = [pytest.mark.feature("F02"), pytest.mark.slow]


def picture() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (640, 480), "white").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def upload(chen: Visitor, name: str, body: bytes) -> dict[str, str]:
    phone = chen.phone
    answer = await phone.http.post(
        "/api/mdt/documents", files={"file": (name, body)}, headers={"x-csrf-token": phone._csrf}
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


async def apply(chen: Visitor, summary: str) -> dict[str, str]:
    team = (await chen.phone.get("/api/mdt/teams")).json()["items"][0]
    document = await upload(chen, "../报告 1.jpg", picture())
    assert (document["name"], document["content_type"]) == ("报告 1.jpg", "image/jpeg")
    body = {
        "team_id": team["id"],
        "patient_id": chen.patient_id,
        "summary": summary,
        "document_ids": [document["id"]],
        "agreements": [],
    }
    answer = await chen.phone.post("/api/mdt/applications", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


async def until(chen: Visitor, application_id: str, state: str) -> dict[str, str]:
    async def look() -> dict[str, str]:
        shown: dict[str, str] = (await chen.phone.get(f"/api/mdt/applications/{application_id}")).json()
        return shown

    return await waiting.until(look, lambda shown: shown["state"] == state, lambda: chen.live.idle(1))


async def test_application_to_booking(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await apply(chen, "肺结节 8 毫米，自动通过")
    accepted = await until(chen, made["id"], "accepted")
    assert accepted["clinics_until"] is not None
    team_id = accepted["team"]["id"]  # type: ignore[index]
    clinics = (await chen.phone.get("/api/clinics", mdt_team_id=team_id)).json()["items"]
    slots = (await chen.phone.get(f"/api/clinics/{clinics[0]['id']}/slots")).json()["items"]
    slot = next(s for s in slots if s["remaining"] > 0)
    without = await chen.preview(slot["id"])
    assert [block["code"] for block in without["blocks"]] == ["booking.mdt_required"]
    wanted = {"slot_id": slot["id"], "patient_id": chen.patient_id, "mdt_application_id": made["id"]}
    shown = (await chen.phone.post("/api/booking/preview", wanted)).json()
    assert shown["blocks"] == [], shown["blocks"]
    answer = await chen.submit(slot["id"], shown["ticket"], new_id(), mdt_application_id=made["id"])
    assert answer.status_code == 201, answer.text
    held = await chen.until(answer.json()["id"], "awaiting_payment")
    assert held["fee_fen"] == 60000
    await chen.pay(held)
    await chen.until(held["id"], "booked")
    booked = await until(chen, made["id"], "booked")
    assert booked["appointment_id"] == held["id"]


async def test_supplement_and_withdraw(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await apply(chen, "肺结节，自动补充")
    wanted = await until(chen, made["id"], "more_wanted")
    assert wanted["reviewer_note"]
    async with hospital.parts.db.tx() as tx:
        kept = await tx.value("SELECT reviewer_note_sealed FROM booking.mdt_application WHERE id = %s", (made["id"],))
        brought = await tx.values(
            "SELECT raw || convert_to(data::text, 'UTF8') FROM kit.inbox WHERE kind = 'mdt.reviewed'"
        )
    assert len(brought) == 1
    assert all(wanted["reviewer_note"].encode() not in bytes(one) for one in [kept, *brought])
    again = await upload(chen, "ct.png", picture_png())
    more = {"summary": "肺结节，补充 CT", "document_ids": [again["id"]]}
    answer = await chen.phone.post(f"/api/mdt/applications/{made['id']}/supplement", more)
    assert answer.status_code == 200, answer.text
    shown = await until(chen, made["id"], "submitted")
    assert len(shown["documents"]) == 2
    await hospital.idle(1)
    withdrawn = await chen.phone.post(f"/api/mdt/applications/{made['id']}/withdraw", {})
    assert withdrawn.json()["state"] == "withdrawn"
    await hospital.idle(1)
    async with hospital.parts.db.tx() as tx:
        assert await tx.value("SELECT state FROM booking.mdt_application") == "withdrawn"


async def test_an_ordinary_clinic_does_not_use_up_an_application(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await apply(chen, "肺结节，自动通过")
    wanted = {"slot_id": (await chen.slot())["id"], "patient_id": chen.patient_id, "mdt_application_id": made["id"]}
    assert (await chen.phone.post("/api/booking/preview", wanted)).status_code == 404
    wanted["mdt_application_id"] = str(new_id())
    assert (await chen.phone.post("/api/booking/preview", wanted)).status_code == 404


async def test_an_application_is_not_shown_to_who_was_unbound(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await apply(chen, "肺结节")
    assert (await chen.phone.get(f"/api/mdt/applications/{made['id']}")).status_code == 200
    async with hospital.parts.db.tx() as tx:
        await tx.run("UPDATE patients.binding SET ended_at = app_now(), ended_by = 'patient'")
    assert (await chen.phone.get(f"/api/mdt/applications/{made['id']}")).status_code == 404
    assert (await chen.phone.post(f"/api/mdt/applications/{made['id']}/withdraw", {})).status_code == 404
    assert (await chen.phone.get("/api/mdt/applications")).json() == {"items": []}


def picture_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "black").save(out, "PNG")
    return out.getvalue()


async def test_what_is_not_a_document_is_refused(hospital: Live) -> None:
    chen = await visitor(hospital)
    for body in (b"<svg onload=alert(1)>", b"\xff\xd8\xff nothing", b"%PDF-1.7 cut off", picture()[:200]):
        answer = await chen.phone.http.post(
            "/api/mdt/documents", files={"file": ("a.jpg", body)}, headers={"x-csrf-token": chen.phone._csrf}
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "booking.file_refused")
