"""From the choice of a class in a patient's channel to the split that the patient reads. Nothing is charged here."""

from uuid import UUID

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.insurance import service
from jiuyi.domains.insurance.errors import InsuranceSilent
from jiuyi.domains.insurance.flows.counter import Counter, look_at
from jiuyi.domains.insurance.flows.splitting import Person, Splitting
from jiuyi.domains.insurance.rules import Why
from jiuyi.domains.insurance.service import axis, sealing, steps
from jiuyi.domains.insurance.service.policy import class_off
from jiuyi.domains.insurance.types import Consent, InsuranceClass, Settlement, SettlementState
from jiuyi.domains.patients import service as patients
from jiuyi.kit.outcomes import NotDone, Refused

_S = SettlementState


class Presettling:
    """Choosing, consenting, and having the bill split."""

    def __init__(self, counter: Counter, splitting: Splitting) -> None:
        self._counter = counter
        self._splitting = splitting

    async def begin(
        self, *, order_id: UUID, by: Principal, which: InsuranceClass, use_account: bool, key: str, origin: str
    ) -> tuple[Settlement, str | None]:
        """Open a settlement, and where the patient goes to consent. An earlier one that nobody agreed to is withdrawn.

        `origin`: where our pages are reached. Raises what `service.open_settlement` raises, and `InsuranceSilent`.
        """
        row, earlier = await self._open(order_id, by, which, use_account=use_account, key=key)
        if earlier is not None:
            if not await self._splitting.end(earlier):
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

    async def _authorise(self, row: Settlement, by: Principal, origin: str) -> tuple[Settlement, str | None]:
        person = await self._person(row, by)
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
            row = await self._claimed(row.id, by)
            return await self._splitting.split(row.id, person, given.consent), None
        return row, given.url

    async def _drop_at_once(self, row: Settlement) -> None:
        async with self._counter.db.tx() as tx:
            await steps.begin_drop(tx, row.id, why="no consent could be asked for")

    async def _claimed(self, settlement_id: UUID, by: Principal) -> Settlement:
        counter = self._counter
        async with counter.db.tx() as tx:
            await service.access_own(tx, settlement_id, by, lock=True)
            return await steps.claim_presettle(tx, settlement_id, who=f"account:{by.account_id}", knobs=counter.knobs)

    async def authorised(self, settlement_id: UUID, by: Principal, code: str, *, origin: str) -> Settlement:
        """The patient came back with the channel's code: identify, tell the bill, have it split.

        A refusal ends in the state `refused`, with the insurance's words. Raises `InsuranceSilent` (try again).
        """
        counter = self._counter
        row = await self._claimed(settlement_id, by)
        if row.state is not _S.PRESETTLING:
            return row
        person = await self._person(row, by)
        consent = sealing.consent_of(counter.vault, row)
        if consent is None:
            consent = await self._exchange(row, person, code, origin)
            if consent is None:
                async with counter.db.tx() as tx:
                    return await axis.read(tx, row.id)
        return await self._splitting.split(row.id, person, consent)

    async def _exchange(self, row: Settlement, person: Person, code: str, origin: str) -> Consent | None:
        cashier = self._counter.houses.cashiers[row.channel]
        ask = self._counter.authorise_ask(
            row, origin, subject=person.subject, name=person.name, document_number=person.document_number or ""
        )
        try:
            return await cashier.exchange(ask, code)
        except Refused as error:
            await self._splitting.refuse(row, error.code, error.message or "医保授权没有完成")
            return None
        except NotDone as error:
            await self._splitting.unanswered(row, error)
            raise InsuranceSilent from error

    async def _person(self, row: Settlement, by: Principal) -> Person:
        counter = self._counter
        async with counter.db.tx() as tx:
            bound = await patients.access_patient(tx, row.patient_id, by)
            subject = await accounts.openid_for(tx, counter.vault, by.account_id, by.channel)
        clear = patients.clear(counter.vault, bound)
        return Person(bound.his_patient_id, clear.name, clear.document_number, subject or "")

    async def use_account(self, settlement_id: UUID, by: Principal, *, use: bool) -> Settlement:
        """Have the bill split again with or without the personal account: the same number, told anew.

        Raises `NotFound`, `SettledAtDesk`, `InsuranceSilent`, and `StillSettling` while it is being worked on.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await service.access_own(tx, settlement_id, by)
        consent = sealing.consent_of(counter.vault, row)
        if row.state is not _S.PRESETTLED or row.use_account == use or consent is None:
            return row
        person = await self._person(row, by)
        return await self._splitting.split_again(row, person, consent, who=f"account:{by.account_id}", use_account=use)
