"""Use cases of payments inside one transaction. Other domains use `open_order`, `order`, `orders`, `request_refund`."""

from jiuyi.domains.payments.service.arrivals import arrived, payment_notice
from jiuyi.domains.payments.service.attempts import (
    absent,
    begin,
    claim_close,
    closed,
    looked,
    prepare_refused,
    prepare_unknown,
    prepared,
    said_paid,
)
from jiuyi.domains.payments.service.orders import (
    accepted_attempt,
    access_order,
    begin_closing,
    finish_closing,
    live_attempt,
    open_order,
    order,
    orders,
)
from jiuyi.domains.payments.service.refunds import (
    claim_send,
    given_back,
    refund_not_sent,
    refund_notice,
    refund_refused,
    refund_unknown,
    refunds_of,
    request_refund,
    retry_refund,
    return_suspended,
)
from jiuyi.domains.payments.service.telling import tell_of_refund
from jiuyi.domains.payments.service.views import order_view, payment_records

__all__ = [
    "absent",
    "accepted_attempt",
    "access_order",
    "arrived",
    "begin",
    "begin_closing",
    "claim_close",
    "claim_send",
    "closed",
    "finish_closing",
    "given_back",
    "live_attempt",
    "looked",
    "open_order",
    "order",
    "order_view",
    "orders",
    "payment_notice",
    "payment_records",
    "prepare_refused",
    "prepare_unknown",
    "prepared",
    "refund_not_sent",
    "refund_notice",
    "refund_refused",
    "refund_unknown",
    "refunds_of",
    "request_refund",
    "retry_refund",
    "return_suspended",
    "said_paid",
    "tell_of_refund",
]
