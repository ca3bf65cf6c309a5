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


class OwnPartPaid(Event, frozen=True):
    """The patient's part of an insured order has come; the order is paid when the insurance's part is in as well."""

    order_id: str
    leg_id: str
    name: ClassVar[str] = "payments.own_part_paid"


class InsuredOrderClosing(Event, frozen=True):
    """An order with an insurance part is being closed: the part must be dropped or taken back first."""

    order_id: str
    leg_id: str
    name: ClassVar[str] = "payments.insured_order_closing"


class InsuranceReturnAsked(Event, frozen=True):
    """The insurance's part is promised back on the ledger: the insurance is to be asked to reverse its settlement."""

    order_id: str
    leg_id: str
    name: ClassVar[str] = "payments.insurance_return_asked"


class InsuranceReturned(Event, frozen=True):
    """The insurance has taken its part back; the patient's own part goes back after it. `cause` as in `RefundDone`."""

    order_id: str
    leg_id: str
    subject_kind: str
    subject_id: str
    cause: str
    name: ClassVar[str] = "payments.insurance_returned"
