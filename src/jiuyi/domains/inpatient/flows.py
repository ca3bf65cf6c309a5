"""Use cases of deposits that call the HIS."""

from typing import Any
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.inpatient import rules, service, settings
from jiuyi.domains.inpatient.errors import DepositClosed, StayUnknown
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.domains.inpatient.types import DepositReceipt, DepositRow, DepositTelling, Question, Stay, StayView
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments.flows import Clerk
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone
from jiuyi.kit.problems import OutsideDown


async def own_stays(
    db: Db, vault: Vault, knobs: Knobs, wards: Wards, *, by: Principal, language: str
) -> list[StayView]:
    """Stays of the account's own patients that have not been settled, with their sums. Raises `OutsideDown`."""
    async with db.tx() as tx:
        bound = await patients.bound_patients(tx, by)
    found: list[tuple[UUID, Question, Stay]] = []
    for patient in bound:
        question = Question(patient_id=patient.his_patient_id)
        stays = [stay for stay in await _ask(wards, question) if stay.patient_id == patient.his_patient_id]
        found += [(patient.id, question, stay) for stay in stays if stay.state != "settled"]
    async with db.tx() as tx:
        return [
            await service.stay_view(tx, vault, knobs, by, stay, question, patient_id, language)
            for patient_id, question, stay in found
        ]


async def find_stay(
    db: Db, vault: Vault, knobs: Knobs, wards: Wards, *, by: Principal, question: Question, language: str
) -> StayView:
    """Somebody's stay, for paying only. Raises `LookupsUsedUp`, `StayUnknown`, `OutsideDown`."""
    async with db.tx() as tx:
        await service.count_lookup(tx, knobs, by)
    stays = await _ask(wards, question)
    if len(stays) != 1 or not rules.answers(stays[0], question):
        raise StayUnknown
    async with db.tx() as tx:
        return await service.stay_view(tx, vault, knobs, by, stays[0], question, None, language)


async def pay_deposit(
    db: Db, vault: Vault, knobs: Knobs, wards: Wards, *, by: Principal, stay_key: str, amount_fen: int, key: str
) -> UUID:
    """Open a deposit for the stay of a key; whether it may be paid is asked at this moment.

    Raises `KeyEnded`, `StayUnknown`, `DepositClosed`, `AmountOutside`, `DayLimit`, `OutsideDown`.
    """
    async with db.tx() as tx:
        again = await service.existing(tx, by, key)
        if again is not None:
            return again.id
        said = await service.open_key(tx, vault, stay_key, by)
    stay = next((one for one in await _ask(wards, said.question) if one.inpatient_no == said.inpatient_no), None)
    if stay is None:
        raise StayUnknown
    if not stay.deposit_open:
        raise DepositClosed(note=stay.deposit_note, note_en=stay.deposit_note_en or stay.deposit_note)
    try:
        async with db.tx() as tx:
            return await service.open_deposit(
                tx, vault, knobs, by=by, stay=stay, patient_id=said.patient_id, amount_fen=amount_fen, key=key
            )
    except service.Raced:
        async with db.tx() as tx:
            first = await service.existing(tx, by, key)
        if first is None:
            raise
        return first.id


async def _ask(wards: Wards, question: Question) -> list[Stay]:
    try:
        return await wards.find(question)
    except NotDone as error:
        raise OutsideDown from error


def driver(db: Db, knobs: Knobs, vault: Vault, wards: Wards) -> Clerk[DepositRow, DepositTelling, DepositReceipt]:
    """Who carries paid deposits into the HIS; once per worker process."""
    return Clerk(db, _DepositBook(knobs, vault, wards))


class _DepositBook:
    """`payments.ports.Book` of deposits."""

    axis = service.DEPOSIT
    subject = service.SUBJECT
    refund_reason = "预交金未成功，自动退款"
    usual_refusals = frozenset(rules.REFUSALS)

    def __init__(self, knobs: Knobs, vault: Vault, wards: Wards) -> None:
        self._knobs = knobs
        self._vault = vault
        self._wards = wards

    def patience_seconds(self) -> int:
        return self._knobs.get(settings.CONFIRM_PATIENCE_SECONDS)

    async def entry(self, tx: Tx, entry_id: UUID) -> DepositRow:
        return await service.deposit(tx, entry_id)

    async def telling(self, tx: Tx, row: DepositRow) -> DepositTelling:
        return await service.telling(tx, self._vault, row)

    async def tell(self, telling: DepositTelling) -> DepositReceipt:
        return await self._wards.deposit(telling)

    async def find(self, row: DepositRow) -> DepositReceipt | None:
        return await self._wards.find_deposit(number_from("D", row.id))

    def facts(self, receipt: DepositReceipt) -> dict[str, Any]:
        return {"receipt_no": receipt.receipt_no, "confirmed_at": receipt.entered_at}

    async def ended(self, tx: Tx, row: DepositRow, code: str) -> None:
        await service.ended(tx, self._vault, row, code)

    async def tried(self, tx: Tx, entry_id: UUID) -> int:
        return await service.tried(tx, entry_id)

    async def again(self, tx: Tx, entry_id: UUID, seconds: float) -> None:
        await tx.defer(service.DRIVE, delay_seconds=seconds, deposit_id=str(entry_id))

    async def alarm(self, tx: Tx, entry_id: UUID, what: str) -> None:
        await service.alarm(tx, entry_id, what)
