"""Admission in one web process: requests are gathered for a moment and judged together (micro-batch).

While one batch is in the database the next one gathers, so batches grow with the rush and a lone request waits for
nobody. What is sold out is answered from memory until places come back (NOTIFY); the holders of its places are
remembered with it, so that a repeated request still gets its own appointment.
"""

import asyncio
import time
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog
from prometheus_client import Counter as Metric
from prometheus_client import Histogram
from psycopg_pool import PoolTimeout

from jiuyi.domains.audit import service as audit
from jiuyi.domains.booking.errors import BookingBusy, SlotUnknown
from jiuyi.domains.booking.repository import admission as repository
from jiuyi.domains.booking.rules.limits import Judged, refusal
from jiuyi.domains.booking.service.limits import limits
from jiuyi.kit.arrays import uuid_array, word_array
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import Problem

DRIVE_BATCH = "booking.drive_batch"
"""The one job of a batch: place its appointments in the HIS."""
MOST_IN_BATCH = 128
MOST_WAITING = 20_000
LANES = 2
"""Batches at once: while one is in the database the other is put together, so neither side waits for the other."""
REMEMBER_SECONDS = 30.0
_MASK = (1 << 63) - 1
_log = structlog.get_logger("jiuyi.booking.admission")
BATCHES = Histogram("jiuyi_admission_batch", "Requests in a batch", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))
ANSWERS = Metric("jiuyi_admission_answers_total", "Admission's answers", ["verdict", "by"])


class Ask(msgspec.Struct, frozen=True):
    """One request for a place. `appointment_id` comes from its ticket; `key` is the phone's idempotency key.

    `joined`: other accounts of the same person; the limits of an account count over all of them.
    """

    appointment_id: UUID
    key: UUID
    account_id: UUID
    channel: str
    patient_id: UUID
    slot_id: UUID
    request_id: str
    visit_kind: str | None = None
    reason_sealed: bytes | None = None
    mdt_application_id: UUID | None = None
    joined: tuple[UUID, ...] = ()


class Admitted(msgspec.Struct, frozen=True):
    """A place is held. `again`: it was held before under the same key."""

    appointment_id: UUID
    again: bool
    judged: Judged


class _SoldOut(msgspec.Struct):
    refusal: Problem
    holders: frozenset[tuple[UUID, UUID]]
    until: float


_Waiting = tuple[Ask, "asyncio.Future[Admitted]"]


