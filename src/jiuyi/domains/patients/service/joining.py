"""Joining accounts: whose the other one is, what both will see, and folding their patients."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.errors import AccountsOfTwo, JoiningEnded, NothingToJoin
from jiuyi.domains.accounts.types import Joined, JoiningRow, Principal
from jiuyi.domains.patients import rules, settings
from jiuyi.domains.patients.errors import TooManyToJoin
from jiuyi.domains.patients.repository import files, joining
from jiuyi.domains.patients.repository.joining import HeldRow
from jiuyi.domains.patients.service import sealing
from jiuyi.domains.patients.types import DocumentType, Relation, VerificationRow
from jiuyi.kit import masking
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs

CONSENT = "account_joining@1"


class JoiningView(msgspec.Struct, frozen=True):
    """A joining whose phone is proved, before anything of the other account is told."""

    id: UUID
    expires_at: datetime


class Side(StrEnum):
    """In which of two accounts a patient is."""

    HERE = "here"
    THERE = "there"
    BOTH = "both"


class JoiningPatient(msgspec.Struct, frozen=True):
    name: str
    relation: Relation
    side: Side


class JoiningOffer(msgspec.Struct, frozen=True):
    """What two accounts will see together. `ways`: how the other one signs in (`微信用户 L**`)."""

    id: UUID
    expires_at: datetime
    ways: list[str]
    patients: list[JoiningPatient]
    new_hours: int


class JoinedView(msgspec.Struct, frozen=True):
    """The accounts are one; whoever asked signs in anew."""

    patients_count: int


async def begin(tx: Tx, vault: Vault, knobs: Knobs, by: Principal, number: str) -> JoiningView:
    """The number is proved; nothing of any other account is told yet. Raises `JoiningsUsedUp`."""
    row = await accounts.open_joining(tx, vault, knobs, by, number)
    return JoiningView(row.id, row.expires_at)


async def offer_to_claimant(
    tx: Tx, vault: Vault, knobs: Knobs, by: Principal, row: VerificationRow, number: str
) -> UUID | None:
    """For who proved, with document and phone, to be the *self* of another account: a joining with that one.

    None when the accounts cannot be joined (another number was verified there, or both sign in by one channel).
    Raises `JoiningsUsedUp`.
    """
    holder = await joining.self_holder(tx, row.his_patient_id or "")
    if holder is None or holder not in await _joinable(tx, vault, knobs, by.account_id, number):
        return None
    return (await accounts.open_joining(tx, vault, knobs, by, number, holder)).id


async def find(
    tx: Tx, vault: Vault, knobs: Knobs, clock: Clock, by: Principal, joining_id: UUID, document: str, language: str
) -> JoiningOffer | NothingToJoin:
    """Look for the account whose patient has this document. A wrong one is counted: the caller commits, then raises.

    Raises `JoiningEnded`, `AccountsOfTwo`, `TooManyToJoin`.
    """
    row = await accounts.joining_of(tx, knobs, by, joining_id)
    number = accounts.joining_number(vault, row)
    there = await _joinable(tx, vault, knobs, by.account_id, number)
    other = await _of_document(tx, vault, clock, by.account_id, there, document) if there else None
    if other is None:
        return NothingToJoin(left=await accounts.wrong_document(tx, knobs, row))
    await accounts.other_found(tx, row, other)
    return await _offer(tx, vault, knobs, row, other, language)


async def offer(tx: Tx, vault: Vault, knobs: Knobs, by: Principal, joining_id: UUID, language: str) -> JoiningOffer:
    """What both accounts will see together. Raises `JoiningEnded`, `AccountsOfTwo`, `TooManyToJoin`."""
    row = await accounts.joining_of(tx, knobs, by, joining_id)
    if row.other_account_id is None:
        raise JoiningEnded
    return await _offer(tx, vault, knobs, row, row.other_account_id, language)


async def consent(tx: Tx, vault: Vault, knobs: Knobs, by: Principal, joining_id: UUID) -> JoinedView:
    """The person agrees: the two accounts become one. Raises as `offer` does, and `JoiningsUsedUp`."""
    row = await accounts.joining_of(tx, knobs, by, joining_id)
    here, there = row.account_id, row.other_account_id
    if there is None or there not in await _joinable(tx, vault, knobs, here, accounts.joining_number(vault, row)):
        raise JoiningEnded
    for account_id in sorted([here, there]):
        await files.lock_account(tx, account_id)
    held = await joining.held(tx, [here, there])
    _check(knobs, held)
    kept = _kept(held, here, there)
    absorbed = here if kept == there else there
    mine = {one.patient_id for one in held if one.account_id == here}
    gains = any(one.patient_id not in mine for one in held)
    joined = Joined(kept, absorbed)
    await accounts.join(tx, vault, knobs, by, row, joined=joined, consent=CONSENT, gains=gains)
    await _fold(tx, held, joined)
    return JoinedView(len({one.patient_id for one in held}))


async def _joinable(tx: Tx, vault: Vault, knobs: Knobs, account_id: UUID, number: str) -> list[UUID]:
    days = accounts.phone_trust_days(knobs)
    proved = await joining.proved_by(tx, vault.index(number, sealing.PHONE), days)
    return await accounts.joinable(tx, vault, knobs, account_id, number, proved)


async def _of_document(tx: Tx, vault: Vault, clock: Clock, here: UUID, there: list[UUID], document: str) -> UUID | None:
    """The account with this patient; where an account has no patients, one's own patient's document serves."""
    indexes = list[bytes]()
    for kind in DocumentType:
        if kind is not DocumentType.NONE_CHILD:
            number = rules.document_number(kind, document, clock.today())
            if isinstance(number, str):
                indexes.append(vault.index(f"{kind}:{number}", sealing.DOCUMENT))
    if not indexes:
        return None
    found = await joining.with_document(tx, there, indexes)
    if found is not None:
        return found
    holding = {one.account_id for one in await joining.held(tx, there)}
    empty = [one for one in there if one not in holding]
    mine = await joining.with_document(tx, [here], indexes)
    return empty[0] if empty and mine is not None else None


async def _offer(tx: Tx, vault: Vault, knobs: Knobs, row: JoiningRow, there: UUID, language: str) -> JoiningOffer:
    held = await joining.held(tx, [row.account_id, there])
    _check(knobs, held)
    people = dict[UUID, JoiningPatient]()
    for one in held:
        side = Side.HERE if one.account_id == row.account_id else Side.THERE
        known = people.get(one.patient_id)
        if known is None:
            name = masking.name(vault.open(one.name_sealed, sealing.NAME))
            people[one.patient_id] = JoiningPatient(name, one.relation, side)
        else:
            people[one.patient_id] = JoiningPatient(known.name, known.relation, Side.BOTH)
    ways = await accounts.labels_of(tx, vault, there, language)
    return JoiningOffer(row.id, row.expires_at, ways, list(people.values()), accounts.new_hours(knobs))


def _check(knobs: Knobs, held: list[HeldRow]) -> None:
    """Whether one account may hold all of them. Raises `AccountsOfTwo` or `TooManyToJoin`."""
    own = {one.patient_id for one in held if one.relation is Relation.SELF}
    if len(own) > 1:
        raise AccountsOfTwo
    most = knobs.get(settings.DEPENDANTS_MAX)
    if len({one.patient_id for one in held} - own) > most:
        raise TooManyToJoin(limit=most)


def _kept(held: list[HeldRow], here: UUID, there: UUID) -> UUID:
    """The account that stays: the one with *self*, else the other one, which was there before."""
    return here if any(one.relation is Relation.SELF and one.account_id == here for one in held) else there


async def _fold(tx: Tx, held: list[HeldRow], joined: Joined) -> None:
    stays = {one.patient_id: one for one in held if one.account_id == joined.kept}
    default: UUID | None = None
    for one in held:
        if one.account_id != joined.absorbed:
            continue
        same = stays.get(one.patient_id)
        if same is None:
            made = new_id()
            await joining.move_over(tx, one.id, {"id": made, "account_id": joined.kept})
        else:
            made = same.id
            await joining.fold(tx, one.id, same.id)
        if one.is_default:
            default = made
    if default is not None and not any(one.is_default for one in stays.values()):
        await files.make_default(tx, joined.kept, default)
    await joining.move_consents(tx, joined.kept, joined.absorbed)
