"""One insurance counter over a cash desk: everything outside in memory, jobs run by hand."""

from datetime import date
from typing import Any
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.insurance import jobs, service, settings
from jiuyi.domains.insurance.flows import Counter, DeskInsurance, Outcome, Presettling, Settling, Splitting
from jiuyi.domains.insurance.ports import Houses
from jiuyi.domains.insurance.service import axis
from jiuyi.domains.insurance.types import Capability, InsuranceClass, Insured, Settlement, Task
from jiuyi.domains.patients.service import sealing
from jiuyi.domains.payments import settings as payments_settings
from jiuyi.domains.payments.types import Order
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from tests.domains.payments.desk import Desk
from tests.support.memory_insurance import MemoryBills, MemoryCashier, MemoryPayer, MemoryPeople

ORIGIN = "https://hospital.example"
DOCUMENT = "440106198503124123"
_PATIENT = """
INSERT INTO patients.patient (id, his_patient_id, document_type, document_sealed, name_sealed, phone_sealed,
  card_sealed, sex, birth_date, deceased, created_at, refreshed_at)
VALUES (%(id)s, %(his)s, 'mainland_id', %(document)s, %(name)s, %(phone)s, %(card)s, 'female', %(born)s, false,
  app_now(), app_now())
"""
_BINDING = """
INSERT INTO patients.binding (id, patient_id, account_id, channel, relation, way, reports_open_at, bound_at)
VALUES (%(id)s, %(patient)s, %(account)s, 'wechat_oa', %(relation)s, 'sms_on_file', app_now(), app_now())
"""


class Window(Desk):
    """What the tests of insurance do, in words."""

    def __init__(self, db: Db) -> None:
        super().__init__(db)
        self.knobs = Knobs((*payments_settings.KNOBS, *settings.KNOBS))
        self.payer = MemoryPayer()
        self.his = MemoryPayer("his", with_channel=False)
        self.people, self.bills = MemoryPeople(), MemoryBills()
        self.cashier = MemoryCashier(self.channel, self.payer)
        cashiers = dict.fromkeys(("wechat_oa", "alipay_life", "alipay_mini"), self.cashier)
        houses = Houses(
            payers={"national_centre": self.payer, "his": self.his},
            cashiers=cashiers,
            people=self.people,
            bills={"appointment": self.bills},
        )
        self.counter = Counter(
            db,
            vault=self.vault,
            knobs=self.knobs,
            houses=houses,
            channels=self.channels,
            return_url=lambda origin, row: f"{origin}/w/#/settle/{row.id}",
            city="440100",
        )
        self.outcome = Outcome(self.counter)
        splitting = Splitting(self.counter, self.outcome)
        self.presettling = Presettling(self.counter, splitting)
        self.settling = Settling(self.counter, self.outcome)
        self.desk = DeskInsurance(self.counter, self.outcome, splitting, self.settling)
        jobs.register(self.jobs, db=db, outcome=self.outcome)

    async def patient(self, by: Principal, *, relation: str = "self", **facts: Any) -> UUID:
        """A patient of this account, insured as given."""
        made, seal = new_id(), self.vault.seal
        his = f"P{made.hex[-8:]}"
        row = {
            "id": made,
            "his": his,
            "document": seal(DOCUMENT, sealing.DOCUMENT),
            "name": seal("陈建华", sealing.NAME),
            "phone": seal("13800002046", sealing.PHONE),
            "card": seal("4400018067", sealing.CARD),
            "born": date(1985, 3, 12),
        }
        bound = {"id": new_id(), "patient": made, "account": by.account_id, "relation": relation}
        async with self.db.tx() as tx:
            await tx.run(_PATIENT, row)
            await tx.run(_BINDING, bound)
        person = {"psn_no": "4401", "name": "陈建华", "document_number": DOCUMENT, "scheme": "310", "place": "440106"}
        self.people.insured[his] = Insured(**{**person, **facts})
        return made

    async def insured_order(self, by: Principal, fen: int = 1500, **facts: Any) -> Order:
        """An order of a patient who is insured as given (a Guangzhou employee, unless said)."""
        patient = await self.patient(by, **facts)
        from jiuyi.domains.payments import service as payments  # the desk's own order has no patient behind it

        async with self.db.tx() as tx:
            return await payments.open_order(
                tx,
                kind="registration",
                subject_kind="appointment",
                subject_id=new_id(),
                account_id=by.account_id,
                patient_id=patient,
                total_fen=fen,
                title_zh="心血管内科 普通门诊挂号费",
                title_en="Cardiology, registration fee",
                expires_at=await tx.value("SELECT app_now() + interval '15 minutes'"),
            )

    async def begin(
        self, by: Principal, order: Order, which: InsuranceClass = InsuranceClass.GZ_EMPLOYEE, key: str = "begin-01"
    ) -> Settlement:
        row, url = await self.presettling.begin(
            order_id=order.id, by=by, which=which, use_account=True, key=key, origin=ORIGIN
        )
        assert url is None or str(row.id) in url
        return row

    async def presettled(
        self, by: Principal, order: Order, which: InsuranceClass = InsuranceClass.GZ_EMPLOYEE, key: str = "begin-01"
    ) -> Settlement:
        row = await self.begin(by, order, which, key)
        return await self.presettling.authorised(row.id, by, "code", origin=ORIGIN)

    async def settle(self, by: Principal, row: Settlement) -> dict[str, str] | None:
        _, invoke = await self.settling.settle(row.id, by, origin=ORIGIN)
        return invoke

    async def now(self, row: Settlement) -> Settlement:
        async with self.db.tx() as tx:
            return await axis.read(tx, row.id)

    async def sweep_all(self) -> None:
        """Time passes, and the sweepers of both domains go round."""
        await self.forward(seconds=60)
        for _ in range(4):
            await self.outcome.sweep()
            await self.sweep()
            await self.forward(seconds=330)

    async def tasks(self) -> list[Task]:
        async with self.db.tx() as tx:
            return await service.open_tasks(tx)

    async def switch(self, changed: Capability) -> None:
        from jiuyi.domains.audit.types import Actor

        async with self.db.tx() as tx:
            await service.change_capability(tx, self.knobs, changed, actor=Actor.system("test"), why="test")
        await self.knobs.load(self.db)
