"""Facts of payments that others act on. Each arrives at least once; `subject_kind` says whether it concerns you."""

from typing import ClassVar

from jiuyi.kit.events import Event


class OrderPaid(Event, frozen=True):
    """The order is paid in full: the money is on the ledger."""

    order_id: str
    subject_kind: str
    subject_id: str
    name: ClassVar[str] = "payments.order_paid"


class OrderClosed(Event, frozen=True):
    """The order ended unpaid. Money that comes later goes back by itself."""

    order_id: str
    subject_kind: str
    subject_id: str
    name: ClassVar[str] = "payments.order_closed"


class PaymentReturned(Event, frozen=True):
    """Money came that should not have (`cause`: late, duplicate); it is being refunded without anybody asking."""

    order_id: str
    refund_id: str
    subject_kind: str
    subject_id: str
    cause: str
    name: ClassVar[str] = "payments.payment_returned"


class RefundDone(Event, frozen=True):
    """The channel has given the money back. `cause`: asked (through `request_refund`), late, duplicate, mismatch."""

    order_id: str
    refund_id: str
    subject_kind: str
    subject_id: str
    cause: str
    name: ClassVar[str] = "payments.refund_done"


class RefundFailed(Event, frozen=True):
    """The channel could not give the money back; the hospital still owes it and people must act."""

    order_id: str
    refund_id: str
    subject_kind: str
    subject_id: str
    cause: str
    name: ClassVar[str] = "payments.refund_failed"


class OrderFrozen(Event, frozen=True):
    """What the channel told does not fit the order. Nobody pays it until the channel or staff clears it."""

    order_id: str
    subject_kind: str
    subject_id: str
    name: ClassVar[str] = "payments.order_frozen"
