from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.domains.patients.hospital_files import FakeFiles, FakeSms, file
from tests.support.clock import AppClock
from tests.support.product import Person, Product, running

PASSPORT = {
    "document_type": "passport",
    "document_number": "E12345678",
    "name": "陈美华",
    "relation": "self",
    "phone": "13800009999",
    "birth_date": "1988-03-12",
    "sex": "female",
    "consents": ["patient_agreement@1"],
}


class Desk:
    """A product with a hospital and a phone, and what people do with it."""

    def __init__(self, product: Product, files: FakeFiles, sms: FakeSms, clock: AppClock) -> None:
        self.product = product
        self.files = files
        self.sms = sms
        self.clock = clock

    async def sign_in(self, **more: Any) -> Person:
        return await self.product.sign_in(**more)

    async def verify(self, person: Person, **changes: Any) -> httpx.Response:
        return await person.post("/api/patients/verifications", PASSPORT | changes)

    async def code(self, person: Person, verification: str, way: str = "sms_on_file") -> httpx.Response:
        return await person.post(f"/api/patients/verifications/{verification}/code", {"way": way})

    async def prove(
        self, person: Person, verification: str, way: str, code: str, code_id: str | None = None
    ) -> httpx.Response:
        body = {"way": way, "code": code, "code_id": code_id}
        return await person.post(f"/api/patients/verifications/{verification}/proof", body)

    async def bind(self, person: Person, **changes: Any) -> httpx.Response:
        """Verify, get a code by SMS, prove."""
        verified = await self.verify(person, **changes)
        assert verified.status_code == 201, verified.text
        view = verified.json()
        way = view["ways"][0]["way"]
        sent = await self.code(person, view["id"], way)
        assert sent.status_code == 200, sent.text
        await self.clock.forward(seconds=61)
        phone = self.sms.sent[-1][0]
        return await self.prove(person, view["id"], way, self.sms.last_code(phone), sent.json()["code_id"])

    async def bound(self, person: Person, **changes: Any) -> dict[str, Any]:
        answer = await self.bind(person, **changes)
        assert answer.status_code == 201, answer.text
        patient: dict[str, Any] = answer.json()
        return patient


@pytest.fixture
def files() -> FakeFiles:
    made = FakeFiles()
    made.add(file())
    return made


@pytest_asyncio.fixture
async def desk(dsn: str, files: FakeFiles, time: AppClock) -> AsyncIterator[Desk]:
    sms = FakeSms()
    async with running(dsn, patient_files=files, sms=sms) as product:
        yield Desk(product, files, sms, time)
