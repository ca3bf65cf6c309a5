"""Use cases of deposits inside one transaction."""

import base64
import binascii
from datetime import timedelta
from uuid import UUID, uuid5

import msgspec
import structlog
from prometheus_client import Counter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.inpatient import repository, rules, settings
from jiuyi.domains.inpatient.errors import AmountOutside, DayLimit, DayLimitOther, KeyEnded, LookupsUsedUp
from jiuyi.domains.inpatient.types import (
    DEPOSIT_GRAPH,
    DepositRow,
    DepositTelling,
    DepositView,
    Question,
    Stay,
    StayFacts,
    StayKey,
    StayView,
)
from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.notifications.types import Kind
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import CHANNEL_NAMES, EntryState
from jiuyi.kit import masking, pages
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Unreadable, Vault
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import yuan
from jiuyi.kit.moves import Axis
from jiuyi.kit.pages import Page
from jiuyi.kit.problems import NotFound

DEPOSIT = Axis("inpatient", "deposit", "state", DEPOSIT_GRAPH)
KIND = "inpatient_deposit"
SUBJECT = "deposit"
DRIVE = "inpatient.drive"
KEY_MINUTES = 30
_KEY, _FACTS, _INDEX = "inpatient.key", "inpatient.deposit.stay", "inpatient.stay"
_STRANGERS = UUID("0190f0f0-0000-7000-8000-000000000001")
SYSTEM = Actor.system("inpatient.drive")
ALARMS = Counter("jiuyi_inpatient_alarms_total", "Deposits that people must look at", ["what"])
_log = structlog.get_logger("jiuyi.inpatient")
_YUAN = 100
_CLOSED_TO_OTHERS = (
    "现在不能交预交金，请联系病区护士站。",
    "No deposit can be paid now. Please ask the nurses of the ward.",
)
"""That a stay is being settled is the patient's own affair."""


class Raced(Exception):
    """The same tap came twice in the same moment: the other one's deposit is the answer."""


async def count_lookup(tx: Tx, knobs: Knobs, by: Principal) -> None:
    """Count a look for somebody else's stay. The caller commits it before it refuses (`LookupsUsedUp`)."""
    limit = knobs.get(settings.LOOKUPS_PER_HOUR)
    if await repository.looked(tx, by.accounts) > limit:
        raise LookupsUsedUp(limit=limit)


def _seal_key(vault: Vault, key: StayKey) -> str:
    sealed = vault.seal(msgspec.json.encode(key).decode(), _KEY)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


async def open_key(tx: Tx, vault: Vault, text: str, by: Principal) -> StayKey:
    """What a key says. Raises `KeyEnded` for another account's, an old or a made-up one."""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        key = msgspec.json.decode(vault.open(sealed, _KEY), type=StayKey)
    except (ValueError, binascii.Error, Unreadable, msgspec.MsgspecError) as error:
        raise KeyEnded from error
    if not by.owns(key.account_id) or key.until < await repository.now(tx):
        raise KeyEnded
    return key


def _index(vault: Vault, inpatient_no: str) -> bytes:
    return vault.index(inpatient_no, _INDEX)


