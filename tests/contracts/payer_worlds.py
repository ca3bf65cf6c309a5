"""The outside of an insurance, once in memory, once as the sandbox's national centre, and once as its HIS."""

from datetime import UTC, datetime
from typing import Any, Protocol

from jiuyi.adapters.his.insurance import HisInsuredPeople, HisSettlements
from jiuyi.adapters.insurance.centre import NationalCentre
from jiuyi.adapters.insurance.envelope import Envelope
from jiuyi.domains.insurance.ports import Payer
from jiuyi.domains.insurance.types import (
    Bill,
    Consent,
    ConsentKind,
    Diagnosis,
    FeeLine,
    Insured,
    PresettleAsk,
    SettlementKey,
    VisitKind,
)
from jiuyi.kit.clock import Clock
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.journal import Journal
from jiuyi.wire.hospital import Door, Signer
from jiuyi.wire.http import Caller
from tests.support.memory_insurance import MemoryPayer
from tests.support.sandbox import Sandbox

PATIENT = "P0000001"


def bill_of(total: int, visit_no: str) -> Bill:
    first = total // 4
    return Bill(
        visit_no=visit_no,
        kind=VisitKind.OUTPATIENT,
        begun_at=datetime.now(UTC),  # noqa: TID251 - the outside is another machine
        department_code="A03",
        department_name="心血管内科",
        doctor_code="D4401",
        doctor_name="林志远",
        lines=[
            FeeLine("1", "L01", "血脂六项", "002503080010000", "04", "1", f"{first / 100:.2f}", first),
            FeeLine(
                "2", "M07", "瑞舒伐他汀钙片", "XC10AAR187A001", "09", "1", f"{(total - first) / 100:.2f}", total - first
            ),
        ],
        diagnoses=[Diagnosis("E78.500", "高脂血症", main=True)],
    )


class World(Protocol):
    """One insurance and its people."""

    @property
    def payer(self) -> Payer: ...

    async def ask(self, total: int = 15280, *, use_account: bool = True) -> PresettleAsk:
        """A fresh bill of somebody insured, with a consent of theirs."""

    async def confirmed(self, ask: PresettleAsk, key: SettlementKey) -> None:
        """What makes it settle has happened: the patient confirmed in the channel, or we told it to."""


class InMemory:
    def __init__(self) -> None:
        self.memory = MemoryPayer()

    @property
    def payer(self) -> Payer:
        return self.memory

    async def ask(self, total: int = 15280, *, use_account: bool = True) -> PresettleAsk:
        insured = Insured("4401", "陈美华", "440106198503124123", "310", "440106")
        number = number_from("I", new_id())
        consent = Consent(ConsentKind.PAY_AUTH, f"AUTH{number}")
        return PresettleAsk(number, insured, consent, bill_of(total, f"V{number}"), f"M{number}", "11", use_account)

    async def confirmed(self, ask: PresettleAsk, key: SettlementKey) -> None:
        assert self.memory.confirm(ask.no)
        assert key.no == ask.no


class InSandbox:
    def __init__(self, sandbox: Sandbox, *, his: bool) -> None:
        self.sandbox = sandbox
        self.clock, journal = Clock(), Journal()
        keys: dict[str, Any] = sandbox.keys["insurance"]
        hospital: dict[str, Any] = sandbox.keys["his"]
        envelope = Envelope(
            app_id=keys["app_id"],
            app_secret=keys["app_secret"],
            private_key=keys["private_key"],
            platform_public_key=keys["platform_public_key"],
        )
        self.callers = [
            Caller("insurance", keys["base_url"], journal, self.clock),
            Caller("his", hospital["base_url"], journal, self.clock),
        ]
        self.centre = NationalCentre(self.callers[0], self.clock, envelope, org_code=keys["org_code"])
        self.door = Door(self.callers[1], hospital["app_id"], Signer(hospital["secret"]), self.clock)
        self.people = HisInsuredPeople(self.door)
        self._payer: Payer = HisSettlements(self.door) if his else self.centre

    @property
    def payer(self) -> Payer:
        return self._payer

    async def ask(self, total: int = 15280, *, use_account: bool = True) -> PresettleAsk:
        given = await self.sandbox.http.post("/_control/insurance/authorise", json={"patient_id": PATIENT})
        consent = Consent(ConsentKind.PAY_AUTH, given.raise_for_status().json()["token"])
        insured = await self.people.identify(PATIENT, consent)
        number = number_from("I", new_id())
        bill = bill_of(total, f"V{number}")
        visit = await self.people.open_visit(PATIENT, insured, bill, "11", consent)
        return PresettleAsk(number, insured, consent, bill, visit, "11", use_account)

    async def confirmed(self, ask: PresettleAsk, key: SettlementKey) -> None:
        if not self.payer.with_channel:
            await self.payer.settle(key, ask)
            return
        done = await self.sandbox.http.post(f"/_control/insurance/orders/{key.centre_no}/confirm", json={})
        assert done.raise_for_status().json()["result"] == "ok"

    async def close(self) -> None:
        for caller in self.callers:
            await caller.close()
