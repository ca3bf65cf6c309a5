"""Carrying what an order paid into the hospital's books: tell, ask before telling again, give back what is refused.

Each step is a claim (first transaction), a call, and the taking over of its answer (second transaction).
"""

from collections.abc import Awaitable, Callable
from typing import Generic
from uuid import UUID

import structlog

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import rules, service
from jiuyi.domains.payments.ports import Book, EntryT, ReceiptT, TellingT
from jiuyi.domains.payments.types import EntryAct, EntryState
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable

MOST_STEPS = 12
FINDS = 3
FINDS_BETWEEN = 10
"""People are told at the third try, and after each ten more: tries before the telling count as well."""
LATEST_ARRIVAL_SECONDS = 320
"""The hospital takes no call that is older than 300 s (docs/contracts/his.md §1.5)."""
SILENT = "his_down"
_HOSPITAL = Actor.hospital("his")
_LONGEST_WAIT_SECONDS = 60.0
_log = structlog.get_logger("jiuyi.payments")


class Clerk(Generic[EntryT, TellingT, ReceiptT]):
    """Carries the entries of one book; `drive` is safe at any time, any number of times."""

    def __init__(self, db: Db, book: Book[EntryT, TellingT, ReceiptT]) -> None:
        self._db = db
        self._book = book
        self._system = Actor.system(f"{book.axis.schema}.drive")
        self._acts: dict[EntryAct, Callable[[EntryT], Awaitable[bool]]] = {
            EntryAct.TAKE_MONEY: self._take_money,
            EntryAct.CLOSE: self._close,
            EntryAct.CONFIRM: self._confirm,
            EntryAct.FIND: self._find,
        }

    async def drive(self, entry_id: UUID) -> None:
        """Do whatever is to be done for one entry now."""
        for _ in range(MOST_STEPS):
            async with self._db.tx() as tx:
                row = await self._book.entry(tx, entry_id)
                order = await service.order(tx, row.order_id)
            act = rules.next_act_of_entry(row.state, order.state, stale_claim=row.stale_claim)
            if act is EntryAct.REST:
                return
            try:
                if not await self._acts[act](row):
                    return
            except Moved:
                # Somebody else (a job run twice, a sweeper) took the step: theirs to go on.
                return
        _log.error("an entry does not come to rest", book=self._book.subject, entry=str(entry_id))

    async def order_moved(self, subject_kind: str, subject_id: str, **_: str) -> None:
        """An order was paid or ended: if it is one of this book, go on."""
        if subject_kind == self._book.subject:
            await self.drive(UUID(subject_id))

    async def _move(self, tx: Tx, row: EntryT, target: EntryState, who: Actor, why: str, **columns: object) -> None:
        await move(tx, self._book.axis, row.id, row.state, target, who=who.word, why=why, **columns)
        row.state = target

    # Each act returns whether to go on at once. ------------------------------------------------------------------

    async def _take_money(self, row: EntryT) -> bool:
        async with self._db.tx() as tx:
            await self._move(tx, row, EntryState.PAID, self._system, "order paid")
        return True

    async def _close(self, row: EntryT) -> bool:
        async with self._db.tx() as tx:
            await self._move(tx, row, EntryState.CLOSED, self._system, "order closed")
            await self._book.ended(tx, row, "")
        return False

    async def _confirm(self, row: EntryT) -> bool:
        if await self._impatient(row):
            return False
        async with self._db.tx() as tx:
            telling = await self._book.telling(tx, row)
            await self._move(
                tx, row, EntryState.CONFIRMING, self._system, "claimed", claimed_at=row.now, told_at=row.now
            )
        try:
            receipt = await self._book.tell(telling)
        except Refused as error:
            async with self._db.tx() as tx:
                await self._refused(tx, row, error.code)
                if error.code not in self._book.usual_refusals:
                    await self._book.alarm(tx, row.id, error.code)
            return False
        except Unreachable:
            async with self._db.tx() as tx:
                # This call did nothing; one before it may still arrive.
                await self._move(tx, row, EntryState.PAID, self._system, "not reached", told_at=row.told_at)
                await self._later(tx, row)
            return False
        except Unanswered as error:
            async with self._db.tx() as tx:
                await self._move(tx, row, EntryState.UNKNOWN, self._system, type(error).__name__.lower())
            return True
        async with self._db.tx() as tx:
            await self._confirmed(tx, row, receipt, "confirmed")
        return False

    async def _find(self, row: EntryT) -> bool:
        if row.state is not EntryState.UNKNOWN:
            # A claim whose caller died: what became of the call is unknown.
            async with self._db.tx() as tx:
                await self._move(tx, row, EntryState.UNKNOWN, self._system, "the claim is old")
        try:
            receipt = await self._book.find(row)
        except NotDone:
            async with self._db.tx() as tx:
                if await self._later(tx, row) % FINDS_BETWEEN == FINDS:
                    await self._book.alarm(tx, row.id, "unknown")
            return False
        async with self._db.tx() as tx:
            if receipt is None:
                # It has not arrived; its number protects against a late arrival, so it may be told again.
                await self._move(tx, row, EntryState.PAID, self._system, "not found")
                await self._later(tx, row)
            else:
                await self._confirmed(tx, row, receipt, "found")
        return False

    async def _confirmed(self, tx: Tx, row: EntryT, receipt: ReceiptT, why: str) -> None:
        facts = self._book.facts(receipt)
        await self._move(tx, row, EntryState.CONFIRMED, _HOSPITAL, why, tries=0, **facts)
        await self._note(tx, row, _HOSPITAL, "")
        await self._book.ended(tx, row, "")

    async def _refused(self, tx: Tx, row: EntryT, code: str) -> None:
        """Not entered, for good: the money goes back, and the payer is told, at once."""
        await self._move(tx, row, EntryState.REFUSED, _HOSPITAL, code, refusal=code, tries=0)
        order = await service.order(tx, row.order_id)
        if order.left_fen > 0:
            await service.request_refund(tx, order.id, order.left_fen, self._book.refund_reason, code)
        await self._note(tx, row, self._system, code)
        await self._book.ended(tx, row, code)

    async def _note(self, tx: Tx, row: EntryT, actor: Actor, why: str) -> None:
        await audit.note(
            tx,
            actor=actor,
            action=f"{self._book.axis.schema}.{row.state.value}",
            subject_kind=self._book.subject,
            subject=row.id,
            detail={"why": why} if why else None,
        )

    async def _later(self, tx: Tx, row: EntryT) -> int:
        """Again in a while; returns how often that was said."""
        tries = await self._book.tried(tx, row.id)
        await self._book.again(tx, row.id, min(_LONGEST_WAIT_SECONDS, 1.5**tries))
        return tries

    async def _impatient(self, row: EntryT) -> bool:
        """The payer has waited long enough for a hospital that cannot be told: the money goes back.

        A call that may still be under way is waited for.
        """
        async with self._db.tx() as tx:
            order = await service.order(tx, row.order_id)
            waited = (row.now - (order.paid_at or row.created_at)).total_seconds()
            if row.tries == 0 or waited < self._book.patience_seconds():
                return False
            if row.told_at is not None and (row.now - row.told_at).total_seconds() < LATEST_ARRIVAL_SECONDS:
                await self._later(tx, row)
            else:
                await self._refused(tx, row, SILENT)
        return True
