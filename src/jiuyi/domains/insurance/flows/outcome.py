"""How a settlement ended: the insurance and the channel are asked, and what they say is carried out. Safe at any time.

Every way in leads here: a notice, the phone, an event of payments, and the sweeper after a crash.
"""

from uuid import UUID

import structlog

from jiuyi.domains.insurance import repository, rules, settings
from jiuyi.domains.insurance.flows.counter import Counter, look_at, own_key
from jiuyi.domains.insurance.rules import Standing, Step
from jiuyi.domains.insurance.service import axis, steps
from jiuyi.domains.insurance.types import (
    Found,
    Mix,
    MixRefund,
    MixState,
    PayerState,
    ReverseState,
    Settlement,
    SettlementState,
)
from jiuyi.domains.payments import flows as payments_flows
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import LIVE, Attempt, Order, OrderState
from jiuyi.kit import tasks
from jiuyi.kit.moves import Moved
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered

_S = SettlementState
_log = structlog.get_logger("jiuyi.insurance")
_MOST = 50
_AT_ONCE = 6


class Outcome:
    """Learning how settlements stand, and doing what follows."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def look(self, settlement_id: UUID) -> Settlement:
        """Carry a settlement one step further. What the other side cannot say now is asked again by the sweeper."""
        row = await self._read(settlement_id)
        try:
            await self._step(row)
        except Moved:
            _log.info("somebody was faster, and did the same", settlement=str(settlement_id))
        except NotDone as error:
            look_at(error, row)
        return await self._read(settlement_id)

    async def told(self, settlement_id: UUID) -> Settlement:
        """A notice speaks of it: as `look`, and the insurance is asked about one that was given up here, too."""
        row = await self._read(settlement_id)
        if row.state not in {_S.DROPPED, _S.REFUSED}:
            return await self.look(settlement_id)
        try:
            found = await self._counter.payer(row).find(self._counter.key(row))
        except NotDone as error:
            look_at(error, row)
            return row
        return await self.take(row.id, found, who=f"query:{row.payer}")

    async def _read(self, settlement_id: UUID) -> Settlement:
        async with self._counter.db.tx() as tx:
            return await axis.read(tx, settlement_id)

    async def _step(self, row: Settlement) -> None:
        if row.state in {_S.AUTHORISING, _S.PRESETTLING, _S.PRESETTLED}:
            await self._undecided(row)
        elif row.state is _S.SETTLING:
            await self._settling(row)
        elif row.state in {_S.SETTLED, _S.DONE}:
            await self._settled(row)
        if (after := await self._read(row.id)).state is _S.DROPPING:
            await self._withdraw(after)
        elif after.state in {_S.REVERSING, _S.STUCK}:
            await self._reverse(after)

    async def _undecided(self, row: Settlement) -> None:
        async with self._counter.db.tx() as tx:
            order = await payments.order(tx, row.order_id)
            if row.over or order.state is not OrderState.OPEN:
                await steps.begin_drop(tx, row.id, why="its time is over")

    # settling --------------------------------------------------------------------------------------------------------

    async def _settling(self, row: Settlement) -> None:
        counter = self._counter
        payer = counter.payer(row)
        found = await payer.find(counter.key(row))
        mix = await self._mix(row)
        async with counter.db.tx() as tx:
            order = await payments.order(tx, row.order_id)
            live = await payments.live_attempt(tx, row.order_id)
            own_paid = await payments.accepted_attempt(tx, row.order_id) is not None
        if live is not None and mix is not None and mix.state is MixState.PAID:
            await payments_flows.ask(counter.db, counter.channels, counter.knobs, live.id)
        standing = Standing(
            payer=found.state,
            mix=mix.state if mix else None,
            own_open=live is not None,
            own_paid=own_paid,
            ending=order.state is not OrderState.OPEN or order.overdue,
            stale=row.seconds_claimed >= self._patience(row),
        )
        await self._act(row, found, mix, rules.next_step(standing), live)

    def _patience(self, row: Settlement) -> float:
        """After how long nobody is working on it: what a payer was told may arrive there for some minutes."""
        return self._arrival() if row.fault == steps.TELLING else self._counter.knobs.get(settings.CLAIM_SECONDS)

    def _arrival(self) -> float:
        return max(self._counter.knobs.get(settings.CLAIM_SECONDS), payments_flows.LATEST_ARRIVAL_SECONDS)

    async def _mix(self, row: Settlement) -> Mix | None:
        cashier = self._counter.cashier(row)
        if cashier is None:
            return None
        if row.out_trade_no is None:
            return Mix("", MixState.ABSENT)
        return await cashier.find(row.out_trade_no)

    async def _act(self, row: Settlement, found: Found, mix: Mix | None, step: Step, live: Attempt | None) -> None:
        counter = self._counter
        if step is Step.LEG_IN:
            await self.take(row.id, found, who=f"query:{row.payer}")
        elif step is Step.LOOK:
            async with counter.db.tx() as tx:
                await steps.look(tx, row.id, "the insurance reports an exception")
        elif step is Step.GIVE_UP:
            if live is not None and not await self._end_own(row, live):
                return  # the own part was paid meanwhile: look again
            async with counter.db.tx() as tx:
                await steps.give_up(tx, row.id, fault=_fault(found, mix), reason=None)

    async def _end_own(self, row: Settlement, live: Attempt) -> bool:
        """Close the own part in its channel, so that it can never be paid alone. False while it is still open."""
        counter = self._counter
        await self._end_mix(row)
        channel = counter.channels.of(live)
        ended = await payments_flows.end_attempt(
            counter.db, channel, counter.knobs, live.id, why="the insurance does not settle"
        )
        return ended.state not in LIVE

    async def _end_mix(self, row: Settlement) -> None:
        """Nobody may begin to confirm the mixed payment any more; one that was paid is found so by the query."""
        cashier = self._counter.cashier(row)
        if cashier is None or row.out_trade_no is None:
            return
        try:
            await cashier.end(row.out_trade_no)
        except Refused as error:
            look_at(error, row)

    async def take(self, settlement_id: UUID, found: Found, *, who: str) -> Settlement:
        """The insurance's own word about a settlement: its leg is in, once."""
        counter = self._counter
        if found.state is PayerState.SETTLED:
            async with counter.db.tx() as tx:
                await steps.leg_in(tx, settlement_id, found, who=who)
        return await self._read(settlement_id)

    # settled ---------------------------------------------------------------------------------------------------------

    async def _settled(self, row: Settlement) -> None:
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await steps.follow_order(tx, row.id)
            order = await payments.order(tx, row.order_id)
            live = await payments.live_attempt(tx, row.order_id)
        if row.state is not _S.SETTLED:
            return
        if await self._own_is_lost(row, order, live):
            async with counter.db.tx() as tx:
                await steps.own_failed(tx, row.id, why="the own part was not paid")

    async def _own_is_lost(self, row: Settlement, order: Order, live: Attempt | None) -> bool:
        """Whether the patient's part cannot come any more. It is ended in its channel first, or found paid."""
        mix = await self._mix(row)
        if live is not None and mix is not None and mix.state is MixState.PAID:
            await payments_flows.ask(self._counter.db, self._counter.channels, self._counter.knobs, live.id)
            return False
        ending = order.state is not OrderState.OPEN or order.overdue
        if not ending and (mix is None or mix.state is not MixState.FAILED):
            return False
        if live is not None:
            await self._end_own(row, live)
        async with self._counter.db.tx() as tx:
            order = await payments.order(tx, row.order_id)
            return order.state is not OrderState.PAID and await payments.accepted_attempt(tx, order.id) is None

    # ending ----------------------------------------------------------------------------------------------------------

    async def _withdraw(self, row: Settlement) -> None:
        """Take back what the insurance was told; if it has settled after all, that is the truth."""
        counter = self._counter
        async with counter.db.tx() as tx:
            live = await payments.live_attempt(tx, row.order_id)
        ours = live is not None and live.idem_key == own_key(row)
        if live is None or not ours:
            await self._end_mix(row)
        elif not await self._end_own(row, live):
            raise Unanswered("payments", "end", "the own part is still open")
        if row.centre_no is not None:
            try:
                await counter.payer(row).withdraw(counter.key(row))
            except Refused as refused:
                found = await counter.payer(row).find(counter.key(row))
                if found.state is PayerState.SETTLED:
                    await self.take(row.id, found, who=f"query:{row.payer}")
                    return
                if found.state in {PayerState.SETTLING, PayerState.EXCEPTION}:
                    raise Unanswered(row.payer, "withdraw", found.state.value) from refused
        async with counter.db.tx() as tx:
            await steps.withdrawn(tx, row.id)

    async def _reverse(self, row: Settlement) -> None:
        """The insurance first; only when it has taken its part back does the own part go."""
        counter = self._counter
        try:
            said = await counter.payer(row).reverse(counter.key(row), row.refund_no or row.no)
        except Refused as error:
            found = await counter.payer(row).find(counter.key(row))
            said = ReverseState.DONE if found.state is PayerState.RETURNED else ReverseState.FAILED
            if said is ReverseState.FAILED:
                async with counter.db.tx() as tx:
                    await steps.stuck(tx, row.id, why=error.code)
                return
        async with counter.db.tx() as tx:
            if said is ReverseState.DONE:
                await steps.reversed_there(tx, row.id)
            elif said is ReverseState.FAILED or row.asks >= counter.knobs.get(settings.REVERSE_TRIES):
                await steps.stuck(tx, row.id, why=said.value)

    async def tell_cashier(self, order_id: UUID, out_refund_no: str | None) -> None:
        """Tell the channel that the insurance took its part back (after the own part's refund has been accepted).

        Raises `NotDone`: its job comes again.
        """
        counter = self._counter
        async with counter.db.tx() as tx:
            row = await repository.last_of(tx, order_id)
            at = await repository.in_minutes(tx, 0)
        if row is None or row.state is not _S.REVERSED or row.mix_no is None:
            return
        cashier = counter.cashier(row)
        if cashier is not None:
            number = out_refund_no or row.refund_no or row.no
            await cashier.tell_refunded(MixRefund(row.mix_no, number, steps.split_of(row), at))

    async def sweep(self) -> int:
        """Ask about the settlements that are due; return how many."""
        counter = self._counter
        waits = repository.Waits(
            ask_first=counter.knobs.get(settings.ASK_FIRST_SECONDS),
            ask_most=counter.knobs.get(settings.ASK_MOST_SECONDS),
            arrival=self._arrival(),
            telling=steps.TELLING,
        )
        async with counter.db.tx() as tx:
            ids = await repository.due(tx, waits, _MOST)
        await tasks.each(ids, self.look, at_once=_AT_ONCE)
        return len(ids)


def _fault(found: Found, mix: Mix | None) -> str:
    if found.state in {PayerState.FAILED, PayerState.CANCELLED, PayerState.RETURNED}:
        return f"insurance_{found.state.value}"
    return (mix.fault or f"channel_{mix.state.value}") if mix is not None else "absent"
