"""Driving appointments through the HIS: claim (first transaction), call, take over the answer (second transaction).

`Driver.drive` is what every job, event and sweeper calls. It decides what is next (`rules.driving`), does it, and
decides again until nothing is left to do. It may be called at any time and any number of times: who comes second finds
the row moved and leaves.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from prometheus_client import Counter

from jiuyi.domains.audit import service as audit
from jiuyi.domains.booking.ports import Registration, Registrations
from jiuyi.domains.booking.repository import appointments as repository
from jiuyi.domains.booking.rules.driving import Act, Money, Situation, next_act
from jiuyi.domains.booking.service import ending, placing
from jiuyi.domains.booking.service.appointments import DESK, DESK_REASON, DRIVE
from jiuyi.domains.booking.service.axes import PLACEMENT
from jiuyi.domains.booking.service.messages import Messages
from jiuyi.domains.booking.service.people import People
from jiuyi.domains.booking.types import AppointmentRow, AppointmentState, Placement
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.payments import flows as payment_flows
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.types import Order, OrderState
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable

FINDS = 3
MOST_STEPS = 16
_log = structlog.get_logger("jiuyi.booking")
ALARMS = Counter("jiuyi_booking_alarms_total", "Appointments that people must look at", ["what"])
_WHO = "system:booking.drive"
_KEPT = frozenset({AppointmentState.BOOKED, AppointmentState.CHECKED_IN})
_CANCEL_REASON = {AppointmentState.CANCELLED: "patient", AppointmentState.EXPIRED: "expired"}


class Driver:
    """Everything that driving needs, once per worker process."""

    def __init__(
        self,
        db: Db,
        knobs: Knobs,
        directory: Directory,
        people: People,
        registrations: Registrations,
        channels: Channels,
    ) -> None:
        self._db = db
        self._knobs = knobs
        self._directory = directory
        self._people = people
        self._messages = Messages(directory, people)
        self._his = registrations
        self._channels = channels
        self._acts: dict[Act, Callable[[AppointmentRow], Awaitable[bool]]] = {
            Act.LOCK: self._lock,
            Act.CONFIRM: self._confirm,
            Act.FIND: self._find,
            Act.LET_GO: self._let_go,
            Act.CLOSE_ORDER: self._close_order,
            Act.EXPIRE: self._expire,
            Act.FINISH: self._finish,
            Act.GIVE_BACK: self._give_back,
        }

    async def drive(self, appointment_id: UUID) -> None:
        """Do whatever is to be done for one appointment now."""
        for _ in range(MOST_STEPS):
            async with self._db.tx() as tx:
                row = await repository.appointment(tx, appointment_id)
                act = Act.REST if row is None else next_act(await self._situation(tx, row))
            if row is None or act is Act.REST:
                return
            try:
                if not await self._acts[act](row):
                    return
            except Moved:
                # Somebody else (a job run twice, a sweeper) took the step: theirs to go on.
                return
        _log.error("an appointment does not come to rest", appointment=str(appointment_id))

    async def _situation(self, tx: Tx, row: AppointmentRow) -> Situation:
        order = await payments.order(tx, row.order_id) if row.order_id else None
        return Situation(
            state=row.state,
            placement=row.placement,
            leaving=row.leaving,
            fee_fen=row.fee_fen,
            money=_money(order),
            holds_place=row.holds_place,
            overdue=row.overdue,
            stale_claim=row.stale_claim,
        )

    async def _claim(self, row: AppointmentRow, target: Placement, **columns: object) -> None:
        """First transaction: say that a call is under way. Raises `Moved` when somebody was faster."""
        async with self._db.tx() as tx:
            now = await repository.now(tx)
            if target is Placement.CONFIRMING:
                columns["told_at"] = now
            await move(tx, PLACEMENT, row.id, row.placement, target, who=_WHO, why="claimed", claimed_at=now, **columns)
        row.placement = target

    # Each act returns whether to go on at once. ------------------------------------------------------------------

    async def _lock(self, row: AppointmentRow) -> bool:
        lock_no = row.lock_no or number_from("L", row.id)
        async with self._db.tx() as tx:
            if row.lock_no is None and not await self._people.may_book(tx, row):
                # The confirm page's ticket outlives a binding by two minutes; nothing has been asked of the HIS yet.
                await placing.refused(tx, row, "binding_ended", "")
                return True
            his_patient_id = await self._people.his_id(tx, row.patient_id)
            application_no = await self._people.application_no(tx, row.mdt_application_id)
        await self._claim(row, Placement.PLACING, lock_no=lock_no)
        try:
            registration = await self._his.lock(
                request_no=lock_no,
                slot_code=row.slot_code,
                his_patient_id=his_patient_id,
                channel=row.channel,
                hold_seconds=max(60, int((row.held_until - row.now).total_seconds())),
                mdt_application_no=application_no,
            )
        except Refused as error:
            return await self._refused(row, error)
        except Unreachable:
            return await self._not_reached(row, Placement.NONE, (row.now - row.created_at).total_seconds())
        except Unanswered as error:
            return await self._unknown(row, error)
        async with self._db.tx() as tx:
            await placing.placed(tx, row, registration, self._messages, why="locked")
        return True

    async def _confirm(self, row: AppointmentRow) -> bool:
        proof, waited = None, (row.now - row.created_at).total_seconds()
        if row.order_id is not None:
            async with self._db.tx() as tx:
                proof = await payments.proof(tx, row.order_id)
            waited = (row.now - proof.paid_at).total_seconds()
        await self._claim(row, Placement.CONFIRMING)
        try:
            registration = await self._his.confirm(
                request_no=number_from("C", row.id), lock_no=row.lock_no or "", payment=proof
            )
        except Refused as error:
            return await self._refused(row, error)
        except Unreachable:
            return await self._not_reached(row, Placement.PLACED, waited)
        except Unanswered as error:
            return await self._unknown(row, error)
        async with self._db.tx() as tx:
            await placing.confirmed(tx, row, registration, self._messages, why="confirmed")
        return True

    async def _let_go(self, row: AppointmentRow) -> bool:
        before = row.placement
        await self._claim(row, Placement.CANCELLING)
        leaving = row.leaving or row.state
        try:
            await self._his.cancel(
                request_no=number_from("X", row.id),
                lock_no=row.lock_no or "",
                # A desk may do what patients may not any more: the HIS must not hold its own deadline against it.
                reason="system" if row.leaving_why == DESK else _CANCEL_REASON.get(leaving, "system"),
                note=self._note(row),
            )
        except Refused as error:
            return await self._not_let_go(row, before, error)
        except Unreachable:
            return await self._not_reached(row, before, 0)
        except Unanswered as error:
            return await self._unknown(row, error)
        async with self._db.tx() as tx:
            await placing.gone(tx, row, who="hospital:his", why="released")
        return True

    def _note(self, row: AppointmentRow) -> str:
        if row.leaving_why == DESK and row.desk_reason_sealed is not None:
            return self._people.vault.open(row.desk_reason_sealed, DESK_REASON)
        return row.leaving_why or ""

    async def _not_let_go(self, row: AppointmentRow, before: Placement, error: Refused) -> bool:
        async with self._db.tx() as tx:
            if error.code != "not_cancellable":
                await placing.gone(tx, row, who="hospital:his", why=error.code)
                return True
            back = Placement.PLACED if before is Placement.PLACED else Placement.CONFIRMED
            await move(tx, PLACEMENT, row.id, row.placement, back, who="hospital:his", why=error.code)
            if row.leaving is AppointmentState.CANCELLED and row.state in _KEPT:
                await repository.stay(tx, row.id, who="hospital:his", why=error.code, refusal=error.message or None)
                return False
        await self._alarm(row, "not_cancellable")
        return False

    async def _find(self, row: AppointmentRow) -> bool:
        if row.placement is not Placement.UNKNOWN:
            # A claim whose caller died: what became of the call is unknown.
            await self._claim(row, Placement.UNKNOWN)
        try:
            found = await self._his.find(row.lock_no or "")
        except Refused as error:
            await self._alarm(row, error.code)
            return await self._still_unknown(row)
        except NotDone:
            return await self._still_unknown(row)
        async with self._db.tx() as tx:
            await self._take_over(tx, row, found)
        return True

    async def _take_over(self, tx: Tx, row: AppointmentRow, found: Registration | None) -> None:
        """The HIS has said what became of it."""
        if found is None:
            # The lock never arrived: it may be asked for again while the place is still wanted.
            wanted = row.state is AppointmentState.HELD and row.leaving is None
            target = Placement.NONE if wanted else Placement.GONE
            await move(tx, PLACEMENT, row.id, row.placement, target, who="hospital:his", why="not found", tries=0)
        elif found.state == "locked":
            await placing.placed(tx, row, found, self._messages, why="found locked")
        elif found.state in {"confirmed", "done", "no_show"}:
            await placing.confirmed(tx, row, found, self._messages, why=f"found {found.state}")
        else:
            await placing.gone(tx, row, who="hospital:his", why=f"found {found.state}")

    async def _still_unknown(self, row: AppointmentRow) -> bool:
        """No answer again. After three the patient is told that it was not booked, unless money is involved."""
        async with self._db.tx() as tx:
            tries = await repository.tried(tx, row.id)
            if tries < FINDS:
                await tx.defer(DRIVE, delay_seconds=2.0**tries, appointment_id=str(row.id))
                return False
            unpaid = row.order_id is None and row.state is AppointmentState.HELD and row.leaving is None
            told = unpaid and await repository.leave(
                tx, row.id, AppointmentState.REFUSED.value, who=_WHO, why="his_silent"
            )
        if tries == FINDS:
            await self._alarm(row, "unknown")
        return told

    async def _refused(self, row: AppointmentRow, error: Refused) -> bool:
        said = error.message if error.code == "patient_limit" else ""
        async with self._db.tx() as tx:
            if error.code == "already_confirmed":
                # Confirmed under another order: never ours to give up silently.
                await move(tx, PLACEMENT, row.id, row.placement, Placement.UNKNOWN, who="hospital:his", why=error.code)
            else:
                await placing.refused(tx, row, error.code, said)
        if error.code in {"already_confirmed", "amount_mismatch", "invalid_request", "request_no_conflict"}:
            await self._alarm(row, error.code)
        return True

    async def _not_reached(self, row: AppointmentRow, back: Placement, waited: float) -> bool:
        """Nothing was done: as before, again in a moment, unless the patient has waited long enough.

        A confirmation before it that was not answered may still arrive: it is waited for.
        """
        async with self._db.tx() as tx:
            await move(tx, PLACEMENT, row.id, row.placement, back, who=_WHO, why="not reached", told_at=row.told_at)
            row.placement = back
            wanted = row.leaving is None and row.state is AppointmentState.HELD
            if wanted and not _may_arrive(row) and await placing.out_of_patience(tx, self._knobs, row, waited):
                return True
            tries = await repository.tried(tx, row.id)
            await tx.defer(DRIVE, delay_seconds=min(30.0, 1.5**tries), appointment_id=str(row.id))
        return False

    async def _unknown(self, row: AppointmentRow, error: NotDone) -> bool:
        async with self._db.tx() as tx:
            why = type(error).__name__.lower()
            await move(tx, PLACEMENT, row.id, row.placement, Placement.UNKNOWN, who=_WHO, why=why)
        return True

    async def _close_order(self, row: AppointmentRow) -> bool:
        if row.order_id is None:
            return False
        try:
            ended = await payment_flows.close_order(self._db, self._channels, self._knobs, row.order_id)
        except NotDone:
            async with self._db.tx() as tx:
                tries = await repository.tried(tx, row.id)
                await tx.defer(DRIVE, delay_seconds=min(30.0, 2.0**tries), appointment_id=str(row.id))
            return False
        if ended == "paid" and row.leaving is AppointmentState.EXPIRED and row.placement is Placement.PLACED:
            # Paid at the last second: the HIS's lock outlives ours, so it is confirmed if the lock still lives.
            async with self._db.tx() as tx:
                await repository.stay(tx, row.id, who=_WHO, why="paid at the last second")
        return True

    async def _expire(self, row: AppointmentRow) -> bool:
        async with self._db.tx() as tx:
            return await repository.leave(tx, row.id, AppointmentState.EXPIRED.value, who=_WHO, why="unpaid")

    async def _finish(self, row: AppointmentRow) -> bool:
        async with self._db.tx() as tx:
            fresh = await repository.locked(tx, row.id)
            if next_act(await self._situation(tx, fresh)) is Act.FINISH:
                await ending.finish(tx, self._knobs, self._directory, self._messages, fresh)
        return True

    async def _give_back(self, row: AppointmentRow) -> bool:
        async with self._db.tx() as tx:
            fresh = await repository.locked(tx, row.id)
            if next_act(await self._situation(tx, fresh)) is Act.GIVE_BACK:
                await ending.give_back(tx, self._knobs, fresh)
        return True

    async def _alarm(self, row: AppointmentRow, what: str) -> None:
        """Say that people must look at it."""
        ALARMS.labels(what).inc()
        _log.error("booking alarm", what=what, appointment=str(row.id))
        async with self._db.tx() as tx:
            detail = {"what": what, "placement": row.placement.value}
            await audit.note(
                tx,
                actor=ending.SYSTEM,
                action="booking.alarm",
                subject_kind="appointment",
                subject=row.id,
                detail=detail,
            )


def _may_arrive(row: AppointmentRow) -> bool:
    """Whether the hospital may still hear that it is to confirm, from a call that was not answered."""
    if row.told_at is None:
        return False
    return (row.now - row.told_at).total_seconds() < payment_flows.LATEST_ARRIVAL_SECONDS


def _money(order: Order | None) -> Money:
    if order is None:
        return Money()
    return Money(open=order.state in {OrderState.OPEN, OrderState.CLOSING}, paid=order.state is OrderState.PAID)
