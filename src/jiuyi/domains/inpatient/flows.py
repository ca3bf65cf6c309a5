"""Use cases of deposits that call the HIS."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.inpatient import rules, service, settings
from jiuyi.domains.inpatient.errors import DepositClosed, StayUnknown
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.domains.inpatient.rules import Act, Situation, next_act
from jiuyi.domains.inpatient.types import DepositRow, DepositState, Question, Stay, StayView
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import OrderState
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable
from jiuyi.kit.problems import OutsideDown

MOST_STEPS = 12
FINDS = 3
LATEST_ARRIVAL_SECONDS = 320
"""The HIS takes no call that is older than 300 s."""
_WHO = "system:inpatient.drive"
_log = structlog.get_logger("jiuyi.inpatient")


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


class Driver:
    """Drives paid deposits into the HIS; safe to call at any time, any number of times."""

    def __init__(self, db: Db, knobs: Knobs, vault: Vault, wards: Wards) -> None:
        self._db = db
        self._knobs = knobs
        self._vault = vault
        self._wards = wards
        self._acts: dict[Act, Callable[[DepositRow], Awaitable[bool]]] = {
            Act.TAKE_MONEY: self._take_money,
            Act.CLOSE: self._close,
            Act.CONFIRM: self._confirm,
            Act.FIND: self._find,
        }

    async def drive(self, deposit_id: UUID) -> None:
        """Do whatever is to be done for one deposit now."""
        for _ in range(MOST_STEPS):
            async with self._db.tx() as tx:
                row = await service.deposit(tx, deposit_id)
                act = next_act(await self._situation(tx, row))
            if act is Act.REST:
                return
            try:
                if not await self._acts[act](row):
                    return
            except Moved:
                # Somebody else (a job run twice, a sweeper) took the step: theirs to go on.
                return
        _log.error("a deposit does not come to rest", deposit=str(deposit_id))

    async def _situation(self, tx: Tx, row: DepositRow) -> Situation:
        order = await payments.order(tx, row.order_id)
        paid, gone = order.state is OrderState.PAID, order.state is OrderState.CLOSED
        return Situation(state=row.state, order_paid=paid, order_closed=gone, stale_claim=row.stale_claim)

    async def _move(self, row: DepositRow, target: DepositState, why: str, **columns: object) -> None:
        async with self._db.tx() as tx:
            await move(tx, service.DEPOSIT, row.id, row.state, target, who=_WHO, why=why, **columns)
        row.state = target

    async def _take_money(self, row: DepositRow) -> bool:
        await self._move(row, DepositState.PAID, "order paid")
        return True

    async def _close(self, row: DepositRow) -> bool:
        async with self._db.tx() as tx:
            await service.closed(tx, row)
        return False

    async def _confirm(self, row: DepositRow) -> bool:
        if await self._impatient(row):
            return False
        async with self._db.tx() as tx:
            payment = await service.payment_of(tx, row)
        await self._move(row, DepositState.CONFIRMING, "claimed", claimed_at=row.now, told_at=row.now)
        number = service.facts_of(self._vault, row).inpatient_no
        try:
            receipt = await self._wards.deposit(
                request_no=number_from("D", row.id), inpatient_no=number, payment=payment
            )
        except Refused as error:
            async with self._db.tx() as tx:
                await service.refused(tx, self._vault, row, error.code)
                if error.code not in rules.REFUSALS:
                    await service.alarm(tx, row.id, error.code)
            return False
        except Unreachable:
            await self._move(row, DepositState.PAID, "not reached", told_at=None)
            await self._later(row)
            return False
        except Unanswered as error:
            await self._move(row, DepositState.UNKNOWN, type(error).__name__.lower())
            return True
        async with self._db.tx() as tx:
            await service.confirmed(tx, self._vault, row, receipt, why="confirmed")
        return False

    async def _later(self, row: DepositRow) -> None:
        async with self._db.tx() as tx:
            tries = await service.tried(tx, row.id)
            if row.state is DepositState.UNKNOWN and tries == FINDS:
                await service.alarm(tx, row.id, "unknown")
            await tx.defer(service.DRIVE, delay_seconds=min(60.0, 1.5**tries), deposit_id=str(row.id))

    async def _impatient(self, row: DepositRow) -> bool:
        """Waited long enough for a HIS that cannot be told: the money goes back, once no call can be under way."""
        async with self._db.tx() as tx:
            order = await payments.order(tx, row.order_id)
            waited = (row.now - (order.paid_at or row.created_at)).total_seconds()
            if row.tries == 0 or waited < self._knobs.get(settings.CONFIRM_PATIENCE_SECONDS):
                return False
            if row.told_at is None or (row.now - row.told_at).total_seconds() >= LATEST_ARRIVAL_SECONDS:
                await service.refused(tx, self._vault, row, "his_down")
                return True
        await self._later(row)
        return True

    async def _find(self, row: DepositRow) -> bool:
        if row.state is not DepositState.UNKNOWN:
            # A claim whose caller died: what became of the call is unknown.
            await self._move(row, DepositState.UNKNOWN, "the claim is old")
        try:
            receipt = await self._wards.find_deposit(number_from("D", row.id))
        except NotDone:
            await self._later(row)
            return False
        if receipt is None:
            # It has not arrived; its number protects against a late arrival, so it may be told again.
            await self._move(row, DepositState.PAID, "not found")
            await self._later(row)
            return False
        async with self._db.tx() as tx:
            await service.confirmed(tx, self._vault, row, receipt, why="found")
        return False