async def stay_view(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    by: Principal,
    stay: Stay,
    question: Question,
    patient_id: UUID | None,
    language: str,
) -> StayView:
    """A stay for an account. Who is not bound to the patient sees whom and where, whatever the HIS said."""
    english, own = language == "en", patient_id is not None
    now = await repository.now(tx)
    key = StayKey(by.account_id, stay.inpatient_no, question, patient_id, now + timedelta(minutes=KEY_MINUTES))
    spent_today = await repository.today(tx, _index(vault, stay.inpatient_no), by.accounts)
    low, high = knobs.get(settings.MIN_FEN), knobs.get(settings.MAX_FEN)
    # A stranger learns what one payment may be, not what others have paid today: not even when little is left.
    left = max(0, knobs.get(settings.DAY_FEN) - spent_today) if own else high
    note = (stay.deposit_note_en or stay.deposit_note) if english else stay.deposit_note
    department = (stay.department_name_en or stay.department_name) if english else stay.department_name
    return StayView(
        key=_seal_key(vault, key),
        own=own,
        name=masking.name(stay.name),
        inpatient_no=rules.masked_number(stay.inpatient_no),
        department=department if own else None,
        ward=((stay.ward_en or stay.ward) if english else stay.ward) if own else None,
        bed=stay.bed,
        admitted_on=stay.admitted_on if own else None,
        deposit_open=stay.deposit_open,
        deposit_note=note if own else _CLOSED_TO_OTHERS[1 if english else 0],
        deposit_fen=stay.deposit_fen if own else None,
        spent_fen=stay.spent_fen if own else None,
        balance_fen=stay.balance_fen if own else None,
        warning_fen=stay.warning_fen if own else None,
        min_fen=low,
        max_fen=high,
        left_today_fen=left,
        choices_fen=[fen for fen in knobs.get(settings.CHOICES_FEN) if low <= fen <= min(high, left)],
        as_of=stay.as_of,
    )


async def existing(tx: Tx, by: Principal, key: str) -> DepositRow | None:
    """The deposit that this account asked for with the same idempotency key."""
    return await repository.by_key(tx, by.account_id, key)


