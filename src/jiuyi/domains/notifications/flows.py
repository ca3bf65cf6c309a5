"""Carrying a message out of the app: claim, send, record."""

from collections.abc import Mapping
from uuid import UUID

import structlog

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.notifications import repository, rules, service
from jiuyi.domains.notifications.ports import ChannelSender, PhoneSender
from jiuyi.domains.notifications.types import Delivery, DeliveryState, Way
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import Refused, Unanswered, Unreachable

_log = structlog.get_logger("jiuyi.notifications")
_WHO = "system:notifications"
_PAGE_PATHS = {
    "appointment": "pages/booking/appointment?id=",
    "mdt_application": "pages/mdt/application?id=",
    "patient_bindings": "pages/patients/bindings?id=",
    "order": "pages/pay/result?id=",
    "identities": "pages/me/identities?from=",
    "booking": "pages/booking/index?from=",
    "fees_again": "pages/fees/index?from=",
    "records": "pages/records/index?from=",
}
_NUMBERED = frozenset({Channel.WECHAT_OA})
"""Channels that send a message of one number only once."""
_BY_PERMIT = frozenset({Channel.ALIPAY_MINI})
_ENTRIES = {Channel.WECHAT_OA: "/w/", Channel.ALIPAY_LIFE: "/l/"}


class _Letter:
    """A claimed delivery with what is needed to send it."""

    def __init__(self, delivery: Delivery, to: str, values: dict[str, str], link: str, permit: str = "") -> None:
        self.delivery = delivery
        self.to = to
        self.values = values
        self.link = link
        self.permit = permit


async def deliver(
    db: Db,
    vault: Vault,
    channels: Mapping[Channel, ChannelSender],
    phone: PhoneSender,
    *,
    delivery_id: UUID,
    base_url: str,
) -> None:
    """Carry one delivery out. Safe to run twice. Raises `Unreachable` so that its job is tried again.

    A message that got no answer is tried again too where its number makes a repetition harmless; elsewhere it stays
    unknown, as an SMS does: nobody wants to be told twice.
    """
    letter = await _claim(db, vault, delivery_id, base_url)
    if letter is None:
        return
    delivery, external = letter.delivery, ""
    state, why = DeliveryState.SENT, "sent"
    try:
        if delivery.way is Way.SMS:
            await phone.send(letter.to, delivery.template, tuple(delivery.sms_params))
        elif delivery.channel is not None and delivery.channel in channels:
            sender = channels[delivery.channel]
            receipt = await sender.send(
                letter.to, delivery.template, letter.values, letter.link, delivery_id.hex, letter.permit
            )
            external = receipt.external_id
        else:
            state, why = DeliveryState.REFUSED, "this channel carries no messages"
    except Refused as error:
        state, why = DeliveryState.REFUSED, error.code
    except Unreachable:
        await _record(db, delivery_id, DeliveryState.WAITING, "unreachable")
        raise
    except Unanswered:
        if delivery.channel in _NUMBERED:
            await _record(db, delivery_id, DeliveryState.WAITING, "unanswered")
            raise
        state, why = DeliveryState.UNKNOWN, "unanswered"
    await _record(db, delivery_id, state, why, external)


async def _claim(db: Db, vault: Vault, delivery_id: UUID, base_url: str) -> _Letter | None:
    async with db.tx() as tx:
        delivery = await repository.delivery(tx, delivery_id)
        if delivery.state is not DeliveryState.WAITING:
            return None
        axis = repository.DELIVERY_AXIS
        try:
            await move(tx, axis, delivery_id, DeliveryState.WAITING, DeliveryState.SENDING, who=_WHO, why="claimed")
        except Moved:
            return None
        letter = await _letter(tx, vault, delivery, base_url)
        if letter is None:
            why = "no recipient in this channel"
            await move(tx, axis, delivery_id, DeliveryState.SENDING, DeliveryState.REFUSED, who=_WHO, why=why)
        return letter


async def _letter(tx: Tx, vault: Vault, delivery: Delivery, base_url: str) -> _Letter | None:
    if delivery.phone_sealed is not None:
        return _Letter(delivery, vault.open(delivery.phone_sealed, service.PHONE), {}, "")
    if delivery.account_id is None or delivery.message_id is None or delivery.channel is None:
        return None
    to = await service.openid_of(tx, vault, delivery.account_id, delivery.channel)
    if to is None:
        return None
    message = await repository.message(tx, delivery.message_id)
    link = _link(base_url, delivery.channel, rules.page_of(message.subject_kind) or "", message.subject_id)
    permit = ""
    if delivery.channel in _BY_PERMIT:
        everybody = await accounts.all_of(tx, delivery.account_id)
        permit = await repository.use_permit(tx, everybody, delivery.channel) or ""
    return _Letter(delivery, to, rules.template_values(delivery.template, message.params), link, permit)


def _link(base_url: str, channel: Channel, page: str, subject_id: UUID) -> str:
    """What a tap on the message opens: an address of the channel's H5, or a page of the mini program."""
    path = f"{_PAGE_PATHS[page]}{subject_id}" if page in _PAGE_PATHS else ""
    entry = _ENTRIES.get(channel)
    if entry is None:
        return path or "pages/home/index"
    return f"{base_url}{entry}#/{path}" if path else f"{base_url}{entry}"


async def _record(db: Db, delivery_id: UUID, state: DeliveryState, why: str, external: str = "") -> None:
    async with db.tx() as tx:
        axis = repository.DELIVERY_AXIS
        await move(tx, axis, delivery_id, DeliveryState.SENDING, state, who=_WHO, why=why)
        if external:
            await repository.set_receipt(tx, delivery_id, external)
    if state is DeliveryState.REFUSED:
        _log.info("a message could not be carried", delivery=str(delivery_id), why=why)
