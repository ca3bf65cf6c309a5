"""Having the hospital take something back, and then promising its money; a lost answer is asked for, never repeated."""

from collections.abc import Awaitable, Callable
from typing import Generic
from uuid import UUID

import structlog

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service
from jiuyi.domains.payments.flows.entering import FINDS, FINDS_BETWEEN, LATEST_ARRIVAL_SECONDS
from jiuyi.domains.payments.ports import AskingT, Withdrawals, WithdrawalT
from jiuyi.domains.payments.types import WithdrawalState
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable
from jiuyi.kit.problems import Problem

_FIRST_LOOK_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 60.0
_HOSPITAL = Actor.hospital("his")
_log = structlog.get_logger("jiuyi.payments")


class Withdrawer(Generic[WithdrawalT, AskingT]):
    """Carries withdrawals of one kind through. What was claimed is either taken back with its money, or let go."""

    def __init__(self, db: Db, book: Withdrawals[WithdrawalT, AskingT]) -> None:
        self._db = db
        self._book = book
        self._system = Actor.system(f"{book.axis.schema}.refund")

    async def carry(self, withdrawal_id: UUID) -> None:
        """Ask for what was just claimed. Raises `Refused` and `Unreachable` when nothing is taken back.

        Without an answer it stays under way, and `settle` learns what became of it.
        """
        async with self._db.tx() as tx:
            row = await self._book.withdrawal(tx, withdrawal_id)
            asking = await self._book.asking(tx, row)
        try:
            number = await self._book.take_back(asking)
        except (Refused, Unreachable) as error:
            code = error.code if isinstance(error, Refused) else "not_reached"
            if await self._recorded(row.id, lambda tx: self._refused(tx, row, code)) is not WithdrawalState.DONE:
                raise
        except Unanswered:
            await self._recorded(row.id, lambda tx: self._unknown(tx, row))
        else:
            stands = await self._recorded(row.id, lambda tx: self._done(tx, row, number, "taken back"))
            if stands is WithdrawalState.REFUSED:
                async with self._db.tx() as tx:
                    await self._book.alarm(tx, row.id)
                _log.error("taken back after it was given up", book=self._book.subject, refund=str(row.id))

    async def _recorded(self, withdrawal_id: UUID, what: Callable[[Tx], Awaitable[None]]) -> WithdrawalState | None:
        """Record an answer. Where it stands instead, when somebody who looked for a lost answer was faster."""
        try:
            async with self._db.tx() as tx:
                await what(tx)
        except Moved:
            async with self._db.tx() as tx:
                return (await self._book.withdrawal(tx, withdrawal_id)).state
        return None

    async def settle(self, withdrawal_id: UUID) -> None:
        """Learn what became of one whose answer was lost; nothing is taken back twice.

        What the hospital does not know may still arrive there for a while: it is asked about again until then.
        """
        async with self._db.tx() as tx:
            row = await self._book.withdrawal(tx, withdrawal_id)
        if row.state not in {WithdrawalState.ASKING, WithdrawalState.UNKNOWN}:
            return
        try:
            number = await self._book.find(row)
        except NotDone:
            async with self._db.tx() as tx:
                tries = await self._book.tried(tx, row.id)
                if tries % FINDS_BETWEEN == FINDS:
                    await self._book.alarm(tx, row.id)
                await self._book.again(tx, row.id, min(_LONGEST_WAIT_SECONDS, 2.0**tries))
            return
        await self._recorded(row.id, lambda tx: self._learnt(tx, row, number))

    async def _learnt(self, tx: Tx, row: WithdrawalT, number: str | None) -> None:
        if number is not None:
            await self._done(tx, row, number, "found")
        elif (left := LATEST_ARRIVAL_SECONDS - await self._age(tx, row)) > 0:
            await self._book.tried(tx, row.id)
            await self._book.again(tx, row.id, min(_LONGEST_WAIT_SECONDS, left))
        else:
            await self._refused(tx, row, "never_arrived")

    async def _unknown(self, tx: Tx, row: WithdrawalT) -> None:
        await self._move(tx, row, WithdrawalState.UNKNOWN, self._system, "no answer")
        await self._book.again(tx, row.id, _FIRST_LOOK_SECONDS)

    async def _age(self, tx: Tx, row: WithdrawalT) -> float:
        return (await self._book.now(tx) - row.requested_at).total_seconds()

    async def _move(
        self, tx: Tx, row: WithdrawalT, target: WithdrawalState, who: Actor, why: str, **columns: object
    ) -> None:
        await move(tx, self._book.axis, row.id, row.state, target, who=who.word, why=why, **columns)

    async def _done(self, tx: Tx, row: WithdrawalT, number: str, why: str) -> None:
        """It was taken back: the money is promised in the same transaction.

        Money that may not be promised any more (somebody else gave it back meanwhile) is for people to look at.
        """
        try:
            made = await service.request_refund(
                tx, row.order_id, row.amount_fen, self._book.refund_reason, "taken back", key=str(row.id)
            )
        except Problem as refused:
            made = None
            await self._book.alarm(tx, row.id)
            _log.error("taken back without money", book=self._book.subject, refund=str(row.id), code=refused.code)
        done_at = await self._book.now(tx)
        columns = {"his_refund_no": number, "done_at": done_at, "money_id": made.id if made else None}
        await self._move(tx, row, WithdrawalState.DONE, _HOSPITAL, why, **columns)
        await audit.note(
            tx,
            actor=_HOSPITAL,
            action=f"{self._book.axis.schema}.refund_done",
            subject_kind=self._book.subject,
            subject=row.owner_id,
            detail={"refund": str(row.id), "money": str(made.id) if made else None},
        )

    async def _refused(self, tx: Tx, row: WithdrawalT, code: str) -> None:
        """Nothing was taken back: it may be asked for again."""
        await self._move(tx, row, WithdrawalState.REFUSED, _HOSPITAL, code, refusal=code)
        await self._book.let_go(tx, row)