async def open_deposit(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    *,
    by: Principal,
    stay: Stay,
    patient_id: UUID | None,
    amount_fen: int,
    key: str,
    actor: Actor | None = None,
) -> UUID:
    """Open the order of a deposit. `actor` is who asked, where that was not the account itself.

    Raises `AmountOutside`, `DayLimit` (`DayLimitOther`), and `Raced`.
    """
    low, high = knobs.get(settings.MIN_FEN), knobs.get(settings.MAX_FEN)
    if not low <= amount_fen <= high or amount_fen % _YUAN:
        raise AmountOutside(low=low // _YUAN, high=high // _YUAN)
    index = _index(vault, stay.inpatient_no)
    await repository.lock_stay(tx, index)
    left = knobs.get(settings.DAY_FEN) - await repository.today(tx, index, by.accounts)
    if amount_fen > left:
        raise DayLimit(left=max(0, left) // _YUAN) if patient_id else DayLimitOther
    made = new_id()
    expires_at = await repository.now(tx) + timedelta(minutes=knobs.get(settings.PAY_MINUTES))
    order = await payments.open_order(
        tx,
        kind=KIND,
        subject_kind=SUBJECT,
        subject_id=made,
        account_id=by.account_id,
        # Somebody who is nobody's patient here still is one person: an id of the stay, made of its blind index.
        patient_id=patient_id or uuid5(_STRANGERS, index.hex()),
        total_fen=amount_fen,
        title_zh="住院预交金",
        title_en="Inpatient deposit",
        expires_at=expires_at,
    )
    row = {
        "id": made,
        "no": number_from("D", made),
        "account_id": by.account_id,
        "key": key,
        "patient_id": patient_id,
        "index": index,
        "stay": _sealed(vault, stay),
        "amount_fen": amount_fen,
        "order_id": order.id,
        "expires_at": expires_at,
    }
    who = actor or Actor.account(by.account_id)
    if not await repository.insert(tx, row, who.word):
        raise Raced
    detail = {"amount_fen": amount_fen, "own": patient_id is not None}
    await audit.note(
        tx, actor=who, action="inpatient.deposit_opened", subject_kind=SUBJECT, subject=made, detail=detail
    )
    return made


def _sealed(vault: Vault, stay: Stay) -> bytes:
    facts = StayFacts(
        inpatient_no=stay.inpatient_no,
        name=masking.name(stay.name),
        department=stay.department_name,
        department_en=stay.department_name_en or stay.department_name,
        ward=stay.ward,
        ward_en=stay.ward_en or stay.ward,
        bed=stay.bed,
    )
    return vault.seal(msgspec.json.encode(facts).decode(), _FACTS)


def facts_of(vault: Vault, row: DepositRow) -> StayFacts:
    """What is kept of the stay."""
    return msgspec.json.decode(vault.open(row.stay_sealed, _FACTS), type=StayFacts)


async def deposit(tx: Tx, deposit_id: UUID) -> DepositRow:
    """One deposit, for work that knows its id. Raises `Absent`."""
    found = await repository.deposit(tx, deposit_id)
    if found is None:
        raise Absent(f"deposit {deposit_id}")
    return found


async def access_deposit(tx: Tx, deposit_id: UUID, by: Principal) -> DepositRow:
    """The one door from an id in a request to a deposit: its own account only. Raises `NotFound`."""
    found = await repository.deposit(tx, deposit_id)
    if found is None or not by.owns(found.account_id):
        raise NotFound
    return found


async def telling(tx: Tx, vault: Vault, row: DepositRow) -> DepositTelling:
    """What the HIS is told about a paid deposit. Raises `Absent` when there is no accepted payment."""
    payment = await payments.proof(tx, row.order_id)
    return DepositTelling(number_from("D", row.id), facts_of(vault, row).inpatient_no, payment)


async def ended(tx: Tx, vault: Vault, row: DepositRow, code: str) -> None:
    """It came to an end (`row.state`): whoever paid is told."""
    if row.state is not EntryState.CLOSED:
        await _tell(tx, vault, row, Kind.DEPOSIT_REFUSED if code else Kind.DEPOSIT_PAID, code)


async def _tell(tx: Tx, vault: Vault, row: DepositRow, kind: Kind, code: str) -> None:
    facts = facts_of(vault, row)
    reason, reason_en = rules.REFUSALS.get(code, ("", "")) if row.patient_id else ("", "")
    params = {
        "patient": facts.name,
        "department": facts.ward if row.patient_id else facts.bed,
        "department_en": facts.ward_en if row.patient_id else rules.bed_in_english(facts.bed),
        "amount": yuan(row.amount_fen),
        "reason": reason,
        "reason_en": reason_en,
        "number": row.no,
        "time": local(row.now).isoformat(),
    }
    await notifications.tell(tx, row.account_id, kind, SUBJECT, row.id, params, once=row.id)


async def alarm(tx: Tx, row_id: UUID, what: str) -> None:
    """Say that people must look at it."""
    ALARMS.labels(what).inc()
    _log.error("inpatient alarm", what=what, deposit=str(row_id))
    await audit.note(
        tx, actor=SYSTEM, action="inpatient.alarm", subject_kind=SUBJECT, subject=row_id, detail={"what": what}
    )


async def deposit_view(tx: Tx, vault: Vault, row: DepositRow, language: str) -> DepositView:
    """A deposit for who paid it."""
    order, facts = await payments.order(tx, row.order_id), facts_of(vault, row)
    english = language == "en"
    shown = rules.shown_state(row.state, order.paid_fen, order.refunded_fen)
    refusal, until = row.refusal if row.patient_id else None, f"{local(row.expires_at):%H:%M}"
    zh_en = CHANNEL_NAMES.get(order.channel or "")
    return DepositView(
        id=row.id,
        no=row.no,
        name=facts.name,
        inpatient_no=rules.masked_number(facts.inpatient_no),
        ward=(facts.ward_en if english else facts.ward) if row.patient_id else None,
        bed=facts.bed,
        amount_fen=row.amount_fen,
        state=shown,
        state_title=rules.title(shown, language),
        state_detail=rules.detail(shown, row.amount_fen, refusal, until, language),
        order_id=row.order_id,
        expires_at=row.expires_at,
        paid_at=order.paid_at,
        channel_name=zh_en[1 if english else 0] if zh_en else None,
        receipt_no=row.receipt_no,
        at=order.paid_at or row.created_at,
    )


async def deposits_page(
    tx: Tx, vault: Vault, by: Principal, cursor: str | None, limit: int, language: str
) -> Page[DepositView]:
    """The account's deposits, newest first."""
    at, last = pages.decode_place(cursor) if cursor else (None, None)
    rows = await repository.page(tx, by.accounts, at, last, limit + 1)
    shown = rows[:limit]
    following = pages.encode(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(rows) > limit else None
    return Page([await deposit_view(tx, vault, row, language) for row in shown], following)
