"""Acting on differences: ask the channel, tell the HIS again, give money back. Never edits; safe to repeat."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from jiuyi.domains.insurance import flows as insurance_flows
from jiuyi.domains.insurance.types import Found, PayerState, ReverseState
from jiuyi.domains.payments import flows as payment_flows
from jiuyi.domains.payments.types import GivenBackState, RefundState, TradeState
from jiuyi.domains.reconciliation import service, settings
from jiuyi.domains.reconciliation.flows.comparing import Books
from jiuyi.domains.reconciliation.ports import HisEntries
from jiuyi.domains.reconciliation.types import INSURANCES, Act, Fault, Item
from jiuyi.kit import tasks
from jiuyi.kit.db import Absent
from jiuyi.kit.outcomes import NotDone, Refused
from jiuyi.kit.problems import Problem

MOST = 50


_BY_HAND = "该渠道不能只凭单号查询，请在其商户平台核对 ask at the channel's own desk: a number is not enough"
_UNDER_WAY = (
    "本单自己的退费还在进行，结束后再看 the order's own refund is still under way: look again when it has ended"
)
_GIVEN_BACK = "差异发现后本单已退过这一笔 the order's own refund has given this sum back since this was found"


def _confirms(item: Item, found: Found) -> bool:
    """Whether the insurance says of a leg what our books say, to the fen."""
    if found.split is None or found.split.total_fen - found.split.own_fen != abs(item.ours_fen or 0):
        return False
    if item.fault is Fault.INSURANCE_BACK_MISSING:
        return found.state is PayerState.RETURNED
    return item.fault is Fault.INSURANCE_MISSING and found.state in {PayerState.SETTLED, PayerState.RETURNED}


@dataclass(frozen=True)
class Mender:
    """Everything that acting needs. `entries`: kind of subject → its entry in the HIS."""

    books: Books
    entries: Mapping[str, HisEntries]
    insurance: insurance_flows.Checking | None = None

    async def sweep(self) -> int:
        """Act on what is due; return how many."""
        async with self.books.db.tx() as tx:
            ids = await service.due(tx, MOST)
        await tasks.each(ids, self.mend, at_once=1)
        return len(ids)

    async def mend(self, item_id: UUID) -> None:
        """Carry one item one step further."""
        async with self.books.db.tx() as tx:
            await service.look_again(tx, item_id)
            item = await service.claim(tx, item_id)
        if item is None or item.act is None:
            return
        try:
            await self._acts()[item.act](item)
        except Refused as error:
            await self._to_people(item, f"被拒绝 refused: {error.message or error.code}")
        except NotDone as error:
            async with self.books.db.tx() as tx:
                await service.not_now(tx, item.id, why=f"没有回应 no answer: {error.system}")
        except Problem as error:
            await self._to_people(item, error.title("zh"))
        except Absent as error:
            # What it would be done with is not there (any more): no round will find it.
            await self._to_people(item, f"办不了，缺少资料 cannot be done, missing: {error}")

    def _acts(self) -> Mapping[Act, Callable[[Item], Awaitable[None]]]:
        return {
            Act.ASK: self._ask,
            Act.ASK_REFUND: self._ask_refund,
            Act.REPOST: self._repost,
            Act.ENTER_REFUND: self._enter_refund,
            Act.REVERSE_HIS: self._reverse,
            Act.REVERSE_INSURANCE: self._reverse_insurance,
            Act.REFUND: self._refund,
            Act.RETURN: self._return,
        }

    async def _to_people(self, item: Item, why: str) -> None:
        async with self.books.db.tx() as tx:
            await service.to_people(tx, item.id, why=why)

    async def _done(self, item: Item, why: str, *, wait: bool) -> None:
        async with self.books.db.tx() as tx:
            await service.done(tx, item.id, why=why, wait=wait)

    async def _ask(self, item: Item) -> None:
        """The channel's signed answer about every attempt that this can mean goes into the ledger."""
        books = self.books
        if item.channel in INSURANCES:
            await self._ask_insurance(item)
            return
        if item.fault is Fault.CHANNEL_MISSING:
            await self._ask_about_ours(item)
            return
        async with books.db.tx() as tx:
            attempts = await service.attempts_of(tx, item)
        for attempt in attempts:
            await payment_flows.ask(books.db, books.channels, books.knobs, attempt.attempt_id)
            async with books.db.tx() as tx:
                paid = await service.is_paid(tx, attempt.attempt_id, item)
            if paid:
                await self._done(item, "渠道确认已付，已入账 the channel says paid: booked", wait=False)
                return
        await self._to_people(item, "已查渠道：无此单 asked the channel: not paid")

    async def _ask_about_ours(self, item: Item) -> None:
        channel = self.books.channels.by_number(item.channel)
        if channel is None:
            await self._to_people(item, _BY_HAND)
            return
        trade = await channel.query(item.trade_no or "")
        if trade.state is TradeState.PAID and trade.total_fen == item.ours_fen:
            # The bill of another day has to list it: its line is waited for.
            await self._done(item, "渠道确认已付，等后续账单 paid there, awaiting its bill", wait=True)
        else:
            await self._to_people(item, f"渠道查询结果 the channel says: {trade.state.value}")

    async def _ask_insurance(self, item: Item) -> None:
        """The insurance's own word about a settlement; what follows from it is booked by the domain insurance."""
        if self.insurance is None or item.attempt_id is None:
            await self._to_people(item, "非本系统医保单，请向医保中心核对 not a settlement of ours")
            return
        found = await self.insurance.ask(item.attempt_id)
        async with self.books.db.tx() as tx:
            paid = await service.is_paid(tx, item.attempt_id, item)
            returned = await service.leg_is_returned(tx, item)
        if item.fault in {Fault.INSURANCE_UNKNOWN, Fault.SHORT} and paid:
            await self._done(item, "医保中心确认已结算，已入账 the insurance has settled: booked", wait=False)
        elif item.fault is Fault.INSURANCE_BACK_UNBOOKED and returned:
            await self._done(item, "医保中心确认已冲正，已入账 the insurance took it back: booked", wait=False)
        elif _confirms(item, found):
            # The bill of another day has to list it: its line is waited for.
            await self._done(item, "医保中心确认，等后续账单 confirmed there, awaiting its bill", wait=True)
        else:
            await self._to_people(item, f"医保中心查询结果 the insurance says: {found.state.value}")

    async def _reverse_insurance(self, item: Item) -> None:
        if self.insurance is None or item.attempt_id is None:
            await self._to_people(item, "非本系统医保单，请向医保中心核对 not a settlement of ours")
            return
        if item.fault is Fault.INSURANCE_UNKNOWN:
            # Proposed because our books had it not: what has been booked since is somebody's paid bill.
            await self.insurance.ask(item.attempt_id)
            async with self.books.db.tx() as tx:
                booked = await service.is_paid(tx, item.attempt_id, item)
            if booked:
                await self._done(item, "已入账，没有冲正 booked meanwhile: not taken back", wait=False)
                return
        said = await self.insurance.reverse(item.attempt_id)
        if said is ReverseState.DONE:
            await self._done(item, "医保中心已冲正，等后续账单 taken back there, awaiting its bill", wait=True)
        else:
            await self._to_people(item, f"医保中心冲正结果 the insurance says: {said.value}")

    async def _ask_refund(self, item: Item) -> None:
        books = self.books
        if item.fault is Fault.REFUND_CHANNEL_MISSING:
            channel = books.channels.by_number(item.channel)
            if channel is None:
                await self._to_people(item, _BY_HAND)
                return
            said = await channel.query_refund(item.refund_no or "", item.trade_no or "")
            if said.state is GivenBackState.SUCCESS:
                await self._done(item, "渠道确认已退，等后续账单 refunded there, awaiting its bill", wait=True)
            else:
                await self._to_people(item, f"渠道查询结果 the channel says: {said.state.value}")
            return
        if item.refund_id is not None:
            await payment_flows.send_refund(books.db, books.channels, books.knobs, item.refund_id)
            async with books.db.tx() as tx:
                done = await service.refund_is_done(tx, item)
            if done:
                await self._done(item, "渠道确认已退，已入账 the channel says refunded: booked", wait=False)
                return
        await self._to_people(item, "渠道未确认退款 the channel does not confirm it")

    def _entry(self, item: Item) -> tuple[HisEntries, UUID] | None:
        entries = self.entries.get(item.subject_kind or "")
        return None if entries is None or item.subject_id is None else (entries, item.subject_id)

    async def _repost(self, item: Item) -> None:
        """Once: when the HIS will not have it, a small amount goes back by itself, a larger one is for two people."""
        found = self._entry(item)
        if found is None:
            await self._to_people(item, "HIS 无补登接口 the HIS cannot be told of this")
            return
        try:
            await found[0].repost(found[1])
        except Refused as error:
            why = f"补登被拒 the HIS refuses it: {error.message or error.code}"
            small = (item.ours_fen or 0) <= self.books.knobs.get(settings.AUTO_REFUND_FEN)
            small = small and item.channel not in INSURANCES
            async with self.books.db.tx() as tx:
                if small:
                    await service.refund_patient(tx, item.id, why=f"{why}，自动原路退回 going back")
                else:
                    await service.to_people(tx, item.id, why=why)
            return
        await self._done(item, "已补登，等 HIS 账单 told again, awaiting its statement", wait=True)

    async def _enter_refund(self, item: Item) -> None:
        found = self._entry(item)
        if found is None:
            await self._to_people(item, "HIS 无补登接口 the HIS cannot be told of this")
            return
        await found[0].enter_refund(found[1])
        await self._done(item, "已请 HIS 补登退费 told again, awaiting its statement", wait=True)

    async def _reverse(self, item: Item) -> None:
        found = self._entry(item)
        if found is None:
            await self._to_people(item, "HIS 无冲销接口 the HIS cannot be asked for this")
            return
        await found[0].reverse(found[1])
        await self._done(item, "已请 HIS 冲销 reversal asked, awaiting its statement", wait=True)

    async def _refund(self, item: Item) -> None:
        """Decided when it was proposed: what the order's own refund has come to since would be given back twice."""
        entry = self._entry(item)
        if entry is not None and await entry[0].withdrawing(entry[1]):
            await self._to_people(item, _UNDER_WAY)
            return
        async with self.books.db.tx() as tx:
            promised = await service.is_promised(tx, item)
        if promised is not None:
            await self._to_people(item, _GIVEN_BACK if promised is RefundState.DONE else _UNDER_WAY)
            return
        async with self.books.db.tx() as tx:
            await service.refund_patient(tx, item.id, why="原路退回 refunding the patient")

    async def _return(self, item: Item) -> None:
        async with self.books.db.tx() as tx:
            await service.return_suspended(tx, item.id, why="退回暂挂款 returning it", knobs=self.books.knobs)

    async def settle_due(self) -> int:
        """Act on everything that is due, once; for the command line and tests."""
        acted = 0
        while (count := await self.sweep()) > 0:
            acted += count
        return acted
