"""The patient agrees: the order gets its insurance leg, and the cashier opens for both parts, or the payer settles."""

from uuid import UUID

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import repository, service, settings
from jiuyi.domains.insurance.errors import InsuranceSilent, NothingToSettle
from jiuyi.domains.insurance.flows.counter import Counter, look_at, med_type, own_key
from jiuyi.domains.insurance.flows.outcome import Outcome
from jiuyi.domains.insurance.ports import MedicalCashier
from jiuyi.domains.insurance.service import axis, sealing, steps
from jiuyi.domains.insurance.types import Mix, MixAsk, MixState, PresettleAsk, Settlement, SettlementState
from jiuyi.domains.payments import flows as payments_flows
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import PaymentView
from jiuyi.kit.outcomes import NotDone, Refused, Unreachable
from jiuyi.kit.problems import Problem

_S = SettlementState
_MOST_TITLE = 40


class Settling:
    """Agreeing, opening the cashier, calling it off, and choosing to pay oneself instead."""

    def __init__(self, counter: Counter, outcome: Outcome) -> None:
        self._counter = counter
        self._outcome = outcome

    async def settle(
        self, settlement_id: UUID, by: Principal, *, origin: str
    ) -> tuple[Settlement, dict[str, str] | None]:
        """Agree to the split and return what opens the cashier; the same tap again opens the same payment.

        None: nothing is to be opened (the insurance settles by itself, or it is decided). Raises what `steps.agree`
        raises, what paying the own part raises, and `InsuranceSilent`.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            await service.access_own(tx, settlement_id, by)
            row = await steps.agree(tx, settlement_id, who=f"account:{by.account_id}", knobs=counter.knobs)
        if row.state is not _S.SETTLING:
            return row, None
        cashier = counter.cashier(row)
        if cashier is None:
            return await self.by_itself(row), None
        try:
            return await self._with_channel(row, by, cashier, origin)
        except InsuranceSilent:
            raise  # nobody knows whether it was opened: the same tap, or the sweeper, asks
        except Problem:
            # The own part cannot even be begun: nothing may stay half open at the insurance.
            async with counter.db.tx() as tx:
                await steps.give_up(tx, row.id, fault="own_not_begun", reason="自付部分没有能够发起支付")
            await self._outcome.look(row.id)
            raise

    async def by_itself(self, row: Settlement) -> Settlement:
        """The payer settles when it is told to; the own part is paid after it, in the ordinary cashier or at a desk."""
        counter = self._counter
        payer, first = counter.payer(row), None
        try:
            bill = await self._bill_of(row)
            async with counter.db.tx() as tx:
                first = await steps.telling(tx, row.id, payments_flows.LATEST_ARRIVAL_SECONDS)
            if first is None:
                return await self._outcome.look(row.id)
            found = await payer.settle(counter.key(row), bill)
        except Refused as error:
            async with counter.db.tx() as tx:
                await steps.give_up(tx, row.id, fault=error.code, reason=error.message or None)
            return await self._outcome.look(row.id)
        except NotDone as error:
            if first and isinstance(error, Unreachable):
                async with counter.db.tx() as tx:
                    await steps.not_told(tx, row.id)
            # Nobody knows: asked about by the same number, never settled blindly a second time.
            look_at(error, row)
            return row
        return await self._outcome.take(row.id, found, who=f"answer:{payer.name}")

    async def _bill_of(self, row: Settlement) -> PresettleAsk:
        """The bill once more, as it was told: from the HIS, at the moment of use. Raises `Refused` when it changed."""
        counter = self._counter
        consent, insured = sealing.consent_of(counter.vault, row), sealing.insured_of(counter.vault, row)
        async with counter.db.tx() as tx:
            order = await payments.order(tx, row.order_id)
        source = counter.houses.bills.get(order.subject_kind)
        if consent is None or insured is None or source is None:
            raise NothingToSettle
        bill = await source.bill(order)
        if bill.total_fen != row.total_fen:
            raise Refused("his", "bill", "amount_changed", "费用已有变化，请返回刷新后再结算")
        return PresettleAsk(
            no=row.no,
            insured=insured,
            consent=consent,
            bill=bill,
            visit_id=row.visit_no or "",
            med_type=med_type(counter.knobs.get(settings.MED_TYPES), bill.kind),
            use_account=row.use_account,
        )

    async def _with_channel(
        self, row: Settlement, by: Principal, cashier: MedicalCashier, origin: str
    ) -> tuple[Settlement, dict[str, str] | None]:
        own = await self._own_part(row, by, cashier)
        if row.mix_no is None:
            row = await self._open(row, by, cashier, own, origin)
        # Called off on another phone meanwhile: nothing is opened any more.
        if row.state is not _S.SETTLING or row.mix_no is None or (own is not None and own.invoke is None):
            return row, None
        return row, cashier.invoke(row.mix_no, own.invoke if own else None)

    async def _own_part(self, row: Settlement, by: Principal, cashier: MedicalCashier) -> PaymentView | None:
        if not row.own_fen:
            return None
        counter = self._counter
        return await payments_flows.pay(
            counter.db,
            counter.channels,
            counter.knobs,
            counter.vault,
            order_id=row.order_id,
            by=by,
            method=cashier.own_method,
            key=own_key(row),
            beside_insurance=True,
        )

    async def _open(
        self, row: Settlement, by: Principal, cashier: MedicalCashier, own: PaymentView | None, origin: str
    ) -> Settlement:
        counter = self._counter
        ask = await self._mix_ask(row, by, own, origin)
        async with counter.db.tx() as tx:
            await repository.keep(tx, row.id, out_trade_no=ask.out_trade_no)
        try:
            mix: Mix = await cashier.open(ask)
        except Refused as error:
            async with counter.db.tx() as tx:
                await steps.give_up(tx, row.id, fault=error.code, reason=error.message or None)
            return await self._outcome.look(row.id)
        except NotDone as error:
            look_at(error, row)
            raise InsuranceSilent from error
        if mix.state is MixState.FAILED:
            async with counter.db.tx() as tx:
                await steps.give_up(tx, row.id, fault=mix.fault or "mix_failed", reason=None)
            return await self._outcome.look(row.id)
        async with counter.db.tx() as tx:
            await repository.keep(tx, row.id, mix_no=mix.mix_no)
            return await axis.read(tx, row.id)

    async def _mix_ask(self, row: Settlement, by: Principal, own: PaymentView | None, origin: str) -> MixAsk:
        counter = self._counter
        consent, insured = sealing.consent_of(counter.vault, row), sealing.insured_of(counter.vault, row)
        async with counter.db.tx() as tx:
            order = await payments.order(tx, row.order_id)
            live = await payments.live_attempt(tx, row.order_id)
            subject = await accounts.openid_for(tx, counter.vault, by.account_id, by.channel)
            last = await repository.in_minutes(tx, 30)
        if consent is None or insured is None:
            raise NothingToSettle
        token = live.token if own is not None and live is not None else None
        number = live.out_trade_no if own is not None and live is not None else f"{row.no}01"
        return MixAsk(
            no=row.no,
            out_trade_no=number,
            subject=subject or "",
            centre_no=row.centre_no or "",
            consent=consent,
            insured=insured,
            split=steps.split_of(row),
            visit_kind=row.visit_kind,
            title=order.title_zh[:_MOST_TITLE],
            own_token=token,
            return_url=counter.return_url(origin, row),
            created_at=row.presettled_at or row.created_at,
            expires_at=min(order.expires_at or last, last),
        )

    async def call_off(self, settlement_id: UUID, by: Principal) -> Settlement:
        """The patient agreed, left the cashier without paying, and does not want the insurance any more.

        What is not known yet is found out first: a payment that went through after all stands. Raises `NotFound`.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await service.access_settlement(tx, settlement_id, by)
            if row.state is not _S.SETTLING or counter.cashier(row) is None:
                return row
            await audit.note(
                tx,
                actor=Actor.account(by.account_id),
                action="insurance.called_off",
                subject_kind="order",
                subject=row.order_id,
                detail={"settlement": str(row.id)},
            )
            row = await steps.call_off(tx, row.id, who=f"account:{by.account_id}")
        return await self._outcome.look(row.id) if row.state is _S.DROPPING else row

    async def pay_oneself(self, settlement_id: UUID, by: Principal) -> Settlement:
        """The patient's explicit choice, after a refusal or instead: no insurance. Noted, and the insurance withdrawn.

        Raises `NotFound`, `SettledAtDesk`; a settlement that may still come is returned as it is.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await service.access_own(tx, settlement_id, by)
            await audit.note(
                tx,
                actor=Actor.account(by.account_id),
                action="insurance.pays_oneself",
                subject_kind="order",
                subject=row.order_id,
                detail={"settlement": str(row.id), "state": row.state.value},
            )
            row = await steps.begin_drop(tx, row.id, why="the patient pays", who=f"account:{by.account_id}")
        return await self._outcome.look(row.id) if row.state is _S.DROPPING else row
