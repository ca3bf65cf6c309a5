"""Whose stay it is, and opening a deposit for it: on a phone, or at a desk."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.inpatient import rules, service
from jiuyi.domains.inpatient.errors import DepositClosed, StayUnknown
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.domains.inpatient.types import DeskStay, Question, Stay, StayKey, StayView
from jiuyi.domains.patients import service as patients
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
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
    return await _pay(db, vault, knobs, wards, by=by, said=said, amount_fen=amount_fen, key=key)


async def desk_stays(
    db: Db, vault: Vault, knobs: Knobs, wards: Wards, *, patient_id: UUID, at: AtDesk, language: str
) -> list[DeskStay]:
    """The stays of a patient at a desk that have not been settled; who looked is noted. Raises `OutsideDown`."""
    async with db.tx() as tx:
        patient = await service.patient_at_desk(tx, vault, patient_id, at)
    stays = [stay for stay in await _ask(wards, Question(patient_id=patient)) if stay.patient_id == patient]
    return [service.desk_stay(knobs, stay, language=language) for stay in stays if stay.state != "settled"]


async def pay_at_desk(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    wards: Wards,
    *,
    patient_id: UUID,
    inpatient_no: str,
    at: AtDesk,
    by: Principal,
    amount_fen: int,
    key: str,
) -> UUID:
    """Open a deposit for a patient who stands at a desk; it is kept in the account `by`.

    Raises what `pay_deposit` does.
    """
    async with db.tx() as tx:
        again = await service.existing(tx, by, key)
        if again is not None:
            return again.id
        patient = await service.patient_at_desk(tx, vault, patient_id, at)
        now = await service.now(tx)
    said = StayKey(by.account_id, inpatient_no, Question(patient_id=patient), patient_id, now)
    who = staff.actor_of(at)
    return await _pay(db, vault, knobs, wards, by=by, said=said, amount_fen=amount_fen, key=key, actor=who)


async def _pay(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    wards: Wards,
    *,
    by: Principal,
    said: StayKey,
    amount_fen: int,
    key: str,
    actor: Actor | None = None,
) -> UUID:
    stay = next((one for one in await _ask(wards, said.question) if one.inpatient_no == said.inpatient_no), None)
    if stay is None:
        raise StayUnknown
    if not stay.deposit_open:
        # Why (the stay is being settled) is for who is bound to the patient.
        note, note_en = (stay.deposit_note, stay.deposit_note_en or stay.deposit_note) if said.patient_id else ("", "")
        raise DepositClosed(note=note, note_en=note_en)
    try:
        async with db.tx() as tx:
            return await service.open_deposit(
                tx,
                vault,
                knobs,
                by=by,
                stay=stay,
                patient_id=said.patient_id,
                amount_fen=amount_fen,
                key=key,
                actor=actor,
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
