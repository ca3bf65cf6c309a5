"""A hospital that speaks to the centre, people who consent, and a product that only listens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.insurance.centre_client import CentreClient, bill
from tests.sandbox.vendor import Caller, request_no
from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox

MOTHER, FATHER, CHILD, RETIRED, CANCER = "P0000001", "P0000002", "P0000003", "P0000005", "P0000012"


@pytest.fixture
def product(sandbox: Sandbox) -> Iterator[Listener]:
    with listening(sandbox.product_port) as listener:
        listener.answer = lambda _heard: (200, '{"success": true, "message": "ok"}')
        yield listener


class Counter:
    """The hospital's side: identifies at the HIS, registers a visit, speaks to the centre."""

    def __init__(self, sandbox: Sandbox, his: Caller) -> None:
        self.sandbox, self.his = sandbox, his
        self.keys = sandbox.keys["insurance"]
        self.centre = CentreClient(sandbox.http, self.keys)

    async def person(self, patient_id: str) -> dict[str, Any]:
        people = (await self.sandbox.http.get("/_control/insurance/people")).json()["people"]
        return next(p for p in people if p["patient_id"] == patient_id)

    async def visit(self, patient_id: str, med_type: str = "11", disease: str | None = None, **more: Any) -> str:
        person = await self.person(patient_id)
        data = {
            "patient_id": patient_id, "psn_no": person["psn_no"], "insutype": person["insutype"],
            "med_type": med_type, "disease_code": disease, "certificate": "e_voucher",
            "visit_no": request_no("MZ"), "department_code": "D0301", "doctor_code": "T00123",
            "began_at": "2026-11-23T09:05:00+08:00", **more,
        }  # fmt: skip
        found = await self.his.ok("insurance.visit", request_no=request_no("V"), **data)
        return str(found["mdtrt_id"])

    async def consent(self, patient_id: str, kind: str = "pay_auth") -> str:
        body = {"patient_id": patient_id, "kind": kind}
        answer = (await self.sandbox.http.post("/_control/insurance/authorise", json=body)).raise_for_status()
        return str(answer.json()["token"])

    async def bill(
        self,
        patient_id: str,
        lines: list[tuple[str, str]],
        med_type: str = "11",
        disease: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        person = await self.person(patient_id)
        mdtrt_id = await self.visit(patient_id, med_type, disease)
        token = await self.consent(patient_id)
        return bill(
            self.keys, person, mdtrt_id, token, lines, **{"medType": med_type, "diseCodg": disease or "", **more}
        )

    async def placed(
        self,
        patient_id: str,
        lines: list[tuple[str, str]],
        med_type: str = "11",
        disease: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """6201 and 6202: the split, with what later calls need."""
        sent = await self.bill(patient_id, lines, med_type, disease, **more)
        uploaded = await self.centre.ok("6201", **sent)
        split = await self.centre.ok("6202", **self.order(sent, uploaded), orgBizSer=request_no("S"))
        return {**split, "sent": sent}

    def order(self, sent: dict[str, Any], uploaded: dict[str, Any]) -> dict[str, Any]:
        return {
            "payOrdId": uploaded["payOrdId"], "payToken": uploaded["payToken"], "payAuthNo": sent["payAuthNo"],
            "orgCodg": self.keys["org_code"],
        }  # fmt: skip

    async def ask(self, placed: dict[str, Any]) -> dict[str, Any]:
        return await self.centre.ok("6301", **self.named(placed))

    def named(self, placed: dict[str, Any]) -> dict[str, Any]:
        sent = placed["sent"]
        return {
            "payOrdId": placed["payOrdId"], "payToken": placed["payToken"], "orgCodg": self.keys["org_code"],
            "idNo": sent["idNo"], "userName": sent["userName"], "idType": "01",
        }  # fmt: skip

    async def confirm(self, placed: dict[str, Any]) -> str:
        answer = await self.sandbox.http.post(f"/_control/insurance/orders/{placed['payOrdId']}/confirm")
        return str(answer.raise_for_status().json()["result"])


@pytest_asyncio.fixture
async def counter(sandbox: Sandbox, his: Caller) -> Counter:
    return Counter(sandbox, his)
