"""What a patient does to get an appointment, as the pages do it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.app.wiring import Parts
from jiuyi.domains.patients.repository import files
from jiuyi.domains.patients.service import proving
from jiuyi.domains.patients.types import HospitalFile
from jiuyi.kit.ids import new_id
from tests.support.live import Live, Phone
from tests.support.waiting import until

CHEN = ("440100198803120422", "陈美华")
"""Phone 1's own file."""


async def bind(
    parts: Parts, account_id: UUID, document: str = CHEN[0], name: str = CHEN[1], document_type: str = "mainland_id"
) -> UUID:
    """Bind a file of the hospital to an account without the proof by code (which has tests of its own)."""
    data = await parts.door.call(
        "patients.find", {"document_type": document_type, "document_number": document, "name": name}
    )
    file = msgspec.convert(data["patient"], HospitalFile)
    async with parts.db.tx() as tx:
        patient_id = await files.put_patient(tx, proving.patient_row(parts.vault, new_id(), file))
        row = {
            "id": new_id(),
            "patient_id": patient_id,
            "account_id": account_id,
            "channel": "wechat_oa",
            "relation": "other",
            "way": "sms_on_file",
            "phone_index": None,
            "needs_consent": False,
            "cooling_hours": 0,
        }
        assert await files.insert_binding(tx, row)
    return patient_id


class Visitor:
    """Somebody at phone `number` with one bound patient."""

    def __init__(self, live: Live, phone: Phone, patient_id: UUID) -> None:
        self.live = live
        self.phone = phone
        self.patient_id = str(patient_id)

    async def clinics(self, **query: Any) -> list[dict[str, Any]]:
        """Clinics that have places."""
        answer = (await self.phone.get("/api/clinics", **query)).json()
        return [clinic for clinic in answer["items"] if clinic["state"] == "available"]

    async def slot(self, fee_fen: int | None = None, nth: int = 0, **query: Any) -> dict[str, Any]:
        """A half hour with places, of the `nth` clinic that has any (and this fee); not today's, at whatever hour."""
        query.setdefault("department_id", await self.department())
        if "date" not in query:
            days = (await self.phone.get("/api/clinics", **query)).json()["dates"]
            query["date"] = [day["date"] for day in days if day["state"] == "available"][1]
        found = [c for c in await self.clinics(**query) if fee_fen is None or c["fee_fen"] == fee_fen]
        slots = (await self.phone.get(f"/api/clinics/{found[nth]['id']}/slots")).json()["items"]
        chosen: dict[str, Any] = next(slot for slot in reversed(slots) if slot["state"] in {"available", "few"})
        return chosen

    async def department(self, code: str = "D0301") -> str:
        groups = (await self.phone.get("/api/departments")).json()["groups"]
        return next(str(d["id"]) for group in groups for d in group["departments"] if d["code"] == code)

    async def preview(self, slot_id: str) -> dict[str, Any]:
        answer = await self.phone.post("/api/booking/preview", {"slot_id": slot_id, "patient_id": self.patient_id})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def book(self, slot_id: str, key: UUID | None = None) -> dict[str, Any]:
        """Confirm page and submit; the appointment as answered."""
        shown = await self.preview(slot_id)
        assert shown["blocks"] == [], shown["blocks"]
        answer = await self.submit(slot_id, shown["ticket"], key or new_id())
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def submit(self, slot_id: str, ticket: str, key: UUID, **more: Any) -> Any:
        body = {
            "slot_id": slot_id,
            "patient_id": self.patient_id,
            "ticket": ticket,
            "agreements": ["booking_rules@1"],
            **more,
        }
        return await self.phone.post("/api/appointments", body, **{"Idempotency-Key": str(key)})

    async def appointment(self, appointment_id: str) -> dict[str, Any]:
        answer = await self.phone.get(f"/api/appointments/{appointment_id}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def listed(self, scope: str) -> list[str]:
        """Ids of the account's appointments: upcoming, past or all."""
        answer = await self.phone.get("/api/appointments", scope=scope)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    async def until(self, appointment_id: str, *states: str) -> dict[str, Any]:
        """Let the worker work until the appointment reads as one of `states`."""
        return await until(lambda: self.appointment(appointment_id), lambda one: one["state"] in states, self._work)

    async def until_paid_back(self, appointment_id: str) -> dict[str, Any]:
        """Let the worker work until the money is back."""
        return await until(
            lambda: self.appointment(appointment_id), lambda one: one["pay_state"] == "refunded", self._work
        )

    async def _work(self) -> None:
        await self.live.idle(1)

    async def pay(self, appointment: Mapping[str, Any], **how: Any) -> None:
        """Open the cashier and confirm there; the notice arrives by itself. `how` goes to the sandbox."""
        await self.phone.pay(appointment["order_id"], str(new_id()), **how)


async def visitor(
    live: Live,
    number: int = 1,
    document: str = CHEN[0],
    name: str = CHEN[1],
    kind: type[Phone] = Phone,
    document_type: str = "mainland_id",
) -> Visitor:
    """Somebody signed in with a bound patient, in a hospital whose schedules are known."""
    phone = live.phone(number, kind)
    await phone.sign_in()
    async with live.parts.db.tx() as tx:
        account_id = await tx.value("SELECT account_id FROM accounts.session ORDER BY created_at DESC LIMIT 1")
    return Visitor(live, phone, await bind(live.parts, account_id, document, name, document_type))


async def until_entered(live: Live) -> None:
    """Let the worker work until the HIS has entered all fees and deposits that were paid."""

    async def states() -> set[str]:
        async with live.parts.db.autocommit() as tx:
            found = "SELECT state FROM outpatient.checkout UNION SELECT state FROM inpatient.deposit"
            return set(await tx.values(found))

    await live.idle(1)
    await until(states, lambda found: found <= {"confirmed"}, lambda: live.idle(1))
