"""Insurance at a desk: what the patient hands over is read, the bill is split, agreed to and settled by the HIS.

The own part is taken after it, like any order's, by the desk's codes and cards. Both or none: what the insurance
settled goes back when the own part does not come, or is given up.
"""

from uuid import UUID

import msgspec

from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.errors import InsuranceSilent, NothingToSettle, NotReadAtDesk, SilentAtDesk
from jiuyi.domains.insurance.flows.counter import Counter
from jiuyi.domains.insurance.flows.outcome import Outcome
from jiuyi.domains.insurance.flows.settling import Settling
from jiuyi.domains.insurance.flows.splitting import Person, Splitting
from jiuyi.domains.insurance.rules import Why
from jiuyi.domains.insurance.service import axis, desk, sealing, steps
from jiuyi.domains.insurance.types import (
    CONSENTS,
    Capability,
    Consent,
    InsuranceClass,
    Medium,
    Settlement,
    SettlementState,
)
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import DeskFile, DocumentType
from jiuyi.domains.payments import flows as payments_flows
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.errors import BeingCollected
from jiuyi.domains.payments.types import CODE_KINDS, Order
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.outcomes import NotDone, Refused

_S = SettlementState
_OTHER = Why(
    "other_person", "读到的参保人不是这一单的就诊人本人", "The insured person who was read is not this order's patient"
)
_NO_DOCUMENT = Why(
    "no_document", "就诊人没有登记身份证件，不能核对参保人", "The patient has no identity document to compare with"
)
_NO_PAYER = Why("no_payer", "医院没有接通窗口医保结算", "Settling at a desk is not connected in this hospital")
_NO_BILL = Why(
    "no_bill",
    "医院系统没有给出可以医保结算的费用明细",
    "The hospital's system gives no items that insurance may settle",
)


class Read(msgspec.Struct, frozen=True):
    """What was read: a voucher's token, or a card's number (and the name, where the terminal gives it)."""

    medium: Medium
    token: str = ""
    document_type: DocumentType = DocumentType.MAINLAND_ID
    number: str = ""
    name: str = ""