class Admission:
    """The door of one web process."""

    def __init__(self, db: Db, knobs: Knobs) -> None:
        self._db = db
        self._knobs = knobs
        self._waiting: list[_Waiting] = []
        self._running = 0
        self._lanes: set[asyncio.Task[None]] = set()
        self._sold_out: dict[UUID, _SoldOut] = {}
        self._news = 0

    async def hear(self, payload: str) -> None:
        """Places may have come back: of one slot, or (empty) of any."""
        self._news += 1
        if payload:
            self._sold_out.pop(UUID(payload), None)
        else:
            self._sold_out.clear()

    async def hold(self, ask: Ask) -> Admitted:
        """Hold a place, or raise the refusal of the rule that forbids it.

        Raises any refusal of `booking.errors` that admission knows, `SlotUnknown` and `BookingBusy`.
        """
        known = self._sold_out.get(ask.slot_id)
        if known is not None and known.until > time.monotonic() and (ask.account_id, ask.key) not in known.holders:
            ANSWERS.labels("full", "memory").inc()
            # A fresh one each time: an exception that is raised again keeps every frame it ever passed through.
            raise type(known.refusal)(**known.refusal.params)
        if len(self._waiting) >= MOST_WAITING:
            raise BookingBusy
        answer: asyncio.Future[Admitted] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, answer))
        if self._running < LANES:
            self._running += 1
            lane = asyncio.create_task(self._run())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await answer

    async def _run(self) -> None:
        # Handlers that are ready to run in this turn of the loop join the first batch.
        await asyncio.sleep(0)
        try:
            while self._waiting:
                await self._settle(self._take())
        finally:
            # Counted here and not when the task is done: nobody may come between the last look and the count.
            self._running -= 1

    def _take(self) -> list[_Waiting]:
        """The next batch: at most one request of each patient and account (and so of each key); the rest waits."""
        seen: set[int] = set()
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        for item in self._waiting:
            ask = item[0]
            if item[1].done():
                continue
            if len(batch) >= MOST_IN_BATCH or ask.patient_id.int in seen or ask.account_id.int in seen:
                later.append(item)
                continue
            seen.add(ask.patient_id.int)
            seen.add(ask.account_id.int)
            batch.append(item)
        self._waiting = later
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        if not batch:
            return
        BATCHES.observe(len(batch))
        try:
            await self._admit(batch)
        except (psycopg.errors.IntegrityError, psycopg.errors.DataError) as error:
            # A constraint caught what the judgement did not; find out whose request it was.
            _log.warning("a batch was refused by a constraint", size=len(batch), constraint=error.diag.constraint_name)
            if len(batch) == 1:
                _fail(batch, BookingBusy())
            for item in batch if len(batch) > 1 else ():
                await self._settle([item])
        except (psycopg.OperationalError, PoolTimeout):
            _log.exception("admission could not reach the database")
            _fail(batch, BookingBusy())
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            _log.exception("admission failed")
            _fail(batch, error)

    async def _admit(self, batch: list[_Waiting]) -> None:
        asks = [ask for ask, _ in batch]
        at, news = limits(self._knobs), self._news
        async with self._db.piped() as tx:
            judged = await repository.admit(tx, _columns(asks), _gates(asks), at)
            held = [ask for number, ask in enumerate(asks, 1) if number in judged and judged[number].verdict == "held"]
            if held:
                acts = [(ask.account_id, ask.appointment_id, ask.request_id) for ask in held]
                await audit.note_many(tx, action="booking.held", subject_kind="appointment", acts=acts)
                await tx.defer(DRIVE_BATCH, appointment_ids=[ask.appointment_id for ask in held])
        full: dict[UUID, Judged] = {}
        verdicts: Counter[str] = Counter()
        for number, (ask, answer) in enumerate(batch, 1):
            found = judged.get(number)
            verdict = found.verdict if found else "unknown"
            verdicts[verdict] += 1
            if verdict == "full" and found is not None:
                full[ask.slot_id] = found
            if not answer.done():
                _answer(ask, answer, found, at)
        for verdict, count in verdicts.items():
            ANSWERS.labels(verdict, "database").inc(count)
        for slot_id, found in full.items():
            await self._remember(slot_id, found, refusal(found, at), news)

    async def _remember(self, slot_id: UUID, found: Judged, problem: Problem, news: int) -> None:
        async with self._db.autocommit() as tx:
            holders = await repository.holders(tx, slot_id)
        seconds = REMEMBER_SECONDS
        if found.reserved_until is not None:
            seconds = min(seconds, (found.reserved_until - found.at).total_seconds())
        if news == self._news and seconds > 0:
            self._sold_out[slot_id] = _SoldOut(problem, holders, time.monotonic() + seconds)


def _answer(ask: Ask, answer: "asyncio.Future[Admitted]", found: Judged | None, at: dict[str, object]) -> None:
    if found is None:
        answer.set_exception(SlotUnknown())
    elif found.verdict == "held":
        answer.set_result(Admitted(ask.appointment_id, again=False, judged=found))
    elif found.verdict == "again":
        answer.set_result(Admitted(found.mine, again=True, judged=found))
    else:
        answer.set_exception(refusal(found, at))


def _fail(batch: list[_Waiting], error: BaseException) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(error)


def _columns(asks: list[Ask]) -> dict[str, Any]:
    """One array for each column of the batch. `people`: every account of a person who has several, else NULL."""
    return {
        "ids": uuid_array([ask.appointment_id for ask in asks]),
        "keys": uuid_array([ask.key for ask in asks]),
        "accounts": uuid_array([ask.account_id for ask in asks]),
        "channels": word_array(ask.channel for ask in asks),
        "patients": uuid_array([ask.patient_id for ask in asks]),
        "slots": uuid_array([ask.slot_id for ask in asks]),
        "kinds": word_array(ask.visit_kind for ask in asks),
        "reasons": word_array(map(_reason, asks)),
        "applications": uuid_array([ask.mdt_application_id for ask in asks]),
        "people": word_array(map(_person, asks)),
    }


def _reason(ask: Ask) -> str | None:
    return None if ask.reason_sealed is None else f'"\\\\x{ask.reason_sealed.hex()}"'


def _person(ask: Ask) -> str | None:
    return '"{' + ",".join(map(str, (ask.account_id, *ask.joined))) + '}"' if ask.joined else None


def _gates(asks: list[Ask]) -> str:
    """Advisory-lock keys of the batch's patients and accounts, sorted: the random halves of their ids."""
    keys = {ask.patient_id.int & _MASK for ask in asks} | {ask.account_id.int & _MASK for ask in asks}
    return word_array(map(str, sorted(keys)))
