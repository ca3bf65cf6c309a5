"""A hospital's desk for tests: the product in this process, a device with its key, an operator, a patient who owes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import msgspec

from jiuyi.app.settings import Settings
from jiuyi.app.wiring import Parts
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.patients.repository import files
from jiuyi.domains.patients.service import proving
from jiuyi.domains.patients.types import DocumentType, HospitalFile, Sex
from jiuyi.domains.payments import flows
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.service.attempts import attempt as read_attempt
from jiuyi.domains.payments.types import Attempt, Order
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import Role
from jiuyi.kit.ids import new_id
from tests.support.clock import AppClock
from tests.support.micropay_peer import KEY, Peer
from tests.support.product import Product, running, settings_for

CARD, DOCUMENT = "4400012348067", "440100198803120422"
WECHAT_CODE = "134567890123450827"
BY = Actor.system("test")
OPERATOR, PIN = "1027", "250318"


def signing_in(operator: str = OPERATOR, pin: str = PIN, **more: str) -> dict[str, str]:
    """What an operator types at a desk."""
    return {"operator": operator, "pin": pin, **more}


class Machine:
    """A device that calls the product with its key."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self.http = http
        self.key = key

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.key}", **headers}
        return await self.http.request(method, f"/api/desk/{path}", json=body, headers=sent)

    async def get(self, path: str, **headers: str) -> Any:
        return (await self.call("GET", path, **headers)).raise_for_status().json()

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.call("POST", path, body, **headers)

    async def take(self, order: Order, code: str = WECHAT_CODE, key: str = "key-00000001") -> Any:
        answer = await self.post(f"orders/{order.id}/payments", {"code": code}, **{"idempotency-key": key})
        return answer.raise_for_status().json()

    async def stands(self, payment: Any) -> Any:
        return await self.get(f"payments/{payment['payment_id']}")


class Counter:
    """The desk and what happens at it."""

    def __init__(self, parts: Parts, time: AppClock, product: Product | None = None) -> None:
        self.parts = parts
        self.time = time
        self._product = product

    @property
    def product(self) -> Product:
        """The product in this process (a browser has it on real HTTP instead)."""
        assert self._product is not None
        return self._product

    async def key(self, code: str = "window-3", role: Role = Role.CASHIER) -> str:
        """A new device with the operator 1027."""
        async with self.parts.db.tx() as tx:
            await staff.put_operator(tx, code=OPERATOR, name="区慧敏", active=True, by=BY)
            if not all(each.has_pin for each in await staff.operators(tx)):
                await staff.set_pin(tx, code=OPERATOR, pin=PIN, by=BY, temporary=False)
            return await staff.register(tx, code=code, name_zh="收费处 3 号窗", name_en="Window 3", role=role, by=BY)

    async def machine(
        self, code: str = "window-3", role: Role = Role.CASHIER, operator: str | None = OPERATOR
    ) -> Machine:
        made = Machine(self.product.visitor(), await self.key(code, role))
        if operator and role in {Role.CASHIER, Role.HAND_HELD}:
            (await made.post("shift", signing_in(operator))).raise_for_status()
        return made

    async def patient(self, patient_no: str = "P1", card: str = CARD, document: str = DOCUMENT) -> UUID:
        file = HospitalFile(
            patient_id=patient_no,
            card_no=card,
            name="陈美华",
            sex=Sex.FEMALE,
            birth_date=date(1988, 3, 12),
            document_type=DocumentType.MAINLAND_ID,
            document_number=document,
            phone="13812342046",
            guardian=None,
            deceased=False,
        )
        async with self.parts.db.tx() as tx:
            return await files.put_patient(tx, proving.patient_row(self.parts.vault, new_id(), file))

    async def owes(self, patient_id: UUID, fen: int = 5050, account_id: UUID | None = None) -> Order:
        async with self.parts.db.tx() as tx:
            return await payments.open_order(
                tx,
                kind="registration",
                subject_kind="test",
                subject_id=new_id(),
                account_id=account_id or new_id(),
                patient_id=patient_id,
                total_fen=fen,
                title_zh="心血管内科 普通门诊挂号费",
                title_en="Cardiology, registration fee",
                expires_at=await tx.value("SELECT app_now() + interval '30 minutes'"),
            )

    async def forward(self, seconds: float) -> None:
        await self.time.forward(seconds=seconds)
        await self.parts.read_clock("")

    async def polled(self, payment: Any) -> None:
        """The job that asks comes round."""
        await self.parts.jobs.functions["payments.poll"](attempt_id=payment["payment_id"])

    async def swept(self) -> None:
        """The sweeper comes round."""
        parts = self.parts
        await flows.sweep_attempts(parts.db, parts.ports["channels"], parts.knobs)

    async def order(self, order: Order) -> Order:
        async with self.parts.db.tx() as tx:
            return await payments.order(tx, order.id)

    async def attempt(self, payment: Any) -> Attempt:
        async with self.parts.db.tx() as tx:
            return await read_attempt(tx, UUID(payment["payment_id"]))

    async def ledger(self) -> int:
        async with self.parts.db.tx() as tx:
            return int(await tx.value("SELECT coalesce(sum(amount_fen), 0) FROM payments.entry") or 0)


def settings_with(dsn: str, peer: Peer, **pay: str) -> Settings:
    """Settings of a product whose WeChat Pay is the peer, and which takes nothing else at the counter."""
    plain = settings_for(dsn)
    keys = msgspec.structs.replace(plain.wechat_pay, base_url=peer.url, v2_key=KEY, **pay)
    return msgspec.structs.replace(plain, wechat_pay=keys, alipay=None, unionpay=None)


@asynccontextmanager
async def counter(dsn: str, settings: Settings, time: AppClock, **ports: Any) -> AsyncIterator[Counter]:
    """The product with this desk."""
    async with running(dsn, settings=settings, **ports) as product:
        made = Counter(product.parts, time, product)
        yield made
        assert await made.ledger() == 0