class DeskInsurance:
    """Reading, agreeing, asking and giving up, for whoever stands at a desk."""

    def __init__(self, counter: Counter, outcome: Outcome, splitting: Splitting, settling: Settling) -> None:
        self._counter = counter
        self._outcome = outcome
        self._splitting = splitting
        self._settling = settling

    async def read(self, *, order_id: UUID, at: AtDesk, read: Read, use_account: bool, key: str) -> Settlement:
        """Identify who is insured and have the order's bill split. The same key is the same settlement.

        An earlier settlement that nobody agreed to ends first. Raises `NotFound`, `NotReadAtDesk`, `ClassOff`,
        `SilentAtDesk`, and what keeps the order from being paid.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            order = await desk.order_at_desk(tx, order_id)
            row = await desk.begun_before(tx, order_id, at, key)
            file = await patients.file_at_desk(tx, counter.vault, order.patient_id)
            if row is None:
                await desk.may_begin(tx, order)
        if row is None:
            row, consent = await self._begin(order, file, at, read, use_account=use_account, key=key)
        else:
            consent = sealing.consent_of(counter.vault, row) or _consent(read, file)
        if row.state not in {_S.AUTHORISING, _S.PRESETTLING}:
            return row
        async with counter.db.tx() as tx:
            row = await steps.claim_presettle(tx, row.id, who=staff.actor_of(at).word, knobs=counter.knobs)
        if row.state is not _S.PRESETTLING:
            return row
        try:
            return await self._splitting.split(row.id, _person(file), consent)
        except InsuranceSilent as error:
            raise SilentAtDesk from error

    async def _begin(
        self, order: Order, file: DeskFile, at: AtDesk, read: Read, *, use_account: bool, key: str
    ) -> tuple[Settlement, Consent]:
        consent = _consent(read, file)
        why = _local_fault(read, file)
        found = why or await self._class_of(order, file, consent)
        if isinstance(found, Why):
            async with self._counter.db.tx() as tx:
                facts = {"medium": read.medium.value, "why": found.code}
                await desk.noted(tx, at, "insurance.read_refused", order.id, facts)
            raise NotReadAtDesk(reason_zh=found.zh, reason_en=found.en)
        which, cell = found
        row, earlier = await self._open(order, at, read.medium, which, cell, use_account=use_account, key=key)
        if earlier is not None:
            if not await self._splitting.end(earlier):
                raise SilentAtDesk
            row, earlier = await self._open(order, at, read.medium, which, cell, use_account=use_account, key=key)
            if earlier is not None:
                raise SilentAtDesk
        return row, consent

    async def _class_of(
        self, order: Order, file: DeskFile, consent: Consent
    ) -> tuple[InsuranceClass, Capability] | Why:
        """Who is insured, and which class settles this bill here. Nothing is begun, only asked."""
        counter = self._counter
        try:
            insured = await counter.houses.people.identify(file.his_patient_id, consent)
            if rules.other_person(consent, insured, file.document_number):
                return _OTHER
            bill = await self._splitting.bill(order)
        except Refused as error:
            return rules.answered(error.code, error.message)
        except NothingToSettle:
            return _NO_BILL
        except NotDone as error:
            raise SilentAtDesk from error
        which = rules.class_at_desk(counter.knobs.get(settings.MAPPING), insured, bill)
        if isinstance(which, Why):
            return which
        cell = desk.cell_of(counter.knobs, which)
        payer = counter.houses.payers.get(cell.payer)
        return _NO_PAYER if payer is None or payer.with_channel else (which, cell)

    async def _open(
        self,
        order: Order,
        at: AtDesk,
        medium: Medium,
        which: InsuranceClass,
        cell: Capability,
        *,
        use_account: bool,
        key: str,
    ) -> tuple[Settlement, Settlement | None]:
        async with self._counter.db.tx() as tx:
            return await desk.open_at_desk(
                tx,
                order_id=order.id,
                at=at,
                medium=medium,
                which=which,
                payer=cell.payer,
                use_account=use_account,
                key=key,
            )

    async def use_account(self, settlement_id: UUID, at: AtDesk, *, use: bool) -> Settlement:
        """Have the bill split again with or without the personal account.

        Raises `NotFound`, `SilentAtDesk`, and `StillSettling` while it is being worked on.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await desk.access_at_desk(tx, settlement_id, at)
            file = await patients.file_at_desk(tx, counter.vault, row.patient_id)
        consent = sealing.consent_of(counter.vault, row)
        if row.state is not _S.PRESETTLED or row.use_account == use or consent is None:
            return row
        who = staff.actor_of(at).word
        try:
            return await self._splitting.split_again(row, _person(file), consent, who=who, use_account=use)
        except InsuranceSilent as error:
            raise SilentAtDesk from error

    async def confirm(self, settlement_id: UUID, at: AtDesk) -> Settlement:
        """The patient agrees: the HIS settles with the insurance. Again is the same settlement.

        A cashier that is open on the patient's phone is closed first. Raises `NotFound`, `BeingCollected`, and what
        `steps.agree` raises.
        """
        counter = self._counter
        await self._close_phone(settlement_id, at)
        async with counter.db.tx() as tx:
            before = await desk.access_at_desk(tx, settlement_id, at)
            row = await steps.agree(tx, settlement_id, who=staff.actor_of(at).word, knobs=counter.knobs)
            if before.state is _S.PRESETTLED:
                facts = {"settlement": str(row.id), "insured_fen": row.insured_fen, "own_fen": row.own_fen}
                await desk.noted(tx, at, "insurance.agreed_at_desk", row.order_id, facts)
        if row.state is not _S.SETTLING:
            return row
        try:
            return await self._settling.by_itself(row)
        except NothingToSettle:
            async with counter.db.tx() as tx:
                await steps.give_up(tx, row.id, fault=_NO_BILL.code, reason=_NO_BILL.zh)
            return await self._outcome.look(row.id)

    async def _close_phone(self, settlement_id: UUID, at: AtDesk) -> None:
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await desk.access_at_desk(tx, settlement_id, at)
            live = await payments.live_attempt(tx, row.order_id) if row.state is _S.PRESETTLED else None
        if live is None:
            return
        if live.method in CODE_KINDS and not live.due:
            raise BeingCollected
        try:
            channel = counter.channels.of(live)
            await payments_flows.end_attempt(counter.db, channel, counter.knobs, live.id, why="a desk settles it")
        except NotDone as error:
            raise SilentAtDesk from error

    async def check(self, settlement_id: UUID, at: AtDesk) -> Settlement:
        """How it stands, after the insurance was asked. Raises `NotFound`."""
        async with self._counter.db.tx() as tx:
            await desk.access_at_desk(tx, settlement_id, at)
        return await self._outcome.look(settlement_id)

    async def stop(self, settlement_id: UUID, at: AtDesk) -> Settlement:
        """The operator cancels it. Raises what `service.desk.give_up` raises."""
        async with self._counter.db.tx() as tx:
            row = await desk.give_up(tx, settlement_id, at)
        if row.state in {_S.DROPPING, _S.REVERSING}:
            return await self._outcome.look(row.id)
        async with self._counter.db.tx() as tx:
            return await axis.read(tx, row.id)


def _person(file: DeskFile) -> Person:
    return Person(file.his_patient_id, file.name, file.document_number, "")


def _consent(read: Read, file: DeskFile) -> Consent:
    """What is said to the insurance. A card without a name is asked about under the patient's, whose it must be."""
    kind = CONSENTS[read.medium]
    if read.medium is Medium.E_VOUCHER:
        return Consent(kind, read.token)
    return Consent(
        kind,
        "",
        name=read.name or file.name,
        document_number=read.number.upper(),
        document_type=read.document_type.value,
    )


def _local_fault(read: Read, file: DeskFile) -> Why | None:
    """What can be said without asking anybody: a card of somebody else is nobody's business outside."""
    if file.document_number is None:
        return _NO_DOCUMENT
    if read.medium is not Medium.E_VOUCHER and read.number.upper() != file.document_number.upper():
        return _OTHER
    return None
