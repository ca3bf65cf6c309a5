"""SQL of insurance."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from jiuyi.domains.insurance.types import Reading, Settlement, Task, TaskKind, WhyOwn
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id

_SETTLEMENT: LiteralString = """
SELECT id, no, order_id, account_id, patient_id, idem_key, channel, insurance_class, payer, visit_kind, disease_code,
       use_account, total_fen, state, insured_sealed, proof_sealed, place, scheme, visit_no, centre_no, centre_token,
       pooled_fen, personal_account_fen, other_fen, own_fen, why_not, presettled_at, valid_until, mix_no, out_trade_no,
       settle_no, reverse_token, refund_no, fault, reason, asks, created_at,
       extract(epoch FROM app_now() - claimed_at)::float8 AS seconds_claimed,
       coalesce(valid_until, created_at + interval '15 minutes') <= app_now() AS over
FROM insurance.settlement
"""
SETTLEMENT = _SETTLEMENT + "WHERE id = %(id)s"
SETTLEMENTS = _SETTLEMENT + "WHERE id = ANY(%(ids)s)"
LOCK = "SELECT id FROM insurance.settlement WHERE id = %(id)s FOR UPDATE"
BY_KEY = _SETTLEMENT + "WHERE order_id = %(order_id)s AND idem_key = %(idem_key)s"
BY_NO = _SETTLEMENT + "WHERE no = %(no)s"
BY_OUT_NO = _SETTLEMENT + "WHERE out_trade_no = %(out_trade_no)s AND channel = ANY(%(channels)s)"
NUMBERED = "SELECT no, id FROM insurance.settlement WHERE no = ANY(%(nos)s)"
LAST_OF = _SETTLEMENT + "WHERE order_id = %(order_id)s ORDER BY id DESC LIMIT 1"
LIVE_OF = _SETTLEMENT + "WHERE order_id = %(order_id)s AND state NOT IN ('dropped', 'refused', 'reversed')"
INSERT = """
INSERT INTO insurance.settlement (id, no, order_id, account_id, patient_id, idem_key, channel, insurance_class, payer,
    visit_kind, use_account, total_fen, claimed_at, next_ask_at, created_at)
VALUES (%(id)s, %(no)s, %(order_id)s, %(account_id)s, %(patient_id)s, %(idem_key)s, %(channel)s, %(insurance_class)s,
        %(payer)s, %(visit_kind)s, %(use_account)s, %(total_fen)s, app_now(), app_now() + interval '15 minutes',
        app_now())
"""
KEEP = """
UPDATE insurance.settlement SET centre_no = coalesce(%(centre_no)s, centre_no),
       centre_token = coalesce(%(centre_token)s, centre_token), mix_no = coalesce(%(mix_no)s, mix_no),
       out_trade_no = coalesce(%(out_trade_no)s, out_trade_no), settle_no = coalesce(%(settle_no)s, settle_no),
       reverse_token = coalesce(%(reverse_token)s, reverse_token) WHERE id = %(id)s
"""
KEEP_PERSON = """
UPDATE insurance.settlement SET insured_sealed = %(insured)s, proof_sealed = %(proof)s, place = %(place)s,
       scheme = %(scheme)s, visit_no = %(visit_no)s, visit_kind = %(visit_kind)s, disease_code = %(disease_code)s
WHERE id = %(id)s
"""
SET_ACCOUNT = "UPDATE insurance.settlement SET use_account = %(use)s, centre_no = NULL WHERE id = %(id)s"
CLAIM = "UPDATE insurance.settlement SET claimed_at = app_now(), fault = %(fault)s WHERE id = %(id)s"
SPEND_CONSENT = "UPDATE insurance.settlement SET proof_sealed = NULL WHERE id = %(id)s"
ASK_IN = (
    "UPDATE insurance.settlement SET next_ask_at = app_now() + make_interval(secs => %(seconds)s) WHERE id = %(id)s"
)
ASK_BY = """
UPDATE insurance.settlement SET next_ask_at = least(next_ask_at, app_now() + make_interval(secs => %(seconds)s))
WHERE id = %(id)s
"""
ASK_NO_MORE = "UPDATE insurance.settlement SET next_ask_at = NULL WHERE id = %(id)s"
# A question in hand is put off first, so that two workers never ask the same at once; backoff doubles. What a payer was
# told is asked about again, at the latest, when it cannot arrive there any more.
DUE = """
UPDATE insurance.settlement SET asks = asks + 1,
       next_ask_at = least(
         app_now() + make_interval(secs => least(%(ask_most)s, %(ask_first)s * 2 ^ least(asks, 16))),
         CASE WHEN state = 'settling' AND fault = %(telling)s
                   AND claimed_at + make_interval(secs => %(arrival)s) > app_now()
              THEN claimed_at + make_interval(secs => %(arrival)s) END)
