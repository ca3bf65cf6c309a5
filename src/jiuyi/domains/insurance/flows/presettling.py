"""From the choice of a class to the split that the patient reads. Nothing is charged here."""

from uuid import UUID

import msgspec

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.insurance import rules, service, settings
from jiuyi.domains.insurance.errors import InsuranceSilent, NothingToSettle
from jiuyi.domains.insurance.flows.counter import Counter, look_at, med_type
from jiuyi.domains.insurance.flows.outcome import Outcome
from jiuyi.domains.insurance.rules import Why
from jiuyi.domains.insurance.service import axis, sealing, steps
from jiuyi.domains.insurance.service.policy import class_off
from jiuyi.domains.insurance.types import (
    Announced,
    Bill,
    Consent,
    InsuranceClass,
    Insured,
    PresettleAsk,
    Settlement,
    SettlementState,
)
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered

_S = SettlementState


class Person(msgspec.Struct, frozen=True):
    """Whose bill it is, in clear, for the calls. Never stored, logged or answered."""

    his_patient_id: str
    name: str
    document_number: str | None
    subject: str


class Presettling:
    """Choosing, consenting, and having the bill split."""

    def __init__(self, counter: Counter, outcome: Outcome) -> None:
        self._counter = counter
        self._outcome = outcome

    async def begin(
        self, *, order_id: UUID, by: Principal, which: InsuranceClass, use_account: bool, key: str, origin: str
    ) -> tuple[Settlement, str | None]:
        """Open a settlement, and where the patient goes to consent. An earlier one that nobody agreed to is withdrawn.

        `origin`: where our pages are reached. Raises what `service.open_settlement` raises, and `InsuranceSilent`.
        """
        row, earlier = await self._open(order_id, by, which, use_account=use_account, key=key)
        if earlier is not None:
            if not await self._end(earlier):
                raise InsuranceSilent
            row, earlier = await self._open(order_id, by, which, use_account=use_account, key=key)
            if earlier is not None:
                raise InsuranceSilent
        if row.state is not _S.AUTHORISING:
            return row, None
        return await self._authorise(row, by, origin)

    async def _open(
        self, order_id: UUID, by: Principal, which: InsuranceClass, *, use_account: bool, key: str
    ) -> tuple[Settlement, Settlement | None]:
        counter = self._counter
        async with counter.db.tx() as tx:
            return await service.open_settlement(
                tx, knobs=counter.knobs, order_id=order_id, by=by, which=which, use_account=use_account, key=key
            )

    async def _end(self, earlier: Settlement) -> bool:
        async with self._counter.db.tx() as tx:
            await steps.begin_drop(tx, earlier.id, why="another was begun")
        ended = await self._outcome.look(earlier.id)
        return ended.state in {_S.DROPPED, _S.REFUSED}

    async def _authorise(self, row: Settlement, by: Principal, origin: str) -> tuple[Settlement, str | None]:
        person, _ = await self._person(row, by)
        cashier = self._counter.houses.cashiers.get(row.channel)
        if cashier is None or person.document_number is None:
            await self._drop_at_once(row)
            zh, en = "这个渠道还没有接通医保授权", "Insurance consent is not connected in this channel"
            if person.document_number is None:
                zh, en = "就诊人没有登记身份证件", "The patient has no identity document on file"
            raise class_off(row.insurance_class, None, Why("no_cashier", zh, en))
        ask = self._counter.authorise_ask(
            row, origin, subject=person.subject, name=person.name, document_number=person.document_number
        )
        try:
            given = await cashier.authorise(ask)
        except NotDone as error:
            look_at(error, row)
            await self._drop_at_once(row)
            raise InsuranceSilent from error
        if given.consent is not None:
            return await self._split(row.id, by, given.consent), None
        return row, given.url

    async def _drop_at_once(self, row: Settlement) -> None:
        async with self._counter.db.tx() as tx:
            await steps.begin_drop(tx, row.id, why="no consent could be asked for")

    async def authorised(self, settlement_id: UUID, by: Principal, code: str, *, origin: str) -> Settlement:
        """The patient came back with the channel's code: identify, tell the bill, have it split.

        A refusal ends in the state `refused`, with the insurance's words. Raises `InsuranceSilent` (try again).
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await steps.claim_presettle(tx, settlement_id, by, knobs=counter.knobs)
        if row.state is not _S.PRESETTLING:
            return row
        consent = sealing.consent_of(counter.vault, row)
        if consent is None:
            consent = await self._exchange(row, by, code, origin)
            if consent is None:
                async with counter.db.tx() as tx:
                    return await axis.read(tx, row.id)
        return await self._split(row.id, by, consent)

    async def _exchange(self, row: Settlement, by: Principal, code: str, origin: str) -> Consent | None:
        person, _ = await self._person(row, by)
        cashier = self._counter.houses.cashiers[row.channel]
        ask = self._counter.authorise_ask(
            row, origin, subject=person.subject, name=person.name, document_number=person.document_number or ""
        )
        try:
            return await cashier.exchange(ask, code)
        except Refused as error:
            await self._refuse(row, error.code, error.message or "医保授权没有完成")
            return None
        except NotDone as error:
            await self._unanswered(row, error)
            raise InsuranceSilent from error

    async def _split(self, settlement_id: UUID, by: Principal, consent: Consent) -> Settlement:
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await axis.read(tx, settlement_id)
            if row.state is _S.AUTHORISING:
                row = await steps.claim_presettle(tx, settlement_id, by, knobs=counter.knobs)
            await steps.keep_consent(tx, counter.vault, settlement_id, consent)
        try:
            return await self._told(row, by, consent)
        except Refused as error:
            return await self._refuse(row, error.code, error.message)
        except NotDone as error:
            await self._unanswered(row, error)
            raise InsuranceSilent from error

    async def _told(self, row: Settlement, by: Principal, consent: Consent) -> Settlement:
        counter = self._counter
        person, order = await self._person(row, by)
        bill = await self._bill(order)
        insured = await counter.houses.people.identify(person.his_patient_id, consent)
        why = self._why_not(row, insured, bill, consent, person)
        if why is not None:
            return await self._refuse(row, why.code, why.zh)
        kind = med_type(counter.knobs.get(settings.MED_TYPES), bill.kind)
        visit = await counter.houses.people.open_visit(person.his_patient_id, insured, bill, kind, consent)
        async with counter.db.tx() as tx:
            await steps.keep_insured(tx, counter.vault, row.id, insured, consent, bill, visit)
        ask = PresettleAsk(
            no=row.no,
            insured=insured,
            consent=consent,
            bill=bill,
            visit_id=visit,
            med_type=kind,
            use_account=row.use_account,
        )
        return await self._ask_split(row, ask)

    async def _ask_split(self, row: Settlement, ask: PresettleAsk) -> Settlement:
        counter = self._counter
        payer = counter.payer(row)
        announced: Announced | None = counter.announced(row)
        if announced is None:
            announced = await payer.announce(ask)
            async with counter.db.tx() as tx:
                await steps.keep_announced(tx, row.id, announced)
        split = await payer.presettle(ask, announced)
        faults = rules.split_faults(split, row.total_fen)
        if faults:
            raise Unanswered(payer.name, "presettle", f"the parts do not add up: {','.join(faults)}")
        if split.own_fen == split.total_fen:
            return await self._refuse(row, "pays_nothing", "这张单医保没有可以支付的部分")
        async with counter.db.tx() as tx:
            return await steps.presettled(tx, row.id, split, ask.bill, knobs=counter.knobs)

    def _why_not(self, row: Settlement, insured: Insured, bill: Bill, consent: Consent, person: Person) -> Why | None:
        knobs = self._counter.knobs
        cell = rules.cell(knobs.get(settings.CAPABILITIES), row.insurance_class, row.channel)
        if cell is None or not cell.on:
            return rules.closed(cell, own_person=True)
        if cell.own_person_only and rules.other_person(consent, insured, person.document_number):
            return Why("other_person", "医保授权的人不是就诊人本人", "The insured person is not the patient")
        return rules.misfit(row.insurance_class, cell, insured, bill, knobs.get(settings.MAPPING))

    async def _bill(self, order: Order) -> Bill:
        source = self._counter.houses.bills.get(order.subject_kind)
        if source is None:
            raise NothingToSettle
        bill = await source.bill(order)
        if bill.total_fen != order.total_fen:
            raise Refused("his", "bill", "amount_changed", "费用已有变化，请返回刷新后再结算")
        return bill

    async def _person(self, row: Settlement, by: Principal) -> tuple[Person, Order]:
        counter = self._counter
        async with counter.db.tx() as tx:
            order = await payments.order(tx, row.order_id)
            bound = await patients.access_patient(tx, row.patient_id, by)
            subject = await accounts.openid_for(tx, counter.vault, by.account_id, by.channel)
        clear = patients.clear(counter.vault, bound)
        return Person(bound.his_patient_id, clear.name, clear.document_number, subject or ""), order

    async def use_account(self, settlement_id: UUID, by: Principal, *, use: bool) -> Settlement:
        """Have the bill split again with or without the personal account: the same number, told anew.

        Raises `NotFound`, `InsuranceSilent`.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await service.access_settlement(tx, settlement_id, by)
        consent = sealing.consent_of(counter.vault, row)
        if row.state is not _S.PRESETTLED or row.use_account == use or consent is None:
            return row
        try:
            await counter.payer(row).withdraw(counter.key(row))
        except NotDone as error:
            look_at(error, row)
            raise InsuranceSilent from error
        async with counter.db.tx() as tx:
            await steps.again(tx, settlement_id, by, use_account=use)
        return await self._split(settlement_id, by, consent)

    async def _refuse(self, row: Settlement, fault: str, reason: str) -> Settlement:
        async with self._counter.db.tx() as tx:
            found = await steps.refuse(tx, row.id, fault=fault, reason=reason)
        return await self._outcome.look(found.id) if found.state is _S.DROPPING else found

    async def _unanswered(self, row: Settlement, error: NotDone) -> None:
        look_at(error, row)
        async with self._counter.db.tx() as tx:
            await steps.no_answer(tx, row.id)
