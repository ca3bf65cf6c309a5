"""Messages and deliveries."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.accounts.types import Channel
from jiuyi.kit.crypto import Sealed
from jiuyi.kit.states import Transitions


class Kind(StrEnum):
    """What a message is about."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    NOT_BOOKED = "not_booked"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    STOPPED = "stopped"
    BINDING = "binding"
    JOINED = "joined"
    DETACHED = "detached"
    MDT = "mdt"
    FEES_PAID = "fees_paid"
    FEES_REFUSED = "fees_refused"
    FEES_WAITING = "fees_waiting"
    DEPOSIT_PAID = "deposit_paid"
    DEPOSIT_REFUSED = "deposit_refused"
    RECOVERED = "recovered"


class DeliveryState(StrEnum):
    """Where a delivery is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


DELIVERY = Transitions(
    "notifications.delivery",
    DeliveryState,
    DeliveryState.WAITING,
    {
        DeliveryState.WAITING: [DeliveryState.SENDING],
        DeliveryState.SENDING: [
            DeliveryState.SENT,
            DeliveryState.REFUSED,
            DeliveryState.UNKNOWN,
            DeliveryState.WAITING,
        ],
        DeliveryState.SENT: [DeliveryState.REFUSED],
        DeliveryState.REFUSED: [],
        DeliveryState.UNKNOWN: [DeliveryState.SENT, DeliveryState.REFUSED],
    },
)
"""`sent → refused`: WeChat says later that the person blocked the account."""


class Way(StrEnum):
    """How a delivery leaves the app."""

    TEMPLATE = "template"
    SMS = "sms"


class About(StrEnum):
    """What somebody could not do because the hospital's system did not answer."""

    BOOKING = "booking"
    FEES = "fees"
    RECORDS = "records"


class Wish(msgspec.Struct):
    """Somebody wants to be told when it answers again."""

    id: UUID
    account_id: UUID
    about: About


class Message(msgspec.Struct):
    """A message as stored. `params` are masked facts by role (`patient`, `time`, `department`, `department_en`, …)."""

    id: UUID
    account_id: UUID
    kind: Kind
    subject_kind: str
    subject_id: UUID
    params: dict[str, str]
    created_at: datetime
    read_at: datetime | None


class Delivery(msgspec.Struct):
    """A delivery as stored; `phone_sealed` for SMS only. Never leaves the server."""

    id: UUID
    message_id: UUID | None
    account_id: UUID | None
    way: Way
    channel: Channel | None
    template: str
    phone_sealed: Sealed | None
    sms_params: list[str]
    state: DeliveryState


class Link(msgspec.Struct):
    """Where a message leads: a page name and the id that it shows."""

    page: str
    id: UUID


class MessageView(msgspec.Struct):
    """A message as its reader sees it, in their language."""

    id: UUID
    kind: Kind
    title: str
    body: str
    at: datetime
    read: bool
    link: Link | None


class Receipt(msgspec.Struct):
    """What the channel answered: its own number of the message."""

    external_id: str


Params = dict[str, Any]
