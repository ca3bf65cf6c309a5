"""Having a bill split: the insured is known, the visit opened, the bill told and divided. Nothing is charged here."""

from uuid import UUID

import msgspec

from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.errors import InsuranceSilent, NothingToSettle
from jiuyi.domains.insurance.flows.counter import Counter, look_at, med_type
from jiuyi.domains.insurance.flows.outcome import Outcome
from jiuyi.domains.insurance.rules import Why
from jiuyi.domains.insurance.service import axis, steps
from jiuyi.domains.insurance.types import (
    DESK,
    Announced,
    Bill,
    Consent,
    Insured,
    PresettleAsk,
    Settlement,
    SettlementState,
)
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered


class Person(msgspec.Struct, frozen=True):
    """Whose bill it is, in clear, for the calls. Never stored, logged or answered."""

    his_patient_id: str
    name: str
    document_number: str | None
    subject: str


class Splitting:
    """From a consent, and whose bill it is, to the split; wherever the consent was given."""

    def __init__(self, counter: Counter, outcome: Outcome) -> None:
        self._counter = counter
        self._outcome = outcome

    async def split(self, settlement_id: UUID, person: Person, consent: Consent) -> Settlement:
        """Keep the consent and have the bill split, for a settlement whose calls were claimed.

        A refusal ends in the state `refused`, with the insurance's words. Raises `InsuranceSilent` (try again).
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await axis.read(tx, settlement_id)
            await steps.keep_consent(tx, counter.vault, settlement_id, consent)
        try:
            return await self._told(row, person, consent)
        except Refused as error:
            return await self.refuse(row, error.code, error.message)
        except NotDone as error:
            await self.unanswered(row, error)
            raise InsuranceSilent from error

    async def _told(self, row: Settlement, person: Person, consent: Consent) -> Settlement:
        counter = self._counter
        async with counter.db.tx() as tx:
            order = await payments.order(tx, row.order_id)
        bill = await self.bill(order)
        insured = await counter.houses.people.identify(person.his_patient_id, consent)
        why = self._why_not(row, insured, bill, consent, person)
        if why is not None:
            return await self.refuse(row, why.code, why.zh)
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
            return await self.refuse(row, "pays_nothing", "这张单医保没有可以支付的部分")
        async with counter.db.tx() as tx:
            return await steps.presettled(tx, row.id, split, ask.bill, knobs=counter.knobs)

    def _why_not(self, row: Settlement, insured: Insured, bill: Bill, consent: Consent, person: Person) -> Why | None:
        knobs = self._counter.knobs
        cell = rules.cell(knobs.get(settings.CAPABILITIES), row.insurance_class, row.channel)
        if cell is None or not cell.on:
            return rules.closed(cell, own_person=True)
        own_only = cell.own_person_only or row.channel == DESK
        if own_only and rules.other_person(consent, insured, person.document_number):
            return Why("other_person", "医保授权的人不是就诊人本人", "The insured person is not the patient")
        return rules.misfit(row.insurance_class, cell, insured, bill, knobs.get(settings.MAPPING))

    async def bill(self, order: Order) -> Bill:
        """The bill of an order, at the HIS's price of this moment. Raises `Refused` when it is another than ordered."""
        source = self._counter.houses.bills.get(order.subject_kind)
        if source is None:
            raise NothingToSettle
        bill = await source.bill(order)
        if bill.total_fen != order.total_fen:
            raise Refused("his", "bill", "amount_changed", "费用已有变化，请返回刷新后再结算")
        return bill

    async def split_again(
        self, row: Settlement, person: Person, consent: Consent, *, who: str, use_account: bool
    ) -> Settlement:
        """Withdraw a split that was shown and have it made again, with or without the personal account.

        The same number, told anew. Raises `InsuranceSilent`, and what `steps.again` raises.
        """
        counter = self._counter
        try:
            await counter.payer(row).withdraw(counter.key(row))
        except NotDone as error:
            look_at(error, row)
            raise InsuranceSilent from error
        async with counter.db.tx() as tx:
            row = await steps.again(tx, row.id, who=who, use_account=use_account)
        return await self.split(row.id, person, consent) if row.state is SettlementState.PRESETTLING else row

    async def end(self, earlier: Settlement) -> bool:
        """End a settlement that nobody agreed to, so that another can begin. False while the insurance is silent."""
        async with self._counter.db.tx() as tx:
            await steps.begin_drop(tx, earlier.id, why="another was begun")
        ended = await self._outcome.look(earlier.id)
        return ended.state in {SettlementState.DROPPED, SettlementState.REFUSED}

    async def refuse(self, row: Settlement, fault: str, reason: str) -> Settlement:
        """The insurance said no; what it was told is withdrawn."""
        async with self._counter.db.tx() as tx:
            found = await steps.refuse(tx, row.id, fault=fault, reason=reason)
        return await self._outcome.look(found.id) if found.state is SettlementState.DROPPING else found

    async def unanswered(self, row: Settlement, error: NotDone) -> None:
        """Note a call that was not answered: nothing is charged, it may be tried again."""
        look_at(error, row)
        async with self._counter.db.tx() as tx:
            await steps.no_answer(tx, row.id)
