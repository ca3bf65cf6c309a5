"""Writing messages and reading them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

import msgspec

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.notifications import repository, rules, settings
from jiuyi.domains.notifications.types import About, Kind, Link, Message, MessageView, Way
from jiuyi.domains.patients import service as patients
from jiuyi.kit import pages
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Page

DELIVER = "notifications.deliver"
RECOVERED = "notifications.recovered"
PHONE = "notifications.delivery.phone"
_THE_END = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))


async def tell(
    tx: Tx,
    account_id: UUID,
    kind: Kind | str,
    subject_kind: str,
    subject_id: UUID,
    params: Mapping[str, str],
    *,
    once: UUID | None = None,
    through: Sequence[Channel] = (),
) -> UUID:
    """Tell an account something, in this transaction; return the message's id.

    `params` by role (see `rules`): `patient` (masked), `time` (RFC 3339), `department`/`department_en`,
    `doctor`/`doctor_en`, `place`/`place_en`, `number`, `reason`, `amount` (yuan text), `item`/`item_en`,
    `route`/`route_en`, `team`/`team_en`, `state`/`state_en`, `advice`/`advice_en`, `account`, `until`.
    A delivery through the account's channel (or each of `through`) follows when the transaction commits.
    With `once` (the id of the cause) the same kind of message about the same cause is told only once, however often
    its job runs.
    """
    told = Kind(kind)
    message_id = uuid5(once, told.value) if once is not None else new_id()
    row = {
        "id": message_id,
        "account_id": account_id,
        "kind": told,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "params": msgspec.json.encode(dict(params)).decode(),
    }
    fresh = await repository.insert(tx, row)
    template = rules.template_of(told)
    if not fresh or template is None:
        return message_id
    for channel in through or await _usual(tx, account_id):
        await _deliver_later(
            tx,
            message_id=message_id,
            account_id=account_id,
            way=Way.TEMPLATE,
            channel=channel,
            template=template,
            phone_sealed=None,
            sms_params=[],
        )
    return message_id


async def _usual(tx: Tx, account_id: UUID) -> list[Channel]:
    channel = await accounts.messages_channel(tx, account_id)
    return [] if channel is None else [channel]


async def tell_of_binding(tx: Tx, vault: Vault, binding_id: UUID) -> None:
    """Tell every other account bound to the patient, and the phone on file; quiet when they were told before."""
    added = await patients.new_binding(tx, vault, binding_id)
    if added is None:
        return
    at = added.bound_at.isoformat()
    params = {"patient": added.patient_name, "account": added.account_label, "time": at}
    for account_id in added.accounts:
        await tell(tx, account_id, Kind.BINDING, "patient", added.patient_id, params)
    await tell_phone(tx, vault, added.phone, "binding", (added.patient_name, rules.moment(at, "zh")))


async def tell_of_joining(tx: Tx, vault: Vault, cause: UUID, account_id: UUID, identity_id: UUID) -> None:
    """Tell the account that another way in has joined it, through each of the ways in that were there before."""
    change = await accounts.change_of(tx, vault, account_id, identity_id)
    if change is None:
        return
    params = _change(change)
    await tell(tx, account_id, Kind.JOINED, "account", account_id, params, once=cause, through=change.others)


async def tell_of_detachment(
    tx: Tx, vault: Vault, cause: UUID, account_id: UUID, identity_id: UUID, new_account_id: UUID
) -> None:
    """Tell both that a way in has left the account."""
    change = await accounts.change_of(tx, vault, new_account_id, identity_id)
    if change is None:
        return
    await tell(tx, account_id, Kind.DETACHED, "account", account_id, _change(change), once=cause)
    await tell(tx, new_account_id, Kind.DETACHED, "account", new_account_id, _change(change), once=uuid5(cause, "left"))


def _change(change: accounts.Change) -> dict[str, str]:
    at = change.at.isoformat()
    return {"account": change.label, "account_en": change.label_en, "time": at, "patient": "您的账户"}


async def tell_phone(tx: Tx, vault: Vault, phone: str, template: str, params: tuple[str, ...]) -> None:
    """Send an SMS to a number that need not belong to any account (a file's phone), when this transaction commits."""
    await _deliver_later(
        tx,
        message_id=None,
        account_id=None,
        way=Way.SMS,
        channel=None,
        template=template,
        phone_sealed=vault.seal(phone, PHONE),
        sms_params=list(params),
    )


async def wish(tx: Tx, by: Principal, about: About) -> None:
    """Remember that this account wants to be told when the hospital's system answers again; twice is once."""
    await repository.wish(tx, new_id(), by.account_id, about)


async def hospital_answered(tx: Tx) -> None:
    """The hospital's system has just answered: whoever waited for it is told, after this transaction."""
    if await repository.waited_for(tx):
        await tx.defer(RECOVERED, key=RECOVERED)


async def tell_recovered(tx: Tx, clock: Clock, most: int) -> int:
    """Tell the next of those who wait; return how many they were."""
    found = await repository.take_wishes(tx, most)
    at = clock.now().isoformat()
    for one in found:
        item, item_en = rules.ABOUT[one.about]
        params = {"item": item, "item_en": item_en, "time": at}
        await tell(tx, one.account_id, Kind.RECOVERED, f"recovered_{one.about}", one.account_id, params, once=one.id)
    return len(found)


async def _deliver_later(tx: Tx, **row: object) -> None:
    delivery_id = new_id()
    params = msgspec.json.encode(row.pop("sms_params")).decode()
    await repository.insert_delivery(tx, {**row, "id": delivery_id, "sms_params": params})
    await tx.defer(DELIVER, delivery_id=str(delivery_id))


async def messages(tx: Tx, by: Principal, cursor: str | None, limit: int, language: str) -> Page[MessageView]:
    """The account's messages, newest first, in `language` (`zh`, `en`)."""
    place = pages.decode_place(cursor) if cursor else _THE_END
    rows = await repository.listed(tx, by.accounts, *place, limit + 1)
    more = len(rows) > limit
    shown = rows[:limit]
    following = pages.encode(shown[-1].created_at.isoformat(), str(shown[-1].id)) if more else None
    return Page([_view(row, language) for row in shown], following)


def _view(row: Message, language: str) -> MessageView:
    title, body = rules.text(row.kind, row.params, language)
    page = rules.page_of(row.subject_kind)
    link = Link(page, row.subject_id) if page else None
    return MessageView(row.id, row.kind, title, body, row.created_at, row.read_at is not None, link)


async def unread(tx: Tx, accounts: list[UUID]) -> int:
    """How many messages the account has not read."""
    return await repository.unread(tx, accounts)


async def mark_read(tx: Tx, by: Principal, ids: list[UUID], *, all_of_them: bool) -> None:
    """Mark messages as read; ids of other accounts' messages change nothing."""
    await repository.mark_read(tx, by.accounts, ids, all_of_them=all_of_them)


async def permit(tx: Tx, knobs: Knobs, account_id: UUID, channel: Channel, code: str) -> None:
    """A person did something that lets their mini program write to them (`code`: the number of a paid trade)."""
    row = {
        "id": new_id(),
        "account_id": account_id,
        "channel": channel,
        "code": code,
        "uses": knobs.get(settings.PERMIT_USES),
        "days": knobs.get(settings.PERMIT_DAYS),
    }
    await repository.insert_permit(tx, row)


async def openid_of(tx: Tx, vault: Vault, account_id: UUID, channel: Channel) -> str | None:
    """Where a channel message goes."""
    return await accounts.openid_for(tx, vault, account_id, channel)