WHERE id IN (SELECT id FROM insurance.settlement WHERE next_ask_at <= app_now()
             ORDER BY next_ask_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
IN_MINUTES = "SELECT app_now() + make_interval(mins => %(minutes)s)"
INSERT_TASK = """
INSERT INTO insurance.task (id, settlement_id, order_id, kind, detail, created_at)
VALUES (%(id)s, %(settlement_id)s, %(order_id)s, %(kind)s, %(detail)s, app_now())
ON CONFLICT (settlement_id, kind) DO UPDATE
SET detail = excluded.detail, created_at = excluded.created_at, done_at = NULL, done_by = NULL
WHERE insurance.task.done_at IS NOT NULL RETURNING id
"""
_TASK: LiteralString = """
SELECT id, settlement_id, order_id, kind, detail, created_at, done_at, done_by FROM insurance.task
"""
INSERT_READING = """
INSERT INTO insurance.reading (settlement_id, device_id, device_code, shift_id, operator, medium)
VALUES (%(settlement_id)s, %(device_id)s, %(device_code)s, %(shift_id)s, %(operator)s, %(medium)s)
"""
READING = """
SELECT settlement_id, device_id, device_code, shift_id, operator, medium FROM insurance.reading
WHERE settlement_id = %(settlement_id)s
"""
_READ_HERE: LiteralString = "WHERE id IN (SELECT settlement_id FROM insurance.reading WHERE "
OF_SHIFT = _SETTLEMENT + _READ_HERE + "shift_id = %(shift_id)s) ORDER BY id DESC LIMIT %(most)s"
OF_DEVICE = (
    _SETTLEMENT
    + _READ_HERE
    + "device_id = %(device_id)s) AND created_at > app_now() - interval '1 day' ORDER BY id DESC LIMIT %(most)s"
)
OPEN_TASKS = _TASK + "WHERE done_at IS NULL ORDER BY created_at LIMIT %(most)s"
END_TASK = """
UPDATE insurance.task SET done_at = app_now(), done_by = %(who)s
WHERE settlement_id = %(settlement_id)s AND kind = %(kind)s AND done_at IS NULL
"""
CHOOSE = """
INSERT INTO insurance.way (account_id, patient_id, insurance_class, chosen_at)
VALUES (%(account_id)s, %(patient_id)s, %(which)s, app_now())
ON CONFLICT (account_id, patient_id) DO UPDATE SET insurance_class = excluded.insurance_class,
    chosen_at = excluded.chosen_at
"""
CHOSEN = """
SELECT insurance_class FROM insurance.way WHERE account_id = ANY(%(accounts)s) AND patient_id = %(patient_id)s
ORDER BY chosen_at DESC LIMIT 1
"""
STATEMENTS = (
    SETTLEMENT,
    SETTLEMENTS,
    LOCK,
    BY_KEY,
    BY_NO,
    BY_OUT_NO,
    NUMBERED,
    LAST_OF,
    LIVE_OF,
    INSERT,
    KEEP,
    KEEP_PERSON,
    SET_ACCOUNT,
    CLAIM,
    SPEND_CONSENT,
    ASK_IN,
    ASK_BY,
    ASK_NO_MORE,
    DUE,
    IN_MINUTES,
    INSERT_TASK,
    OPEN_TASKS,
    END_TASK,
    INSERT_READING,
    READING,
    OF_SHIFT,
    OF_DEVICE,
    CHOOSE,
    CHOSEN,
)


class _Numbered(msgspec.Struct):
    no: str
    id: UUID


async def settlement(tx: Tx, settlement_id: UUID) -> Settlement | None:
    return await tx.one(Settlement, SETTLEMENT, {"id": settlement_id})


async def settlements(tx: Tx, ids: list[UUID]) -> list[Settlement]:
    return await tx.all(Settlement, SETTLEMENTS, {"ids": ids})


async def lock(tx: Tx, settlement_id: UUID) -> Settlement | None:
    """The settlement, locked until the transaction ends."""
    if await tx.value(LOCK, {"id": settlement_id}) is None:
        return None
    return await settlement(tx, settlement_id)


async def by_key(tx: Tx, order_id: UUID, key: str) -> Settlement | None:
    return await tx.one(Settlement, BY_KEY, {"order_id": order_id, "idem_key": key})


async def by_no(tx: Tx, no: str) -> Settlement | None:
    return await tx.one(Settlement, BY_NO, {"no": no})


async def numbered(tx: Tx, nos: list[str]) -> dict[str, UUID]:
    """The settlements that have these numbers of ours."""
    return {row.no: row.id for row in await tx.all(_Numbered, NUMBERED, {"nos": nos})}


async def by_out_no(tx: Tx, out_trade_no: str, channels: list[str]) -> Settlement | None:
    """The settlement behind a channel's number; `channels` are those that this number space serves."""
    return await tx.one(Settlement, BY_OUT_NO, {"out_trade_no": out_trade_no, "channels": channels})


async def last_of(tx: Tx, order_id: UUID) -> Settlement | None:
    """The newest settlement of an order, whatever became of it."""
    return await tx.one(Settlement, LAST_OF, {"order_id": order_id})


async def live_of(tx: Tx, order_id: UUID) -> Settlement | None:
    """The settlement of an order that has not ended."""
    return await tx.one(Settlement, LIVE_OF, {"order_id": order_id})


async def insert(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT, row)


async def keep(tx: Tx, settlement_id: UUID, **facts: str | None) -> None:
    """Write numbers that the other side gave; what is not given stays."""
    names = ("centre_no", "centre_token", "mix_no", "out_trade_no", "settle_no", "reverse_token")
    await tx.run(KEEP, {"id": settlement_id, **{name: facts.get(name) or None for name in names}})


async def keep_person(tx: Tx, settlement_id: UUID, facts: dict[str, Any]) -> None:
    await tx.run(KEEP_PERSON, {"id": settlement_id, **facts})


async def set_account(tx: Tx, settlement_id: UUID, *, use: bool) -> None:
    """The patient changed whether the personal account pays; the bill was withdrawn, and is told again."""
    await tx.run(SET_ACCOUNT, {"id": settlement_id, "use": use})


async def claim(tx: Tx, settlement_id: UUID, fault: str | None = None) -> None:
    """A call begins now; `fault` marks how the last one ended, where it did not."""
    await tx.run(CLAIM, {"id": settlement_id, "fault": fault})


async def spend_consent(tx: Tx, settlement_id: UUID) -> None:
    """Forget the single-use authorisation: nothing needs it any more."""
    await tx.run(SPEND_CONSENT, {"id": settlement_id})


async def ask_in(tx: Tx, settlement_id: UUID, seconds: float) -> None:
    await tx.run(ASK_IN, {"id": settlement_id, "seconds": seconds})


async def ask_by(tx: Tx, settlement_id: UUID, seconds: float) -> None:
    """Asked about in so many seconds at the latest."""
    await tx.run(ASK_BY, {"id": settlement_id, "seconds": seconds})


async def ask_no_more(tx: Tx, settlement_id: UUID) -> None:
    await tx.run(ASK_NO_MORE, {"id": settlement_id})


class Waits(msgspec.Struct, frozen=True):
    """How long until the next question, in seconds: the first time, at most, and at most after a telling.

    `telling`: the fault that marks what a payer was told.
    """

    ask_first: float
    ask_most: float
    arrival: float
    telling: str


async def due(tx: Tx, waits: Waits, most: int) -> list[UUID]:
    """Take the settlements that are due to be asked about; each is put off by its backoff."""
    return await tx.values(DUE, {**msgspec.structs.asdict(waits), "most": most})


async def in_minutes(tx: Tx, minutes: int) -> datetime:
    found: datetime = await tx.value(IN_MINUTES, {"minutes": minutes})
    return found


async def insert_reading(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT_READING, row)


async def reading(tx: Tx, settlement_id: UUID) -> Reading | None:
    """Where a settlement was begun, if at a desk."""
    return await tx.one(Reading, READING, {"settlement_id": settlement_id})


async def read_at(tx: Tx, device_id: UUID, shift_id: UUID | None, most: int) -> list[Settlement]:
    """The newest settlements of a shift, or of a device in a day where nobody stands."""
    params = {"device_id": device_id, "shift_id": shift_id, "most": most}
    return await tx.all(Settlement, OF_SHIFT if shift_id else OF_DEVICE, params)


async def insert_task(tx: Tx, row: Settlement, kind: TaskKind, detail: str) -> UUID | None:
    """Its id; one that was done is open again. None while people have it before them already."""
    params = {"id": new_id(), "settlement_id": row.id, "order_id": row.order_id, "kind": kind.value, "detail": detail}
    found: UUID | None = await tx.value(INSERT_TASK, params)
    return found


async def open_tasks(tx: Tx, most: int) -> list[Task]:
    return await tx.all(Task, OPEN_TASKS, {"most": most})


async def end_task(tx: Tx, settlement_id: UUID, kind: TaskKind, who: str) -> bool:
    """False when there was none to end."""
    return await tx.run(END_TASK, {"settlement_id": settlement_id, "kind": kind.value, "who": who}) > 0


async def choose(tx: Tx, account_id: UUID, patient_id: UUID, which: str | None) -> None:
    """Remember how this account pays for this patient."""
    await tx.run(CHOOSE, {"account_id": account_id, "patient_id": patient_id, "which": which})


async def chosen(tx: Tx, accounts: list[UUID], patient_id: UUID) -> str | None:
    """The class that was chosen last; None for the patient's own money, and where nothing was chosen."""
    found = await tx.value(CHOSEN, {"accounts": accounts, "patient_id": patient_id})
    return None if found is None else str(found)


def why_json(why: list[WhyOwn]) -> str:
    """For the column `why_not`."""
    return msgspec.json.encode(why).decode()
